/** A lock of rounds that says how long it was waited for. */
import type { RoundLock } from '../loop/node/session.ts';
import type { Failure, Result } from '../model/result.ts';

/** Returns the lock; `onWait` hears how long each waited, in milliseconds, whether it got the lock or not. */
export function timeLock(
  lock: RoundLock,
  onWait: (waitedMs: number) => void,
  nowMs: () => number = () => performance.now(),
): RoundLock {
  return {
    hold: <T, E>(mode: 'shared' | 'exclusive', work: () => Result<T, E>): Result<T, E | Failure> => {
      const startMs = nowMs();
      let gotMs: number | undefined;
      const result = lock.hold(mode, () => {
        gotMs = nowMs();
        return work();
      });
      onWait((gotMs ?? nowMs()) - startMs);
      return result;
    },
  };
}
