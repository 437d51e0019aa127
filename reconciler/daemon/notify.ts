/** Reports the state of the resident process to the service manager. Source: sd_notify(3). */
import { type Environment, FLAGS, type Sys } from '../model/ports/sys.ts';
import { unixAddress } from '../os/sys/unix-address.ts';

/** Sends one message: assignments such as `READY=1`, one per line. Ignores errors. */
export type Notify = (message: string) => void;

/** Returns the sender; undefined without NOTIFY_SOCKET. */
export function openNotify(sys: Sys, environment: Environment): Notify | undefined {
  const name = environment['NOTIFY_SOCKET'] ?? '';
  const address = /^[/@]./.test(name) ? unixAddress(name) : undefined;
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
