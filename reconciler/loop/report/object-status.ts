/** How each object stands that differs from the document: what was tried, how often, and when it is tried again. Pure. */
import type { ObjectKey } from '../../model/state.ts';
import type { HeldStep } from '../../plan/admit.ts';
import type { Hold, Step } from '../../plan/step.ts';
import type { ObjectStatus } from '../files/status-file.ts';

/** The first wait, by what it grows, and the longest. Units: milliseconds. */
const FIRST_MS = 100;
const GROWTH = 2;
const LONGEST_MS = 60_000;

/**
 * An object that is not as it should be.
 * Shape: `fingerprint` is what was to be changed when it was last looked at. Units: milliseconds, on one clock that does
 * not go back.
 */
export type Tracked = {
  readonly state: ObjectStatus['state'];
  readonly reason: string;
  readonly attempts: number;
  readonly nextTryMs: number | undefined;
  readonly sinceMs: number;
  readonly fingerprint: string;
};

/** All of them. What is as it should be is not in it. */
export type Tracking = ReadonlyMap<ObjectKey, Tracked>;

/** When something happened, and how much chance there is in a wait (0 to 1). */
export type TrackingMoment = { readonly nowMs: number; readonly chance: () => number };

/**
 * What a round left.
 * Shape: `tried` has why a step failed, by key, undefined where it was done; `blocked` why one could not be tried;
 * `remaining` is still to be done after it; `held` was not to be tried; `withheld` would interrupt more than the round may.
 */
export type Leftovers = {
  readonly tried: ReadonlyMap<ObjectKey, string | undefined>;
  readonly blocked: ReadonlyMap<ObjectKey, string>;
  readonly remaining: readonly Step[];
  readonly held: readonly HeldStep[];
  readonly withheld: readonly Step[];
};

/** Returns how long to wait after so many attempts that failed: between half and all of the wait that doubles. Units: ms. */
export function backoffMs(attempts: number, chance: number): number {
  const fullMs = Math.min(FIRST_MS * GROWTH ** Math.max(0, attempts - 1), LONGEST_MS);
  return fullMs / 2 + (fullMs / 2) * chance;
}

/** Returns what the step would change: equal for two steps only when desired and live state are the same in both. */
export function stepFingerprint({ change, differences }: Step): string {
  return JSON.stringify([change.verb, differences]);
}

/**
 * Returns why the step is not to be tried now; undefined when it is.
 * Law: a step that would change something else than what failed is tried at once.
 */
export function backoffOf(tracking: Tracking, step: Step, nowMs: number): Hold | undefined {
  const known = tracking.get(step.key);
  if (known === undefined || known.state !== 'error' || known.nextTryMs === undefined) return undefined;
  if (known.nextTryMs <= nowMs || known.fingerprint !== stepFingerprint(step)) return undefined;
  return { state: 'error', reason: known.reason, nextTryMs: known.nextTryMs };
}

/**
 * Returns how the objects stand after a round.
 * Laws: an object that is as it should be is not in it; the waits between attempts grow to a ceiling and never end; an
 * object whose desired or live state has changed begins anew.
 */
export function trackRound(tracking: Tracking, left: Leftovers, moment: TrackingMoment): Tracking {
  const next = new Map<ObjectKey, Tracked>();
  for (const step of left.remaining)
    next.set(step.key, afterAttempt(tracking.get(step.key), step, left, moment));
  // What would interrupt traffic is still to be done, and is told as what it is.
  for (const step of left.withheld) {
    const reason = `${step.disruption}; allow with vnet reconcile --max-disruption ${step.disruption}`;
    next.set(step.key, hold(tracking, step, { state: 'reported', reason }, moment));
  }
  for (const { step, hold: why } of left.held) next.set(step.key, hold(tracking, step, why, moment));
  return next;
}

function afterAttempt(
  known: Tracked | undefined,
  step: Step,
  left: Leftovers,
  moment: TrackingMoment,
): Tracked {
  const fingerprint = stepFingerprint(step);
  const before = known?.fingerprint === fingerprint ? known : undefined;
  const sinceMs = known?.sinceMs ?? moment.nowMs;
  if (!left.tried.has(step.key)) {
    const reason = left.blocked.get(step.key) ?? 'found after this round';
    const nextTryMs = moment.nowMs + FIRST_MS;
    return { state: 'pending', reason, attempts: before?.attempts ?? 0, nextTryMs, sinceMs, fingerprint };
  }
  const attempts = (before?.state === 'error' ? before.attempts : 0) + 1;
  const reason = left.tried.get(step.key) ?? 'applied, then reverted by something else';
  const nextTryMs = moment.nowMs + backoffMs(attempts, moment.chance());
  return { state: 'error', reason, attempts, nextTryMs, sinceMs, fingerprint };
}

/** What is only waited for keeps its count. */
function hold(
  tracking: Tracking,
  step: Step,
  { state, reason, nextTryMs }: Hold,
  { nowMs }: TrackingMoment,
): Tracked {
  const known = tracking.get(step.key);
  const fingerprint = stepFingerprint(step);
  const attempts = known?.fingerprint === fingerprint ? known.attempts : 0;
  const isOver = state === 'pending';
  const next = nextTryMs ?? (isOver ? nowMs : undefined);
  return { state, reason, attempts, nextTryMs: next, sinceMs: known?.sinceMs ?? nowMs, fingerprint };
}

/** Returns when the next object is due; undefined when none is to be tried again by itself. */
export function nextDueMs(tracking: Tracking): number | undefined {
  let due: number | undefined;
  for (const { nextTryMs } of tracking.values()) {
    if (nextTryMs !== undefined && (due === undefined || nextTryMs < due)) due = nextTryMs;
  }
  return due;
}

/** Returns the objects as status.json lists them; `toTime` makes a time of day of a moment on the clock. */
export function objectStatuses(tracking: Tracking, toTime: (ms: number) => string): readonly ObjectStatus[] {
  return [...tracking].map(([key, { state, reason, attempts, nextTryMs, sinceMs }]) => ({
    key,
    state,
    reason,
    attempts,
    ...(nextTryMs === undefined ? {} : { nextTry: toTime(nextTryMs) }),
    since: toTime(sinceMs),
  }));
}
