/** The file part of Sys, on node:fs's blocking calls, which Node.js and Bun have. */
import { spawn } from 'node:child_process';
import {
  closeSync,
  constants,
  fdatasyncSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  linkSync,
  mkdirSync,
  openSync,
  readlinkSync,
  readSync,
  renameSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { ERRNO, type FileStatus, type Sys } from '../../model/ports/sys.ts';
import { readWhole, sleepMs, writeWhole } from './transfer.ts';

/** The part of Sys that needs no foreign function interface. */
export type SysFiles = Pick<
  Sys,
  | 'open'
  | 'close'
  | 'readAll'
  | 'readAt'
  | 'write'
  | 'fdatasync'
  | 'fsync'
  | 'rename'
  | 'link'
  | 'unlink'
  | 'mkdir'
  | 'stat'
  | 'fstat'
  | 'readlink'
  | 'spawn'
  | 'sleep'
>;

/** Returns the file calls of Sys. Every descriptor gets O_CLOEXEC, also without the flag. */
export function createSysFiles(): SysFiles {
  return {
    open: (path, flags, mode) => attempt(() => openSync(path, flags, mode)),
    close: (fd) => attempt(() => closeSync(fd)),
    readAll: (fd) => readWhole((room) => attempt(() => readSync(fd, room, 0, room.length, null))),
    readAt,
    write: (fd, bytes) => writeWhole(bytes, (rest) => attempt(() => writeSync(fd, rest, 0, rest.length))),
    fdatasync: (fd) => attempt(() => fdatasyncSync(fd)),
    fsync: (fd) => attempt(() => fsyncSync(fd)),
    rename: (from, to) => attempt(() => renameSync(from, to)),
    link: (from, to) => attempt(() => linkSync(from, to)),
    unlink: (path) => attempt(() => unlinkSync(path)),
    mkdir: (path, mode) =>
      attempt(() => {
        mkdirSync(path, { mode });
      }),
    stat: (path) => identify(() => statSync(path, { bigint: true })),
    fstat: (fd) => identify(() => fstatSync(fd, { bigint: true })),
    readlink,
    spawn: spawnDetached,
    sleep: sleepMs,
  };
}

/** S_IFREG, readable and writable by its owner. */
const PRIVATE_FILE = 0o100600n;

/** Returns SwapCalls' openUnshared(); `isAlone` tells whether the file is open nowhere else. */
export function overwrite(
  path: string,
  known: Pick<FileStatus, 'inode' | 'device'>,
  lengthBytes: number,
  isAlone: (fd: number) => boolean,
): number {
  const fd = attempt(() => openSync(path, constants.O_WRONLY));
  if (fd < 0) return fd;
  const { ino, dev, mode, nlink, size } = fstatSync(fd, { bigint: true });
  const isKnown = Number(ino) === known.inode && Number(dev) === known.device;
  if (isKnown && mode === PRIVATE_FILE && nlink === 1n && isAlone(fd)) {
    if (size > lengthBytes) ftruncateSync(fd, lengthBytes);
    return fd;
  }
  closeSync(fd);
  return -ERRNO.EBUSY;
}

/** Returns the call's result (0 for none) or -errno; repeats a call interrupted by a signal. */
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

/** Returns the positive errno of an error from node:fs. Rethrows any other error. */
function errnoOf(error: unknown): number {
  if (error instanceof Error && 'errno' in error && typeof error.errno === 'number')
    return Math.abs(error.errno);
  // A path with a NUL, which node:fs refuses itself.
  if (error instanceof Error && 'code' in error && error.code === 'ERR_INVALID_ARG_VALUE')
    return ERRNO.EINVAL;
  throw error;
}

function readAt(
  fd: number,
  offset: number,
  length: number,
  into = new Uint8Array(length),
): Uint8Array | number {
  const got = attempt(() => readSync(fd, into, 0, length, offset));
  return got < 0 ? got : into.subarray(0, got);
}

/** node:fs's status with big integers: nanoseconds exceed a number's precision. */
type Look = Readonly<Record<'ino' | 'dev' | 'size' | 'mtimeNs' | 'uid' | 'gid' | 'mode', bigint>>;

const SECOND_NS = 1_000_000_000n;

/** The permission bits of a mode: its upper bits are the type of the file. */
const PERMISSIONS = 0o7777;

function identify(look: () => Look): FileStatus | number {
  let found: FileStatus | undefined;
  const code = attempt(() => {
    const { ino, dev, size, mtimeNs, uid, gid, mode } = look();
    found = {
      inode: Number(ino),
      device: Number(dev),
      size: Number(size),
      mtimeSeconds: Number(mtimeNs / SECOND_NS),
      mtimeNanoseconds: Number(mtimeNs % SECOND_NS),
      uid: Number(uid),
      gid: Number(gid),
      mode: Number(mode) & PERMISSIONS,
    };
  });
  return found ?? code;
}

function readlink(path: string): string | number {
  let target: string | undefined;
  const code = attempt(() => {
    target = readlinkSync(path);
  });
  return target ?? code;
}

function spawnDetached([program = '', ...args]: readonly string[], inherited: readonly number[]): number {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'ignore', ...inherited], env: {} });
  child.unref();
  // The error is also emitted as an event, which would end the process without a listener.
  child.on('error', () => undefined);
  return child.pid ?? -ERRNO.ENOENT;
}
