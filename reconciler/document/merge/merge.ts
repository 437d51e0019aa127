/** Three versions of a document into one: what a person saved, and what came since that began. Pure. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { Bug } from '../../model/result.ts';
import { sameValue } from '../edit.ts';
import { comparable, DOCUMENT_SHAPE, type Part, partsOf, type Shape, wholeOf } from './shape.ts';
import type { Conflict } from '../snapshot.ts';

/** What is merged. Shape: `base` is what both began from; undefined when it is not kept any more. */
export type MergeInput = {
  readonly base: VnetDocument | undefined;
  readonly yours: VnetDocument;
  readonly theirs: VnetDocument;
};

/**
 * The merged document, with the generation of yours; and what both changed in different ways: there the document has what
 * yours says.
 */
export type Merged =
  | { readonly kind: 'merged'; readonly document: VnetDocument }
  | {
      readonly kind: 'conflict';
      readonly document: VnetDocument;
      readonly conflicts: readonly Conflict[];
    };

/** What the base says where there is none: it differs from everything. */
const UNKNOWN = Symbol('unknown');

const NO_PARTS: ReadonlyMap<string, Part> = new Map();

/**
 * Returns the document with both sides' changes. Endpoints, released addresses and the boot are CNI's: where yours has none
 * of them, theirs counts, and no endpoint is gone because yours lacks it.
 * Law: yours is the base: theirs. Theirs is the base: yours, and the endpoints of theirs. A conflict is a path to which both
 * gave different values, neither that of the base.
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

/** Returns yours with what is CNI's and not in it taken from theirs; all of that where the base is not known. */
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

/** The value was merged from three documents, part by part. Who writes it has it read and checked again. */
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

/** In the order of yours; what only theirs has comes behind. */
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
  return wholeOf(merged, shape);
}

/** Items are single values: each is there or not. */
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
