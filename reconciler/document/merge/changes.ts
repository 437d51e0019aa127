/** What is different between two documents, by path. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { sameValue } from '../edit.ts';
import { comparable, DOCUMENT_SHAPE, type Part, partsOf, type Shape } from './shape.ts';
import type { DocumentChange } from '../snapshot.ts';

/**
 * Returns what is not the same, in the order of `before`, what is new behind that; the generation does not count.
 * Law: none exactly when both documents say the same.
 */
export function diffDocuments(before: VnetDocument, after: VnetDocument): readonly DocumentChange[] {
  return diffValues({ path: '', value: comparable(before), shape: DOCUMENT_SHAPE }, comparable(after));
}

/** Returns what is different in the part of `networks`, `endpoints`, `released` or `metadata` with this key. */
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

/** Returns what is different in a field of the document that is in none of these parts. */
export function diffField(name: string, before: unknown, after: unknown): readonly DocumentChange[] {
  const shape: Shape = shapeOf(name) ?? { kind: 'map', fields: {} };
  return diffValues({ path: name, value: before, shape }, after);
}

/** A path that is not cut any further, and what is there. */
export type Leaf = { readonly path: string; readonly value: unknown };

/** Returns every path of the document that a change can have when nothing around it changes, in order. */
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
  // Nothing but the order of a list is another.
  return changes.length > 0 ? changes : [changeOf(path, value, after)];
}

function changeOf(path: string, before: unknown, after: unknown): DocumentChange {
  return { path, ...(before === undefined ? {} : { before }), ...(after === undefined ? {} : { after }) };
}
