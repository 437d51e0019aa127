/**
 * Reads a text as a document and reports all issues in one run: YAML, schema, then rules across fields. Pure.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Issue, type Result, err, ok } from '../../model/result.ts';
import { checkEndpoints } from '../check/endpoints.ts';
import { checkNetworks } from '../check/networks.ts';
import { checkPolicies } from '../check/policies.ts';
import { type Finding, type FindingPlace, toIssue, valueAt } from '../check/finding.ts';
import { invisibleFindings, invisibleIn } from '../check/invisible.ts';
import { type ParsedText, parseYaml, blockPairs, extentOf, findPair, isEmptyNode, keyText } from './parse.ts';
import { pruneDocument } from '../check/prune.ts';
import { isOlderDocument, olderPath } from '../upgrade.ts';
import type { Reading } from '../slow-path.ts';
import { validateDocument } from '../check/validate.ts';
import type { Layout, Section, Span } from '../layout.ts';
import { lineAt } from '../text/scan.ts';

/** Returns the document, or all its issues. `file` is its name in the issues. */
export function readDocument(text: string, file: string): Result<VnetDocument, readonly Issue[]> {
  const reading = readParts(text, file);
  return reading.ok ? ok(reading.value.document) : reading;
}

/** The last valid texts: one change reads the text that it makes several times. The result depends on the text only. */
const recent: { readonly text: string; readonly reading: Reading }[] = [];

/** The number of texts kept: one before a change, and one after it. */
const MAX_RECENT = 2;

/** Returns the document and its layout, or all its issues, in the order of the text. */
export function readParts(text: string, file: string): Result<Reading, readonly Issue[]> {
  const known = recent.find((one) => one.text === text);
  if (known !== undefined) return ok(known.reading);
  const read = readText(text, file);
  if (!read.ok) return read;
  if (recent.unshift({ text, reading: read.value }) > MAX_RECENT) recent.pop();
  return read;
}

function readText(text: string, file: string): Result<Reading, readonly Issue[]> {
  const parsed = parseYaml(text);
  if (!('value' in parsed)) {
    const lines = text.split('\n');
    return err(
      parsed.map(({ finding, position }) =>
        toIssue(withInvisible(finding, lines[position.line - 1] ?? ''), file, () => position),
      ),
    );
  }
  const found = check(parsed);
  const isOlder = isOlderDocument(parsed.value);
  if (found.ok)
    return ok({ document: found.value, layout: locateParts(text, parsed), ...(isOlder ? { isOlder } : {}) });
  const issues = found.error.map((finding) => toIssue(finding, file, parsed.locate));
  return err(issues.toSorted((left, right) => left.line - right.line || left.column - right.column));
}

function check({ value }: ParsedText): Result<VnetDocument, readonly Finding[]> {
  if (value === null || value === undefined) return err([emptyFinding()]);
  const whole = withEmptySections(value);
  const invisible = invisibleFindings(whole);
  const valid = validateDocument(whole);
  const rest = valid.ok ? valid.value : pruneDocument(whole, valid.error);
  const rules =
    rest === undefined ? [] : [...checkNetworks(rest), ...checkPolicies(rest), ...checkEndpoints(rest)];
  const acrossFields = isOlderDocument(value) ? rules.map(inOlder) : rules;
  if (!valid.ok) return err([...invisible, ...valid.error, ...acrossFields]);
  const found = [...invisible, ...acrossFields];
  return found.length === 0 ? valid : err(found);
}

/** YAML takes no such character for a space: most of its errors on that line come from it. */
function withInvisible(finding: Finding, line: string): Finding {
  const found = invisibleIn(line.replace(/(^| )#.*$/, ''));
  if (found === undefined) return finding;
  return {
    ...finding,
    message: `${finding.message}; the line has a ${found}`,
    hint: 'write a space instead',
  };
}

/** The rules are those of the upgraded document; the text is not upgraded yet. */
function inOlder({ place, related, ...finding }: Finding): Finding {
  const rest = related === undefined ? {} : { related: olderPlace(related) };
  return { ...finding, place: olderPlace(place), ...rest };
}

function olderPlace(place: FindingPlace): FindingPlace {
  return { ...place, path: olderPath(place.path) };
}

function emptyFinding(): Finding {
  return {
    code: 'empty',
    place: valueAt(),
    message: 'the document is empty',
    hint: 'restore the last valid document; without one, remove the file, and the next ADD writes a new one',
  };
}

/** People leave `endpoints:` without a value when they remove the last entry. */
function withEmptySections(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  const sections = Object.entries(value).map(([key, section]: [string, unknown]) =>
    section === null && (key === 'endpoints' || key === 'released') ? [key, {}] : [key, section],
  );
  return Object.fromEntries(sections);
}

/** Returns the layout; undefined if the document's form does not allow edits of single lines. */
function locateParts(text: string, { yaml }: ParsedText): Layout | undefined {
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
