/** Calls of a resident process, under Bun: files that take each other's place, and events about files. */
import { dlopen, read } from 'bun:ffi';
import { ERRNO, FLAGS, type InotifyCalls, type SwapCalls, type Sys } from '../../model/ports/sys.ts';
import { isOpenAlone } from './lease.ts';

const LIBC = 'libc.so.6';
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const RENAME_EXCHANGE = 2;

/** STATX_NLINK, its offset in struct statx, and the size of that. Source: linux/stat.h. */
const STATX_NLINK = 0x4;
const NLINK_OFFSET = 16;
const STATX_BYTES = 256;

/** The permissions of a file that its owner alone reads and writes. */
const PRIVATE = 0o600;

/** Returns the calls; undefined if libc lacks one of them: glibc has them since 2.28. */
export function openSwap(sys: Sys): SwapCalls | undefined {
  try {
    return swapOn(sys, openLibc());
  } catch {
    return undefined;
  }
}

/** Returns the calls. */
export function openInotify(): InotifyCalls {
  const libc = dlopen(LIBC, {
    __errno_location: { args: [], returns: 'ptr' },
    inotify_init1: { args: ['i32'], returns: 'i32' },
    inotify_add_watch: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    read: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
  }).symbols;
  const errno = libc['__errno_location']();
  const checked = (result: number): number => (result < 0 ? -read.i32(errno, 0) : result);
  return {
    init: (flags) => checked(libc.inotify_init1(flags)),
    addWatch: (queue, directory, mask) => checked(libc.inotify_add_watch(queue, encode(directory), mask)),
    read: (queue, into) => checked(libc.read(queue, into, into.length)),
  };
}

type Libc = ReturnType<typeof openLibc>;

function openLibc() {
  return dlopen(LIBC, {
    __errno_location: { args: [], returns: 'ptr' },
    fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    ftruncate: { args: ['i32', 'i64_fast'], returns: 'i32' },
    renameat2: { args: ['i32', 'ptr', 'i32', 'ptr', 'u32'], returns: 'i32' },
    statx: { args: ['i32', 'ptr', 'i32', 'u32', 'ptr'], returns: 'i32' },
  }).symbols;
}

function swapOn(sys: Sys, libc: Libc): SwapCalls {
  const errno = libc['__errno_location']();
  return {
    exchange: (one, other) => {
      const code = libc.renameat2(AT_FDCWD, encode(one), AT_FDCWD, encode(other), RENAME_EXCHANGE);
      return code < 0 ? -read.i32(errno, 0) : code;
    },
    openUnshared: (path, { inode, device }, lengthBytes) => {
      const fd = sys.open(path, FLAGS.O_WRONLY | FLAGS.O_CLOEXEC, 0);
      const seen = fd < 0 ? fd : sys.fstat(fd);
      if (fd < 0) return fd;
      const isKnown = typeof seen !== 'number' && seen.inode === inode && seen.device === device;
      const isUnshared =
        isKnown && seen.mode === PRIVATE && linksOf(libc, fd) === 1 && isOpenAlone(libc.fcntl, fd);
      if (isUnshared && (seen.size <= lengthBytes || libc.ftruncate(fd, lengthBytes) === 0)) return fd;
      sys.close(fd);
      return -ERRNO.EBUSY;
    },
  };
}

const NO_PATH = new Uint8Array(1);

/** Returns the number of names of the file. */
function linksOf({ statx }: Libc, fd: number): number | undefined {
  const status = new Uint8Array(STATX_BYTES);
  const code = statx(fd, NO_PATH, AT_EMPTY_PATH, STATX_NLINK, status);
  return code < 0 ? undefined : new DataView(status.buffer).getUint32(NLINK_OFFSET, true);
}

function encode(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
