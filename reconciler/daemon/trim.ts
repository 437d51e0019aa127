/** Keeps the resident process small. */
import type { Stay } from '../model/ports/sys.ts';
import type { Companion } from './companion.ts';

/** What was let go of comes back when it is used again, which takes time. Units: milliseconds. */
const LEAST_MS = 10_000;

/** Returns what has memory let go of after the first round, which takes more than all that follow, and now and then. */
export function trimAfterRounds({ trim }: Stay): Companion {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    onRound: ({ endMs }) => {
      if (endMs - lastMs < LEAST_MS) return;
      lastMs = endMs;
      trim();
    },
  };
}
