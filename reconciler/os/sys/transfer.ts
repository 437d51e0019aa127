/** Whole reads and writes on one system call at a time, for both runtimes. */
import { ERRNO } from '../../model/ports/sys.ts';

const FIRST_READ_BYTES = 16_384;
const READ_GROWTH = 4;
/** Interval of retries on a non-blocking descriptor. Units: milliseconds. */
const PAUSE_MS = 1;

/** Returns all bytes up to the end of the file, or a negative errno. Shape: `read` fills its buffer from the start. */
export function readWhole(read: (room: Uint8Array) => number): Uint8Array | number {
  let into = new Uint8Array(FIRST_READ_BYTES);
  let length = 0;
  for (;;) {
    const got = read(into.subarray(length));
    if (got === 0) return into.subarray(0, length);
    if (got < 0 && got !== -ERRNO.EAGAIN) return got;
    if (got < 0) sleepMs(PAUSE_MS);
    else length += got;
    if (length < into.length) continue;
    const larger = new Uint8Array(into.length * READ_GROWTH);
    larger.set(into);
    into = larger;
  }
}

/** Returns the number of bytes once all are written, or a negative errno. Shape: `write` may write a part. */
export function writeWhole(bytes: Uint8Array, write: (rest: Uint8Array) => number): number {
  for (let written = 0; written < bytes.length; ) {
    const got = write(bytes.subarray(written));
    if (got < 0 && got !== -ERRNO.EAGAIN) return got;
    if (got < 0) sleepMs(PAUSE_MS);
    else written += got;
  }
  return bytes.length;
}

/** Blocks the thread. Units: milliseconds. */
export function sleepMs(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
