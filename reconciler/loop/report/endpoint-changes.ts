/** Changes of endpoints between two versions of the document. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { editedKeys } from '../../document/edit.ts';

/** A changed endpoint. Shape: `before` is absent for an addition, `after` for a removal. */
export type EndpointChange = { readonly before?: Endpoint; readonly after?: Endpoint };

/** Returns the changed endpoints, by ID. */
export function endpointChanges(
  { endpoints: before = {} }: VnetDocument,
  { endpoints: after = {} }: VnetDocument,
): ReadonlyMap<string, EndpointChange> {
  const changes = new Map<string, EndpointChange>();
  const edited = editedKeys(before, after);
  for (const id of edited ?? Object.keys(after)) {
    const [was, is] = [before[id], after[id]];
    if (is === undefined || isSame(was, is)) continue;
    changes.set(id, was === undefined ? { after: is } : { before: was, after: is });
  }
  for (const id of edited ?? Object.keys(before)) {
    const was = before[id];
    if (was !== undefined && after[id] === undefined) changes.set(id, { before: was });
  }
  return changes;
}

/**
 * An edit keeps other endpoints as the same objects: only a newly read document needs a comparison of values.
 */
function isSame(was: Endpoint | undefined, is: Endpoint): boolean {
  return was === is || (was !== undefined && JSON.stringify(was) === JSON.stringify(is));
}

/** Returns true if the hand-edited part is the same in both. */
export function isSameHead(before: VnetDocument, after: VnetDocument): boolean {
  return isKept(before, after) || headOf(before) === headOf(after);
}

/** An edit keeps every other field as the same value: only a newly read document needs a comparison of texts. */
function isKept(before: VnetDocument, after: VnetDocument): boolean {
  const [was, is] = [fieldsOf(before), fieldsOf(after)];
  const [{ node, bootId }, { metadata }] = [before.metadata, after];
  return (
    was.length === is.length &&
    node === metadata.node &&
    bootId === metadata.bootId &&
    was.every(([name, value], index) => name === is[index]?.[0] && value === is[index][1])
  );
}

function fieldsOf(document: VnetDocument): readonly (readonly [string, unknown])[] {
  const { metadata: _metadata, endpoints: _endpoints, released: _released, ...fields } = document;
  return Object.entries(fields);
}

function headOf(document: VnetDocument): string {
  const { node, bootId } = document.metadata;
  return JSON.stringify({ ...document, metadata: { node, bootId }, endpoints: {}, released: {} });
}
