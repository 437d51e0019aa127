/** Waiting times between attempts. Pure. */

/** Bounds of a wait. Units: milliseconds. */
const [SHORTEST_MS, LONGEST_MS] = [1000, 30_000];

/** Bounds of the time that the server is asked to keep a watch open. Units: seconds. */
const [WATCH_MIN_SECONDS, WATCH_MAX_SECONDS] = [240, 480];

/**
 * Returns the wait before the next attempt after this number of failures: at random between a second and a bound that doubles up to
 * half a minute (full jitter), so that the agents of a cluster do not return together after a restart of the server.
 * Shape: `chance` is in [0, 1); `atLeastMs` is the server's Retry-After.
 * Units: milliseconds.
 */
export function nextDelayMs(failures: number, chance: number, atLeastMs = 0): number {
  const bound = Math.min(LONGEST_MS, SHORTEST_MS * 2 ** Math.min(Math.max(failures, 1), 10));
  return Math.round(atLeastMs + SHORTEST_MS + chance * (bound - SHORTEST_MS));
}

/** Returns the length of a watch: at random, so that watches do not end together. Units: seconds. */
export function watchSeconds(chance: number): number {
  return Math.floor(WATCH_MIN_SECONDS + chance * (WATCH_MAX_SECONDS - WATCH_MIN_SECONDS));
}
