/** Sys on Node: libc through koffi. */
import koffi from 'koffi';
import { ERRNO } from '../model/sys.ts';
import type { Sys } from '../model/sys.ts';
import { createSysFiles } from './sys-files.ts';

/** A libc function as koffi gives it: numbers and byte buffers in, a number out. */
type LibcCall = (...args: readonly (number | Uint8Array)[]) => number;

/** Returns the system calls of this process. Throws when koffi can't load its library. */
export function createSys(): Sys {
  const libc = koffi.load('libc.so.6');
  const declare = (prototype: string): LibcCall => {
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
  const flock = declare('int flock(int, int)');
  const setns = declare('int setns(int, int)');
  const socket = declare('int socket(int, int, int)');
  const bind = declare('int bind(int, const void *, uint32_t)');
  const setsockopt = declare('int setsockopt(int, int, int, const void *, uint32_t)');
  const send = declare('int64_t send(int, const void *, size_t, int)');
  const recv = declare('int64_t recv(int, void *, size_t, int)');
  return {
    ...createSysFiles(),
    flock: (fd, operation) => flock(fd, operation),
    setns: (fd, namespaceType) => setns(fd, namespaceType),
    socket: (domain, type, protocol) => socket(domain, type, protocol),
    bind: (fd, address) => bind(fd, address, address.length),
    setsockopt: (fd, level, name, value) => setsockopt(fd, level, name, value, value.length),
    send: (fd, bytes, flags) => send(fd, bytes, bytes.length, flags),
    recv: (fd, into, flags) => recv(fd, into, into.length, flags),
  };
}

/** Nothing to do: Node compiles as it sees fit. */
export function expectLongRun(): void {}
