/** The difference of two texts by lines, as diff -u prints it. Pure. */

/** Unchanged lines around a change. */
const CONTEXT = 3;

/** A line of a difference. Shape: `sign` is ' ' for an unchanged one. */
export type DiffLine = { readonly sign: ' ' | '-' | '+'; readonly text: string };

/**
 * Returns the changed lines with some around them, hunk by hunk; none if the texts are equal.
 * Law: without the lines of one sign, the lines of all hunks are lines of the other text, in order.
 */
export function diffTexts(before: string, after: string): readonly (readonly DiffLine[])[] {
  const lines = align(before.split('\n'), after.split('\n'));
  const hunks: DiffLine[][] = [];
  let end = -1;
  for (const [index, { sign }] of lines.entries()) {
    if (sign === ' ') continue;
    const start = Math.max(end, index - CONTEXT);
    if (start > end || hunks.length === 0) hunks.push([]);
    const until = Math.min(lines.length, index + CONTEXT + 1);
    hunks.at(-1)?.push(...lines.slice(Math.max(start, end), until));
    end = Math.max(end, until);
  }
  return hunks;
}

/** The longest common subsequence; deleted lines precede added ones. */
function align(before: readonly string[], after: readonly string[]): readonly DiffLine[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  const at = (row: number, column: number): number => common[row * width + column] ?? 0;
  for (let row = before.length - 1; row >= 0; row -= 1) {
    for (let column = after.length - 1; column >= 0; column -= 1) {
      const isSame = before[row] === after[column];
      common[row * width + column] = isSame
        ? at(row + 1, column + 1) + 1
        : Math.max(at(row + 1, column), at(row, column + 1));
    }
  }
  const lines: DiffLine[] = [];
  let [row, column] = [0, 0];
  while (row < before.length || column < after.length) {
    if (row < before.length && column < after.length && before[row] === after[column]) {
      lines.push({ sign: ' ', text: before[row] ?? '' });
      [row, column] = [row + 1, column + 1];
    } else if (
      row < before.length &&
      (column === after.length || at(row + 1, column) >= at(row, column + 1))
    ) {
      lines.push({ sign: '-', text: before[row] ?? '' });
      row += 1;
    } else {
      lines.push({ sign: '+', text: after[column] ?? '' });
      column += 1;
    }
  }
  return lines;
}
