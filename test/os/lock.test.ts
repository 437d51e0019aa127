import { describe, expect, it } from 'vitest';
import { holdLock, type LockRequest } from '../../reconciler/os/lock.ts';
import { ok } from '../../reconciler/model/result.ts';
import { ERRNO, FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';
import { createMemorySys } from '../document/support/memory-sys.ts';

const PATH = '/run/vnet/some.lock';

/**
 * A lock held by other processes, on a simulated clock: `holderAt` returns the holder at a time, undefined if
 * it is free.
 */
function setup(holderAt: (nowMs: number) => string | undefined) {
  const memory = createMemorySys();
  memory.sys.mkdir('/run', 0o755);
  memory.sys.mkdir('/run/vnet', 0o700);
  let nowMs = 0;
  const opened = new Map<number, string>();
  const reads: number[] = [];
  const sys: Sys = {
    ...memory.sys,
    open: (path, flags, mode) => {
      const holder = holderAt(nowMs);
      if (path === PATH && flags === (FLAGS.O_RDONLY | FLAGS.O_CLOEXEC)) {
        reads.push(nowMs);
        memory.files.set(PATH, { inode: 7, bytes: new TextEncoder().encode(`${holder ?? ''}\n`) });
      }
      const fd = memory.sys.open(path, flags, mode);
      opened.set(fd, path);
      return fd;
    },
    flock: (fd, operation) =>
      opened.get(fd) === PATH && holderAt(nowMs) !== undefined && operation !== FLAGS.LOCK_UN
        ? -ERRNO.EAGAIN
        : 0,
    sleep: (durationMs) => {
      nowMs += durationMs;
    },
  };
  const request = (more: Partial<LockRequest> = {}): LockRequest => ({
    path: PATH,
    mode: 'exclusive',
    who: 'test',
    now: () => nowMs,
    ...more,
  });
  return { sys, request, now: () => nowMs, reads };
}

const holder = (index: number): string => `${index} vnet ADD ${index} since 2026-11-21T12:00:00.000Z`;

describe('a lock', () => {
  it('is waited for as long as it changes holders, even slow ones', () => {
    const { sys, request, now } = setup((nowMs) =>
      nowMs < 60_000 ? holder(Math.floor(nowMs / 9000)) : undefined,
    );
    expect(holdLock(sys, request(), () => ok('done'))).toEqual(ok('done'));
    expect(now()).toBeGreaterThanOrEqual(60_000);
  });

  it('times out on a single stuck holder, by its name', () => {
    const { sys, request, now } = setup((nowMs) => (nowMs < 25_000 ? holder(1) : holder(2)));
    const refused = holdLock(sys, request({ timeoutMs: 20_000, limitMs: 90_000 }), () => ok('never'));
    expect(refused).toMatchObject({ ok: false, error: { code: 'timeout' } });
    // Twenty seconds exceed the first holder's limit; a second one never appeared.
    expect(now()).toBeGreaterThanOrEqual(20_000);
    expect(now()).toBeLessThan(25_000);
    expect(JSON.stringify(refused)).toContain('20000 ms');
  });

  it('times out eventually, for any holder', () => {
    const { sys, request, now } = setup((nowMs) => holder(Math.floor(nowMs / 100)));
    const refused = holdLock(sys, request(), () => ok('never'));
    expect(refused).toMatchObject({
      ok: false,
      error: { code: 'timeout', message: expect.stringContaining('90000 ms') },
    });
    expect(now()).toBeGreaterThanOrEqual(90_000);
    expect(now()).toBeLessThan(91_000);
  });

  it('is waited for no longer than the timeout, by default', () => {
    const { sys, request, now } = setup((nowMs) => holder(Math.floor(nowMs / 10)));
    expect(holdLock(sys, request({ timeoutMs: 50 }), () => ok('never')).ok).toBe(false);
    expect(now()).toBeLessThan(100);
  });

  it('is not read by a process that gets it at once, or does not wait', () => {
    const free = setup(() => undefined);
    holdLock(free.sys, free.request(), () => ok('done'));
    expect(free.reads).toEqual([]);
    const taken = setup(() => holder(1));
    holdLock(taken.sys, taken.request({ timeoutMs: 0 }), () => ok('never'));
    // Once, to name the holder.
    expect(taken.reads).toHaveLength(1);
  });
});
