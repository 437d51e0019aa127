/** Keeps the resident process small. */
import type { ResidentState } from '../model/ports/sys.ts';
import type { Companion } from './companion.ts';

/** Minimum interval: released pages must be read again when used, which takes time. Units: milliseconds. */
const LEAST_MS = 10_000;

/**
 * Returns the companion that releases memory after the first round, which uses more than later ones, and at
 * intervals.
 */
export function trimAfterRounds({ trim }: ResidentState): Companion {
  let lastMs = Number.NEGATIVE_INFINITY;
  return {
    onRound: ({ endMs }) => {
      if (endMs - lastMs < LEAST_MS) return;
      lastMs = endMs;
      trim();
    },
  };
}
