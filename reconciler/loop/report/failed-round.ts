/** Rounds that failed: delay, messages and status. Pure. */
import type { Problem } from '../../document/store/store.ts';
import { renderFailure } from '../../model/result.ts';
import { conditionsOf } from './conditions.ts';
import { type NodeStatus, STATUS_FORMAT } from '../files/status-file.ts';
import { backoffMs } from './object-status.ts';

/** Reason and time of a failed round. Shape: `pauses` counts the valid ones. */
export type RoundFailure = { readonly message: string; readonly time: string; readonly pauses: number };

/** Returns the status after a failed round; the known objects are kept. */
export function failedRoundStatus(
  status: NodeStatus | undefined,
  { message, time, pauses }: RoundFailure,
): NodeStatus {
  const objects = status?.objects ?? [];
  const generation = status?.observedGeneration ?? 0;
  const problem = { reason: 'RoundFailing', message };
  const facts = { generation, objects, drifted: 0, withheld: 0, accepted: 0, pauses, problem };
  return {
    format: STATUS_FORMAT,
    time,
    observedGeneration: generation,
    convergedGeneration: status?.convergedGeneration,
    conditions: conditionsOf(facts, status, time),
    objects,
  };
}

/** Delay while the lock is busy with an ADD. Units: milliseconds. */
const LOCKED_MS = 20;
/** A lock that is busy for longer is reported. */
const LOCKED_TOO_LONG_MS = 5000;

/**
 * The reason of failed rounds since a moment.
 * Shape: `message` is empty until it was reported.
 * Units: milliseconds.
 */
export type FailureStreak = { readonly message: string; readonly sinceMs: number; readonly count: number };

/**
 * Returns the streak after another failed round, and the delay. A busy lock is none unless it persists:
 * until then `isPatient`. `isNews`: its message has not been reported yet.
 * Units: milliseconds.
 */
export function recordFailedRound(
  known: FailureStreak | undefined,
  problem: Problem,
  { nowMs, chance }: { readonly nowMs: number; readonly chance: number },
): {
  readonly streak: FailureStreak;
  readonly waitMs: number;
  readonly isPatient: boolean;
  readonly isNews: boolean;
} {
  const isLocked = problem.kind === 'failure' && problem.code === 'timeout';
  const sinceMs = known?.sinceMs ?? nowMs;
  const count = (known?.count ?? 0) + 1;
  const isPatient = isLocked && nowMs - sinceMs < LOCKED_TOO_LONG_MS;
  const message = isPatient ? (known?.message ?? '') : messageOf(problem);
  return {
    streak: { message, sinceMs, count },
    waitMs: isLocked ? LOCKED_MS : backoffMs(count, chance),
    isPatient,
    isNews: !isPatient && known?.message !== message,
  };
}

function messageOf(problem: Problem): string {
  return problem.kind === 'failure' ? renderFailure(problem) : 'the document is invalid: see vnet validate';
}
