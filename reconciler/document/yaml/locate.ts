/** Locates the parts of a parsed document in its text, for forms that the scanner refuses. Pure. */
import type { Layout, Section, Span } from '../layout.ts';
import { blockPairs, extentOf, findPair, isEmptyNode, keyText, type ParsedText } from './parse.ts';
import { lineAt } from '../text/scan.ts';

/** Returns the layout; undefined if the document's form does not allow edits of single lines. */
export function locateParts(text: string, { yaml }: ParsedText): Layout | undefined {
  const metadata = findPair(yaml.contents, 'metadata')?.value;
  const generation = extentOf(findPair(metadata, 'generation')?.value);
  if (generation === undefined || !/^\d+$/.test(text.slice(generation.start, generation.end)))
    return undefined;
  const bootId = extentOf(findPair(metadata, 'bootId')?.value);
  const endpoints = locateSection(text, yaml.contents, 'endpoints');
  const released = locateSection(text, yaml.contents, 'released');
  if (endpoints === 'unknown form' || released === 'unknown form') return undefined;
  return { generation, bootId, endpoints, released };
}

function locateSection(text: string, top: unknown, name: string): Section | undefined | 'unknown form' {
  const pair = findPair(top, name);
  if (pair === undefined) return undefined;
  const start = extentOf(pair.key)?.start ?? -1;
  if (start !== 0 && text[start - 1] !== '\n') return 'unknown form';
  const line = lineAt(text, start);
  const header = { start, end: line.next };
  const raw = text.slice(start, line.end);
  const empty = isEmptyNode(pair.value);
  if (!(empty ? /^\w+:( \{\})? *( #.*)?$/ : /^\w+: *( #.*)?$/).test(raw)) return 'unknown form';
  if (empty) return { header, indent: 2, blocks: new Map() };
  const blocks = new Map<string, Span>();
  const indents = new Set<number>();
  for (const entry of blockPairs(pair.value) ?? []) {
    const key = keyText(entry.key);
    const first = extentOf(entry.key)?.start;
    const last = extentOf(entry.value)?.end;
    if (key === undefined || first === undefined || last === undefined) return 'unknown form';
    const lineStart = text.lastIndexOf('\n', first - 1) + 1;
    if (text.slice(lineStart, first).trim() !== '') return 'unknown form';
    indents.add(first - lineStart);
    // A block scalar ends after its newline: use the line of its last character.
    const lastLine = lineAt(text, text.lastIndexOf('\n', last - 2) + 1);
    blocks.set(key, { start: lineStart, end: lastLine.next });
  }
  const [indent = 0] = indents;
  return indents.size === 1 && indent > 0 ? { header, indent, blocks } : 'unknown form';
}
