/** The clock of a process. */
import type { ApiClock } from './transport.ts';

/** Returns the machine's monotonic clock and randomness. */
export function createApiClock(): ApiClock {
  return {
    nowMs: () => performance.now(),
    chance: () => Math.random(),
    sleep: (durationMs, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted === true) {
          resolve();
          return;
        }
        const end = (): void => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', end);
          resolve();
        };
        const timer = setTimeout(end, durationMs);
        signal?.addEventListener('abort', end);
      }),
  };
}
