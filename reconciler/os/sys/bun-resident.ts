/** The calls of ResidentSys that Sys lacks, under Bun. */
import { ptr } from 'bun:ffi';
import { FLAGS, type ResidentSys } from '../../model/ports/sys.ts';

/** Called by number: a symbol for each would cost every process. Source: unistd.h. */
const isX64 = process.arch === 'x64';
const SYS_FCNTL = isX64 ? 72 : 25;
const SYS_INOTIFY_INIT = isX64 ? 294 : 26;
const SYS_INOTIFY_ADD_WATCH = isX64 ? 254 : 27;

const NOTHING = new Uint8Array(1);

/** The symbols of libc that are used here. */
type Symbols = {
  syscall(
    number: number,
    first: number,
    second: number | Uint8Array,
    third: number,
    fourth: number,
    fifth: number,
  ): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  read(fd: number, into: Uint8Array, length: number): number;
};

/** Returns the calls; `checked` returns the result of a symbol, or -errno. */
export function residentCalls(
  checked: (call: () => number) => number,
  symbols: Symbols,
): Pick<ResidentSys, 'fcntl' | 'attachFilter' | 'inotifyInit' | 'inotifyAddWatch' | 'read'> {
  return {
    fcntl: (fd, command, argument) => checked(() => symbols.syscall(SYS_FCNTL, fd, command, argument, 0, 0)),
    inotifyInit: (flags) => checked(() => symbols.syscall(SYS_INOTIFY_INIT, flags, NOTHING, 0, 0, 0)),
    inotifyAddWatch: (queue, directory, mask) => {
      const path = new TextEncoder().encode(`${directory}\0`);
      return checked(() => symbols.syscall(SYS_INOTIFY_ADD_WATCH, queue, path, mask, 0, 0));
    },
    read: (fd, into) => checked(() => symbols.read(fd, into, into.length)),
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
