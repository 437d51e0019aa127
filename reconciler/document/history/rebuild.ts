/** Rebuilds a generation from the last checkpoint before it and the journal lines since. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { applyEdit, type EffectiveEdit, sameValue } from '../edit.ts';
import { checkpointOf } from './checkpoint.ts';
import { readPath } from '../../os/file.ts';
import { type JournalEdit, type JournalLine, upgradeMark } from './journal.ts';
import { decodeUtf8 } from '../text/utf8.ts';
import { editWritten, editVersion, upgradeVersion } from '../store/edit-version.ts';
import { interpret, type DocumentReader, type Version } from '../store/version.ts';
import { upgradeNetworks } from '../upgrade.ts';

/** Where generations are stored. Shape: `document` is the path of vnet.yaml. */
export type Archived = DocumentReader & {
  readonly sys: Sys;
  readonly document: string;
  readonly lines: readonly JournalLine[];
};

/** Returns the generation with its text; undefined if it is no longer stored. */
export function rebuildVersion(archived: Archived, generation: number): Result<Version | undefined> {
  return rebuild(archived, generation, (version) => version, applyWrite);
}

/**
 * Returns the document of a generation; undefined if it is no longer stored. Faster than rebuilding its text.
 */
export function rebuildDocument(archived: Archived, generation: number): Result<VnetDocument | undefined> {
  return rebuild(
    archived,
    generation,
    ({ document }) => document,
    (_, document: VnetDocument, { lines, count }) =>
      lines.slice(0, count).reduce((before, line) => applyJournalLine(before, line), document),
  );
}

/**
 * The generations of one write of the document.
 * Shape: the last of `lines` has the mark of the file; the first `count` are to be applied.
 */
type Written = { readonly lines: readonly JournalLine[]; readonly count: number };

function rebuild<T>(
  archived: Archived,
  generation: number,
  begin: (version: Version) => T,
  step: (archived: Archived, value: T, written: Written) => T | undefined,
): Result<T | undefined> {
  const { lines } = archived;
  const end = lines.findIndex((line) => line.generation === generation);
  for (let start = end; start >= 0; start -= 1) {
    const first = lines[start];
    if (first?.checkpoint !== true) continue;
    const read = readCheckpoint(archived, first.generation);
    if (!read.ok) return read;
    const isWhole = generation - first.generation === end - start;
    let value = read.value === undefined || !isWhole ? undefined : begin(read.value);
    for (const written of writesOf(lines, start + 1, end + 1)) {
      if (value !== undefined) value = step(archived, value, written);
    }
    if (value !== undefined) return ok(value);
  }
  return ok(undefined);
}

/** Returns the writes with the lines from `start` to before `end`; the last one is complete. */
function writesOf(lines: readonly JournalLine[], start: number, end: number): readonly Written[] {
  const writes: Written[] = [];
  for (let at = start; at < end; ) {
    const marked = lines.findIndex(({ mark }, index) => index >= at && mark !== '');
    const next = marked < 0 ? lines.length : marked + 1;
    writes.push({ lines: lines.slice(at, next), count: Math.min(next, end) - at });
    at = next;
  }
  return writes;
}

/** A damaged checkpoint is skipped: an older one with more lines gives the same result. */
function readCheckpoint(archived: Archived, generation: number): Result<Version | undefined> {
  const path = checkpointOf(archived.document, generation);
  const bytes = readPath(archived.sys, path);
  if (!bytes.ok) return bytes;
  const text = bytes.value === undefined ? undefined : decodeUtf8(bytes.value);
  const version = text === undefined ? undefined : interpret({ ...archived, file: path }, text, undefined);
  if (version?.ok !== true || version.value.document.metadata.generation !== generation) return ok(undefined);
  return ok(version.value);
}

/** Earlier builds wrote times without quotes: the mark has the size of the text. */
function applyWrite(
  reader: DocumentReader,
  version: Version,
  { lines, count }: Written,
): Version | undefined {
  const all = applyEach(reader, version, lines, (text) => text);
  const last = all.at(-1);
  const size = Number(lines.at(-1)?.mark.split('-').at(-1));
  const isPresent = last !== undefined && new TextEncoder().encode(last.text).length === size;
  return (isPresent ? all : applyEach(reader, version, lines.slice(0, count), withPlainTimes))[count - 1];
}

function applyEach(
  reader: DocumentReader,
  version: Version,
  lines: readonly JournalLine[],
  asWritten: (text: string, before: string) => string,
): readonly Version[] {
  const versions: Version[] = [];
  for (const line of lines) {
    const next = stepVersion(reader, versions.at(-1) ?? version, line, asWritten);
    if (next === undefined) break;
    versions.push(next);
  }
  return versions;
}

const QUOTED_TIME = /: "(\d{4}-\d\d-\d\dT[\d:.]+Z)"/;

function withPlainTimes(text: string, before: string): string {
  const kept = new Set(before.split('\n'));
  return text
    .split('\n')
    .map((line) => (kept.has(line) ? line : line.replace(QUOTED_TIME, ': $1')))
    .join('\n');
}

/**
 * A line of an older build is an edit of the text in that build's format; `apiVersion` marks the upgrade of
 * the text. `asWritten` returns the text as that build wrote it.
 */
function stepVersion(
  reader: DocumentReader,
  version: Version,
  line: JournalLine,
  asWritten: (text: string, before: string) => string,
): Version | undefined {
  const base = isUpgrade(line) ? upgradeVersion(reader, version) : ok(version);
  if (!base.ok) return undefined;
  const before = { ...base.value, learned: false };
  const edit = effectiveOf(line);
  const next =
    before.isOlder === true
      ? editWritten(reader, before, edit, writtenIn(line))
      : editVersion(reader, before, edit);
  if (!next.ok) return undefined;
  // Reads the text again to locate its parts.
  const text = asWritten(next.value.text, before.text);
  const read = interpret(reader, text, next.value.head, 'checked');
  return read.ok && read.value.document.metadata.generation === line.generation ? read.value : undefined;
}

/** Returns true for a generation that was the first of the present version of the format. */
function isUpgrade({ edit }: Pick<JournalLine, 'edit'>): boolean {
  return edit.fields?.['apiVersion'] !== undefined;
}

/** Returns the document with the line's edit applied. */
export function applyJournalLine(document: VnetDocument, line: JournalLine): VnetDocument {
  const next = applyEdit(document, effectiveOf(line));
  const { node } = line.edit;
  return node === undefined ? next : { ...next, metadata: { ...next.metadata, node } };
}

/** Returns the edit of the line, in the present version of the format. */
function effectiveOf(line: JournalLine): EffectiveEdit {
  const { networks, ...written } = writtenIn(line);
  return { ...written, networks: new Map(Object.entries(upgradeNetworks(Object.fromEntries(networks)))) };
}

function writtenIn({ generation, edit }: JournalLine): EffectiveEdit {
  const { networks, endpoints, released, bootId, machine, fields } = edit;
  const { apiVersion: _, ...others } = fields ?? {};
  return {
    networks: mapOf(networks),
    endpoints: mapOf(endpoints),
    released: mapOf(released),
    bootId: bootId ?? undefined,
    machine,
    generation,
    ...(Object.keys(others).length === 0 ? {} : { fields: mapOf(others) }),
  };
}

function mapOf<T>(entries: Readonly<Record<string, T | null>> | undefined): Map<string, T | undefined> {
  return new Map(Object.entries(entries ?? {}).map(([key, value]) => [key, value ?? undefined]));
}

/** Returns the edit from `before` to `after`, as an edit of a text and as a journal line. */
export function editBetween(
  before: VnetDocument,
  after: VnetDocument,
  generation: number,
): EffectiveEdit & { readonly node: string | undefined } {
  const { bootId, machine, node } = after.metadata;
  const fields = changesOf(otherFields(before), otherFields(after));
  return {
    networks: changesOf(before.networks, after.networks),
    endpoints: changesOf(before.endpoints ?? {}, after.endpoints ?? {}),
    released: changesOf(before.released ?? {}, after.released ?? {}),
    bootId: bootId === before.metadata.bootId ? undefined : bootId,
    machine: machine === before.metadata.machine ? undefined : machine,
    node: node === before.metadata.node ? undefined : node,
    generation,
    ...(fields.size === 0 ? {} : { fields }),
  };
}

/** All fields outside the sections that are compared entry by entry. */
function otherFields(document: VnetDocument): Readonly<Record<string, unknown>> {
  const { metadata: _, networks: _n, endpoints: _e, released: _r, ...others } = document;
  return others;
}

function changesOf<T>(
  before: Readonly<Record<string, T>>,
  after: Readonly<Record<string, T>>,
): Map<string, T | undefined> {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  return new Map(
    Array.from(keys)
      .filter((key) => !sameValue(before[key], after[key]))
      .map((key) => [key, after[key]]),
  );
}

/**
 * Returns the edit in the form of a journal line, with the parts that no transaction changes: node name and
 * other fields.
 */
export function lineEditOf(
  edit: JournalEdit,
  { node, fields }: Pick<ReturnType<typeof editBetween>, 'node' | 'fields'>,
  before?: Pick<Version, 'isOlder'>,
): JournalEdit {
  const others = Array.from(fields ?? []).map(([name, value]) => [name, value ?? null] as const);
  const all = { ...Object.fromEntries(others), ...upgradeMark(before) };
  return {
    ...edit,
    ...(node === undefined ? {} : { node }),
    ...(Object.keys(all).length === 0 ? {} : { fields: all }),
  };
}
