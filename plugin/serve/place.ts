/**
 * Where a node's calls are answered: one socket, and the lock that is the right to put it at its path. The lock dies with its
 * holder; who waits for it holds its queue, so that no shim starts another server meanwhile.
 */
import { ensureDirectory } from '../../reconciler/os/file.ts';
import { takeLock } from '../../reconciler/os/lock.ts';
import type { Result } from '../../reconciler/model/result.ts';
import { FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';
import { callSocketPath, encodeLeave } from './call-message.ts';

/** How long a temporary server may take to end its calls, and how often it is asked. Units: milliseconds. */
const PATIENCE_MS = 30_000;
const ASK_AGAIN_MS = 500;

/**
 * Takes the right to serve, from a temporary server if there is one: it is asked to leave, and ends the calls that it has taken.
 * Returns what gives the right up again. Blocks meanwhile.
 * Errors: `timeout` when it stays, naming it; the system's.
 */
export function takeServeLock(sys: Sys, runDirectory: string, who: string): Result<() => void> {
  const directory = ensureDirectory(sys, runDirectory, 0o700);
  if (!directory.ok) return directory;
  const path = `${runDirectory}/serve.lock`;
  const deadlineMs = performance.now() + PATIENCE_MS;
  for (;;) {
    askToLeave(sys, callSocketPath(runDirectory));
    const lock = takeLock(sys, { path, mode: 'exclusive', who, timeoutMs: ASK_AGAIN_MS });
    if (lock.ok || lock.error.code !== 'timeout' || performance.now() > deadlineMs) return lock;
  }
}

/** Nobody there is fine. */
function askToLeave(sys: Sys, path: string): void {
  const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_STREAM | FLAGS.SOCK_CLOEXEC, 0);
  if (fd < 0) return;
  if (sys.connect(fd, unixAddress(path)) >= 0) sys.send(fd, encodeLeave(), FLAGS.MSG_NOSIGNAL);
  sys.close(fd);
}

/** struct sockaddr_un. Source: unix(7). */
function unixAddress(path: string): Uint8Array {
  const bytes = new TextEncoder().encode(path);
  const address = new Uint8Array(2 + bytes.length + 1);
  new DataView(address.buffer).setUint16(0, FLAGS.AF_UNIX, true);
  address.set(bytes, 2);
  return address;
}

/** Returns a function that returns true while the path has the socket that is there now. */
export function watchSocket(sys: Sys, path: string): () => boolean {
  const mine = sys.stat(path);
  return () => {
    const now = sys.stat(path);
    return typeof mine !== 'number' && typeof now !== 'number' && mine.inode === now.inode;
  };
}

/**
 * Returns the descriptors that systemd, or the shim, gave this process, by name; empty where it gave none. Source:
 * sd_listen_fds(3).
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
