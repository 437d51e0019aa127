/** The lock that excludes rounds and attachments from each other. */
import { holdLock, LOCK_LIMIT_MS } from '../os/lock.ts';
import type { RoundLock } from '../loop/node/session.ts';
import type { Failure, Result } from '../model/result.ts';
import type { Sys } from '../model/ports/sys.ts';

/** The time that one other round or attachment may take. Units: milliseconds. */
const ROUND_TIMEOUT_MS = 20_000;

/**
 * Returns the lock in `runDirectory`. A sequence of ADDs cannot starve a repair: see holdLock. `timeoutMs`
 * limits the total wait.
 */
export function createRoundLock(sys: Sys, runDirectory: string, who: string, timeoutMs?: number): RoundLock {
  const path = `${runDirectory}/round.lock`;
  const bound =
    timeoutMs === undefined ? { timeoutMs: ROUND_TIMEOUT_MS, limitMs: LOCK_LIMIT_MS } : { timeoutMs };
  return {
    hold: <T, E>(mode: 'shared' | 'exclusive', work: () => Result<T, E>): Result<T, E | Failure> =>
      holdLock(sys, { path, mode, who, ...bound }, work),
  };
}
