/** A Sys whose netlink socket replays datagrams, for errors that are rare on a real kernel. */
import { ERRNO, FLAGS } from '../../reconciler/model/ports/sys.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';

/**
 * The result of the next recv: a datagram, or -errno. A function builds it from the last request's sequence
 * number.
 */
export type Scripted = number | ((sequence: number) => Uint8Array);

/** A Sys with the remainder of its script, and the record of calls. */
export type FakeSys = {
  readonly sys: Sys;
  readonly sent: Uint8Array[];
  readonly script: Scripted[];
  readonly open: Set<number>;
};

/**
 * Returns a Sys whose sockets replay the script. After its end they are silent: EAGAIN.
 * Law: otherwise they behave like Linux's (test/os/contract).
 */
export function fakeSys(script: readonly Scripted[]): FakeSys {
  const state = { sent: [] as Uint8Array[], script: [...script], open: new Set<number>() };
  let next = 10;
  const opened = <T>(fd: number, call: () => T): T | number => (state.open.has(fd) ? call() : -ERRNO.EBADF);
  const receive = (into: Uint8Array, flags: number): number => {
    const [first] = state.script;
    if (first === undefined) return -ERRNO.EAGAIN;
    state.script.shift();
    if (typeof first === 'number') return first;
    const datagram = first(lastSequence(state.sent));
    into.set(datagram.subarray(0, into.length));
    return (flags & FLAGS.MSG_TRUNC) !== 0 ? datagram.length : Math.min(datagram.length, into.length);
  };
  const sys: Sys = {
    open: refuse,
    close: (fd) => (state.open.delete(fd) ? 0 : -ERRNO.EBADF),
    readAll: refuse,
    readAt: refuse,
    write: refuse,
    fdatasync: refuse,
    fsync: refuse,
    rename: refuse,
    link: refuse,
    unlink: refuse,
    mkdir: refuse,
    stat: refuse,
    fstat: refuse,
    flistxattr: refuse,
    readlink: refuse,
    flock: refuse,
    lockBytes: refuse,
    setns: refuse,
    listen: refuse,
    socket: () => {
      next += 1;
      state.open.add(next);
      return next;
    },
    bind: (fd) => opened(fd, () => 0),
    connect: refuse,
    setsockopt: (fd) => opened(fd, () => 0),
    send: (fd, bytes) =>
      opened(fd, () => {
        state.sent.push(bytes);
        return bytes.length;
      }),
    recv: (fd, into, flags) => opened(fd, () => receive(into, flags)),
    spawn: refuse,
    sleep: () => undefined,
  };
  return { sys, ...state };
}

function refuse(): number {
  return -ERRNO.ENOENT;
}

function lastSequence(sent: readonly Uint8Array[]): number {
  const last = sent.at(-1);
  return last === undefined ? 0 : new DataView(last.buffer, last.byteOffset).getUint32(8, true);
}
