/**
 * Sys in the executable: libc through bun:ffi. Loads only under Bun. Files too: a CNI call is over before node:fs, which
 * it would need for nothing else, has paid for its loading.
 */
import { spawn, unsafe } from 'bun';
import { dlopen, read } from 'bun:ffi';
import { ERRNO, FLAGS } from '../model/sys.ts';
import type { FileIdentity, Sys } from '../model/sys.ts';

/** A path longer than this is refused by every call. Source: PATH_MAX of linux/limits.h. */
const PATH_MAX_BYTES = 4096;

/** The size of the first buffer for a file; it grows by this factor. */
const FIRST_READ_BYTES = 16_384;
const READ_GROWTH = 4;

/** The one call that libc has only since glibc 2.28. Source: the kernel's unistd.h of each architecture. */
const SYS_STATX: Readonly<Record<string, number>> = { x64: 332, arm64: 291 };
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const EMPTY_PATH = new Uint8Array(1);
const STATX_INO = 0x100;

/** Places in struct statx. Source: linux/stat.h. */
const STATX = { size: 256, inode: 32, deviceMajor: 136, deviceMinor: 140 } as const;

/** Between two tries of a descriptor that does not block. Units: milliseconds. */
const PAUSE_MS = 1;

/** Returns the system calls of this process. Throws when libc can't be loaded. */
export function createSys(): Sys {
  const libc = openLibc();
  const { checked, symbols } = libc;
  const onPath = (path: string, call: (path: Uint8Array) => number): number =>
    path.includes('\0') ? -ERRNO.EINVAL : checked(() => call(encodePath(path)));
  return {
    open: (path, flags, mode) => onPath(path, (at) => symbols.open(at, flags | FLAGS.O_CLOEXEC, mode)),
    close: (fd) => checked(() => symbols.close(fd)),
    readAll: (fd) => readAll(libc, fd),
    write: (fd, bytes) => write(libc, fd, bytes),
    fdatasync: (fd) => checked(() => symbols.fdatasync(fd)),
    fsync: (fd) => checked(() => symbols.fsync(fd)),
    rename: (from, to) => onPath(to, (there) => onPath(from, (here) => symbols.rename(here, there))),
    unlink: (path) => onPath(path, (at) => symbols.unlink(at)),
    mkdir: (path, mode) => onPath(path, (at) => symbols.mkdir(at, mode)),
    readlink: (path) => {
      const into = new Uint8Array(PATH_MAX_BYTES);
      const length = onPath(path, (at) => symbols.readlink(at, into, into.length));
      return length < 0 ? length : new TextDecoder().decode(into.subarray(0, length));
    },
    stat: (path) => {
      const into = new Uint8Array(STATX.size);
      const code = onPath(path, (at) => statx(libc, AT_FDCWD, at, { flags: 0, into }));
      return code < 0 ? code : identityOf(into);
    },
    fstat: (fd) => {
      const into = new Uint8Array(STATX.size);
      const code = checked(() => statx(libc, fd, EMPTY_PATH, { flags: AT_EMPTY_PATH, into }));
      return code < 0 ? code : identityOf(into);
    },
    flock: (fd, operation) => checked(() => symbols.flock(fd, operation)),
    setns: (fd, namespaceType) => checked(() => symbols.setns(fd, namespaceType)),
    socket: (domain, type, protocol) => checked(() => symbols.socket(domain, type, protocol)),
    bind: (fd, address) => checked(() => symbols.bind(fd, address, address.length)),
    setsockopt: (fd, level, name, value) =>
      checked(() => symbols.setsockopt(fd, level, name, value, value.length)),
    send: (fd, bytes, flags) => checked(() => symbols.send(fd, bytes, bytes.length, flags)),
    recv: (fd, into, flags) => checked(() => symbols.recv(fd, into, into.length, flags)),
    spawn: spawnApart,
    sleep,
  };
}

/** Ends the restraint with which the executable compiles (scripts/build.ts): for a run that is longer than a CNI call. */
export function expectLongRun(): void {
  unsafe.setJITPolicy(1);
}

type Libc = ReturnType<typeof openLibc>;

function openLibc() {
  const { symbols } = dlopen('libc.so.6', {
    __errno_location: { args: [], returns: 'ptr' },
    open: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
    close: { args: ['i32'], returns: 'i32' },
    read: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    write: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    fdatasync: { args: ['i32'], returns: 'i32' },
    fsync: { args: ['i32'], returns: 'i32' },
    rename: { args: ['ptr', 'ptr'], returns: 'i32' },
    unlink: { args: ['ptr'], returns: 'i32' },
    mkdir: { args: ['ptr', 'u32'], returns: 'i32' },
    readlink: { args: ['ptr', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    syscall: { args: ['i64_fast', 'i32', 'ptr', 'i32', 'u32', 'ptr'], returns: 'i64_fast' },
    flock: { args: ['i32', 'i32'], returns: 'i32' },
    setns: { args: ['i32', 'i32'], returns: 'i32' },
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
    send: { args: ['i32', 'ptr', 'u64_fast', 'i32'], returns: 'i64_fast' },
    recv: { args: ['i32', 'ptr', 'u64_fast', 'i32'], returns: 'i64_fast' },
  });
  // errno's place is fixed for a thread: looking it up now leaves nothing to run between a call and its errno.
  const errno = symbols['__errno_location']();
  const checked = (call: () => number): number => {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const code = read.i32(errno, 0);
      if (code !== ERRNO.EINTR) return -code;
    }
  };
  return { symbols, checked };
}

function statx(
  { symbols }: Libc,
  fd: number,
  path: Uint8Array,
  { flags, into }: { readonly flags: number; readonly into: Uint8Array },
): number {
  return symbols.syscall(SYS_STATX[process.arch] ?? -1, fd, path, flags, STATX_INO, into);
}

function identityOf(bytes: Uint8Array): FileIdentity {
  const view = new DataView(bytes.buffer);
  const device = view.getUint32(STATX.deviceMajor, true) * 2 ** 32 + view.getUint32(STATX.deviceMinor, true);
  return { inode: Number(view.getBigUint64(STATX.inode, true)), device };
}

function encodePath(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}

function readAll({ symbols, checked }: Libc, fd: number): Uint8Array | number {
  let into = new Uint8Array(FIRST_READ_BYTES);
  let length = 0;
  for (;;) {
    const room = into.subarray(length);
    const got = checked(() => symbols.read(fd, room, room.length));
    if (got === 0) return into.subarray(0, length);
    if (got < 0 && got !== -ERRNO.EAGAIN) return got;
    if (got < 0) sleep(PAUSE_MS);
    else length += got;
    if (length < into.length) continue;
    const larger = new Uint8Array(into.length * READ_GROWTH);
    larger.set(into);
    into = larger;
  }
}

function write({ symbols, checked }: Libc, fd: number, bytes: Uint8Array): number {
  for (let written = 0; written < bytes.length; ) {
    const rest = bytes.subarray(written);
    const got = checked(() => symbols.write(fd, rest, rest.length));
    if (got < 0 && got !== -ERRNO.EAGAIN) return got;
    if (got < 0) sleep(PAUSE_MS);
    else written += got;
  }
  return bytes.length;
}

function spawnApart(argv: readonly string[], inherited: readonly number[]): number {
  try {
    const child = spawn({ cmd: argv, stdio: ['ignore', 'ignore', 'ignore', ...inherited], env: {} });
    child.unref();
    return child.pid;
  } catch (error) {
    return error instanceof Error && 'errno' in error ? -Math.abs(Number(error.errno)) : -ERRNO.ENOENT;
  }
}

function sleep(durationMs: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, durationMs);
}
