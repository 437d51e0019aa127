import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mustExec } from '../support/exec.ts';
import { isSkipped } from '../support/skip.ts';
import { createSys, loadResidentExtras } from '#sys';
import { ERRNO, FLAGS } from '../../reconciler/model/ports/sys.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';
import { getLink } from '../../reconciler/kernel/netlink/link.ts';
import { encodeMessages } from '../../reconciler/kernel/netlink/message.ts';

const directory = mkdtempSync(join(tmpdir(), 'vnet-sys-'));
let sys: Sys;
beforeAll(() => {
  sys = createSys();
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
    expect(sys.listen(9999, 1)).toBe(-ERRNO.EBADF);
  });

  it('write a whole file and read it again, of any size', () => {
    const fd = create('large');
    const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251);
    expect(sys.write(fd, bytes)).toBe(bytes.length);
    expect(read(fd)).toHaveLength(0);
    expect([sys.fdatasync(fd), sys.fsync(fd), sys.close(fd)]).toEqual([0, 0, 0]);
    const again = sys.open(join(directory, 'large'), FLAGS.O_RDONLY, 0);
    expect(Buffer.compare(Buffer.from(bytes), Buffer.from(read(again)))).toBe(0);
    sys.close(again);
    expect(sys.rename(join(directory, 'large'), join(directory, 'renamed'))).toBe(0);
    expect(readFileSync(join(directory, 'renamed'))).toHaveLength(100_000);
  });

  it('append to a file, read any part of it, and return its length', () => {
    const flags = FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_APPEND;
    const path = join(directory, 'appended');
    const [first, second] = [sys.open(path, flags, 0o600), sys.open(path, flags, 0o600)];
    sys.write(first, new TextEncoder().encode('one\n'));
    sys.write(second, new TextEncoder().encode('two\n'));
    const fd = sys.open(path, FLAGS.O_RDONLY, 0);
    const part = (offset: number, length: number): string | number => {
      const bytes = sys.readAt(fd, offset, length);
      return typeof bytes === 'number' ? bytes : new TextDecoder().decode(bytes);
    };
    expect([part(4, 3), part(2, 100), part(100, 4)]).toEqual(['two', 'e\ntwo\n', '']);
    const status = sys.fstat(fd);
    const { mtimeNs, uid, gid } = statSync(path, { bigint: true });
    const [mtimeSeconds, mtimeNanoseconds] = [Number(mtimeNs / 10n ** 9n), Number(mtimeNs % 10n ** 9n)];
    expect(status).toMatchObject({ size: 8, mtimeSeconds, mtimeNanoseconds, uid: Number(uid) });
    expect(status).toMatchObject({ gid: Number(gid), mode: 0o600 });
    for (const open of [first, second, fd]) sys.close(open);
    expect(sys.readAt(9999, 0, 1)).toBe(-ERRNO.EBADF);
  });

  it('create a hard link, and replace no existing file', () => {
    const [path, other] = [join(directory, 'named'), join(directory, 'other-name')];
    sys.close(create('named'));
    expect([sys.link(path, other), sys.link(path, other)]).toEqual([0, -ERRNO.EEXIST]);
    expect(sys.stat(other)).toEqual(sys.stat(path));
    expect(sys.link(join(directory, 'none'), join(directory, 'third'))).toBe(-ERRNO.ENOENT);
  });

  it('refuse a path with a NUL, where libc would stop', () => {
    const path = join(directory, 'renamed\0.yaml');
    expect([sys.open(path, FLAGS.O_RDONLY, 0), sys.stat(path), sys.unlink(path)]).toEqual(
      Array.from({ length: 3 }, () => -ERRNO.EINVAL),
    );
  });

  it('return the target of a symbolic link, and that another file is none', () => {
    symlinkSync('../é/target', join(directory, 'link'));
    expect(sys.readlink(join(directory, 'link'))).toBe('../é/target');
    expect(sys.readlink(directory)).toBe(-ERRNO.EINVAL);
    expect(sys.readlink(join(directory, 'none'))).toBe(-ERRNO.ENOENT);
  });

  it('start a detached program with the passed descriptors and no others', () => {
    const [inherited, other] = [create('inherited'), create('other')];
    expect(
      sys.spawn(['/bin/sh', '-c', 'ls -l /proc/self/fd >&3; echo "end$HOME" >&3'], [inherited]),
    ).toBeGreaterThan(0);
    const said = (): string => readFileSync(join(directory, 'inherited'), 'utf8');
    const deadline = Date.now() + 60_000;
    while (!said().endsWith('end\n') && Date.now() < deadline) sys.sleep(5);
    // Its output goes to the shell's file here.
    expect(said().match(/\b[02] -> \/dev\/null/g)).toHaveLength(2);
    expect(said()).toContain(`${directory}/inherited`);
    expect(said()).not.toContain(`${directory}/other`);
    expect(said()).toMatch(/^end$/m);
    for (const fd of [inherited, other]) sys.close(fd);
    expect(sys.spawn([join(directory, 'none')], [])).toBeLessThan(0);
  });

  it('read files of /proc, whose reported size is 0', () => {
    const fd = sys.open('/proc/self/smaps', FLAGS.O_RDONLY, 0);
    const bytes = sys.readAll(fd);
    sys.close(fd);
    expect(typeof bytes === 'number' ? bytes : bytes.length).toBeGreaterThan(20_000);
  });

  it('distinguish files by inode and device, following links', () => {
    const inodes = ['/proc/self/ns/net', '/proc/thread-self/ns/net', '/proc/self/ns/mnt'].map((path) => {
      const found = sys.stat(path);
      return typeof found === 'number' ? found : found.inode;
    });
    expect(inodes[0]).toBeGreaterThan(0);
    expect(inodes[1]).toBe(inodes[0]);
    expect(inodes[2]).not.toBe(inodes[0]);
    const fd = create('identity');
    symlinkSync('identity', join(directory, 'alias'));
    expect(sys.fstat(fd)).toEqual(sys.stat(join(directory, 'alias')));
    expect(sys.fstat(fd)).not.toEqual(sys.stat(directory));
    sys.close(fd);
    expect(sys.fstat(fd)).toBe(-ERRNO.EBADF);
    for (const path of [directory, '/proc/self/ns/net', '/dev/null']) {
      const said = mustExec(['stat', '-L', '-c', '%d %i', path]).stdout.trim();
      expect(sys.stat(path)).toMatchObject({ inode: expect.any(Number), device: Number(said.split(' ')[0]) });
    }
  });

  it('lock a file against other descriptors', () => {
    const [first, second] = [create('lock'), create('lock')];
    expect(sys.flock(first, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(0);
    expect(sys.flock(second, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(-ERRNO.EAGAIN);
    sys.close(first);
    expect(sys.flock(second, FLAGS.LOCK_EX | FLAGS.LOCK_NB)).toBe(0);
    sys.close(second);
  });

  it('lock no bytes of a closed descriptor', () => {
    expect(sys.lockBytes(9999, 'ask', { start: 0 })).toBe(-ERRNO.EBADF);
  });

  it('block for the given time', () => {
    const started = performance.now();
    sys.sleep(20);
    expect(performance.now() - started).toBeGreaterThanOrEqual(19);
  });

  const whyNoBun =
    process.versions['bun'] === undefined ? 'only Bun has it; test/kernel/bun.test.ts runs it' : undefined;

  it.skipIf(isSkipped('sendDetached', whyNoBun))('send while the caller continues', async () => {
    const { sendDetached } = await loadResidentExtras(sys);
    const into = new Uint8Array(65_536);
    const used = new Set<number>();
    for (let round = 0; round < 50; round += 1) {
      const fd = sys.socket(FLAGS.AF_NETLINK, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, FLAGS.NETLINK_ROUTE);
      used.add(fd);
      sys.setsockopt(fd, FLAGS.SOL_SOCKET, FLAGS.SO_RCVTIMEO, new Uint8Array([10, ...new Uint8Array(15)]));
      // For a missing link: the kernel's refusal has the request's sequence number.
      expect(sendDetached?.(fd, encodeMessages([getLink('no-such-link')], round + 1))).toBe(0);
      expect(sys.recv(fd, into, 0)).toBeGreaterThan(20);
      expect(new DataView(into.buffer).getUint32(8, true)).toBe(round + 1);
    }
    // They are closed: numbers are reused.
    expect(used.size).toBeLessThan(50);
    // Including the last ones, without further sends.
    const isOpen = (): boolean => [...used].some((fd) => typeof sys.fstat(fd) !== 'number');
    for (let count = 0; isOpen() && count < 200; count += 1)
      await new Promise((resolve) => setTimeout(resolve, 20));
    expect(isOpen()).toBe(false);
  });
});
