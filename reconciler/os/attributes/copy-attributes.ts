/** Copies owner, mode and extended attributes (ACL, label, user attributes) of a file to its replacement. */
import { createAttributeCalls } from '#attributes';
import { type AttributeCalls, ERRNO, FLAGS, type Sys } from '../../model/ports/sys.ts';
import type { Failure } from '../../model/result.ts';
import { failureOf } from '../errno.ts';

/** Units: bytes. Source: XATTR_LIST_MAX and XATTR_SIZE_MAX of linux/limits.h. */
const MAX_BYTES = 65_536;

/** Attributes of the old bytes: a hash of them, or a capability of the program. Source: xattr(7). */
const OF_CONTENTS = ['security.ima', 'security.evm', 'security.capability'];

/** A process without the privilege, or a file system without the attribute: the file is usable without it, and less accessible. */
const TOLERATED = [ERRNO.EPERM, ERRNO.EACCES, ERRNO.EOPNOTSUPP, ERRNO.EINVAL].map((code) => -code);

/** Copies the attributes of the file `from` to its replacement `to`. */
export type CopyAttributes = (sys: Sys, from: string, to: string) => Failure | undefined;

let opened: AttributeCalls | undefined;

/**
 * Ensures that the replacement has the attributes of the file, on disk; it is never more accessible than the
 * file. Attributes that this process may not set are left out.
 */
export const copyAttributes: CopyAttributes = (sys, from, to) => {
  const source = sys.open(from, FLAGS.O_RDONLY | FLAGS.O_CLOEXEC, 0);
  if (source < 0) return failureOf(source, `open ${from}`);
  const target = sys.open(to, FLAGS.O_WRONLY | FLAGS.O_CLOEXEC, 0);
  const failed = target < 0 ? target : copyAll(sys, (opened ??= createAttributeCalls()), { source, target });
  if (target >= 0) sys.close(target);
  sys.close(source);
  return failed < 0 ? failureOf(failed, `give ${to} the owner and mode of ${from}`) : undefined;
};

type Pair = { readonly source: number; readonly target: number };

function copyAll(sys: Sys, calls: AttributeCalls, { source, target }: Pair): number {
  const status = sys.fstat(source);
  if (typeof status === 'number') return status;
  const [wanted, given] = [source, target].map((fd) => namesOf(sys, fd));
  const { uid, gid, mode } = status;
  // An ACL includes the mode; the owner comes last, since only the owner may change the others.
  const steps = [
    ...(given ?? []).filter((name) => wanted?.includes(name) !== true).map(removing),
    ...(wanted ?? []).map(copying),
    () => calls.fchmod(target, mode),
    () => calls.fchown(target, uid, gid),
  ];
  for (const step of steps) {
    const code = step();
    if (code < 0 && !TOLERATED.includes(code)) return code;
  }
  return sys.fsync(target);

  function removing(name: string): () => number {
    return () => calls.fremovexattr(target, name);
  }

  function copying(name: string): () => number {
    return () => {
      const [value, present] = [source, target].map((fd) => valueOf(calls, fd, name));
      if (value === undefined || isSame(value, present)) return 0;
      return calls.fsetxattr(target, name, value);
    };
  }
}

function namesOf(sys: Sys, fd: number): readonly string[] {
  const into = new Uint8Array(MAX_BYTES);
  const length = sys.flistxattr(fd, into);
  if (length <= 0) return [];
  const names = new TextDecoder().decode(into.subarray(0, length)).split('\0');
  return names.filter((name) => name !== '' && !OF_CONTENTS.includes(name));
}

function valueOf(calls: AttributeCalls, fd: number, name: string): Uint8Array | undefined {
  const into = new Uint8Array(MAX_BYTES);
  const length = calls.fgetxattr(fd, name, into);
  return length < 0 ? undefined : into.subarray(0, length);
}

function isSame(left: Uint8Array, right: Uint8Array | undefined): boolean {
  return left.length === right?.length && left.every((byte, index) => byte === right[index]);
}
