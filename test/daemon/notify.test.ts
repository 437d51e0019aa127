import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { openNotify, watchdogMs } from '../../reconciler/daemon/notify.ts';
import { FLAGS } from '../../reconciler/model/ports/sys.ts';

const folder = mkdtempSync(join(tmpdir(), 'vnet-notify-'));
const sys = createSys();
const open: number[] = [];
afterEach(() => {
  for (const fd of open.splice(0)) sys.close(fd);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Listens like a service manager; `name` as in NOTIFY_SOCKET. */
function listen(name: string): () => string | undefined {
  const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_DGRAM | FLAGS.SOCK_CLOEXEC, 0);
  open.push(fd);
  const path = new TextEncoder().encode(name.replace(/^@/, '\0'));
  expect(sys.bind(fd, Uint8Array.from([FLAGS.AF_UNIX, 0, ...path]))).toBe(0);
  return () => {
    const into = new Uint8Array(1000);
    const length = sys.recv(fd, into, FLAGS.MSG_DONTWAIT);
    return length < 0 ? undefined : new TextDecoder().decode(into.subarray(0, length));
  };
}

describe('notifications to the service manager', () => {
  it.each([
    ['a path', join(folder, 'notify')],
    ['an abstract name', `@vnet-test/${process.pid}/notify`],
    ['a name of the length that systemd makes', `@${process.pid}${'a'.repeat(90)}`],
  ])('reach %s, message by message', (_what, name) => {
    const receive = listen(name);
    const notify = openNotify(sys, { NOTIFY_SOCKET: name });
    notify?.('READY=1\nSTATUS=well');
    notify?.('WATCHDOG=1');
    expect([receive(), receive(), receive()]).toEqual(['READY=1\nSTATUS=well', 'WATCHDOG=1', undefined]);
  });

  it('do not wait for a manager that is gone, or does not read', () => {
    openNotify(sys, { NOTIFY_SOCKET: join(folder, 'absent') })?.('WATCHDOG=1');
    const name = join(folder, 'deaf');
    const receive = listen(name);
    const notify = openNotify(sys, { NOTIFY_SOCKET: name });
    for (let index = 0; index < 5000; index += 1) notify?.(`STATUS=${index}`);
    expect(receive()).toBe('STATUS=0');
  });

  it('leave no descriptor open', () => {
    const probe = (): number => {
      const fd = sys.socket(FLAGS.AF_UNIX, FLAGS.SOCK_DGRAM | FLAGS.SOCK_CLOEXEC, 0);
      sys.close(fd);
      return fd;
    };
    const before = probe();
    const notify = openNotify(sys, { NOTIFY_SOCKET: join(folder, 'absent') });
    for (let index = 0; index < 20; index += 1) notify?.('WATCHDOG=1');
    expect(probe()).toBe(before);
  });

  it.each([undefined, '', '@', 'relative/path', 'vsock:2:1234', `/${'a'.repeat(200)}`])(
    'is silent where NOTIFY_SOCKET is %j',
    (name) => expect(openNotify(sys, { NOTIFY_SOCKET: name })).toBeUndefined(),
  );
});

describe('the watchdog', () => {
  it.each([
    [{ WATCHDOG_USEC: '30000000' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '7' }, 30_000],
    [{ WATCHDOG_USEC: '30000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: 'x' }, undefined],
    [{}, undefined],
  ])('with %j is sent every %s ms', (environment, expected) => {
    expect(watchdogMs(environment, 7)).toBe(expected);
  });
});
