/** Sys in the executable: libc through bun:ffi. Loads only under Bun. */
import { dlopen, read } from 'bun:ffi';
import { ERRNO } from '../model/sys.ts';
import type { Sys } from '../model/sys.ts';
import { createSysFiles } from './sys-files.ts';

/** Returns the system calls of this process. Throws when libc can't be loaded. */
export function createSys(): Sys {
  const { symbols } = dlopen('libc.so.6', {
    __errno_location: { args: [], returns: 'ptr' },
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
  return {
    ...createSysFiles(),
    flock: (fd, operation) => checked(() => symbols.flock(fd, operation)),
    setns: (fd, namespaceType) => checked(() => symbols.setns(fd, namespaceType)),
    socket: (domain, type, protocol) => checked(() => symbols.socket(domain, type, protocol)),
    bind: (fd, address) => checked(() => symbols.bind(fd, address, address.length)),
    setsockopt: (fd, level, name, value) =>
      checked(() => symbols.setsockopt(fd, level, name, value, value.length)),
    send: (fd, bytes, flags) => checked(() => symbols.send(fd, bytes, bytes.length, flags)),
    recv: (fd, into, flags) => checked(() => symbols.recv(fd, into, into.length, flags)),
  };
}
