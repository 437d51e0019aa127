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

/** An expected list of literal texts. */
const TEXTS = /\.(?:toEqual|toStrictEqual)\(\s*\[((?:\s*(?:'[^'\n]*'|`[^`\n]*`),?)+)\s*\]/g;

/** A system call as the file systems of tests record it: `rename /data/vnet.yaml`. */
const SYSTEM_CALL =
  /['`](?:open|close|read\w*|write|f?datasync|fsync|rename|exchange|f?stat|unlink|mkdir|flock)(?: [/$]|['`])/g;

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

/** A function at the start of a line, or behind a list (`])('name', () => {`), is inside a call broken over several lines. */
function headOf(lines: readonly string[], index: number): string {
  const opening = lines[index] ?? '';
  const isBehind = /^\s*[\])}]/.test(opening);
  if (!isBehind && !/^\s*(?:async )?\(/.test(opening)) return opening;
  const indent = opening.search(/\S/) + (isBehind ? 1 : 0);
  const begins = (line: string): boolean => /^\s*[^\s\])}]/.test(line) && line.search(/\S/) < indent;
  return lines.slice(0, index).findLast(begins) ?? opening;
}

/** Returns the functions with more lines than this, as `path:line: count`. Lists of cases have no limit. */
export function longFunctions(source: Source, maxLines: number): readonly string[] {
  return blocksOf(source)
    .filter(({ head, body }) => !LIST.test(head) && body.length > maxLines)
    .map(({ line, body }) => `${source.path}:${line}: ${body.length}`);
}

/**
 * Returns the exact lists of system calls that the file expects, as `path: list`: they fail with every other way to the same
 * result. Filter the calls for the one that matters instead.
 */
export function systemCallLists({ path, text }: Source): readonly string[] {
  return Array.from(text.matchAll(TEXTS), ([, list = '']) => list.trim())
    .filter((list) => (list.match(SYSTEM_CALL) ?? []).length > 1)
    .map((list) => `${path}: ${list}`);
}

/**
 * Returns the lines by which a case, or a list of cases, ends before all its expectations, as `path:line`. A broken fixture would
 * pass there: use expect.assert(), fc.pre() or skip() instead.
 */
export function earlyReturns(source: Source): readonly string[] {
  return blocksOf(source).flatMap(({ line, head, body }) => {
    const [opening = ''] = body;
    // In a list, deeper returns are those of its helpers.
    const place = LIST.test(head) ? new RegExp(`^ {${opening.search(/\S/) + 2}}\\S`) : /^/;
    if (!LIST.test(head) && !CASE.test(head)) return [];
    return body.flatMap((text, index) =>
      place.test(text) && /^\s*(?:if \(.*\) )?return;$/.test(text) ? [`${source.path}:${line + index}`] : [],
    );
  });
}
