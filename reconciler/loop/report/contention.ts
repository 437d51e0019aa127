/** Contention: another program repeatedly reverts the repairs of an object, and faster repairs do not help. Pure. */
import type { ObjectKey } from '../../model/state.ts';
import type { Hold } from '../../plan/step.ts';

/** Number of repairs of one object within WINDOW_MS that counts as contention. */
export const REPAIRS = 5;
/** The time in which they are counted. */
export const WINDOW_MS = 30_000;

/**
 * Delays between repairs of a contended object: the first, which doubles, and the longest.
 * Units: milliseconds.
 */
const FIRST_MS = 1000;
const LONGEST_MS = 60_000;

/** Contention ends after the object was right for this long. */
const CALM_MS = 60_000;

/**
 * The repairs of one object.
 * Shape: `repairsMs` are those of the last WINDOW_MS; `slowed` counts the repairs since the contention began, undefined without
 * one; `wrongMs` is the last time the object was seen to differ.
 */
export type RepairHistory = {
  readonly repairsMs: readonly number[];
  readonly slowed: number | undefined;
  readonly wrongMs: number;
};

/** By object; only recently repaired ones. */
export type RepairHistories = ReadonlyMap<ObjectKey, RepairHistory>;

/**
 * Returns the histories after a round that repaired some objects and left others.
 * Law: an object is contended exactly from REPAIRS repairs in WINDOW_MS until it was right for CALM_MS.
 */
export function recordRepairs(
  histories: RepairHistories,
  { repaired, wrong }: { readonly repaired: readonly ObjectKey[]; readonly wrong: readonly ObjectKey[] },
  nowMs: number,
): RepairHistories {
  const next = new Map<ObjectKey, RepairHistory>();
  // A present difference has lasted since then, however long the last delay was.
  const wrongKeys = new Set([...repaired, ...wrong]);
  for (const [key, history] of histories) {
    if (wrongKeys.has(key) || nowMs - history.wrongMs < CALM_MS) next.set(key, history);
  }
  for (const key of repaired) {
    const known = next.get(key);
    const repairsMs = [...(known?.repairsMs ?? []), nowMs].filter((atMs) => nowMs - atMs < WINDOW_MS);
    const isContended = known?.slowed !== undefined || repairsMs.length >= REPAIRS;
    next.set(key, { repairsMs, slowed: isContended ? (known?.slowed ?? -1) + 1 : undefined, wrongMs: nowMs });
  }
  for (const key of wrong) {
    const known = next.get(key);
    if (known !== undefined) next.set(key, { ...known, wrongMs: nowMs });
  }
  return next;
}

/** Returns the contended objects. */
export function contended(histories: RepairHistories): readonly ObjectKey[] {
  return [...histories].flatMap(([key, { slowed }]) => (slowed === undefined ? [] : [key]));
}

/**
 * Returns why the object is not repaired now; undefined if it is.
 * Law: the delays grow to LONGEST_MS and end.
 */
export function contentionOf(histories: RepairHistories, key: ObjectKey, nowMs: number): Hold | undefined {
  const history = histories.get(key);
  const lastMs = history?.repairsMs.at(-1);
  if (history?.slowed === undefined || lastMs === undefined) return undefined;
  const nextTryMs = lastMs + Math.min(FIRST_MS * 2 ** history.slowed, LONGEST_MS);
  if (nextTryMs <= nowMs) return undefined;
  const reason = 'every repair is reverted: backing off';
  return { state: 'contended', reason, nextTryMs };
}

/** Returns the next end of a contention that does not continue; undefined without one. */
export function contentionEndMs(histories: RepairHistories): number | undefined {
  const ends = [...histories.values()].flatMap(({ slowed, wrongMs }) =>
    slowed === undefined ? [] : [wrongMs + CALM_MS],
  );
  return ends.length === 0 ? undefined : Math.min(...ends);
}
