/** Keeps the resident process small. */
import type { ResidentState } from '../model/ports/sys.ts';
import type { WatchHooks } from './watch-hooks.ts';

/** Released pages must be read again when used, which takes time: not while pods start. Units: milliseconds. */
const QUIET_MS = 10_000;

/** Returns the hooks that release memory once, when no round has run for some time. */
export function trimAfterRounds({ trim }: ResidentState): WatchHooks {
  let timer: ReturnType<typeof setTimeout> | undefined;
  return {
    onRound: () => {
      clearTimeout(timer);
      timer = setTimeout(trim, QUIET_MS);
      timer.unref();
    },
    stopping: () => clearTimeout(timer),
  };
}
