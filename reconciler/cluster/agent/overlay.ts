/** A revision laid over the hand-edited part of a node's document. Pure. */
import { sameValue } from '../../document/edit.ts';
import { asRecord, isRecord } from '../../model/objects.ts';

/** Fields by name. */
export type DocumentFields = Readonly<Record<string, unknown>>;

/** Returns the wanted hand-edited part of a document for the present one; undefined if it stays. */
export type FieldsChange = (fields: DocumentFields) => DocumentFields | undefined;

/** Parts of the document that no revision may have: identity, and the fields that CNI writes. */
const NODE_OWN = ['apiVersion', 'kind', 'metadata', 'endpoints', 'released'];

/** Sections of a network that no revision may have: every node has a NIC of its own. */
const NODE_SECTIONS = ['uplink'];

/**
 * The revision and the fields of the node before it.
 * Shape: `wanted` are the fields of the revision; `previous` those of the last one that the node confirmed; `isOverwriting`: fields
 * that were edited on the node since get the revision's value.
 */
export type OverlayRequest = {
  readonly wanted: DocumentFields;
  readonly previous: DocumentFields;
  readonly isOverwriting: boolean;
};

/** The result. Shape: `fields` is the new hand-edited part; `localEdits` are paths that keep the node's value. */
export type Overlay = { readonly fields: DocumentFields; readonly localEdits: readonly string[] };

/** Returns the names in the revision that it may not have, uplinks included: these are the node's own. */
export function foreignFields(wanted: DocumentFields): readonly string[] {
  const networks = Object.entries(asRecord(wanted['networks']));
  return [
    ...NODE_OWN.filter((name) => name in wanted),
    ...networks.flatMap(([name, network]) =>
      NODE_SECTIONS.flatMap((section) =>
        isRecord(network) && section in network ? [`networks.${name}.${section}`] : [],
      ),
    ),
  ];
}

/**
 * Returns the hand-edited part with the fields of the revision. A field that the previous revision had and this one has not is removed
 * if it still has that value. A field that was edited on the node since stays. Lists are one value.
 * Law: overlaying twice is overlaying once.
 */
export function overlayRevision(
  have: DocumentFields,
  { wanted, previous, isOverwriting }: OverlayRequest,
): Overlay {
  const localEdits: string[] = [];
  let fields = have;
  for (const { path, value } of leavesOf(previous)) {
    const isGone = valueAt(wanted, path) === undefined && !isCovered(wanted, path);
    if (isGone && sameValue(valueAt(fields, path), value)) fields = withValue(fields, path, undefined);
  }
  for (const { path, value } of leavesOf(wanted)) {
    const now = valueAt(fields, path);
    const base = valueAt(previous, path);
    const isEdited = base !== undefined && !sameValue(now, base);
    if (isEdited && !isOverwriting && !sameValue(now, value)) localEdits.push(path.join('.'));
    else fields = withValue(fields, path, value);
  }
  return { fields, localEdits };
}

/** Returns the paths of the revision's fields that the document has with another value. */
export function editedFields(have: DocumentFields, wanted: DocumentFields): readonly string[] {
  return leavesOf(wanted)
    .filter(({ path, value }) => !sameValue(valueAt(have, path), value))
    .map(({ path }) => path.join('.'));
}

/** Returns the hand-edited part of a document. */
export function handEditedFields(document: object): DocumentFields {
  return Object.fromEntries(Object.entries(document).filter(([name]) => !NODE_OWN.includes(name)));
}

type Leaf = { readonly path: readonly string[]; readonly value: unknown };

function leavesOf(value: unknown, path: readonly string[] = []): readonly Leaf[] {
  if (!isRecord(value)) return [{ path, value }];
  return Object.entries(value).flatMap(([key, field]) => leavesOf(field, [...path, key]));
}

function valueAt(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (at, key) => (isRecord(at) && Object.hasOwn(at, key) ? at[key] : undefined),
    value,
  );
}

/** A shorter path has a plain value in the revision, which replaces everything below it. */
function isCovered(wanted: DocumentFields, path: readonly string[]): boolean {
  return path.some((_, length) => length > 0 && isPlain(valueAt(wanted, path.slice(0, length))));
}

function isPlain(value: unknown): boolean {
  return value !== undefined && !isRecord(value);
}

/** A record that a removal leaves empty is removed too. */
function withValue(
  fields: DocumentFields,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): DocumentFields {
  const inner = fields[key];
  const made = rest.length === 0 ? value : withValue(asRecord(inner), rest, value);
  const isEmpty =
    made === undefined || (value === undefined && isRecord(made) && Object.keys(made).length === 0);
  if (!isEmpty) return { ...fields, [key]: made };
  const { [key]: _, ...others } = fields;
  return others;
}
