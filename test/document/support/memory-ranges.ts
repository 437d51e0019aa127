/** Locked ranges of files in memory. */
import type { ByteRange } from '../../../reconciler/model/ports/sys.ts';

/** A locked range. Shape: without `end`, all bytes from `start` on. */
export type Held = { readonly fd: number; readonly start: number; readonly end: number };

/** Returns the range held by the open file. */
export function heldOf(fd: number, { start, length }: ByteRange): Held {
  return { fd, start, end: length === undefined ? Infinity : start + length };
}

/** Returns true if both have a byte in common. */
export function overlap(left: Held, right: Held): boolean {
  return left.start < right.end && right.start < left.end;
}
