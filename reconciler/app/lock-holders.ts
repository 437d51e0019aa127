/** The holders of a lock file, read from /proc/locks without opening or locking the file. */
import { readText } from '../os/file.ts';
import type { Sys } from '../model/ports/sys.ts';

/** One holder of the lock. Shape: `mode` is WRITE for exclusive, READ for shared. */
export type LockHolder = { readonly pid: number; readonly mode: 'READ' | 'WRITE' };

/**
 * Returns the holders of flock(2) locks on the file; empty if the file does not exist.
 * Source: proc_locks(5).
 */
export function readLockHolders(sys: Sys, path: string): readonly LockHolder[] {
  const file = sys.stat(path);
  return typeof file === 'number' ? [] : parseLocks(readText(sys, '/proc/locks') ?? '', file.inode);
}

/** Returns the holders of flock locks on the inode, without waiters (`->`). Pure. */
export function parseLocks(text: string, inode: number): readonly LockHolder[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\d+: FLOCK +ADVISORY +(READ|WRITE) +(\d+) +[0-9a-f]+:[0-9a-f]+:(\d+) /.exec(line);
    if (match === null || Number(match[3]) !== inode) return [];
    return [{ pid: Number(match[2]), mode: match[1] === 'WRITE' ? 'WRITE' : 'READ' } as const];
  });
}
