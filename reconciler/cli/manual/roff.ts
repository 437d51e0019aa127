/** Manual pages as roff, for man(1). Pure. Source: man(7), groff_man(7). */
import type { Block, Page, PageSection } from '../../app/manual-page.ts';

const LONGEST_WORD = 30;

/** Returns the page in the macros of man(7). Without a date, so that builds are reproducible. */
export function renderRoff(page: Page, version: string): string {
  const { name, section, about, sections } = page;
  return [
    `.TH ${argument(name.toUpperCase())} ${section} "" ${argument(`vnet ${version}`)} "vnet"`,
    '.nh',
    '.ad l',
    '.SH NAME',
    `${escape([name, ...page.aliases].join(', '))} \\- ${escape(about)}`,
    ...sections.flatMap(renderSection),
    '',
  ].join('\n');
}

/** Returns the page of an alias, which includes another page. */
export function renderAlias({ name, section }: Page): string {
  return `.so man${section}/${name}.${section}\n`;
}

function renderSection({ title, blocks }: PageSection): readonly string[] {
  return [`.SH ${argument(title)}`, ...blocks.flatMap(renderBlock)];
}

function renderBlock(block: Block): readonly string[] {
  switch (block.kind) {
    case 'text':
      return ['.PP', escape(block.text)];
    case 'items':
      return block.items.flatMap(([term, text]) => ['.TP', `\\fB${escape(term)}\\fR`, escape(text)]);
    case 'code':
      return ['.PP', '.RS 4', '.nf', ...block.lines.map(escape), '.fi', '.RE'];
  }
}

function argument(text: string): string {
  return `"${escape(text).replaceAll('"', '\\(dq')}"`;
}

/** All hyphens become ASCII hyphens; a leading dot or apostrophe would be a roff request. */
function escape(text: string): string {
  const words = text.split(' ').map((word) => parts(word).map(spellAll).join('\\:'));
  return words.join(' ').replaceAll(/^(?=[.'])/gm, '\\&');
}

/** Allows breaks in a long word, such as a pattern, by `\:`. */
function parts(word: string): readonly string[] {
  return word.length <= LONGEST_WORD ? [word] : (word.match(/.{1,20}/gs) ?? []);
}

function spellAll(word: string): string {
  return Array.from(word.replaceAll('\\', '\\e').replaceAll('-', '\\-'), spell).join('');
}

function spell(character: string): string {
  const point = character.codePointAt(0) ?? 0;
  return point < 128 ? character : `\\[u${point.toString(16).toUpperCase().padStart(4, '0')}]`;
}
