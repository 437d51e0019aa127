/** Wake-up calls of the kernel: SIGIO, when a descriptor with O_ASYNC has something to read. No thread and no timer. */
import { FLAGS, type ResidentSys } from '../model/ports/sys.ts';

const listeners = new Set<() => void>();
let isListening = false;

/** Calls `ready` at every SIGIO, whichever descriptor it is about, until the returned function is called. */
export function onWake(ready: () => void): () => void {
  listeners.add(ready);
  listen();
  return () => void listeners.delete(ready);
}

/** Ensures that the descriptor does not block, and sends SIGIO. Returns a negative errno on failure. */
export function wakeBy(sys: ResidentSys, fd: number): number {
  listen();
  const owned = sys.fcntl(fd, FLAGS.F_SETOWN, process.pid);
  return owned < 0 ? owned : sys.fcntl(fd, FLAGS.F_SETFL, FLAGS.O_ASYNC | FLAGS.O_NONBLOCK);
}

/** An unhandled SIGIO would end the process, and one may arrive late: the handler is never removed. */
function listen(): void {
  if (isListening) return;
  isListening = true;
  process.on('SIGIO', () => {
    for (const listener of listeners) listener();
  });
}
