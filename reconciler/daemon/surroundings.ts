/** The surroundings of the node as the resident process reads them: not with every scan. */
import type { NodeSurroundings } from '../model/filter/filter-problems.ts';

/** For so long they count as read now: reading them runs two tools or more. Units: milliseconds. */
const FRESH_MS = 20_000;

/** Returns the reader of the surroundings; it reads again when the last ones are old. */
export function keepSurroundings(read: () => NodeSurroundings, nowMs: () => number): () => NodeSurroundings {
  let last: { readonly atMs: number; readonly surroundings: NodeSurroundings } | undefined;
  return () => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs > FRESH_MS) last = { atMs, surroundings: read() };
    return last.surroundings;
  };
}
