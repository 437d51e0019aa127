/** Text in pictures: escaping, measuring and truncation. Pure. */
import type { BoxState } from './model.ts';

/** A symbol for each state, so that colour is never the only distinction. */
export const STATE_SYMBOLS: Readonly<Record<BoxState, string>> = {
  ready: '✓',
  pending: '…',
  drifted: '!',
  withdrawn: '–',
  lease: '○',
  leaving: '↷',
  dead: '×',
  foreign: '?',
};

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/**
 * Returns the text escaped for XML and HTML, in content and in quoted attributes; control characters are
 * removed.
 */
export function escapeMarkup(text: string): string {
  return printable(text).replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? '');
}

/** Returns the text without characters that XML forbids, and with line breaks as blanks. */
export function printable(text: string): string {
  return (
    text
      .replaceAll(/[\t\n\r]/g, ' ')
      // oxlint-disable-next-line no-control-regex -- XML 1.0 forbids these
      .replaceAll(/[\u0000-\u001f\u007f-\u009f\ufffe\uffff]/g, '\u{fffd}')
      .replaceAll(/[\ud800-\udfff]/gu, '\u{fffd}')
  );
}

/** A font. `mono`: all characters have the same width. Units: CSS pixels. */
export type Font = { readonly size: number; readonly mono: boolean };

const NARROW = /[iljtfrI.,:;|!'/()[\]-]/;
const WIDE = /[mwMW@%]/;

/** Returns an upper bound of the text's width in common fonts. Units: CSS pixels. */
export function widthOf(text: string, { size, mono }: Font): number {
  let width = 0;
  for (const character of text) width += mono && character < '\u{2fff}' ? 0.61 : shareOf(character);
  return width * size;
}

function shareOf(character: string): number {
  if (character > '\u{2fff}') return 1.1;
  if (NARROW.test(character)) return 0.42;
  if (WIDE.test(character)) return 1;
  return /[A-Z]/.test(character) ? 0.78 : 0.66;
}

/** Returns the text, shortened in the middle by `…` if it is too wide. Units: CSS pixels. */
export function fitText(text: string, width: number, type: Font): string {
  if (widthOf(text, type) <= width) return text;
  const characters = Array.from(text);
  for (let kept = characters.length - 1; kept > 2; kept -= 1) {
    // The end of a pod's name distinguishes it from its siblings.
    const tail = Math.floor(kept / 2);
    const cut = `${characters.slice(0, kept - tail).join('')}…${characters.slice(-tail).join('')}`;
    if (widthOf(cut, type) <= width) return cut;
  }
  return '…';
}
