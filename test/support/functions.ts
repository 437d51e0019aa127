/** How long functions are and how they end, told from the layout that biome gives every file. */
import type { Source } from './sources.ts';

/**
 * One function. Shape: `line` counts from 1; `head` is where the call begins that it is given to, else its own first line; `body` are
 * its lines, the first and the last one too.
 */
type Block = { readonly line: number; readonly head: string; readonly body: readonly string[] };

/** A line that begins the body of a function; that of a statement does not. */
const OPENING = /^(?!\s*(?:if|for|while|switch|do|try|catch|else|\}))(?=.*\S).*(?:=> \{|\)(?:: .+)? \{)$/;

/** A call that lists cases: what is in it are other functions. */
const LIST = /^\s*describe\b/;

/** A case, or what is done before or after one. */
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

/** A function that begins a line of its own stands within a call that was broken over several lines. */
function headOf(lines: readonly string[], index: number): string {
  const opening = lines[index] ?? '';
  if (!/^\s*(?:async )?\(/.test(opening)) return opening;
  const indent = /^\s*/.exec(opening)?.[0].length ?? 0;
  const above = lines.slice(0, index).findLast((line) => line.trim() !== '' && line.search(/\S/) < indent);
  return above ?? opening;
}

/** Returns the functions of more lines than that, as `path:line: count`. A list of cases is as long as its cases are many. */
export function longFunctions(source: Source, maxLines: number): readonly string[] {
  return blocksOf(source)
    .filter(({ head, body }) => !LIST.test(head) && body.length > maxLines)
    .map(({ line, body }) => `${source.path}:${line}: ${body.length}`);
}

/**
 * Returns the lines by which a case ends before all that it expects, as `path:line`. A fixture that is broken would pass
 * there: expect.assert(), fc.pre() and skip() say what is the matter.
 */
export function earlyReturns(source: Source): readonly string[] {
  const blocks = blocksOf(source).filter(({ head }) => CASE.test(head));
  return blocks.flatMap(({ line, body }) =>
    body.flatMap((text, index) =>
      /^\s*(?:if \(.*\) )?return;$/.test(text) ? [`${source.path}:${line + index}`] : [],
    ),
  );
}
