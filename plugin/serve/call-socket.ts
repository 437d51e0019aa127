/**
 * The node's call socket, and the lock that gives the right to bind it. The lock ends with its holder; a
 * waiter holds its queue, so that no shim starts another server meanwhile.
 */
import { ensureDirectory } from '../../reconciler/os/file.ts';
import { identifyFile, isSameFile } from '../../reconciler/os/file-identity.ts';
import { takeLock } from '../../reconciler/os/lock.ts';
import { unixAddress } from '../../reconciler/os/sys/unix-address.ts';
import type { Result } from '../../reconciler/model/result.ts';
import { FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';
import { callSocketPath, encodeLeave } from './call-message.ts';

/**
 * Time that a temporary server has to finish its calls, and the interval of requests to exit. Units:
 * milliseconds.
 */
const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 500;

/**
 * Takes the right to serve; asks a temporary server to exit and waits until it has finished the calls it
 * accepted. Returns the function that releases the right.
 * Errors: `timeout`, naming the holder that stays; system errors.
 */
export function takeServeLock(
  sys: Sys,
  runDirectory: string,
  who: string,
  patienceMs = PATIENCE_MS,
): Result<() => void> {
  const directory = ensureDirectory(sys, runDirectory, 0o700);
  if (!directory.ok) return directory;
  const path = `${runDirectory}/serve.lock`;
  const deadlineMs = performance.now() + patienceMs;
  const timeoutMs = Math.min(patienceMs, ASK_AGAIN_MS);
  for (;;) {
    askToLeave(sys, callSocketPath(runDirectory));
    const lock = takeLock(sys, { path, mode: 'exclusive', who, timeoutMs });
    if (lock.ok || lock.error.code !== 'timeout' || performance.now() > deadlineMs) return lock;
  }
}

/** Without a server there is nothing to do. */
function askToLeave(sys: Sys, path: string): void {
  const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_STREAM | FLAGS.SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  const address = unixAddress(path);
  if (address !== undefined && sys.connect(fd, address) >= 0) sys.send(fd, encodeLeave(), FLAGS.MSG_NOSIGNAL);
  sys.close(fd);
}

/** Returns a predicate: whether the path still has the socket that it has now. */
export function watchSocket(sys: Sys, path: string): () => boolean {
  const mine = identifyFile(sys, path);
  return () => isSameFile(mine, identifyFile(sys, path));
}

/**
 * Returns the descriptors passed by systemd or the shim, by name; empty if none.
 * Source: sd_listen_fds(3).
 */
export function inheritedDescriptors(
  env: Readonly<Record<string, string | undefined>>,
  pid: number,
): ReadonlyMap<string, number> {
  const count = Number(env['LISTEN_FDS'] ?? '');
  if (env['LISTEN_PID'] !== String(pid) || !Number.isInteger(count)) return new Map();
  const names = (env['LISTEN_FDNAMES'] ?? '').split(':');
  return new Map(
    Array.from({ length: count }, (_, index) => [names[index] ?? `fd${index}`, FIRST_INHERITED + index]),
  );
}

/** Source: sd-daemon.h, SD_LISTEN_FDS_START. */
const FIRST_INHERITED = 3;
