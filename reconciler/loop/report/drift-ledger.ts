/** Durations of drift, accumulated from round to round. Pure. */
import type { ObjectKey } from '../../model/state.ts';
import { subjectOf } from '../../model/ports/kernel.ts';
import type { Digest, Drift } from './digest.ts';

/** A drifted object. Units: milliseconds; `countedMs` is the time up to which its drift is counted. */
type Entry = { readonly kind: string; readonly countedMs: number };

/** All drifted objects. */
export type DriftLedger = ReadonlyMap<ObjectKey, Entry>;

/**
 * The time of a round.
 * Units: milliseconds on the Clock; `beforeMs` is the end of the previous one, if any.
 */
export type RoundSpan = {
  readonly beforeMs: number | undefined;
  readonly startMs: number;
  readonly endMs: number;
};

/**
 * The drift of a round.
 * Shape: `found` are kinds of newly drifted objects, `repaired` those of repaired ones, one entry per object;
 * `seconds` sums the time that objects of a kind were drifted and not yet counted.
 * Units: seconds. `detectSeconds`: from the announcement, where there was none from the round before, to the
 * round; `repairSeconds`: from there to its end.
 */
export type DriftAccount = {
  readonly ledger: DriftLedger;
  readonly found: readonly string[];
  readonly repaired: readonly string[];
  readonly seconds: ReadonlyMap<string, number>;
  readonly detectSeconds: readonly number[];
  readonly repairSeconds: readonly number[];
};

/**
 * Returns the round's addition to the account.
 * Law: an object is found once, and then repaired or still drifted.
 */
export function accountDrift(
  ledger: DriftLedger,
  { repaired, drifted }: Pick<Digest, 'repaired' | 'drifted'>,
  span: RoundSpan,
): DriftAccount {
  const next = new Map<ObjectKey, Entry>();
  const seconds = new Map<string, number>();
  const [found, detectSeconds, repairSeconds]: [string[], number[], number[]] = [[], [], []];
  const count = (drift: Drift): Entry => {
    const { key, change } = drift.step;
    const { kind } = subjectOf(change);
    const known = ledger.get(key);
    const sinceMs = known?.countedMs ?? drift.by.atMs ?? span.startMs;
    seconds.set(kind, (seconds.get(kind) ?? 0) + secondsBetween(sinceMs, span.endMs));
    if (known === undefined) {
      found.push(kind);
      detectSeconds.push(secondsBetween(drift.by.atMs ?? span.beforeMs ?? span.startMs, span.startMs));
    }
    return { kind, countedMs: span.endMs };
  };
  for (const drift of drifted) next.set(drift.step.key, count(drift));
  for (const drift of repaired) {
    count(drift);
    repairSeconds.push(secondsBetween(drift.by.atMs ?? span.startMs, span.endMs));
  }
  const kinds = repaired.map(({ step }) => subjectOf(step.change).kind);
  return { ledger: next, found, repaired: kinds, seconds, detectSeconds, repairSeconds };
}

/** Returns the number of drifted objects by kind. */
export function countDrifted(ledger: DriftLedger): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { kind } of ledger.values()) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return counts;
}

/** Returns the duration of drift by kind that is not counted yet. Units: seconds. */
export function uncountedSeconds(ledger: DriftLedger, nowMs: number): ReadonlyMap<string, number> {
  const seconds = new Map<string, number>();
  for (const { kind, countedMs } of ledger.values()) {
    seconds.set(kind, (seconds.get(kind) ?? 0) + secondsBetween(countedMs, nowMs));
  }
  return seconds;
}

/** Returns the ledger with everything counted until now. */
export function countedUntil(ledger: DriftLedger, nowMs: number): DriftLedger {
  return new Map(
    [...ledger].map(([key, entry]) => [key, { ...entry, countedMs: Math.max(entry.countedMs, nowMs) }]),
  );
}

function secondsBetween(fromMs: number, toMs: number): number {
  return Math.max(0, toMs - fromMs) / 1000;
}
