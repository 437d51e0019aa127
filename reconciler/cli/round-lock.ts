/** The lock that keeps whole rounds and single attachments apart. */
import { holdLock } from '../document/lock.ts';
import type { RoundLock } from '../loop/world.ts';
import type { Failure, Result } from '../model/result.ts';
import type { Sys } from '../model/sys.ts';

/** How long a round or an attachment waits for the other to end. Units: milliseconds. */
const ROUND_TIMEOUT_MS = 20_000;

/** Returns the lock in `runDirectory`. ADDs that come one after the other can't keep a repair waiting: holdLock. */
export function createRoundLock(
  sys: Sys,
  runDirectory: string,
  who: string,
  timeoutMs = ROUND_TIMEOUT_MS,
): RoundLock {
  const path = `${runDirectory}/round.lock`;
  return {
    hold: <T>(mode: 'shared' | 'exclusive', work: () => Result<T>): Result<T> =>
      holdLock<T, Failure>(sys, { path, mode, who, timeoutMs }, work),
  };
}
