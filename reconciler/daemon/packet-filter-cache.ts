/** The packet filters of the node as the resident process reads them: not with every scan. */
import type { PacketFilters } from '../model/filter/filter-problems.ts';

/** For so long they count as read now: reading them runs two tools or more. Units: milliseconds. */
const FRESH_MS = 20_000;

/** Returns the reader of the packet filters; it reads again when the last ones are old. */
export function cachePacketFilters(read: () => PacketFilters, nowMs: () => number): () => PacketFilters {
  let last: { readonly atMs: number; readonly packetFilters: PacketFilters } | undefined;
  return () => {
    const atMs = nowMs();
    if (last === undefined || atMs - last.atMs > FRESH_MS) last = { atMs, packetFilters: read() };
    return last.packetFilters;
  };
}
