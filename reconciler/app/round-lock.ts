/** The lock that keeps whole rounds and single attachments apart. */
import { holdLock, LOCK_LIMIT_MS } from '../os/lock.ts';
import type { RoundLock } from '../loop/node/session.ts';
import type { Failure, Result } from '../model/result.ts';
import type { Sys } from '../model/ports/sys.ts';

/** How long a round or an attachment waits for one other to end. Units: milliseconds. */
const ROUND_TIMEOUT_MS = 20_000;

/**
 * Returns the lock in `runDirectory`. A sequence of ADDs cannot starve a repair: holdLock. `timeoutMs` limits
 * the wait, with any holder.
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
