import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlatformSys } from '../../reconciler/kernel/sys.ts';
import { ERRNO, FLAGS } from '../../reconciler/model/sys.ts';
import type { Sys } from '../../reconciler/model/sys.ts';

const directory = mkdtempSync(join(tmpdir(), 'vnet-sys-'));
let sys: Sys;
beforeAll(async () => {
  sys = await createPlatformSys();
});
afterAll(() => rmSync(directory, { recursive: true }));

function create(name: string): number {
  return sys.open(join(directory, name), FLAGS.O_RDWR | FLAGS.O_CREAT | FLAGS.O_CLOEXEC, 0o600);
}

function read(fd: number): Uint8Array {
  const bytes = sys.readAll(fd);
  return typeof bytes === 'number' ? new Uint8Array() : bytes;
}

describe('the system calls', () => {
  it('answer with the negative errno, and do not throw', () => {
    expect(sys.open(join(directory, 'none'), FLAGS.O_RDONLY, 0)).toBe(-ERRNO.ENOENT);
    expect(sys.stat(join(directory, 'none'))).toBe(-ERRNO.ENOENT);
    expect(sys.mkdir(directory, 0o700)).toBe(-ERRNO.EEXIST);
    expect(sys.rename(join(directory, 'none'), join(directory, 'b'))).toBe(-ERRNO.ENOENT);
    expect(sys.unlink(join(directory, 'none'))).toBe(-ERRNO.ENOENT);
    expect(sys.close(9999)).toBe(-ERRNO.EBADF);
    expect(sys.readAll(9999)).toBe(-ERRNO.EBADF);
    expect(sys.write(9999, new Uint8Array(1))).toBe(-ERRNO.EBADF);
    expect(sys.flock(9999, FLAGS.LOCK_EX)).toBe(-ERRNO.EBADF);
    expect(sys.setns(9999, FLAGS.CLONE_NEWNET)).toBe(-ERRNO.EBADF);
    expect(sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW, 255)).toBeLessThan(0);
    expect(sys.send(9999, new Uint8Array(1), 0)).toBe(-ERRNO.EBADF);
    expect(sys.bind(9999, new Uint8Array(12))).toBe(-ERRNO.EBADF);
  });

  it('write a whole file and read it again from its beginning, whatever its size', () => {
    const fd = create('large');
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    expect(sys.write(fd, bytes)).toBe(bytes.length);
    expect(Buffer.compare(Buffer.from(bytes), Buffer.from(read(fd)))).toBe(0);
    expect([sys.fdatasync(fd), sys.fsync(fd), sys.close(fd)]).toEqual([0, 0, 0]);
    expect(sys.rename(join(directory, 'large'), join(directory, 'renamed'))).toBe(0);
    expect(readFileSync(join(directory, 'renamed'))).toHaveLength(100_000);
  });

  it('read files of /proc, which say that they are empty', () => {
    const fd = sys.open('/proc/self/smaps', FLAGS.O_RDONLY, 0);
    const bytes = sys.readAll(fd);
    sys.close(fd);
    expect(typeof bytes === 'number' ? bytes : bytes.length).toBeGreaterThan(20_000);
  });

  it('tell files apart by inode and device, following links', () => {
    const [own, same, other] = ['/proc/self/ns/net', '/proc/thread-self/ns/net', '/proc/self/ns/mnt'].map(
      (path) => sys.stat(path),
    );
    expect(own).toMatchObject({ inode: expect.any(Number), device: expect.any(Number) });
    expect(same).toMatchObject({ inode: typeof own === 'object' ? own.inode : 0 });
    expect(other).not.toMatchObject({ inode: typeof own === 'object' ? own.inode : 0 });
  });

  it('lock a file against whoever opened it as well', () => {
    const [first, second] = [create('lock'), create('lock')];
    expect(sys.flock(first, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(0);
    expect(sys.flock(second, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(-ERRNO.EAGAIN);
    sys.close(first);
    expect(sys.flock(second, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(0);
    sys.close(second);
  });

  it('block for the time asked for', () => {
    const started = performance.now();
    sys.sleep(20);
    expect(performance.now() - started).toBeGreaterThanOrEqual(19);
  });
});
