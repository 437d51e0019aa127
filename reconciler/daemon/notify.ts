/** Reports the state of the resident process to the service manager. Source: sd_notify(3). */
import { type Environment, FLAGS, type Sys } from '../model/ports/sys.ts';

/** The longest path of a socket. Source: unix(7), sun_path. */
const SUN_PATH_BYTES = 108;

/** Sends one message: assignments such as `READY=1`, one per line. Ignores errors. */
export type Notify = (message: string) => void;

/** Returns the sender; undefined without NOTIFY_SOCKET. */
export function openNotify(sys: Sys, environment: Environment): Notify | undefined {
  const address = addressOf(environment['NOTIFY_SOCKET'] ?? '');
  if (address === undefined) return undefined;
  return (message) => {
    const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_DGRAM | FLAGS.SOCK_CLOEXEC, 0);
    if (fd < 0) return;
    // Non-blocking: a busy manager must not delay repairs.
    if (sys.connect(fd, address) >= 0) {
      sys.send(fd, new TextEncoder().encode(message), FLAGS.MSG_NOSIGNAL | FLAGS.MSG_DONTWAIT);
    }
    sys.close(fd);
  };
}

/**
 * Returns the interval in which the manager expects a sign of life; undefined if it expects none.
 * Units: milliseconds.
 * Source: sd_watchdog_enabled(3).
 */
export function watchdogMs(environment: Environment, pid: number): number | undefined {
  const { WATCHDOG_USEC: period = '', WATCHDOG_PID: whose } = environment;
  if (!/^[1-9]\d*$/.test(period) || (whose !== undefined && whose !== String(pid))) return undefined;
  return Number(period) / 1000;
}

/** A path; or after `@` a name in the abstract namespace, which begins with a NUL. */
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
