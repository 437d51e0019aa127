/** Manual pages as text, for terminals without man(1). Pure. */
import { renderPairs, wrap } from './layout.ts';
import type { Block, Page } from '../../app/manual-page.ts';

/** Returns the page as text of that width. */
export function renderPlain({ name, section, about, sections }: Page, width: number): string {
  return [
    `${name}(${section}) - ${about}`,
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title,
      ...blocks.map((block) => renderBlock(block, width)),
    ]),
  ].join('\n');
}

function renderBlock(block: Block, width: number): string {
  switch (block.kind) {
    case 'text':
      return wrap(block.text, width, '  ');
    case 'items':
      return renderPairs(block.items, width);
    case 'code':
      return block.lines.map((line) => `    ${line}`).join('\n');
  }
}
