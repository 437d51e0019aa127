/** Differences between two documents, by path. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { sameValue } from '../edit.ts';
import { comparable, DOCUMENT_SHAPE, type Part, partsOf, type Shape } from './shape.ts';
import type { DocumentChange } from '../snapshot.ts';

/**
 * Returns the changes in the order of `before`, additions last; the generation is ignored.
 * Law: empty if and only if the documents are equal.
 */
export function diffDocuments(before: VnetDocument, after: VnetDocument): readonly DocumentChange[] {
  return diffValues({ path: '', value: comparable(before), shape: DOCUMENT_SHAPE }, comparable(after));
}

/** Returns the changes of one entry of `networks`, `endpoints`, `released` or `metadata`. */
export function diffEntry(
  section: 'networks' | 'endpoints' | 'released' | 'metadata',
  key: string,
  before: unknown,
  after: unknown,
): readonly DocumentChange[] {
  const shape = shapeOf(section);
  const path = `${section}.${key}`;
  const cut = shape?.kind === 'map' ? (shape.fields[key] ?? shape.every) : undefined;
  return diffValues({ path, value: before, shape: cut ?? { kind: 'atom' } }, after);
}

/** Returns the changes of a document field outside these sections. */
export function diffField(name: string, before: unknown, after: unknown): readonly DocumentChange[] {
  const shape: Shape = shapeOf(name) ?? { kind: 'map', fields: {} };
  return diffValues({ path: name, value: before, shape }, after);
}

/** A smallest path that can change alone, and its value. */
export type Leaf = { readonly path: string; readonly value: unknown };

/** Returns all paths that can change by themselves, in order. */
export function leavesOf(document: VnetDocument): readonly Leaf[] {
  return leavesIn({ path: '', value: comparable(document), shape: DOCUMENT_SHAPE });
}

function leavesIn(part: Part): readonly Leaf[] {
  const parts = partsOf(part.value, part.shape, part.path);
  if (parts === undefined) return [{ path: part.path, value: part.value }];
  return Array.from(parts.values()).flatMap(leavesIn);
}

function shapeOf(section: string): Shape | undefined {
  return DOCUMENT_SHAPE.kind === 'map' ? DOCUMENT_SHAPE.fields[section] : undefined;
}

function diffValues({ path, value, shape }: Part, after: unknown): readonly DocumentChange[] {
  if (sameValue(value, after)) return [];
  const ours = partsOf(value, shape, path);
  const theirs = partsOf(after, shape, path);
  if (ours === undefined || theirs === undefined) return [changeOf(path, value, after)];
  const changes = [
    ...Array.from(ours).flatMap(([key, part]) => diffValues(part, theirs.get(key)?.value)),
    ...Array.from(theirs).flatMap(([key, part]) =>
      ours.has(key) ? [] : diffValues({ ...part, value: undefined }, part.value),
    ),
  ];
  // Only the order of a list differs.
  return changes.length > 0 ? changes : [changeOf(path, value, after)];
}

function changeOf(path: string, before: unknown, after: unknown): DocumentChange {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
