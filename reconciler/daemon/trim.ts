/** Keeps the resident process small. */
import type { ResidentState } from '../model/ports/sys.ts';
import type { WatchHooks } from './watch-hooks.ts';

/** Released pages must be read again when used, which takes time: not while pods start. Units: milliseconds. */
const QUIET_MS = 10_000;

/**
 * A start touches most of the program, and little of it is used again: released after it even while pods start, which then costs a
 * millisecond. The same after a long time in which there was no quiet. Units: milliseconds.
 */
const STARTED_MS = 2_000;
const LONG_MS = 60_000;

/** Returns the hooks that release memory: once, when no round has run for some time, and after the start. */
export function trimAfterRounds({ trim, unmap }: ResidentState): WatchHooks {
  let quiet: ReturnType<typeof setTimeout> | undefined;
  let busy: ReturnType<typeof setTimeout> | undefined;
  const unmapAfter = (delayMs: number): void => {
    busy = setTimeout(() => {
      busy = undefined;
      unmap();
    }, delayMs);
    busy.unref();
  };
  return {
    started: () => unmapAfter(STARTED_MS),
    onRound: () => {
      clearTimeout(quiet);
      quiet = setTimeout(() => {
        clearTimeout(busy);
        busy = undefined;
        trim();
      }, QUIET_MS);
      quiet.unref();
      if (busy === undefined) unmapAfter(LONG_MS);
    },
    stopping: () => {
      clearTimeout(quiet);
      clearTimeout(busy);
    },
  };
}
