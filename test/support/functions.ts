/** Lengths and ends of functions, derived from biome's layout. */
import type { Source } from './sources.ts';

/**
 * One function.
 * Shape: `line` counts from 1; `head` is the first line of the call it is an argument of, else its own;
 * `body` are its lines, including first and last.
 */
type Block = { readonly line: number; readonly head: string; readonly body: readonly string[] };

/** A line that begins the body of a function, not of a statement. */
const OPENING = /^(?!\s*(?:if|for|while|switch|do|try|catch|else|\}))(?=.*\S).*(?:=> \{|\)(?:: .+)? \{)$/;

/** A call that lists cases, which are separate functions. */
const LIST = /^\s*describe\b/;

/** A case, or a hook before or after one. */
const CASE = /^\s*(?:it|test|(?:before|after)(?:Each|All))\b/;

function blocksOf({ text }: Source): readonly Block[] {
  const lines = text.split('\n');
  return lines.flatMap((opening, index): readonly Block[] => {
    if (!OPENING.test(opening)) return [];
    const indent = /^\s*/.exec(opening)?.[0] ?? '';
    const end = lines.findIndex((line, at) => at > index && line.startsWith(`${indent}}`));
    return end < 0
      ? []
      : [{ line: index + 1, head: headOf(lines, index), body: lines.slice(index, end + 1) }];
  });
}

/** A function at the start of a line is inside a call broken over several lines. */
function headOf(lines: readonly string[], index: number): string {
  const opening = lines[index] ?? '';
  if (!/^\s*(?:async )?\(/.test(opening)) return opening;
  const indent = /^\s*/.exec(opening)?.[0].length ?? 0;
  const above = lines.slice(0, index).findLast((line) => line.trim() !== '' && line.search(/\S/) < indent);
  return above ?? opening;
}

/** Returns the functions with more lines than this, as `path:line: count`. Lists of cases have no limit. */
export function longFunctions(source: Source, maxLines: number): readonly string[] {
  return blocksOf(source)
    .filter(({ head, body }) => !LIST.test(head) && body.length > maxLines)
    .map(({ line, body }) => `${source.path}:${line}: ${body.length}`);
}

/**
 * Returns the lines by which a case ends before all its expectations, as `path:line`. A broken fixture would
 * pass there: use expect.assert(), fc.pre() or skip() instead.
 */
export function earlyReturns(source: Source): readonly string[] {
  const blocks = blocksOf(source).filter(({ head }) => CASE.test(head));
  return blocks.flatMap(({ line, body }) =>
    body.flatMap((text, index) =>
      /^\s*(?:if \(.*\) )?return;$/.test(text) ? [`${source.path}:${line + index}`] : [],
    ),
  );
}
