/** Files that are read and replaced as a whole: a reader sees the old text or the new one. */
import { err, fail, type Failure, ok, type Result } from '../model/result.ts';
import { parseJson } from '../model/objects.ts';
import { ERRNO, type FileStatus, FLAGS, type Sys } from '../model/ports/sys.ts';
import { failureOf } from './errno.ts';

/** The kernel's limit of links to follow. Source: path_resolution(7). */
const MAX_LINKS = 40;

/** The contents, and the status after the read: a concurrent write changes the status. */
export type FileRead = { readonly bytes: Uint8Array; readonly status: FileStatus };

/** Returns the file at the path with its status; undefined if it does not exist. */
export function readWithStatus(sys: Sys, path: string): Result<FileRead | undefined> {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd === -ERRNO.ENOENT) return ok(undefined);
  if (fd < 0) return err(failureOf(fd, `open ${path}`));
  const bytes = sys.readAll(fd);
  const status = sys.fstat(fd);
  sys.close(fd);
  if (typeof bytes === 'number') return err(failureOf(bytes, `read ${path}`));
  return typeof status === 'number' ? err(failureOf(status, `stat ${path}`)) : ok({ bytes, status });
}

/** The part of a file: from an offset on, and its first bytes. */
export type FileEnd = { readonly from: number; readonly headBytes: number };

/** Returns the file's bytes from the offset on, and its first ones, with its status; undefined if they cannot be read. */
export function readEnd(
  sys: Sys,
  path: string,
  { from, headBytes }: FileEnd,
): (FileRead & { readonly head: Uint8Array }) | undefined {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return undefined;
  const status = sys.fstat(fd);
  const length = typeof status === 'number' ? 0 : Math.max(0, status.size - from);
  // Bytes written meanwhile change the status, and are left to the next read.
  const bytes = sys.readAt(fd, from, length);
  const head = sys.readAt(fd, 0, headBytes);
  sys.close(fd);
  const isWhole = typeof status !== 'number' && typeof bytes !== 'number' && bytes.length === length;
  return isWhole && typeof head !== 'number' ? { bytes, head, status } : undefined;
}

/** Returns the bytes of the file at the path; undefined if it does not exist. */
export function readPath(sys: Sys, path: string): Result<Uint8Array | undefined> {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd === -ERRNO.ENOENT) return ok(undefined);
  if (fd < 0) return err(failureOf(fd, `open ${path}`));
  const bytes = sys.readAll(fd);
  sys.close(fd);
  return typeof bytes === 'number' ? err(failureOf(bytes, `read ${path}`)) : ok(bytes);
}

/** Returns the text of the file; undefined if it cannot be read. */
export function readText(sys: Sys, path: string): string | undefined {
  const bytes = readPath(sys, path);
  return bytes.ok && bytes.value !== undefined ? new TextDecoder().decode(bytes.value) : undefined;
}

/**
 * Returns the value of the JSON file; undefined if it does not exist.
 * Errors: those of reading; `foreign` if the file has another content.
 */
export function readJson<T>(
  sys: Sys,
  path: string,
  isValid: (value: unknown) => value is T,
  foreign: Failure,
): Result<T | undefined> {
  const bytes = readPath(sys, path);
  if (!bytes.ok || bytes.value === undefined) return bytes.ok ? ok(undefined) : bytes;
  const value = parseJson(new TextDecoder().decode(bytes.value), isValid);
  return value === undefined ? err(foreign) : ok(value);
}

/** Returns the value of a JSON file whose loss is harmless; undefined if it is missing or foreign. */
export function readJsonCache<T>(
  sys: Sys,
  path: string,
  isValid: (value: unknown) => value is T,
): T | undefined {
  const text = readText(sys, path);
  return text === undefined ? undefined : parseJson(text, isValid);
}

/** Returns the value as indented JSON with a final newline, encoded. */
export function encodeJson(value: unknown, indent?: number): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify(value, undefined, indent)}\n`);
}

/**
 * Replaces the file by one with these bytes (0600), on disk on return; a symbolic link is preserved.
 * Must be called by one process at a time: the temporary file has a fixed name, and a leftover of a dead writer is replaced.
 * `prepare` is called in between with the future status of the file and the path of the temporary one; an error from it cancels the change.
 * Errors: the old file remains, without a temporary one; only a failed fsync of the directory comes after the change.
 */
export function replaceFile(
  sys: Sys,
  path: string,
  bytes: Uint8Array,
  prepare: (status: FileStatus, temporary: string) => Failure | undefined = () => undefined,
): Result<void> {
  const target = followLinks(sys, path);
  const directory = parentOf(target);
  const temporary = temporaryOf(target);
  const ready = ensureDirectory(sys, directory, 0o700);
  if (!ready.ok) return ready;
  const written = writeTemporary(sys, temporary, bytes, createTemporary(sys, temporary));
  const refused =
    ('kind' in written ? written : prepare(written, temporary)) ??
    attempt(`rename ${temporary} to ${target}`, sys.rename(temporary, target));
  if (refused !== undefined) {
    sys.unlink(temporary);
    // A mounted file stays busy: trying again does not help.
    return err(refused.code === 'busy' ? { ...refused, code: 'io' } : refused);
  }
  return syncDirectory(sys, directory);
}

/** Returns true if the file exists and is not as replaceFile() makes it for root: another owner or mode, an ACL, a label. */
export function hasAttributes(sys: Sys, path: string): boolean {
  const fd = sys.open(path, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (fd < 0) return fd !== -ERRNO.ENOENT;
  const status = sys.fstat(fd);
  // Without room for a name: -ERANGE if there is one. File systems without attributes refuse.
  const length = sys.flistxattr(fd, new Uint8Array(1));
  sys.close(fd);
  return (
    typeof status === 'number' ||
    status.mode !== 0o600 ||
    status.uid + status.gid > 0 ||
    length === -ERRNO.ERANGE
  );
}

/** Replaces a file whose loss is harmless, without fsync; returns 0 or -errno. */
export function replaceCache(sys: Sys, path: string, bytes: Uint8Array): number {
  const temporary = temporaryOf(path);
  const fd = createTemporary(sys, temporary);
  if (fd < 0) return fd;
  const written = writeAll(sys, fd, bytes);
  sys.close(fd);
  const replaced = written < 0 ? written : sys.rename(temporary, path);
  if (replaced < 0) sys.unlink(temporary);
  return replaced;
}

/** Returns the name of the temporary file that replaces the file. */
export function temporaryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return `${path.slice(0, slash + 1)}.${path.slice(slash + 1)}.tmp`;
}

/** Returns the directory of the path. */
export function parentOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : path.slice(0, slash) || '/';
}

/** Ensures that the directory exists; it is created with this mode, missing parents with 0755. */
export function ensureDirectory(sys: Sys, path: string, mode: number): Result<void> {
  if (typeof sys.stat(path) !== 'number') return ok(undefined);
  const parent = parentOf(path);
  if (parent !== path) {
    const above = ensureDirectory(sys, parent, 0o755);
    if (!above.ok) return above;
  }
  const made = sys.mkdir(path, mode);
  return made < 0 && made !== -ERRNO.EEXIST
    ? err(failureOf(made, `make the directory ${path}`))
    : ok(undefined);
}

/** Returns the target of symbolic links in the last component, existing or not. */
export function followLinks(sys: Sys, path: string): string {
  let at = path;
  for (let count = 0; count < MAX_LINKS; count += 1) {
    const target = sys.readlink(at);
    if (typeof target === 'number') return at;
    at = target.startsWith('/') ? target : `${parentOf(at)}/${target}`;
  }
  return at;
}

/** Writes the bytes to the opened file and to disk, and closes it; returns its status. */
export function writeTemporary(
  sys: Sys,
  temporary: string,
  bytes: Uint8Array,
  fd: number,
): Failure | FileStatus {
  if (fd < 0) return failureOf(fd, `create ${temporary}`);
  const failed =
    attempt(`write ${temporary}`, writeAll(sys, fd, bytes)) ??
    attempt(`write ${temporary} to disk`, sys.fdatasync(fd));
  const status = sys.fstat(fd);
  const closed = attempt(`close ${temporary}`, sys.close(fd));
  if (typeof status === 'number') return failed ?? failureOf(status, `stat ${temporary}`);
  return closed ?? failed ?? status;
}

/** Creates the file. O_EXCL: an existing link is refused, not written through. */
export function createTemporary(sys: Sys, path: string): number {
  const flags = FLAGS.O_WRONLY | FLAGS.O_CREAT | FLAGS.O_EXCL | FLAGS.O_CLOEXEC;
  const fd = sys.open(path, flags, 0o600);
  if (fd !== -ERRNO.EEXIST) return fd;
  // The reason, such as a read-only file system: that the file exists is none.
  const removed = sys.unlink(path);
  return removed < 0 ? removed : sys.open(path, flags, 0o600);
}

/** Writes all bytes, also if a call takes only a part. Returns 0 or -errno. */
export function writeAll(sys: Sys, fd: number, bytes: Uint8Array): number {
  for (let at = 0; at < bytes.length; ) {
    const count = sys.write(fd, bytes.subarray(at));
    if (count < 0) return count;
    // A file write that accepts no byte without an error would repeat forever.
    if (count === 0) return -ERRNO.EIO;
    at += count;
  }
  return 0;
}

/** Ensures that the names in the directory are on disk. */
export function syncDirectory(sys: Sys, directory: string): Result<void> {
  const step = `write the directory ${directory} to disk`;
  const fd = sys.open(directory, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  const synced = fd < 0 ? fd : sys.fsync(fd);
  if (fd >= 0) sys.close(fd);
  if (synced >= 0) return ok(undefined);
  const { code, message } = failureOf(synced, step);
  const hint = 'The change is in the file but may be lost on a power failure. Run the command again.';
  return fail(code, step, message, { hint });
}

function attempt(step: string, result: number): Failure | undefined {
  return result < 0 ? failureOf(result, step) : undefined;
}
