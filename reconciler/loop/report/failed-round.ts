/** Rounds that could not be done: how long to wait, what is said, and what is published. Pure. */
import type { Problem } from '../../document/store/store.ts';
import { renderFailure } from '../../model/result.ts';
import { conditionsOf } from './conditions.ts';
import { type NodeStatus, STATUS_FORMAT } from '../files/status-file.ts';
import { backoffMs } from './object-status.ts';

/** Why no round could be done, and when. Shape: `pauses` counts the valid ones. */
export type RoundTrouble = { readonly message: string; readonly time: string; readonly pauses: number };

/** Returns the status after the trouble: what was known of objects before it stays. */
export function troubledStatus(
  status: NodeStatus | undefined,
  { message, time, pauses }: RoundTrouble,
): NodeStatus {
  const objects = status?.objects ?? [];
  const generation = status?.observedGeneration ?? 0;
  const circumstances = { generation, drifted: 0, withheld: 0, pauses, problem: message };
  return {
    format: STATUS_FORMAT,
    time,
    observedGeneration: generation,
    convergedGeneration: status?.convergedGeneration,
    conditions: conditionsOf(objects, circumstances, status, time),
    objects,
  };
}

/** Somebody holds the lock: an ADD is under way. Units: milliseconds. */
const LOCKED_MS = 20;
/** The longest a lock may be busy before it is worth saying. */
const LOCKED_TOO_LONG_MS = 5000;

/** Why rounds could not be done since a moment. Shape: `message` is empty while nothing was said of it. Units: milliseconds. */
export type Obstacle = { readonly message: string; readonly sinceMs: number; readonly count: number };

/**
 * Returns what stands in the way after another failed round, and how long to wait. A lock that is busy is no trouble,
 * unless it stays so: until then `isPatient`. `isNews` is true when its message has not been said yet. Units: milliseconds.
 */
export function noteObstacle(
  known: Obstacle | undefined,
  problem: Problem,
  { nowMs, chance }: { readonly nowMs: number; readonly chance: number },
): {
  readonly obstacle: Obstacle;
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
    obstacle: { message, sinceMs, count },
    waitMs: isLocked ? LOCKED_MS : backoffMs(count, chance),
    isPatient,
    isNews: !isPatient && known?.message !== message,
  };
}

function messageOf(problem: Problem): string {
  return problem.kind === 'failure' ? renderFailure(problem) : 'the document is invalid: see vnet validate';
}
