/**
 * Sys in the executable: libc through bun:ffi. Loads only under Bun. Includes files: loading node:fs takes
 * longer than a CNI call.
 */
import { spawn, unsafe } from 'bun';
import { dlopen, ptr, read } from 'bun:ffi';
import { encodeFlock, ERRNO, FLAGS, isHeldByOther } from '../../model/ports/sys.ts';
import type { Environment, FileStatus, ResidentSys, ResidentState, Sys } from '../../model/ports/sys.ts';

const LIBC = 'libc.so.6';

/** The kernel refuses longer paths. Source: PATH_MAX of linux/limits.h. */
const PATH_MAX_BYTES = 4096;

/** The size of the first buffer for a file; it grows by this factor. */
const FIRST_READ_BYTES = 16_384;
const READ_GROWTH = 4;

/**
 * Called by number: statx exists in libc since glibc 2.28 only, and fcntl is not worth another symbol.
 * Source: unistd.h.
 */
const SYS_STATX: Readonly<Record<string, number>> = { x64: 332, arm64: 291 };
const SYS_FCNTL: Readonly<Record<string, number>> = { x64: 72, arm64: 25 };
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const EMPTY_PATH = new Uint8Array(1);
/** STATX_UID, STATX_MTIME, STATX_INO, STATX_SIZE. */
const STATX_MASK = 0x8 | 0x40 | 0x100 | 0x200;

/** Offsets in struct statx. Source: linux/stat.h. */
const STATX = {
  size: 256,
  uid: 20,
  inode: 32,
  fileSize: 40,
  mtimeSeconds: 112,
  mtimeNanoseconds: 120,
  deviceMajor: 136,
  deviceMinor: 140,
} as const;

/** Polling interval of a non-blocking descriptor. Units: milliseconds. */
const PAUSE_MS = 1;

/** Returns the system calls of this process. Throws if libc cannot be loaded. */
export function createSys(): ResidentSys {
  const libc = openLibc();
  const { checked, symbols, more } = libc;
  const onPath = (path: string, call: (path: Uint8Array) => number): number =>
    path.includes('\0') ? -ERRNO.EINVAL : checked(() => call(encodePath(path)));
  return {
    open: (path, flags, mode) => onPath(path, (at) => symbols.open(at, flags | FLAGS.O_CLOEXEC, mode)),
    close: (fd) => checked(() => symbols.close(fd)),
    readAll: (fd) => readAll(libc, fd),
    readAt: (fd, offset, length) => {
      const into = new Uint8Array(length);
      const got = checked(() => more().pread(fd, into, length, offset));
      return got < 0 ? got : into.subarray(0, got);
    },
    write: (fd, bytes) => write(libc, fd, bytes),
    fdatasync: (fd) => checked(() => more().fdatasync(fd)),
    fsync: (fd) => checked(() => more().fsync(fd)),
    rename: (from, to) => onPath(to, (there) => onPath(from, (here) => more().rename(here, there))),
    link: (from, to) => onPath(to, (there) => onPath(from, (here) => more().link(here, there))),
    unlink: (path) => onPath(path, (at) => more().unlink(at)),
    mkdir: (path, mode) => onPath(path, (at) => more().mkdir(at, mode)),
    readlink: (path) => {
      const into = new Uint8Array(PATH_MAX_BYTES);
      const length = onPath(path, (at) => more().readlink(at, into, into.length));
      return length < 0 ? length : new TextDecoder().decode(into.subarray(0, length));
    },
    stat: (path) => {
      const into = new Uint8Array(STATX.size);
      const code = onPath(path, (at) => statx(libc, AT_FDCWD, at, { flags: 0, into }));
      return code < 0 ? code : statusOf(into);
    },
    fstat: (fd) => {
      const into = new Uint8Array(STATX.size);
      const code = checked(() => statx(libc, fd, EMPTY_PATH, { flags: AT_EMPTY_PATH, into }));
      return code < 0 ? code : statusOf(into);
    },
    ...lockCalls(libc),
    setns: (fd, namespaceType) => checked(() => more().setns(fd, namespaceType)),
    socket: (domain, type, protocol) => checked(() => symbols.socket(domain, type, protocol)),
    bind: (fd, address) => checked(() => more().bind(fd, address, address.length)),
    connect: (fd, address) => checked(() => symbols.connect(fd, address, address.length)),
    setsockopt: (fd, level, name, value) =>
      checked(() => symbols.setsockopt(fd, level, name, value, value.length)),
    send: (fd, bytes, flags) => checked(() => symbols.send(fd, bytes, bytes.length, flags)),
    recv: (fd, into, flags) => checked(() => symbols.recv(fd, into, into.length, flags)),
    spawn: spawnDetached,
    sleep,
    ...residentCalls(libc),
  };
}

function lockCalls({ checked, more }: Libc): Pick<Sys, 'flock' | 'lockBytes'> {
  return {
    flock: (fd, operation) => checked(() => more().flock(fd, operation)),
    lockBytes: (fd, verb, range) => {
      const bytes = encodeFlock(verb, range);
      const command = verb === 'ask' ? FLAGS.F_OFD_GETLK : FLAGS.F_OFD_SETLK;
      const code = checked(() => more().fcntl(fd, command, bytes));
      return code === 0 && verb === 'ask' ? Number(isHeldByOther(bytes)) : code;
    },
  };
}

function residentCalls({
  checked,
  symbols,
  more,
}: Libc): Pick<ResidentSys, 'fcntl' | 'attachFilter' | 'listen'> {
  return {
    listen: (fd, backlog) => checked(() => more().listen(fd, backlog)),
    fcntl: (fd, command, argument) =>
      checked(() => symbols.syscall(SYS_FCNTL[process.arch] ?? -1, fd, command, argument, 0, 0)),
    attachFilter: (fd, filter) => {
      const program = filterProgram(filter);
      return checked(() =>
        symbols.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_ATTACH_FILTER, program, program.length),
      );
    },
  };
}

/** struct sock_fprog of linux/filter.h: number of 8-byte instructions, and their address. */
function filterProgram(filter: Uint8Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(16));
  view.setUint16(0, filter.length / 8, true);
  view.setBigUint64(8, BigInt(ptr(filter)), true);
  return new Uint8Array(view.buffer);
}

/** Resolves to the same calls, plus asynchronous sending for a process that continues after its answer. */
export async function withSendDetached(sys: Sys): Promise<Sys> {
  const { createSendDetached } = await import('./bun-aio.ts');
  return { ...sys, sendDetached: createSendDetached((fd) => sys.close(fd)) };
}

/** Lifts the executable's limit on compiling (scripts/build.ts), for a run longer than a CNI call. */
export function expectLongRun(): void {
  unsafe.setJITPolicy(1);
}

/** Resolves when the engine has the settings of a resident process, possibly after a re-execution. */
export async function expectToStay(sys: Sys, environment: Environment): Promise<ResidentState> {
  const { createTrim, setUpEngine } = await import('./bun-engine.ts');
  setUpEngine(sys, environment);
  return { trim: createTrim(sys) };
}

/**
 * Ends the process at once: the runtime's own exit takes up to a tenth of a call. Data written with Sys is
 * written.
 * Source: _exit(2).
 */
export function endProcess(code: number): void {
  const { _exit: exit } = dlopen(LIBC, { _exit: { args: ['i32'], returns: 'i32' } }).symbols;
  exit(code);
}

type Libc = ReturnType<typeof openLibc>;

/**
 * The calls that every process needs. Each symbol adds microseconds to the start: all others are opened on
 * demand.
 */
function openLibc() {
  const { symbols } = dlopen(LIBC, {
    __errno_location: { args: [], returns: 'ptr' },
    open: { args: ['ptr', 'i32', 'u32'], returns: 'i32' },
    close: { args: ['i32'], returns: 'i32' },
    read: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    write: { args: ['i32', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    syscall: { args: ['i64_fast', 'i32', 'ptr', 'i32', 'u32', 'ptr'], returns: 'i64_fast' },
    socket: { args: ['i32', 'i32', 'i32'], returns: 'i32' },
    connect: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
    setsockopt: { args: ['i32', 'i32', 'i32', 'ptr', 'u32'], returns: 'i32' },
    send: { args: ['i32', 'ptr', 'u64_fast', 'i32'], returns: 'i64_fast' },
    recv: { args: ['i32', 'ptr', 'u64_fast', 'i32'], returns: 'i64_fast' },
  });
  // errno's address is fixed per thread: looking it up now leaves nothing to run between a call and reading
  // its errno.
  const errno = symbols['__errno_location']();
  const checked = (call: () => number): number => {
    for (;;) {
      const result = call();
      if (result >= 0) return result;
      const code = read.i32(errno, 0);
      if (code !== ERRNO.EINTR) return -code;
    }
  };
  let more: ReturnType<typeof openMore> | undefined;
  return { symbols, checked, more: () => (more ??= openMore()) };
}

/** The calls of a process that runs a CNI call itself. */
function openMore() {
  return dlopen(LIBC, {
    pread: { args: ['i32', 'ptr', 'u64_fast', 'i64_fast'], returns: 'i64_fast' },
    fdatasync: { args: ['i32'], returns: 'i32' },
    fsync: { args: ['i32'], returns: 'i32' },
    rename: { args: ['ptr', 'ptr'], returns: 'i32' },
    link: { args: ['ptr', 'ptr'], returns: 'i32' },
    unlink: { args: ['ptr'], returns: 'i32' },
    mkdir: { args: ['ptr', 'u32'], returns: 'i32' },
    readlink: { args: ['ptr', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    flock: { args: ['i32', 'i32'], returns: 'i32' },
    listen: { args: ['i32', 'i32'], returns: 'i32' },
    fcntl: { args: ['i32', 'i32', 'ptr'], returns: 'i32' },
    setns: { args: ['i32', 'i32'], returns: 'i32' },
    bind: { args: ['i32', 'ptr', 'u32'], returns: 'i32' },
  }).symbols;
}

function statx(
  { symbols }: Libc,
  fd: number,
  path: Uint8Array,
  { flags, into }: { readonly flags: number; readonly into: Uint8Array },
): number {
  return symbols.syscall(SYS_STATX[process.arch] ?? -1, fd, path, flags, STATX_MASK, into);
}

function statusOf(bytes: Uint8Array): FileStatus {
  // Accessing a small array's buffer allocates one, which costs more than combining four bytes.
  const at8 = (at: number): number => bytes[at] ?? 0;
  const word = (at: number): number =>
    at8(at) + at8(at + 1) * 2 ** 8 + at8(at + 2) * 2 ** 16 + at8(at + 3) * 2 ** 24;
  // Inodes, sizes and times fit a number exactly; BigInts would cost more than the call.
  const long = (at: number): number => word(at) + word(at + 4) * 2 ** 32;
  return {
    inode: long(STATX.inode),
    device: deviceNumber(word(STATX.deviceMajor), word(STATX.deviceMinor)),
    size: long(STATX.fileSize),
    mtimeSeconds: word(STATX.mtimeSeconds) + (word(STATX.mtimeSeconds + 4) | 0) * 2 ** 32,
    mtimeNanoseconds: word(STATX.mtimeNanoseconds),
    uid: word(STATX.uid),
  };
}

/** As in stat(2). Source: include/linux/kdev_t.h, new_encode_dev(). */
function deviceNumber(major: number, minor: number): number {
  return (minor % 2 ** 8) + major * 2 ** 8 + Math.floor(minor / 2 ** 8) * 2 ** 20;
}

const encoder = new TextEncoder();

function encodePath(path: string): Uint8Array {
  return encoder.encode(`${path}\0`);
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

function spawnDetached(argv: readonly string[], inherited: readonly number[]): number {
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
