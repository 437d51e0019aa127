/** Asynchronous sending on libc's threads, under Bun. Source: aio(7). */
import { dlopen, ptr } from 'bun:ffi';
import { ERRNO, type ResidentSys } from '../../model/ports/sys.ts';

const LIBC = 'libc.so.6';

/** struct aiocb of aio.h with 8-byte pointers: its size, and the offsets of the fields that are not 0. */
const AIOCB = { size: 168, descriptor: 0, buffer: 16, length: 24, notify: 44 } as const;
const SIGEV_NONE = 1;

/**
 * Returns sendDetached() of a resident process; `close` is called with each descriptor once it is done with.
 * libc has threads for it, some twenty; it writes to sockets where they are now, and does one thing at a time for each
 * descriptor. Before glibc 2.34 it was in another library: then the call refuses.
 */
export function createSendDetached(close: (fd: number) => number): NonNullable<ResidentSys['sendDetached']> {
  const pending = new Set<Pending>();
  let opened: ReturnType<typeof openAio> | undefined;
  let isAwaited = false;
  // The threads use memory and descriptor until they are done: neither may be reused before.
  const reap = (): void => {
    for (const one of pending) {
      if (opened?.aio_error(one.block) === ERRNO.EINPROGRESS) continue;
      close(one.fd);
      pending.delete(one);
    }
  };
  const awaitEnds = (): void => {
    if (isAwaited) return;
    isAwaited = true;
    setTimeout(() => {
      isAwaited = false;
      reap();
      if (pending.size > 0) awaitEnds();
    }, REAP_MS).unref();
  };
  return (fd, bytes) => {
    opened ??= openAio();
    if (opened === undefined) {
      close(fd);
      return -ERRNO.EOPNOTSUPP;
    }
    reap();
    const block = blockOf(fd, bytes);
    const code = opened.aio_write(block);
    if (code === 0) pending.add({ fd, block, bytes });
    else close(fd);
    awaitEnds();
    return code === 0 ? 0 : -ERRNO.EAGAIN;
  };
}

/** The requests in flight, and the memory that the threads use meanwhile. */
type Pending = { readonly fd: number; readonly block: Uint8Array; readonly bytes: Uint8Array };

/** Interval of the check for completed requests without a new one. Units: milliseconds. */
const REAP_MS = 100;

function blockOf(fd: number, bytes: Uint8Array): Uint8Array {
  const block = new Uint8Array(AIOCB.size);
  const view = new DataView(block.buffer);
  view.setInt32(AIOCB.descriptor, fd, true);
  view.setBigUint64(AIOCB.buffer, BigInt(ptr(bytes)), true);
  view.setBigUint64(AIOCB.length, BigInt(bytes.length), true);
  view.setInt32(AIOCB.notify, SIGEV_NONE, true);
  return block;
}

function openAio() {
  try {
    return dlopen(LIBC, {
      aio_write: { args: ['ptr'], returns: 'i32' },
      aio_error: { args: ['ptr'], returns: 'i32' },
    }).symbols;
  } catch {
    return undefined;
  }
}
