/**
 * Replacement of a file by its last but one version, for a process that replaces it often: the old file becomes the spare, which the next
 * replacement overwrites. A file system that has just deleted many files creates new ones slowly: ext4 searches past each
 * that was deleted in the last minutes.
 */
import type { FileStatus, SwapCalls, Sys } from '../model/ports/sys.ts';
import { createTemporary, parentOf, type Replacement } from './file.ts';
import { type FileIdentity, isSameFile } from './file-identity.ts';

/**
 * Returns the replacement, for one file.
 * Law: nobody who has opened the file ever reads a part of a later version: the spare is overwritten only if it is open nowhere else.
 * Only files made here become spares, and only with one name: a saved file or a backup is never overwritten.
 */
export function replaceBySpare(swap: SwapCalls): Replacement {
  let inForce: FileIdentity | undefined;
  let spare: FileIdentity | undefined;
  const open = (sys: Sys, path: string, lengthBytes: number): number => {
    const fd = spare === undefined ? -1 : swap.openUnshared(path, spare, lengthBytes);
    return fd < 0 ? createTemporary(sys, path) : fd;
  };
  const put = (sys: Sys, path: string, target: string, status: FileStatus): number => {
    const found = sys.stat(target);
    const old = typeof found === 'number' ? undefined : found;
    const isExchanged = isSameFile(old, inForce) && swap.exchange(path, target) === 0;
    const code = isExchanged ? 0 : sys.rename(path, target);
    if (code >= 0) [inForce, spare] = [status, isExchanged ? old : undefined];
    return code;
  };
  return { nameFor: spareOf, open, put };
}

/** Returns the name of the file's spare. */
export function spareOf(path: string): string {
  const directory = parentOf(path);
  return `${directory === '/' ? '' : directory}/.${path.slice(path.lastIndexOf('/') + 1)}.spare`;
}
