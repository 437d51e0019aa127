/** Tests whether a file can be written, without changing it. */
import {
  closeSync,
  fdatasyncSync,
  linkSync,
  openSync,
  realpathSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** Space that a write needs besides the bytes of the file. Units: bytes. */
const MORE_BYTES = 4096;

/** Texts for errors of a write. Source: errno(3), rename(2), link(2). */
const WORDS: Readonly<Record<string, string>> = {
  EROFS: 'the file system is read-only',
  ENOSPC: 'no space is left on the device',
  EDQUOT: 'the disk quota is exceeded',
  EPERM: 'the file is immutable (lsattr; chattr -i)',
  EXDEV: 'the file is a mount point, which cannot be replaced: mount its directory instead',
  EBUSY: 'the file is a mount point, which cannot be replaced: mount its directory instead',
  EACCES: 'permission is denied',
  EIO: 'the disk reports an error',
  EMLINK: 'the file has too many links',
};

/**
 * Returns why the file cannot be replaced; undefined if it can, or if its directory does not exist yet. A
 * file of the same size is written and synced beside it; then a hard link to it is created, which the kernel
 * refuses, like rename(2), for an immutable file and for a mount point. Both are removed.
 */
export function whyNotWritable(path: string): string | undefined {
  const target = tryCall(() => realpathSync(path));
  const place = target.ok ? target.value : path;
  if (!tryCall(() => statSync(dirname(place))).ok) return undefined;
  const size = tryCall(() => statSync(place).size);
  const [copy, link] = [`${place}.probe-${process.pid}`, `${place}.probe-${process.pid}-link`];
  const remove = (): void => [copy, link].forEach((file) => void tryCall(() => unlinkSync(file)));
  // A disk that failed before the removal was on it brings them back.
  remove();
  const written = tryCall(() => writeWhole(copy, (size.ok ? size.value : 0) + MORE_BYTES));
  const linked = size.ok && written.ok ? tryCall(() => linkSync(place, link)) : written;
  remove();
  const failed = [written, linked].find((one) => !one.ok);
  if (failed === undefined || failed.ok || failed.code === 'ENOTSUP') return undefined;
  return `${place} cannot be written: ${WORDS[failed.code] ?? failed.code}`;
}

function writeWhole(path: string, bytes: number): void {
  const fd = openSync(path, 'wx', 0o600);
  try {
    // Not zeros, for which some file systems allocate no space.
    const block = Buffer.alloc(bytes, 'vnet');
    for (let at = 0; at < bytes; ) at += writeSync(fd, block, at);
    fdatasyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly code: string };

function tryCall<T>(work: () => T): Outcome<T> {
  try {
    return { ok: true, value: work() };
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return { ok: false, code };
  }
}
