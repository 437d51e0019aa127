/** Text for a terminal of a given width. Pure. */

/** Returns the words of the text in lines no wider than `width`, each behind the indent. A longer word stays whole. */
export function wrap(text: string, width: number, indent = ''): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (line !== '' && indent.length + longer.length > width) {
      lines.push(`${indent}${line}`);
      line = word;
    } else line = longer;
  }
  return [...lines, `${indent}${line}`].join('\n');
}

/** Terms longer than this have their text on the next line. */
const WIDEST_TERM = 44;

/** Returns terms and their texts in two columns, two spaces in from the left. */
export function renderPairs(pairs: readonly (readonly [string, string])[], width: number): string {
  const fitting = pairs.map(([term]) => term.length).filter((length) => length <= WIDEST_TERM);
  const column = Math.max(0, ...fitting) + 4;
  return pairs.map(([term, text]) => renderPair(term, text, column, width)).join('\n');
}

function renderPair(term: string, text: string, column: number, width: number): string {
  const beside = wrap(text, width, ' '.repeat(column));
  if (term.length > column - 4) return text === '' ? `  ${term}` : `  ${term}\n${beside}`;
  return `  ${term}${beside.slice(term.length + 2)}`.trimEnd();
}
