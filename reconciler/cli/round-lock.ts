/** The lock that keeps whole rounds and single attachments apart. */
import { holdLock, type LockRequest } from '../document/lock.ts';
import type { RoundLock } from '../loop/world.ts';
import { type Failure, ok, type Result } from '../model/result.ts';
import type { Sys } from '../model/sys.ts';

/** How long a round or an attachment waits for the other to end. Units: milliseconds. */
const ROUND_TIMEOUT_MS = 20_000;

/**
 * Returns the lock in `runDirectory`.
 * Everybody passes the gate before the room. Who wants to be alone keeps the gate shut while the room empties, so that
 * ADDs that come one after the other can't keep a repair waiting for ever.
 */
export function createRoundLock(sys: Sys, runDirectory: string, who: string): RoundLock {
  const request = (name: string, mode: LockRequest['mode']): LockRequest => ({
    path: `${runDirectory}/${name}.lock`,
    mode,
    who,
    timeoutMs: ROUND_TIMEOUT_MS,
  });
  return {
    hold: <T>(mode: LockRequest['mode'], work: () => Result<T>): Result<T> => {
      if (mode === 'exclusive') {
        const alone = (): Result<T> => holdLock<T, Failure>(sys, request('round', mode), work);
        return holdLock<T, Failure>(sys, request('gate', mode), alone);
      }
      const passed = holdLock<void, Failure>(sys, request('gate', mode), () => ok(undefined));
      return passed.ok ? holdLock<T, Failure>(sys, request('round', mode), work) : passed;
    },
  };
}
