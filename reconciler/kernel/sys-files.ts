/** The file half of Sys, on node:fs's blocking calls, which Node and Bun both have. */
import {
  closeSync,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { ERRNO } from '../model/sys.ts';
import type { Sys } from '../model/sys.ts';

/** The part of Sys that needs no foreign function. */
export type SysFiles = Pick<
  Sys,
  | 'open'
  | 'close'
  | 'readAll'
  | 'write'
  | 'fdatasync'
  | 'fsync'
  | 'rename'
  | 'unlink'
  | 'mkdir'
  | 'stat'
  | 'sleep'
>;

/** The size of the first read of a file that says it is empty, as all of /proc do. */
const UNKNOWN_SIZE_BYTES = 4096;

/** Returns the file calls of Sys. Every descriptor is opened with O_CLOEXEC, whatever the flags say. */
export function createSysFiles(): SysFiles {
  const sleeper = new Int32Array(new SharedArrayBuffer(4));
  return {
    open: (path, flags, mode) => attempt(() => openSync(path, flags, mode)),
    close: (fd) => attempt(() => closeSync(fd)),
    readAll,
    write,
    fdatasync: (fd) => attempt(() => fdatasyncSync(fd)),
    fsync: (fd) => attempt(() => fsyncSync(fd)),
    rename: (from, to) => attempt(() => renameSync(from, to)),
    unlink: (path) => attempt(() => unlinkSync(path)),
    mkdir: (path, mode) =>
      attempt(() => {
        mkdirSync(path, { mode });
      }),
    stat,
    sleep: (durationMs) => void Atomics.wait(sleeper, 0, 0, durationMs),
  };
}

/** Returns the call's number (0 for none) or -errno; a call that a signal interrupted is made again. */
function attempt(call: () => number | void): number {
  for (;;) {
    try {
      return call() ?? 0;
    } catch (error) {
      const code = errnoOf(error);
      if (code !== ERRNO.EINTR) return -code;
    }
  }
}

/** Returns the positive errno of what node:fs threw. Throws what did not come from a system call. */
function errnoOf(error: unknown): number {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number')
    return Math.abs(error.errno);
  throw error;
}

function readAll(fd: number): Uint8Array | number {
  let sizeBytes = 0;
  const known = attempt(() => {
    sizeBytes = fstatSync(fd).size;
  });
  if (known < 0) return known;
  let into = new Uint8Array(sizeBytes === 0 ? UNKNOWN_SIZE_BYTES : sizeBytes + 1);
  let length = 0;
  for (;;) {
    const got = attempt(() => readSync(fd, into, length, into.length - length, length));
    if (got < 0) return got;
    if (got === 0) return into.subarray(0, length);
    length += got;
    if (length < into.length) continue;
    const larger = new Uint8Array(into.length * 2);
    larger.set(into);
    into = larger;
  }
}

function write(fd: number, bytes: Uint8Array): number {
  let written = 0;
  while (written < bytes.length) {
    const got = attempt(() => writeSync(fd, bytes, written, bytes.length - written));
    if (got < 0) return got;
    written += got;
  }
  return written;
}

function stat(path: string): ReturnType<Sys['stat']> {
  let found: { inode: number; device: number; mtimeMs: number } | undefined;
  const code = attempt(() => {
    const { ino, dev, mtimeMs } = statSync(path);
    found = { inode: ino, device: dev, mtimeMs };
  });
  return found ?? code;
}
