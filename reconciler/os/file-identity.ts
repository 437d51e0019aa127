/** The identity of a file, independent of its path. */
import type { FileStatus, Sys } from '../model/ports/sys.ts';

/** Inode and device of a file. */
export type FileIdentity = Pick<FileStatus, 'inode' | 'device'>;

/** Returns the identity of the file at the path; undefined if it cannot be read. */
export function identifyFile(sys: Sys, path: string): FileIdentity | undefined {
  const status = sys.stat(path);
  return typeof status === 'number' ? undefined : status;
}

/** Returns true if both are the same existing file. */
export function isSameFile(left: FileIdentity | undefined, right: FileIdentity | undefined): boolean {
  return left !== undefined && left.inode === right?.inode && left.device === right.device;
}
