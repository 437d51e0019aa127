/** A round lock that measures its waiting time. */
import type { RoundLock } from '../loop/node/session.ts';
import type { Failure, Result } from '../model/result.ts';

/** Returns the lock; `onWait` receives each waiting time, acquired or not. Units: milliseconds. */
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
