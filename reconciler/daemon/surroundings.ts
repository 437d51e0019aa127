/** The surroundings of the node as the resident process reads them: not with every scan. */
import { readSurroundings } from '../kernel/filter/read-surroundings.ts';
import type { NodeSurroundings } from '../model/filter/hindrances.ts';
import type { Sys } from '../model/ports/sys.ts';

/** For so long they count as read now: reading them runs two tools or more. Units: milliseconds. */
const FRESH_MS = 20_000;

/** Returns the reader of the surroundings; it reads again when the last ones are old. */
export function openSurroundings(sys: Sys, nowMs: () => number): () => NodeSurroundings {
  let last: { readonly atMs: number; readonly surroundings: NodeSurroundings } | undefined;
  return () => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs > FRESH_MS)
      last = { atMs, surroundings: readSurroundings(sys) };
    return last.surroundings;
  };
}
