/** Manual pages as text, for terminals without man(1). Pure. */
import type { Help } from 'commander';
import { renderPairs, wrap } from './help.ts';
import type { Block, Page } from '../../app/manual-page.ts';

/** Returns the page as text, wrapped like help. */
export function renderPlain({ name, section, about, sections }: Page, help: Help): string {
  return [
    `${name}(${section}) - ${about}`,
    ...sections.flatMap(({ title, blocks }) => [
      '',
      title,
      ...blocks.map((block) => renderBlock(block, help)),
    ]),
  ].join('\n');
}

function renderBlock(block: Block, help: Help): string {
  switch (block.kind) {
    case 'text':
      return wrap(help, block.text).replaceAll(/^/gm, '  ');
    case 'items':
      return renderPairs(help, block.items);
    case 'code':
      return block.lines.map((line) => `    ${line}`).join('\n');
  }
}
