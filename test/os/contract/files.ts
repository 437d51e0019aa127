/** Contract of every Sys about files: the behaviour of Linux that vnet relies on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ERRNO, FLAGS } from '../../../reconciler/model/ports/sys.ts';
import { decode, type FileTestbed, Files, NEW, timeOf, waitForClock } from './file-testbed.ts';

const { O_RDONLY, O_WRONLY, O_CREAT, O_EXCL, O_TRUNC, O_APPEND } = FLAGS;

/** Runs the cases, each in a testbed from `make`. */
export function describeFiles(make: () => FileTestbed): void {
  let testbed: FileTestbed;
  let files: Files;
  beforeEach(() => {
    testbed = make();
    files = new Files(testbed);
  });
  afterEach(() => testbed.remove());
  describeOpening(() => files);
  describeReading(() => files);
  describeNames(() => files);
  describeLocks(() => files);
}

function describeOpening(files: () => Files): void {
  it('a missing file is created only on request, and only in an existing directory', () => {
    expect(files().open('a', O_RDONLY)).toBe(-ERRNO.ENOENT);
    expect(files().open('none/a')).toBe(-ERRNO.ENOENT);
    const fd = files().open('a');
    expect(fd).toBeGreaterThan(2);
    expect(files().sys.close(fd)).toBe(0);
    expect(files().text('a')).toBe('');
  });

  it('an existing file is not recreated, and truncated only on request', () => {
    files().make('a', 'text');
    expect(files().open('a', NEW | O_EXCL)).toBe(-ERRNO.EEXIST);
    files().sys.close(files().open('a'));
    expect(files().text('a')).toBe('text');
    files().sys.close(files().open('a', O_WRONLY | O_TRUNC));
    expect(files().text('a')).toBe('');
  });

  it('a directory can be opened to be synced, not to be written', () => {
    const fd = files().open('', O_RDONLY);
    expect(fd).toBeGreaterThan(2);
    expect([files().sys.fsync(fd), files().sys.close(fd)]).toEqual([0, 0]);
    expect(files().open('', O_WRONLY)).toBeLessThan(0);
  });

  it('a closed descriptor is invalid', () => {
    const { sys } = files();
    const fd = files().open('a');
    expect([sys.close(fd), sys.close(fd)]).toEqual([0, -ERRNO.EBADF]);
    const calls = [
      sys.readAll(fd),
      sys.readAt(fd, 0, 1),
      sys.write(fd, new Uint8Array(1)),
      sys.fstat(fd),
      sys.fsync(fd),
      sys.fdatasync(fd),
      sys.flock(fd, FLAGS.LOCK_EX | FLAGS.LOCK_NB),
      sys.lockBytes(fd, 'take', { start: 0 }),
    ];
    expect(calls).toEqual(calls.map(() => -ERRNO.EBADF));
  });

  it('allows only the access it was opened for', () => {
    files().make('a', 'text');
    const [reader, writer] = [files().open('a', O_RDONLY), files().open('a', O_WRONLY)];
    expect(files().write(reader, 'x')).toBe(-ERRNO.EBADF);
    expect(files().sys.readAll(writer)).toBe(-ERRNO.EBADF);
    expect(files().part(writer, 0, 4)).toBe(-ERRNO.EBADF);
    expect(files().text('a')).toBe('text');
    for (const fd of [reader, writer]) files().sys.close(fd);
  });
}

function describeReading(files: () => Files): void {
  it('reading and writing continue at the position of each open file', () => {
    const [first, second] = [files().open('a'), files().open('a')];
    expect([files().write(first, 'one '), files().write(first, 'two')]).toEqual([4, 3]);
    expect(decode(files().sys.readAll(first))).toBe('');
    expect(decode(files().sys.readAll(second))).toBe('one two');
    expect(decode(files().sys.readAll(second))).toBe('');
    const third = files().open('a');
    files().write(third, 'ONE');
    expect(decode(files().sys.readAll(third))).toBe(' two');
    expect(files().text('a')).toBe('ONE two');
    for (const fd of [first, second, third]) files().sys.close(fd);
  });

  it('any part can be read, after any other', () => {
    files().make('a', 'one two');
    const fd = files().open('a', O_RDONLY);
    expect([files().part(fd, 4, 3), files().part(fd, 2, 100), files().part(fd, 100, 4)]).toEqual([
      'two',
      'e two',
      '',
    ]);
    expect(decode(files().sys.readAll(fd))).toBe('one two');
    files().sys.close(fd);
  });

  it('appends are always at the present end', () => {
    const flags = O_WRONLY | O_CREAT | O_APPEND;
    const [first, second] = [files().open('a', flags), files().open('a', flags)];
    for (const [fd, text] of [
      [first, 'one\n'],
      [second, 'two\n'],
      [first, 'three\n'],
    ] as const)
      files().write(fd, text);
    expect(files().text('a')).toBe('one\ntwo\nthree\n');
    for (const fd of [first, second]) files().sys.close(fd);
  });

  it('a file truncated by another process is written at the old position, after zeros', () => {
    const fd = files().open('a');
    files().write(fd, 'abc');
    files().sys.close(files().open('a', O_WRONLY | O_TRUNC));
    files().write(fd, 'd');
    expect(files().text('a')).toBe('\0\0\0d');
    files().sys.close(fd);
  });

  it('a change of the contents changes size and time, a change of the name neither', () => {
    files().make('a', 'text');
    const before = files().status('a');
    expect(before).toMatchObject({ size: 4 });
    const { inode, device } = before;
    files().sys.rename(files().path('a'), files().path('b'));
    expect(files().status('b')).toEqual(before);
    waitForClock(files(), before);
    const fd = files().open('b');
    files().write(fd, 'texts');
    expect(files().sys.fstat(fd)).toEqual(files().status('b'));
    files().sys.close(fd);
    const after = files().status('b');
    expect(after).toMatchObject({ inode, device, size: 5 });
    expect(timeOf(after)).toBeGreaterThan(timeOf(before));
  });
}

function describeNames(files: () => Files): void {
  it('a rename replaces the target; a process that has the old file open keeps it', () => {
    files().make('a', 'new');
    files().make('b', 'old');
    const [fd, { inode }] = [files().open('b'), files().status('a')];
    expect(files().sys.rename(files().path('a'), files().path('b'))).toBe(0);
    expect([files().text('a'), files().text('b')]).toEqual([-ERRNO.ENOENT, 'new']);
    expect(files().status('b').inode).toBe(inode);
    expect(files().sys.fstat(fd)).not.toMatchObject({ inode });
    expect(decode(files().sys.readAll(fd))).toBe('old');
    files().sys.close(fd);
  });

  it('a rename of a missing file, or into a missing directory, changes nothing', () => {
    files().make('a', 'text');
    const rename = (from: string, to: string): number =>
      files().sys.rename(files().path(from), files().path(to));
    expect([rename('none', 'a'), rename('a', 'none/a'), rename('a', 'a')]).toEqual([
      -ERRNO.ENOENT,
      -ERRNO.ENOENT,
      0,
    ]);
    expect(files().text('a')).toBe('text');
  });

  it('a second name is one of the same file, and taken from no other', () => {
    files().make('a', 'text');
    files().make('c', 'other');
    const link = (from: string, to: string): number => files().sys.link(files().path(from), files().path(to));
    expect([link('a', 'b'), link('a', 'c'), link('none', 'd'), link('a', 'none/d')]).toEqual([
      0,
      -ERRNO.EEXIST,
      -ERRNO.ENOENT,
      -ERRNO.ENOENT,
    ]);
    expect(files().status('b')).toEqual(files().status('a'));
    files().make('b', 'more');
    expect(files().text('a')).toBe('more');
    expect(files().sys.unlink(files().path('a'))).toBe(0);
    expect([files().text('a'), files().text('b')]).toEqual([-ERRNO.ENOENT, 'more']);
  });

  it('a process that has a deleted file open keeps it', () => {
    files().make('a', 'text');
    const fd = files().open('a');
    expect(files().sys.unlink(files().path('a'))).toBe(0);
    expect(files().sys.unlink(files().path('a'))).toBe(-ERRNO.ENOENT);
    expect(decode(files().sys.readAll(fd))).toBe('text');
    files().make('a', 'another');
    expect(files().sys.fstat(fd)).toMatchObject({ size: 4 });
    files().sys.close(fd);
  });

  it('a directory is created once, in its parent, and not removed like a file', () => {
    const mkdir = (name: string): number => files().sys.mkdir(files().path(name), 0o700);
    expect([mkdir('d/e'), mkdir('d'), mkdir('d'), mkdir('d/e')]).toEqual([
      -ERRNO.ENOENT,
      0,
      -ERRNO.EEXIST,
      0,
    ]);
    files().make('d/a', 'text');
    expect([mkdir('d/a'), mkdir('d/a/b')]).toEqual([-ERRNO.EEXIST, -ERRNO.ENOTDIR]);
    expect(files().open('d/a/b')).toBe(-ERRNO.ENOTDIR);
    expect(files().sys.unlink(files().path('d'))).toBeLessThan(0);
    expect(files().sys.stat(files().path('d'))).toMatchObject({ device: files().status('').device });
    expect(files().sys.stat(files().path('none'))).toBe(-ERRNO.ENOENT);
  });

  it('a file is no symbolic link', () => {
    files().make('a', 'text');
    expect(files().sys.readlink(files().path('a'))).toBe(-ERRNO.EINVAL);
    expect(files().sys.readlink(files().path('none'))).toBe(-ERRNO.ENOENT);
  });
}

function describeLocks(files: () => Files): void {
  const lock = (fd: number, operation: number): number => files().sys.flock(fd, operation | FLAGS.LOCK_NB);
  const { LOCK_EX, LOCK_SH, LOCK_UN } = FLAGS;

  it('a lock is exclusive to one open file, or shared', () => {
    const [first, second, third] = [files().open('a'), files().open('a'), files().open('a')];
    expect([lock(first, LOCK_EX), lock(second, LOCK_EX), lock(second, LOCK_SH)]).toEqual([
      0,
      -ERRNO.EAGAIN,
      -ERRNO.EAGAIN,
    ]);
    expect([lock(first, LOCK_SH), lock(second, LOCK_SH), lock(third, LOCK_EX)]).toEqual([
      0,
      0,
      -ERRNO.EAGAIN,
    ]);
    expect([lock(first, LOCK_UN), lock(second, LOCK_UN), lock(third, LOCK_EX)]).toEqual([0, 0, 0]);
    expect(lock(third, LOCK_EX)).toBe(0);
    for (const fd of [first, second, third]) files().sys.close(fd);
  });

  it('a lock ends with its descriptor, and belongs to the file under any name', () => {
    const [first, second] = [files().open('a'), files().open('a')];
    expect(lock(first, LOCK_EX)).toBe(0);
    files().sys.rename(files().path('a'), files().path('b'));
    const [other, renamed] = [files().open('a'), files().open('b')];
    expect([lock(other, LOCK_EX), lock(renamed, LOCK_EX)]).toEqual([0, -ERRNO.EAGAIN]);
    files().sys.close(second);
    expect(lock(renamed, LOCK_EX)).toBe(-ERRNO.EAGAIN);
    files().sys.close(first);
    expect(lock(renamed, LOCK_EX)).toBe(0);
    for (const fd of [other, renamed]) files().sys.close(fd);
  });

  it('bytes are taken by one each, until they are dropped or the file is closed', () => {
    const { sys } = files();
    const [first, second] = [files().open('a'), files().open('a')];
    expect(sys.lockBytes(first, 'ask', { start: 0 })).toBe(0);
    expect(sys.lockBytes(first, 'take', { start: 7, length: 1 })).toBe(0);
    expect(sys.lockBytes(first, 'ask', { start: 0 })).toBe(0);
    expect(sys.lockBytes(second, 'ask', { start: 0 })).toBe(1);
    expect(sys.lockBytes(second, 'ask', { start: 0, length: 7 })).toBe(0);
    expect(sys.lockBytes(second, 'take', { start: 7, length: 1 })).toBe(-ERRNO.EAGAIN);
    expect(sys.lockBytes(second, 'take', { start: 8, length: 1 })).toBe(0);
    expect(sys.lockBytes(first, 'drop', { start: 7, length: 1 })).toBe(0);
    expect(sys.lockBytes(second, 'take', { start: 7, length: 1 })).toBe(0);
    sys.close(second);
    expect(sys.lockBytes(first, 'ask', { start: 0 })).toBe(0);
    sys.close(first);
  });
}
