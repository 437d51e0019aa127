/** The time and reason of the next rounds. Pure. */
import type { Trigger } from './schedule.ts';
import { contentionEndMs } from '../report/contention.ts';
import type { RoundMemory } from '../report/digest.ts';
import { nextDueMs } from '../report/object-status.ts';
import { nextExpiry, type Pause } from '../../plan/pause.ts';
import type { Round } from '../round/round.ts';
import type { Unconfirmed } from '../report/condition-details.ts';
import type { WatchPorts } from './watch-ports.ts';

/** Delay of the check for a reverted repair. Units: milliseconds. */
const RECHECK_MS = 1000;
/** A namespace counts as dead if it still is after this time (evidence.ts). */
const MISSING_MS = 5100;

/** A round, and the knowledge after it. */
export type FinishedRound = {
  readonly round: Round;
  readonly unconfirmed: Unconfirmed | undefined;
  readonly isChanged: boolean;
  readonly pauses: readonly Pause[];
  readonly memory: RoundMemory;
};

/**
 * Returns a date for each reason of a next round; undefined for reasons that no longer apply.
 * Units: milliseconds.
 */
export function nextRounds(
  { round, unconfirmed, isChanged, pauses, memory }: FinishedRound,
  { session, acceptedUntil }: Pick<WatchPorts, 'session' | 'acceptedUntil'>,
  nowMs: number,
): ReadonlyMap<Trigger, number | undefined> {
  const inMs = (date: Date): number => nowMs + date.getTime() - session.now().getTime();
  const missing = Object.values(round.document.endpoints ?? {}).flatMap((endpoint) =>
    endpoint.missing === undefined || endpoint.leaving !== undefined
      ? []
      : [inMs(new Date(endpoint.missing)) + MISSING_MS],
  );
  const ends = [nextExpiry(pauses), acceptedUntil?.(), unconfirmed?.until].flatMap((date) =>
    date === undefined ? [] : [inMs(date)],
  );
  const expiries = [...ends, contentionEndMs(memory.repairHistories) ?? Number.POSITIVE_INFINITY];
  const expiryMs = Math.max(nowMs + 1, Math.min(...expiries));
  return new Map<Trigger, number | undefined>([
    ['retry', nextDueMs(memory.tracking)],
    ['expiry', Number.isFinite(expiryMs) ? expiryMs : undefined],
    ['missing', missing.length === 0 ? undefined : Math.max(nowMs + 100, Math.min(...missing))],
    ...(isChanged ? [['recheck', nowMs + RECHECK_MS] as const] : []),
  ]);
}
