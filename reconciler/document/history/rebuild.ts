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
  return rebuild(archived, generation, (version) => version, stepVersion);
}

/**
 * Returns the document of a generation; undefined if it is no longer stored. Faster than rebuilding its text.
 */
export function rebuildDocument(archived: Archived, generation: number): Result<VnetDocument | undefined> {
  return rebuild(
    archived,
    generation,
    ({ document }) => document,
    (_, document: VnetDocument, line) => applyJournalLine(document, line),
  );
}

function rebuild<T>(
  archived: Archived,
  generation: number,
  begin: (version: Version) => T,
  step: (archived: Archived, value: T, line: JournalLine) => T | undefined,
): Result<T | undefined> {
  const { lines } = archived;
  const end = lines.findIndex((line) => line.generation === generation);
  for (let start = end; start >= 0; start -= 1) {
    const first = lines[start];
    if (first?.checkpoint !== true) continue;
    const read = readCheckpoint(archived, first.generation);
    if (!read.ok) return read;
    let value = read.value === undefined ? undefined : begin(read.value);
    let at = first.generation;
    for (const line of lines.slice(start + 1, end + 1)) {
      at += 1;
      if (value !== undefined) value = line.generation === at ? step(archived, value, line) : undefined;
    }
    if (value !== undefined) return ok(value);
  }
  return ok(undefined);
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

/**
 * A line of an older build is an edit of the text in that build's format; `apiVersion` marks the upgrade of
 * the text.
 */
function stepVersion(reader: DocumentReader, version: Version, line: JournalLine): Version | undefined {
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
  const read = interpret(reader, next.value.text, next.value.head, true);
  return read.ok && read.value.document.metadata.generation === line.generation ? read.value : undefined;
}

/** Returns true for a generation that was the first of the present version of the format. */
export function isUpgrade({ edit }: Pick<JournalLine, 'edit'>): boolean {
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
