/** Contract of SwapCalls: the behaviour of Linux that vnet relies on. */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { ERRNO, FLAGS, type SwapCalls } from '../../../reconciler/model/ports/sys.ts';
import { type FileTestbed, Files } from './file-testbed.ts';

/** Runs the cases, each in a testbed from `make`. */
export function describeSwap(make: () => FileTestbed & { readonly swap: SwapCalls }): void {
  let testbed: ReturnType<typeof make>;
  let files: Files;
  beforeEach(() => {
    testbed = make();
    files = new Files(testbed);
    files.make('a', 'first');
    files.make('b', 'second');
  });
  afterEach(() => testbed.remove());

  /** Opens b, known as the file that it is now, for five bytes. */
  const reopen = (known = files.status('b')): number => testbed.swap.openUnshared(files.path('b'), known, 5);

  it('exchanged names: each has the file of the other', () => {
    const inodes = [files.status('a').inode, files.status('b').inode];
    expect(testbed.swap.exchange(files.path('a'), files.path('b'))).toBe(0);
    expect([files.text('a'), files.text('b')]).toEqual(['second', 'first']);
    expect([files.status('b').inode, files.status('a').inode]).toEqual(inodes);
  });

  it('a missing file cannot be exchanged: nothing changes', () => {
    expect(testbed.swap.exchange(files.path('a'), files.path('none'))).toBe(-ERRNO.ENOENT);
    expect(testbed.swap.exchange(files.path('none'), files.path('a'))).toBe(-ERRNO.ENOENT);
    expect([files.text('a'), files.text('none')]).toEqual(['first', -ERRNO.ENOENT]);
  });

  it('a file is overwritten in place, and cut', () => {
    const before = files.status('b');
    const fd = reopen();
    expect(files.text('b')).toBe('secon');
    expect([files.write(fd, 'other'), files.sys.close(fd)]).toEqual([5, 0]);
    expect(files.text('b')).toBe('other');
    expect(files.status('b').inode).toBe(before.inode);
  });

  it('a file that is open elsewhere is not opened, for reading or writing, until it is closed', () => {
    for (const flags of [FLAGS.O_RDONLY, FLAGS.O_WRONLY, FLAGS.O_RDWR]) {
      const other = files.open('b', flags);
      expect([flags, reopen()]).toEqual([flags, -ERRNO.EBUSY]);
      files.sys.close(other);
    }
    expect(files.text('b')).toBe('second');
    const fd = reopen();
    expect(fd).toBeGreaterThan(2);
    files.sys.close(fd);
  });

  it('a file with another name, another file, and a missing one are not opened', () => {
    files.sys.link(files.path('b'), files.path('c'));
    expect(reopen()).toBe(-ERRNO.EBUSY);
    files.sys.unlink(files.path('c'));
    expect(reopen(files.status('a'))).toBe(-ERRNO.EBUSY);
    expect(files.text('b')).toBe('second');
    const known = files.status('b');
    files.sys.unlink(files.path('b'));
    expect(reopen(known)).toBe(-ERRNO.ENOENT);
  });
}
