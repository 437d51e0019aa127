/**
 * Sys in the executable: libc through bun:ffi. Loads only under Bun. Includes files: loading node:fs takes
 * longer than a CNI call.
 */
import { spawn, unsafe } from 'bun';
import { dlopen, ptr, read } from 'bun:ffi';
import {
  encodeFlock,
  type Environment,
  ERRNO,
  FLAGS,
  isHeldByOther,
  type ResidentExtras,
  type ResidentState,
  type ResidentSys,
  type ResidentWork,
  type Sys,
} from '../../model/ports/sys.ts';
import { STATX_BYTES, STATX_MASK, statusOf } from './bun-statx.ts';
import { readWhole, sleepMs, writeWhole } from './transfer.ts';

const LIBC = 'libc.so.6';

/** The kernel refuses longer paths. Source: PATH_MAX of linux/limits.h. */
const PATH_MAX_BYTES = 4096;

/**
 * Called by number: statx exists in libc since glibc 2.28 only, and the others are not worth another symbol.
 * Source: unistd.h.
 */
const isX64 = process.arch === 'x64';
const SYS_STATX = isX64 ? 332 : 291;
const SYS_FCNTL = isX64 ? 72 : 25;
const SYS_FLISTXATTR = isX64 ? 196 : 13;
const AT_FDCWD = -100;
const AT_EMPTY_PATH = 0x1000;
const EMPTY_PATH = new Uint8Array(1);

/** Returns the system calls of this process. Throws if libc cannot be loaded. */
export function createSys(): ResidentSys {
  const libc = openLibc();
  const { checked, symbols, more } = libc;
  const onPath = (path: string, call: (path: Uint8Array) => number): number =>
    path.includes('\0') ? -ERRNO.EINVAL : checked(() => call(encodePath(path)));
  return {
    open: (path, flags, mode) => onPath(path, (at) => symbols.open(at, flags | FLAGS.O_CLOEXEC, mode)),
    close: (fd) => checked(() => symbols.close(fd)),
    readAll: (fd) => readWhole((room) => checked(() => symbols.read(fd, room, room.length))),
    readAt: (fd, offset, length, into = new Uint8Array(length)) => {
      const got = checked(() => more().pread(fd, into, length, offset));
      return got < 0 ? got : into.subarray(0, got);
    },
    write: (fd, bytes) => writeWhole(bytes, (rest) => checked(() => symbols.write(fd, rest, rest.length))),
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
      const into = new Uint8Array(STATX_BYTES);
      const code = onPath(path, (at) => statx(libc, AT_FDCWD, at, { flags: 0, into }));
      return code < 0 ? code : statusOf(into);
    },
    ...openFileCalls(libc),
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
    sleep: sleepMs,
    ...residentCalls(libc),
  };
}

function openFileCalls(libc: Libc): Pick<Sys, 'fstat' | 'flistxattr'> {
  const { checked, symbols } = libc;
  return {
    fstat: (fd) => {
      const into = new Uint8Array(STATX_BYTES);
      const code = checked(() => statx(libc, fd, EMPTY_PATH, { flags: AT_EMPTY_PATH, into }));
      return code < 0 ? code : statusOf(into);
    },
    flistxattr: (fd, into) => checked(() => symbols.syscall(SYS_FLISTXATTR, fd, into, into.length, 0, 0)),
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
    fcntl: (fd, command, argument) => checked(() => symbols.syscall(SYS_FCNTL, fd, command, argument, 0, 0)),
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

/** Resolves to the calls of a process that continues after its answer. */
export async function loadResidentExtras(sys: Sys): Promise<ResidentExtras> {
  const [{ createSendDetached }, { openInotify, openSwap }] = await Promise.all([
    import('./bun-aio.ts'),
    import('./bun-extras.ts'),
  ]);
  return {
    sendDetached: createSendDetached((fd) => sys.close(fd)),
    swap: openSwap(sys),
    inotify: openInotify(),
  };
}

/** Lifts the executable's limit on compiling (scripts/build.ts), for a run longer than a CNI call. */
export function expectLongRun(): void {
  unsafe.setJITPolicy(1);
}

/** Resolves when the engine has the settings of a resident process, possibly after a re-execution. */
export async function expectToStay(
  sys: Sys,
  environment: Environment,
  work: ResidentWork,
): Promise<ResidentState> {
  const { createMemoryTrim, setUpEngine } = await import('./bun-engine.ts');
  setUpEngine(sys, environment, work);
  return createMemoryTrim(sys);
}

/**
 * Ends the process at once: the runtime's own exit takes up to a tenth of a call. Data written with Sys is
 * written.
 * Source: _exit(2).
 */
export function endProcess(code: number): void {
  const { _exit: exit } = dlopen(LIBC, { _exit: int('i32') }).symbols;
  exit(code);
}

type Libc = ReturnType<typeof openLibc>;

type Declared = Parameters<typeof dlopen>[1][string];

/** A function of libc with these arguments; the two differ in the size of the result. */
function int(...args: Declared['args']): Declared {
  return { args, returns: 'i32' };
}

function long(...args: Declared['args']): Declared {
  return { args, returns: 'i64_fast' };
}

/**
 * The calls that every process needs. Each symbol adds microseconds to the start: all others are opened on
 * demand.
 */
function openLibc() {
  const { symbols } = dlopen(LIBC, {
    __errno_location: { args: [], returns: 'ptr' },
    open: int('ptr', 'i32', 'u32'),
    close: int('i32'),
    read: long('i32', 'ptr', 'u64_fast'),
    write: long('i32', 'ptr', 'u64_fast'),
    syscall: long('i64_fast', 'i32', 'ptr', 'i32', 'u32', 'ptr'),
    socket: int('i32', 'i32', 'i32'),
    connect: int('i32', 'ptr', 'u32'),
    setsockopt: int('i32', 'i32', 'i32', 'ptr', 'u32'),
    send: long('i32', 'ptr', 'u64_fast', 'i32'),
    recv: long('i32', 'ptr', 'u64_fast', 'i32'),
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
    pread: long('i32', 'ptr', 'u64_fast', 'i64_fast'),
    fdatasync: int('i32'),
    fsync: int('i32'),
    rename: int('ptr', 'ptr'),
    link: int('ptr', 'ptr'),
    unlink: int('ptr'),
    mkdir: int('ptr', 'u32'),
    readlink: long('ptr', 'ptr', 'u64_fast'),
    flock: int('i32', 'i32'),
    listen: int('i32', 'i32'),
    fcntl: int('i32', 'i32', 'ptr'),
    setns: int('i32', 'i32'),
    bind: int('i32', 'ptr', 'u32'),
  }).symbols;
}

function statx(
  { symbols }: Libc,
  fd: number,
  path: Uint8Array,
  { flags, into }: { readonly flags: number; readonly into: Uint8Array },
): number {
  return symbols.syscall(SYS_STATX, fd, path, flags, STATX_MASK, into);
}

const encoder = new TextEncoder();

function encodePath(path: string): Uint8Array {
  return encoder.encode(`${path}\0`);
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
