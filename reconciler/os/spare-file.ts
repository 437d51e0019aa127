/**
 * Replacement of a file by its last but one version, for a process that replaces it often: the old file becomes the spare, which the next
 * replacement overwrites. A file system that has just deleted many files creates new ones slowly: ext4 searches past each
 * that was deleted in the last minutes.
 */
import type { FileStatus, SwapCalls, Sys } from '../model/ports/sys.ts';
import { failureOf } from './errno.ts';
import { err, type Failure, type Result } from '../model/result.ts';
import {
  createTemporary,
  followLinks,
  parentOf,
  replaceFile,
  syncDirectory,
  writeTemporary,
} from './file.ts';

type ReplaceFile = typeof replaceFile;

type FileIdentity = Pick<FileStatus, 'inode' | 'device'>;

type Prepare = NonNullable<Parameters<ReplaceFile>[3]>;

/** One write. Shape: `old` is the status of the file to be replaced. */
type Write = {
  readonly target: string;
  readonly old: FileStatus;
  readonly bytes: Uint8Array;
  readonly prepare: Prepare | undefined;
};

/**
 * Returns replaceFile() for one file.
 * Law: no process that has opened the file reads a part of a later version: the spare is overwritten only if it is open nowhere else.
 * Only files made here become spares, and only with one name: a saved file or a backup is never overwritten.
 */
export function replaceBySpare(swap: SwapCalls): ReplaceFile {
  const spare = new SpareFile(swap);
  return (sys, path, bytes, prepare) => {
    const target = followLinks(sys, path);
    const old = sys.stat(target);
    if (typeof old !== 'number' && spare.isInForce(old))
      return spare.replace(sys, { target, old, bytes, prepare });
    return replaceFile(sys, path, bytes, (status, temporary) => {
      spare.note(status);
      return prepare?.(status, temporary);
    });
  };
}

class SpareFile {
  readonly #swap: SwapCalls;
  #inForce: FileIdentity | undefined;
  #spare: FileIdentity | undefined;

  constructor(swap: SwapCalls) {
    this.#swap = swap;
  }

  isInForce(file: FileIdentity): boolean {
    return file.inode === this.#inForce?.inode && file.device === this.#inForce.device;
  }

  note(file: FileIdentity, spare?: FileIdentity): void {
    [this.#inForce, this.#spare] = [file, spare];
  }

  replace(sys: Sys, { target, old, bytes, prepare }: Write): Result<void> {
    const path = spareOf(target);
    const written = writeTemporary(sys, path, bytes, this.#open(sys, path, bytes.length));
    const refused =
      'kind' in written
        ? written
        : (prepare?.(written, path) ?? this.#put(sys, { path, target }, written, old));
    if (refused === undefined) return syncDirectory(sys, parentOf(target));
    sys.unlink(path);
    return err(refused);
  }

  #open(sys: Sys, path: string, lengthBytes: number): number {
    const fd = this.#spare === undefined ? -1 : this.#swap.openUnshared(path, this.#spare, lengthBytes);
    return fd < 0 ? createTemporary(sys, path) : fd;
  }

  #put(
    sys: Sys,
    { path, target }: { readonly path: string; readonly target: string },
    status: FileStatus,
    old: FileStatus,
  ): Failure | undefined {
    const isExchanged = this.#swap.exchange(path, target) === 0;
    const code = isExchanged ? 0 : sys.rename(path, target);
    if (code < 0) return failureOf(code, `rename ${path} to ${target}`);
    this.note(status, isExchanged ? old : undefined);
    return undefined;
  }
}

/** Returns the name of the file's spare. */
export function spareOf(path: string): string {
  const directory = parentOf(path);
  return `${directory === '/' ? '' : directory}/.${path.slice(path.lastIndexOf('/') + 1)}.spare`;
}
