/** Tells the service manager how the resident process is. Source: sd_notify(3). */
import { type Environment, FLAGS, type Sys } from '../model/ports/sys.ts';

/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 108;

/** Sends one message: assignments such as `READY=1`, one in each line. A manager that does not listen is no trouble. */
export type Notify = (message: string) => void;

/** Returns how to tell the manager; undefined when none asked for it (NOTIFY_SOCKET). */
export function openNotify(sys: Sys, environment: Environment): Notify | undefined {
  const address = addressOf(environment['NOTIFY_SOCKET'] ?? '');
  if (address === undefined) return undefined;
  return (message) => {
    const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_DGRAM | FLAGS.SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    // Never wait: a manager that is busy must not keep the node from being repaired.
    if (sys.connect(fd, address) >= 0) {
      sys.send(fd, new TextEncoder().encode(message), FLAGS.MSG_NOSIGNAL | FLAGS.MSG_DONTWAIT);
    }
    sys.close(fd);
  };
}

/**
 * Returns how often the manager must hear that the process is well; undefined when it does not ask.
 * Units: milliseconds. Source: sd_watchdog_enabled(3).
 */
export function watchdogMs(environment: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: period = '', WATCHDOG_PID: whose } = environment;
  if (!/^[1-9]\d*$/.test(period) || (whose !== undefined && whose !== String(pid))) return undefined;
  return Number(period) / 1000;
}

/** A path, or after `@` a name in the abstract namespace, which begins with a NUL. */
function addressOf(name: string): Uint8Array | undefined {
  if (!name.startsWith('/') && !name.startsWith('@')) return undefined;
  const bytes = new TextEncoder().encode(name);
  if (bytes.length < 2 || bytes.length > SUN_PATH_BYTES) return undefined;
  if (name.startsWith('@')) bytes[0] = 0;
  const address = new Uint8Array(2 + bytes.length);
  address[0] = FLAGS.AF_UNIX;
  address.set(bytes, 2);
  return address;
}
