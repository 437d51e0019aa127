/** The time and triggers of the next round: triggers close together are combined. Pure. */

/** The quiet time that ends a burst of triggers. Units: milliseconds. */
export const QUIET_MS = 2;
/** The longest delay. */
export const LONGEST_DELAY_MS = 20;

/** Why a round is run. */
export const TRIGGERS = [
  'start',
  'announced',
  'overflow',
  'document',
  'members',
  'settled',
  'pods',
  'scan',
  'retry',
  'recheck',
  'missing',
  'expiry',
  'asked',
] as const;

/** One of TRIGGERS. */
export type Trigger = (typeof TRIGGERS)[number];

/**
 * The schedule.
 * Shape: `bursts` are triggers still being collected, with the time of their first and last; `dates` are
 * those with a fixed time.
 * Units: milliseconds, on a monotonic clock.
 */
export type Schedule = {
  readonly bursts: ReadonlyMap<Trigger, { readonly firstMs: number; readonly lastMs: number }>;
  readonly dates: ReadonlyMap<Trigger, number>;
};

/** The empty schedule. */
export const EMPTY_SCHEDULE: Schedule = { bursts: new Map(), dates: new Map() };

/** Returns the schedule with a trigger that may be part of a burst: its round waits for the burst's end. */
export function scheduleBurst({ bursts, dates }: Schedule, trigger: Trigger, nowMs: number): Schedule {
  const firstMs = bursts.get(trigger)?.firstMs ?? nowMs;
  return { bursts: new Map(bursts).set(trigger, { firstMs, lastMs: nowMs }), dates };
}

/** Returns the schedule with a round at this time; an earlier one of the same trigger stays. */
export function scheduleAt({ bursts, dates }: Schedule, trigger: Trigger, atMs: number): Schedule {
  const known = dates.get(trigger);
  return known !== undefined && known <= atMs
    ? { bursts, dates }
    : { bursts, dates: new Map(dates).set(trigger, atMs) };
}

/** Returns the schedule with the trigger at this time, or without it, replacing its earlier time. */
export function reschedule(
  { bursts, dates }: Schedule,
  trigger: Trigger,
  atMs: number | undefined,
): Schedule {
  const next = new Map(dates);
  if (atMs === undefined) next.delete(trigger);
  else next.set(trigger, atMs);
  return { bursts, dates: next };
}

/** Returns the time of the next round; undefined if none is scheduled. */
export function dueMs({ bursts, dates }: Schedule): number | undefined {
  const times = [...[...bursts.values()].map(endOf), ...dates.values()];
  return times.length === 0 ? undefined : Math.min(...times);
}

/**
 * Returns the due triggers, and the schedule without them.
 * Law: nothing is lost: every trigger that is not due stays on the schedule.
 */
export function takeDue(
  schedule: Schedule,
  nowMs: number,
): { readonly due: readonly Trigger[]; readonly rest: Schedule } {
  const bursts = new Map(schedule.bursts);
  const dates = new Map(schedule.dates);
  const due = new Set<Trigger>();
  for (const [trigger, burst] of schedule.bursts) {
    if (endOf(burst) > nowMs) continue;
    due.add(trigger);
    bursts.delete(trigger);
  }
  for (const [trigger, atMs] of schedule.dates) {
    if (atMs > nowMs) continue;
    due.add(trigger);
    dates.delete(trigger);
  }
  return { due: TRIGGERS.filter((trigger) => due.has(trigger)), rest: { bursts, dates } };
}

/** The quiet time after the last call before a round starts. Units: milliseconds. */
export const CALLS_QUIET_MS = 10;
/** The longest delay by calls: drift during a burst of pods must not wait for its end. */
export const LONGEST_YIELD_MS = 250;

/**
 * CNI calls served beside the loop: the number in progress, and the time at which the last one began or
 * ended.
 * Units: milliseconds, on the schedule's clock.
 */
export type Calls = { readonly open: number; readonly lastMs: number };

/** No call yet. */
export const NO_CALLS: Calls = { open: 0, lastMs: Number.NEGATIVE_INFINITY };

/** Returns true during calls and shortly after the last one. */
export function isServing({ open, lastMs }: Calls, nowMs: number): boolean {
  return open > 0 || nowMs < lastMs + CALLS_QUIET_MS;
}

/** Returns the start time of due work: starting pods go first. Law: never before it is due, nor LONGEST_YIELD_MS after. */
export function startAfterCalls(due: number, { open, lastMs }: Calls): number {
  const latestMs = due + LONGEST_YIELD_MS;
  return open > 0 ? latestMs : Math.min(latestMs, Math.max(due, lastMs + CALLS_QUIET_MS));
}

function endOf({ firstMs, lastMs }: { readonly firstMs: number; readonly lastMs: number }): number {
  return Math.min(lastMs + QUIET_MS, firstMs + LONGEST_DELAY_MS);
}
