/** Files that take each other's place, under Bun. */
import { dlopen, read } from 'bun:ffi';
import { ERRNO, FLAGS, type SwapCalls } from '../../model/ports/sys.ts';
import { deviceNumber } from './bun-statx.ts';

const LIBC = 'libc.so.6';
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const RENAME_EXCHANGE = 2;

/** STATX_TYPE, STATX_MODE, STATX_NLINK, STATX_INO, STATX_SIZE. Source: linux/stat.h. */
const STATX_MASK = 0x1 | 0x2 | 0x4 | 0x100 | 0x200;
const STATX = { size: 256, links: 16, mode: 28, inode: 32, fileSize: 40, deviceMajor: 136, deviceMinor: 140 };

/** S_IFREG, readable and writable by its owner. */
const PRIVATE_FILE = 0o100600;

/** Returns the calls; undefined if libc lacks one of them: glibc has them since 2.28. */
export function openSwap(): SwapCalls | undefined {
  try {
    return swapOn(openLibc());
  } catch {
    return undefined;
  }
}

type Libc = ReturnType<typeof openLibc>;

function openLibc() {
  return dlopen(LIBC, {
    __errno_location: { args: [], returns: 'ptr' },
    open: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
    close: { args: ['i32'], returns: 'i32' },
    fcntl: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    ftruncate: { args: ['i32', 'i64_fast'], returns: 'i32' },
    renameat2: { args: ['i32', 'ptr', 'i32', 'ptr', 'u32'], returns: 'i32' },
    statx: { args: ['i32', 'ptr', 'i32', 'u32', 'ptr'], returns: 'i32' },
  }).symbols;
}

function swapOn(libc: Libc): SwapCalls {
  const errno = libc['__errno_location']();
  const checked = (result: number): number => (result < 0 ? -read.i32(errno, 0) : result);
  return {
    exchange: (one, other) =>
      checked(libc.renameat2(AT_FDCWD, encode(one), AT_FDCWD, encode(other), RENAME_EXCHANGE)),
    openUnshared: (path, { inode, device }, lengthBytes) => {
      const fd = checked(libc.open(encode(path), FLAGS.O_WRONLY | FLAGS.O_CLOEXEC, 0));
      if (fd < 0) return fd;
      const seen = lookAt(libc, fd);
      const isKnown = seen !== undefined && seen.inode === BigInt(inode) && seen.device === device;
      const isUnshared = isKnown && seen.mode === PRIVATE_FILE && seen.links === 1 && isAlone(libc, fd);
      if (isUnshared && (seen.size <= lengthBytes || libc.ftruncate(fd, lengthBytes) === 0)) return fd;
      libc.close(fd);
      return -ERRNO.EBUSY;
    },
  };
}

/** A process that opens the file at this moment breaks the lease: the signal is one that is ignored. */
function isAlone({ fcntl }: Libc, fd: number): boolean {
  fcntl(fd, FLAGS.F_SETSIG, FLAGS.SIGURG);
  if (fcntl(fd, FLAGS.F_SETLEASE, FLAGS.F_WRLCK) < 0) return false;
  return fcntl(fd, FLAGS.F_SETLEASE, FLAGS.F_UNLCK) === 0;
}

const NO_PATH = new Uint8Array(1);
const status = new Uint8Array(STATX.size);
const view = new DataView(status.buffer);

function lookAt({ statx }: Libc, fd: number) {
  if (statx(fd, NO_PATH, AT_EMPTY_PATH, STATX_MASK, status) < 0) return undefined;
  return {
    links: view.getUint32(STATX.links, true),
    mode: view.getUint16(STATX.mode, true),
    inode: view.getBigUint64(STATX.inode, true),
    size: Number(view.getBigUint64(STATX.fileSize, true)),
    device: deviceNumber(view.getUint32(STATX.deviceMajor, true), view.getUint32(STATX.deviceMinor, true)),
  };
}

function encode(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
