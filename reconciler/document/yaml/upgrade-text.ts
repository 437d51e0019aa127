/** The text of an older document as one of the present version: only the lines that mean something else are changed. Pure. */
import { API_VERSION } from '../../model/names.ts';
import { sameValue } from '../edit.ts';
import type { TextEdit } from '../layout.ts';
import { applyTextEdits, lineEnd } from '../text/splice.ts';
import { lineAt } from '../text/scan.ts';
import { isOlderDocument, OLDER_VERSION, upgradeDocument } from '../upgrade.ts';
import { blockPairs, extentOf, findPair, isBlockMap, itemsOf, type ParsedText, parseYaml } from './parse.ts';

/**
 * Returns the text in the present version of the format, and its value; a text in that version is returned
 * unchanged. Undefined if it cannot be changed line by line.
 * Law: comments, the order of keys and every other byte are preserved.
 */
export function upgradeLines(text: string): { readonly text: string | undefined; readonly value: unknown } {
  const parsed = parseYaml(text);
  if (!('value' in parsed)) return { text, value: undefined };
  if (!isOlderDocument(parsed.value)) return { text, value: parsed.value };
  const value = upgradeDocument(parsed.value);
  const cuts = cutsFor(text, parsed);
  const changed = cuts === undefined ? undefined : applyTextEdits(text, cuts);
  const after = changed === undefined ? undefined : parseYaml(changed);
  const isRight = after !== undefined && 'value' in after && sameValue(after.value, value);
  return { text: isRight ? changed : undefined, value };
}

/** The nodes of a key and its value. */
type Pair = { readonly key: unknown; readonly value: unknown };

function cutsFor(text: string, { yaml }: ParsedText): readonly TextEdit[] | undefined {
  const version = replaced(text, findPair(yaml.contents, 'apiVersion')?.value, OLDER_VERSION, API_VERSION);
  const networks = blockPairs(findPair(yaml.contents, 'networks')?.value) ?? [];
  const cuts = networks.flatMap(({ value }): readonly (TextEdit | undefined)[] => {
    const pool = findPair(value, 'pool');
    const reservations = itemsOf(findPair(value, 'reservations')?.value);
    return [
      ...(pool === undefined ? [] : poolCuts(text, pool)),
      ...reservations.flatMap((item) => reservationCuts(text, findPair(item, 'address'))),
    ];
  });
  const all = [version, ...cuts];
  const found = all.filter((cut) => cut !== undefined);
  return found.length < all.length ? undefined : found.toSorted((left, right) => left.start - right.start);
}

/** Returns the cut that replaces the text of a node. */
function replaced(text: string, node: unknown, from: string, to: string): TextEdit | undefined {
  const extent = extentOf(node);
  if (extent === undefined) return undefined;
  return { ...extent, text: text.slice(extent.start, extent.end).replace(from, () => to) };
}

function reservationCuts(text: string, pair: Pair | undefined): readonly (TextEdit | undefined)[] {
  if (pair === undefined) return [];
  const { key, value } = pair;
  const extent = extentOf(value);
  const list = extent && { ...extent, text: `[${text.slice(extent.start, extent.end)}]` };
  return [replaced(text, key, 'address', 'addresses'), list];
}

function poolCuts(text: string, { key, value }: Pair): readonly (TextEdit | undefined)[] {
  if (isBlockMap(value)) return [blockCut(text, { key, value })];
  const extent = extentOf(value);
  if (extent === undefined || findPair(value, 'dns') !== undefined) return [undefined];
  const name = text.startsWith('"', extentOf(key)?.start) ? '"ipv4"' : 'ipv4';
  const inner = { ...extent, text: `{${name}: ${text.slice(extent.start, extent.end)}}` };
  return [replaced(text, key, 'pool', 'pools'), inner];
}

/** The lines of the pool go one level deeper, below a line `ipv4:`; those of `dns` behind them, one level higher. */
function blockCut(text: string, { key, value }: Pair): TextEdit | undefined {
  const pairs = blockPairs(value) ?? [];
  const [start, end] = [extentOf(key)?.start, extentOf(value)?.end];
  const first = extentOf(pairs[0]?.key)?.start;
  if (start === undefined || end === undefined || first === undefined) return undefined;
  const header = lineAt(text, lineStart(text, start));
  const last = lineAt(text, lineStart(text, end - 1));
  const child = first - lineStart(text, first);
  const step = child - (start - header.start);
  if (step <= 0 || !/^ *pool: *(#.*)?$/.test(text.slice(header.start, header.end))) return undefined;
  const dns = linesOf(text, findPair(value, 'dns'));
  const eol = lineEnd(text);
  let [pool, apart] = ['', ''];
  for (let at = header.next; at < last.next; ) {
    const line = lineAt(text, at);
    const raw = text.slice(at, line.next) + (line.next === line.end ? eol : '');
    const isBlank = raw.trim() === '';
    if (at >= dns.start && at < dns.end) apart += isBlank ? raw : raw.slice(step);
    else pool += isBlank ? raw : ' '.repeat(step) + raw;
    at = line.next;
  }
  const head = text.slice(header.start, header.next).replace('pool:', 'pools:');
  return {
    start: header.start,
    end: last.next,
    text: `${head}${' '.repeat(child)}ipv4:${eol}${pool}${apart}`,
  };
}

/** Returns the lines of an entry with the comments right above it. */
function linesOf(text: string, pair: Pair | undefined): { readonly start: number; readonly end: number } {
  const [first, last] = [extentOf(pair?.key)?.start, extentOf(pair?.value)?.end];
  if (first === undefined || last === undefined) return { start: 0, end: 0 };
  let start = lineStart(text, first);
  while (start > 0 && /^ *#/.test(text.slice(lineStart(text, start - 1), start)))
    start = lineStart(text, start - 1);
  return { start, end: lineAt(text, lineStart(text, last - 1)).next };
}

function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}
