/** Three-way merge of documents: a person's text and the changes since it was begun. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { Bug } from '../../model/result.ts';
import { sameValue } from '../edit.ts';
import { comparable, DOCUMENT_SHAPE, type Part, partsOf, type Shape, composeParts } from './shape.ts';
import type { Conflict } from '../snapshot.ts';

/** Shape: `base` is the common ancestor; undefined if it is no longer stored. */
export type MergeInput = {
  readonly base: VnetDocument | undefined;
  readonly yours: VnetDocument;
  readonly theirs: VnetDocument;
};

/**
 * The merged document, with the generation of `yours`; and the conflicts, in which the document has the
 * values of `yours`.
 */
export type Merged =
  | { readonly kind: 'merged'; readonly document: VnetDocument }
  | {
      readonly kind: 'conflict';
      readonly document: VnetDocument;
      readonly conflicts: readonly Conflict[];
    };

/** Stands for an unknown base value: different from every value. */
const UNKNOWN = Symbol('unknown');

const NO_PARTS: ReadonlyMap<string, Part> = new Map();

/**
 * Returns the document with the changes of both sides. Endpoints, released addresses and bootId belong to
 * CNI: where `yours` lacks one, that of `theirs` is kept, so no endpoint is removed.
 * Law: if `yours` is the base, the result is `theirs`; if `theirs` is the base, the result is `yours` plus
 * the endpoints of `theirs`. A conflict is a path with different new values on both sides.
 */
export function mergeDocuments({ base, yours, theirs }: MergeInput): Merged {
  const conflicts: Conflict[] = [];
  const filled = withTheirs(base, yours, theirs);
  const whole = mergeValue(
    { path: '', value: comparable(filled), shape: DOCUMENT_SHAPE },
    base === undefined ? UNKNOWN : comparable(base),
    comparable(theirs),
    conflicts,
  );
  if (!isDocument(whole)) throw new Bug('the merge of three documents gave none');
  const { generation } = yours.metadata;
  const document = { ...whole, metadata: { ...whole.metadata, generation } };
  return conflicts.length > 0 ? { kind: 'conflict', document, conflicts } : { kind: 'merged', document };
}

/** Returns `yours` plus CNI's entries that only `theirs` has; all of them if the base is unknown. */
function withTheirs(base: VnetDocument | undefined, yours: VnetDocument, theirs: VnetDocument): VnetDocument {
  const { bootId } = theirs.metadata;
  const boot = bootId === undefined ? {} : { bootId };
  const { endpoints, released } = base === undefined ? { endpoints: {}, released: {} } : yours;
  const isOpen = ([key, time]: [string, string]): boolean => base?.released?.[key] !== time;
  return {
    ...yours,
    metadata: base === undefined ? { ...yours.metadata, ...boot } : { ...boot, ...yours.metadata },
    endpoints: { ...theirs.endpoints, ...endpoints },
    released: { ...Object.fromEntries(Object.entries(theirs.released ?? {}).filter(isOpen)), ...released },
  };
}

/** The value was merged part by part from three documents; the caller validates the text made from it. */
function isDocument(value: unknown): value is VnetDocument {
  return typeof value === 'object' && value !== null && 'networks' in value;
}

function mergeValue(yours: Part, base: unknown, theirs: unknown, conflicts: Conflict[]): unknown {
  const { path, value, shape } = yours;
  if (sameValue(value, base)) return theirs;
  if (sameValue(theirs, base) || sameValue(value, theirs)) return value;
  if (shape.kind === 'set' && Array.isArray(value) && Array.isArray(theirs)) {
    const merged = mergeSets(value, base, theirs);
    if (merged !== undefined) return merged;
  }
  const mine = partsOf(value, shape, path);
  const other = partsOf(theirs, shape, path);
  const before = base === UNKNOWN ? UNKNOWN : base === undefined ? NO_PARTS : partsOf(base, shape, path);
  if (mine !== undefined && other !== undefined && before !== undefined) {
    return mergeParts({ mine, other, before, shape }, conflicts);
  }
  conflicts.push({ path, base: base === UNKNOWN ? undefined : base, yours: value, theirs });
  return value;
}

type Parts = ReadonlyMap<string, Part>;

/** In the order of `yours`; parts only in `theirs` come last. */
function mergeParts(
  {
    mine,
    other,
    before,
    shape,
  }: Readonly<Record<'mine' | 'other', Parts>> & {
    readonly before: Parts | typeof UNKNOWN;
    readonly shape: Shape;
  },
  conflicts: Conflict[],
): unknown {
  const merged = new Map<string, unknown>();
  for (const [key, part] of [...mine, ...Array.from(other).filter(([name]) => !mine.has(name))]) {
    const yours = mine.get(key) ?? { ...part, value: undefined };
    const base = before === UNKNOWN ? UNKNOWN : before.get(key)?.value;
    const value = mergeValue(yours, base, other.get(key)?.value, conflicts);
    if (value !== undefined) merged.set(key, value);
  }
  return composeParts(merged, shape);
}

/** Items are single values: each is present or absent. */
function mergeSets(
  yours: readonly unknown[],
  base: unknown,
  theirs: readonly unknown[],
): readonly unknown[] | undefined {
  if (base === UNKNOWN) return undefined;
  const before = new Set<unknown>(Array.isArray(base) ? base : []);
  const [mine, other] = [new Set(yours), new Set(theirs)];
  return [
    ...yours.filter((item) => other.has(item) || !before.has(item)),
    ...theirs.filter((item) => !mine.has(item) && !before.has(item)),
  ];
}
