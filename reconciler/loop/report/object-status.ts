/** The state of each object that differs from the document: attempts and next attempt. Pure. */
import type { ObjectKey } from '../../model/state.ts';
import type { Admission, HeldStep } from '../../plan/admit.ts';
import type { Hold, Step } from '../../plan/step.ts';
import type { ObjectStatus } from '../files/status-file.ts';

/** Backoff: first delay, growth and longest delay. Units: milliseconds. */
const FIRST_MS = 100;
const GROWTH = 2;
const LONGEST_MS = 60_000;

/**
 * A differing object.
 * Shape: `fingerprint` identifies the change that was last wanted.
 * Units: milliseconds, on a monotonic clock.
 */
export type TrackedObject = {
  readonly state: ObjectStatus['state'];
  readonly reason: string;
  readonly attempts: number;
  readonly nextTryMs: number | undefined;
  readonly sinceMs: number;
  readonly fingerprint: string;
};

/** All differing objects. */
export type TrackedObjects = ReadonlyMap<ObjectKey, TrackedObject>;

/** The time, and a random number between 0 and 1 for delays. */
export type RetryClock = { readonly nowMs: number; readonly chance: () => number };

/**
 * The remainder of a round.
 * Shape: `tried` has the failure of each tried step by key, undefined if it succeeded; `blocked` why a step
 * could not be tried; `remaining` are steps left after it; `held` were not to be tried; `withheld` exceed the
 * limit on disruption.
 */
export type Leftovers = {
  readonly tried: ReadonlyMap<ObjectKey, string | undefined>;
  readonly blocked: ReadonlyMap<ObjectKey, string>;
  readonly remaining: readonly Step[];
  readonly held: readonly HeldStep[];
  readonly withheld: readonly Step[];
};

/**
 * Returns the delay after a number of failed attempts: between half and all of the doubling delay.
 * Units: ms.
 */
export function backoffMs(attempts: number, chance: number): number {
  const fullMs = Math.min(FIRST_MS * GROWTH ** Math.max(0, attempts - 1), LONGEST_MS);
  return fullMs / 2 + (fullMs / 2) * chance;
}

/**
 * Returns an identifier of the step's change.
 * Law: equal for two steps only if desired and live state are equal.
 */
export function stepFingerprint({ change, differences }: Step): string {
  return JSON.stringify([change.verb, differences]);
}

/**
 * Returns why the step is not tried now; undefined if it is.
 * Law: a step that differs from the failed one is tried at once.
 */
export function backoffOf(tracking: TrackedObjects, step: Step, nowMs: number): Hold | undefined {
  const known = tracking.get(step.key);
  if (known === undefined || known.state !== 'error' || known.nextTryMs === undefined) return undefined;
  if (known.nextTryMs <= nowMs || known.fingerprint !== stepFingerprint(step)) return undefined;
  return { state: 'error', reason: known.reason, nextTryMs: known.nextTryMs };
}

/**
 * Returns the states after a round. Laws: a matching object is not listed; delays grow to a ceiling and never
 * end; a change of desired or live state starts over.
 */
export function trackRound(tracking: TrackedObjects, left: Leftovers, moment: RetryClock): TrackedObjects {
  const next = new Map<ObjectKey, TrackedObject>();
  for (const step of left.remaining)
    next.set(step.key, afterAttempt(tracking.get(step.key), step, left, moment));
  for (const step of left.withheld) next.set(step.key, hold(tracking, step, withholding(step), moment));
  for (const { step, hold: why } of left.held) next.set(step.key, hold(tracking, step, why, moment));
  return next;
}

function afterAttempt(
  known: TrackedObject | undefined,
  step: Step,
  left: Leftovers,
  moment: RetryClock,
): TrackedObject {
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

/** Waiting does not count as an attempt. */
function hold(
  tracking: TrackedObjects,
  step: Step,
  { state, reason, nextTryMs }: Hold,
  { nowMs }: RetryClock,
): TrackedObject {
  const known = tracking.get(step.key);
  const fingerprint = stepFingerprint(step);
  const attempts = known?.fingerprint === fingerprint ? known.attempts : 0;
  const isOver = state === 'pending';
  const next = nextTryMs ?? (isOver ? nowMs : undefined);
  return { state, reason, attempts, nextTryMs: next, sinceMs: known?.sinceMs ?? nowMs, fingerprint };
}

/** Returns the time of the next attempt; undefined without one. */
export function nextDueMs(tracking: TrackedObjects): number | undefined {
  let due: number | undefined;
  for (const { nextTryMs } of tracking.values()) {
    if (nextTryMs !== undefined && (due === undefined || nextTryMs < due)) due = nextTryMs;
  }
  return due;
}

/**
 * Returns the objects for a present observation: the remainder of the plan with its verdicts and the last
 * round's knowledge.
 * Law: right after a round, equal to those in status.json.
 */
export function currentObjectStatuses(
  { plan, withheld, held }: Pick<Admission, 'plan' | 'withheld' | 'held'>,
  last: readonly ObjectStatus[],
  time: string,
): readonly ObjectStatus[] {
  const now = new Map<ObjectKey, Pick<ObjectStatus, 'state' | 'reason'>>();
  for (const { key, reason } of plan.steps) now.set(key, { state: 'pending', reason });
  for (const step of withheld) now.set(step.key, withholding(step));
  for (const { step, hold: why } of held) now.set(step.key, why);
  const known = last.flatMap((object): readonly ObjectStatus[] => {
    const seen = now.get(object.key);
    // Contention continues while the object is right.
    if (seen === undefined) return object.state === 'contended' ? [object] : [];
    now.delete(object.key);
    const isResult = seen.state === 'pending' && RESULTS.has(object.state);
    return [isResult || seen.state === object.state ? object : { ...object, ...seen }];
  });
  return [...known, ...Array.from(now, ([key, seen]) => ({ key, attempts: 0, since: time, ...seen }))];
}

/** States that only a round's attempt can determine. */
const RESULTS: ReadonlySet<ObjectStatus['state']> = new Set(['error', 'contended']);

/** A step that would interrupt traffic remains to be done, and is listed with its disruption. */
function withholding({ disruption }: Step): Hold {
  return {
    state: 'reported',
    reason: `${disruption}; allow with vnet reconcile --max-disruption ${disruption}`,
  };
}

/** Returns the objects in the form of status.json; `toTime` converts a clock value to a time of day. */
export function objectStatuses(
  tracking: TrackedObjects,
  toTime: (ms: number) => string,
): readonly ObjectStatus[] {
  return [...tracking].map(([key, { state, reason, attempts, nextTryMs, sinceMs }]) => ({
    key,
    state,
    reason,
    attempts,
    ...(nextTryMs === undefined ? {} : { nextTry: toTime(nextTryMs) }),
    since: toTime(sinceMs),
  }));
}
