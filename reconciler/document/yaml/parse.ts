/** Parses YAML to a plain value with positions. The one file that imports yaml. Pure. */
import { thrownMessage } from '../../model/result.ts';
import { isRecord } from '../../model/objects.ts';
import {
  type Alias,
  type Document,
  isAlias,
  isMap,
  isNode,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  parseDocument,
  stringify,
  visit,
  YAMLMap,
  type YAMLSeq,
} from 'yaml';
import { sameValue } from '../edit.ts';
import { isOtherwiseInYaml11 } from '../text/scalar.ts';
import { type Finding, type FindingPlace, type Position, valueAt } from '../check/finding.ts';

/** Maximum size of a document; 4000 endpoints need a third of it. Units: UTF-16 code units. */
export const MAX_LENGTH = 4 * 1024 * 1024;

/** Maximum number of alias resolutions, against exponential expansion. */
const MAX_ALIASES = 1000;

/** Parsed YAML. `locate` returns the position of a place, or of its nearest parent in the text. */
export type ParsedText = {
  readonly value: unknown;
  readonly yaml: Document.Parsed;
  readonly locate: (place: FindingPlace) => Position;
};

/** A syntax error and its position. */
export type SyntaxProblem = { readonly finding: Finding; readonly position: Position };

/** Returns the value of the text, or all its syntax errors. */
export function parseYaml(text: string): ParsedText | readonly SyntaxProblem[] {
  const refused = refuse(text);
  if (refused !== undefined) return [refused];
  const lines = new LineCounter();
  const yaml = parseDocument(text, { lineCounter: lines, version: '1.2', prettyErrors: false });
  const problems = [...yaml.errors, ...yaml.warnings].map(({ code, message, pos }) => ({
    finding: syntaxFinding(code, message),
    position: positionOf(lines, pos[0]),
  }));
  if (problems.length > 0) return problems;
  const locate = (place: FindingPlace) => positionOf(lines, offsetOf(yaml, place));
  try {
    const value: unknown = yaml.toJS({ maxAliasCount: MAX_ALIASES });
    return { value, yaml, locate };
  } catch (error) {
    return [{ finding: syntaxFinding('ALIAS', thrownMessage(error)), position: { line: 1, column: 1 } }];
  }
}

/**
 * Returns the value as YAML in block style, each line indented by `indent` columns. It passes through JSON: shared
 * values become no anchors, and undefined ones are omitted. YAML 1.1 reads it as the same value.
 */
export function renderYaml(value: unknown, indent = 0): string {
  const plain: unknown = JSON.parse(JSON.stringify(value));
  const text = stringify(plain, { lineWidth: 0, flowCollectionPadding: false, compat: 'yaml-1.1' });
  return text.replaceAll(/^(?=.)/gm, ' '.repeat(indent));
}

/** Keys and list indexes, from the top. */
type ValuePath = readonly (string | number)[];

/** Sets the value at the path with minimal changes below it, to keep comments; undefined removes it. */
export function setValue(yaml: Document, path: ValuePath, value: unknown): void {
  const [section = ''] = path;
  if (value !== undefined && !isMap(yaml.get(section)) && !isAlias(yaml.get(section, true))) {
    yaml.set(section, new YAMLMap());
  }
  const node = yaml.getIn(path, true);
  if (value === undefined) yaml.deleteIn(path);
  else if (isMap(node) && isRecord(value)) {
    for (const { key } of Array.from(node.items)) {
      const name = keyText(key);
      if (name !== undefined && value[name] === undefined) yaml.deleteIn([...path, name]);
    }
    for (const [key, field] of Object.entries(value)) {
      if (field !== undefined) setValue(yaml, [...path, key], field);
    }
  } else if (isSeq(node) && Array.isArray(value)) setItems(yaml, path, node, value);
  else if (!isNode(node) || !sameValue(node.toJS(yaml), value))
    yaml.setIn(path, replacementOf(yaml, node, value));
}

/**
 * Unchanged items keep text, comments and anchors; an item with the same first field is changed, not
 * replaced.
 */
function setItems(yaml: Document, path: ValuePath, list: YAMLSeq, values: readonly unknown[]): void {
  const old = list.items.map((node) => ({
    node,
    value: isNode(node) ? node.toJS(yaml) : node,
    isUsed: false,
  }));
  const take = (isWanted: (value: unknown) => boolean): unknown => {
    const found = old.find((item) => !item.isUsed && isWanted(item.value));
    if (found !== undefined) found.isUsed = true;
    return found?.node;
  };
  const kept = values.map((value) => take((item) => sameValue(item, value)));
  const changed = values.map((value, index) =>
    kept[index] === undefined
      ? take((item) => isRecord(value) && sameValue(firstOf(item), firstOf(value)))
      : undefined,
  );
  list.items = values.map((value, index) => kept[index] ?? changed[index] ?? yaml.createNode(value));
  for (const [index, value] of values.entries()) {
    if (changed[index] !== undefined) setValue(yaml, [...path, index], value);
  }
}

function firstOf(value: unknown): unknown {
  return isRecord(value) ? Object.entries(value)[0] : undefined;
}

/** A scalar is replaced in place, to keep the comment behind it; a list keeps its style. */
function replacementOf(yaml: Document, node: unknown, value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const created = yaml.createNode(value);
  if (isSeq(node) && isSeq(created) && node.flow === true) created.flow = true;
  return created;
}

/** The node of each alias in a document. */
export type AliasSources = ReadonlyMap<Alias, Node>;

/** Returns the node of each alias; must be called before nodes are removed. */
export function aliasSources(yaml: Document): AliasSources {
  const sources = new Map<Alias, Node>();
  visit(yaml, {
    Alias: (_key, alias) => {
      const source = alias.resolve(yaml);
      if (source !== undefined) sources.set(alias, source);
    },
  });
  return sources;
}

/** Ensures that every alias has its node: a removed node replaces its first alias, with its anchor. */
export function keepSources(yaml: Document, sources: AliasSources): void {
  const present = new Set<unknown>();
  visit(yaml, { Node: (_key, node) => void present.add(node) });
  visit(yaml, {
    Alias: (_key, alias) => {
      const source = sources.get(alias);
      if (source === undefined || present.has(source)) return undefined;
      present.add(source);
      return source;
    },
  });
}

/**
 * Ensures that the section and its entries are blocks, with one line per field, as in canonical form. A document in flow style
 * as a whole stays so.
 */
export function putInBlocks(yaml: Document, name: string): void {
  const section = yaml.get(name);
  if (!isMap(section)) return;
  section.flow = false;
  for (const { value: entry } of section.items) {
    if (!isMap(entry)) continue;
    entry.flow = false;
    for (const { value } of entry.items) if (isMap(value) || isSeq(value)) value.flow = true;
  }
}

/** Returns the text of a changed YAML document; comments and flow lists keep their form. */
export function renderDocument(yaml: Document): string {
  visit(yaml, {
    Scalar: (_key, node) => {
      const isNew = node.range === undefined || node.range === null;
      if (isNew && typeof node.value === 'string' && isOtherwiseInYaml11(node.value))
        node.type = 'QUOTE_DOUBLE';
    },
  });
  return yaml.toString({ lineWidth: 0, flowCollectionPadding: false });
}

/** Returns the pair of a key in the map; undefined if absent. */
export function findPair(map: unknown, key: string): Pair | undefined {
  return isMap(map) ? map.items.find((pair) => keyText(pair.key) === key) : undefined;
}

/** Returns the pairs of a non-empty map in block style, else undefined. */
export function blockPairs(node: unknown): readonly Pair[] | undefined {
  return node instanceof YAMLMap && node.flow !== true && node.items.length > 0 ? node.items : undefined;
}

/** Returns true for a map in block style. */
export function isBlockMap(node: unknown): boolean {
  return isMap(node) && node.flow !== true;
}

/** Returns the items of a list; none for any other node. */
export function itemsOf(node: unknown): readonly unknown[] {
  return isSeq(node) ? node.items : [];
}

/** Returns true for an empty map in flow style and for an empty value after the colon. */
export function isEmptyNode(node: unknown): boolean {
  return node === null || (isScalar(node) && node.value === null) || (isMap(node) && node.items.length === 0);
}

/** Returns the start of the node and the position of its last character, without surrounding comments. */
export function extentOf(node: unknown): { readonly start: number; readonly end: number } | undefined {
  if (!isNode(node) || !node.range) return undefined;
  const [start, end] = node.range;
  const inBlock = (isMap(node) || isSeq(node)) && node.flow !== true;
  if (!inBlock) return { start, end };
  const last: unknown = node.items.at(-1);
  const inner = isPair(last) ? (extentOf(last.value) ?? extentOf(last.key)) : extentOf(last);
  return { start, end: inner?.end ?? end };
}

/** Returns the text of a key; undefined if it is not a scalar. */
export function keyText(key: unknown): string | undefined {
  return isScalar(key) ? String(key.value) : typeof key === 'string' ? key : undefined;
}

function refuse(text: string): SyntaxProblem | undefined {
  const position = { line: 1, column: 1 };
  if (text.length > MAX_LENGTH) {
    return {
      finding: syntaxFinding('TOO_LARGE', `the document is larger than ${MAX_LENGTH} characters`),
      position,
    };
  }
  const directive = /^%/m.exec(text);
  if (directive === null) return undefined;
  const line = text.slice(0, directive.index).split('\n').length;
  const message = 'a YAML directive is not allowed: vnet reads YAML 1.2; remove the line';
  return { finding: syntaxFinding('DIRECTIVE', message), position: { line, column: 1 } };
}

function syntaxFinding(code: string, message: string): Finding {
  const text = code === 'DUPLICATE_KEY' ? 'this key is duplicated; remove one of the two' : message;
  return { code: `yaml-${code.toLowerCase().replaceAll('_', '-')}`, place: valueAt(), message: text };
}

function positionOf(lines: LineCounter, offset: number): Position {
  const { line, col } = lines.linePos(offset);
  return { line: Math.max(line, 1), column: Math.max(col, 1) };
}

function offsetOf(yaml: Document.Parsed, { path, at }: FindingPlace): number {
  let node: unknown = yaml.contents;
  let offset = startOf(node) ?? 0;
  for (const [index, part] of path.entries()) {
    const target: unknown = isAlias(node) ? node.resolve(yaml) : node;
    const pair = typeof part === 'string' ? findPair(target, part) : undefined;
    const item = isSeq(target) && typeof part === 'number' ? target.items[part] : undefined;
    if (pair === undefined && item === undefined) return offset;
    const wantsKey = at === 'key' && index === path.length - 1;
    node = pair === undefined ? item : pair.value;
    // An alias's keys are elsewhere; a value without position is located at its key.
    offset = (wantsKey ? undefined : startOf(node)) ?? startOf(pair?.key) ?? offset;
  }
  return offset;
}

function startOf(node: unknown): number | undefined {
  const isNothing = isScalar(node) && node.value === null && node.range?.[0] === node.range?.[1];
  return isNode(node) && !isNothing ? node.range?.[0] : undefined;
}
