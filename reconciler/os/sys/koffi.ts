/** Sys on Node.js: libc through koffi. */
import koffi from 'koffi';
import {
  encodeFlock,
  type Environment,
  ERRNO,
  FLAGS,
  type InotifyCalls,
  isHeldByOther,
  type ResidentExtras,
  type ResidentState,
  type ResidentSys,
  type ResidentWork,
  type SwapCalls,
  type Sys,
} from '../../model/ports/sys.ts';
import { createSysFiles, overwrite } from './files.ts';
import { isOpenAlone } from './lease.ts';

/** struct sock_fprog of linux/filter.h. Shape: `len` counts instructions of eight bytes. */
type FilterProgram = { readonly len: number; readonly filter: Uint8Array };

/** A libc function in koffi's form: numbers, byte buffers and structures in, a number out. */
export type LibcCall = (...args: readonly (number | Uint8Array | FilterProgram)[]) => number;

/** Source: fcntl.h, stdio.h. */
const AT_FDCWD = -100;
const RENAME_EXCHANGE = 2;

const INSTRUCTION_BYTES = 8;
const FILTER_PROGRAM_BYTES = 16;

koffi.struct('sock_fprog', { len: 'uint16_t', filter: 'const void *' });

/** Returns a function that declares one of libc's: its result or -errno, never EINTR. */
export function openLibc(): (prototype: string) => LibcCall {
  const libc = koffi.load('libc.so.6');
  return (prototype) => {
    const call: LibcCall = libc.func(prototype);
    return (...args) => {
      for (;;) {
        const result = call(...args);
        if (result >= 0) return result;
        const code = koffi.errno();
        if (code !== ERRNO.EINTR) return -code;
      }
    };
  };
}

/** Returns the system calls of this process. Throws if koffi cannot load its library. */
export function createSys(): ResidentSys {
  const declare = openLibc();
  const flock = declare('int flock(int, int)');
  const setns = declare('int setns(int, int)');
  const socket = declare('int socket(int, int, int)');
  const bind = declare('int bind(int, const void *, uint32_t)');
  const listen = declare('int listen(int, int)');
  const connect = declare('int connect(int, const void *, uint32_t)');
  const setsockopt = declare('int setsockopt(int, int, int, const void *, uint32_t)');
  const attach = declare('int setsockopt(int, int, int, const sock_fprog *, uint32_t)');
  const fcntl = declare('int fcntl(int, int, int)');
  const fcntlAt = declare('int fcntl(int, int, void *)');
  const send = declare('int64_t send(int, const void *, size_t, int)');
  const listAttributes = declare('int64_t flistxattr(int, void *, size_t)');
  const recv = declare('int64_t recv(int, void *, size_t, int)');
  return {
    ...createSysFiles(),
    flistxattr: (fd, into) => listAttributes(fd, into, into.length),
    flock: (fd, operation) => flock(fd, operation),
    lockBytes: (fd, verb, range) => {
      const bytes = encodeFlock(verb, range);
      const code = fcntlAt(fd, verb === 'ask' ? FLAGS.F_OFD_GETLK : FLAGS.F_OFD_SETLK, bytes);
      return code === 0 && verb === 'ask' ? Number(isHeldByOther(bytes)) : code;
    },
    setns: (fd, namespaceType) => setns(fd, namespaceType),
    socket: (domain, type, protocol) => socket(domain, type, protocol),
    bind: (fd, address) => bind(fd, address, address.length),
    listen: (fd, backlog) => listen(fd, backlog),
    connect: (fd, address) => connect(fd, address, address.length),
    setsockopt: (fd, level, name, value) => setsockopt(fd, level, name, value, value.length),
    send: (fd, bytes, flags) => send(fd, bytes, bytes.length, flags),
    recv: (fd, into, flags) => recv(fd, into, into.length, flags),
    fcntl: (fd, command, argument) => fcntl(fd, command, argument),
    attachFilter: (fd, filter) => {
      const program = { len: filter.length / INSTRUCTION_BYTES, filter };
      return attach(fd, FLAGS.SOL_SOCKET, FLAGS.SO_ATTACH_FILTER, program, FILTER_PROGRAM_BYTES);
    },
  };
}

/** Sets the exit code; the process ends when nothing is left to do. */
export function endProcess(code: number): void {
  process.exitCode = code;
}

/** No effect: Node.js decides when to compile. */
export function expectLongRun(): void {}

/** Resolves at once: Node.js has no such settings. */
export function expectToStay(
  _sys: Sys,
  _environment: Environment,
  _work: ResidentWork,
): Promise<ResidentState> {
  return Promise.resolve({ trim: () => undefined, unmap: () => undefined });
}

/** Resolves to the calls of a process that continues after its answer: Node.js has no threads for sending. */
export async function loadResidentExtras(_sys: Sys): Promise<ResidentExtras> {
  return { swap: openSwap(), inotify: openInotify() };
}

function openInotify(): InotifyCalls {
  const declare = openLibc();
  const init = declare('int inotify_init1(int)');
  const addWatch = declare('int inotify_add_watch(int, const void *, uint32_t)');
  const read = declare('int64_t read(int, void *, size_t)');
  return {
    init: (flags) => init(flags),
    addWatch: (queue, directory, mask) => addWatch(queue, encode(directory), mask),
    read: (queue, into) => read(queue, into, into.length),
  };
}

/** renameat2 is looked up when needed: older libcs lack it. */
function openSwap(): SwapCalls {
  const declare = openLibc();
  const fcntl = declare('int fcntl(int, int, int)');
  return {
    exchange: (one, other) => {
      const rename = declare('int renameat2(int, const void *, int, const void *, uint32_t)');
      return rename(AT_FDCWD, encode(one), AT_FDCWD, encode(other), RENAME_EXCHANGE);
    },
    openUnshared: (path, known, lengthBytes) =>
      overwrite(path, known, lengthBytes, (fd) => isOpenAlone(fcntl, fd)),
  };
}

function encode(path: string): Uint8Array {
  return new TextEncoder().encode(`${path}\0`);
}
