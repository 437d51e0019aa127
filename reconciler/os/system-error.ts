/** Failures of the store's file calls. Pure. */
import type { Failure, FailureCode } from '../model/result.ts';
import { failure } from '../model/result.ts';
import { ERRNO } from '../model/ports/sys.ts';

type Meaning = { readonly code: FailureCode; readonly text: string; readonly hint?: string };

const MEANINGS: ReadonlyMap<number, Meaning> = new Map<number, Meaning>([
  [ERRNO.ENOENT, { code: 'not-found', text: 'no such file or directory' }],
  [ERRNO.EACCES, { code: 'permission', text: 'permission denied', hint: 'Run as root.' }],
  [
    ERRNO.EPERM,
    {
      code: 'permission',
      text: 'operation not permitted',
      hint: 'Run as root; what root may not write is immutable (lsattr): chattr -i.',
    },
  ],
  [
    ERRNO.EBUSY,
    {
      code: 'io',
      text: 'it is in use, or a mount point',
      hint: 'Mount its directory instead of the file (findmnt).',
    },
  ],
  [122, { code: 'io', text: 'disk quota exceeded', hint: 'Free space on its file system.' }],
  [ERRNO.EROFS, { code: 'io', text: 'read-only file system', hint: 'Remount it read-write.' }],
  [ERRNO.ENOSPC, { code: 'io', text: 'no space left on device', hint: 'Free space on its file system.' }],
  [ERRNO.ENOTDIR, { code: 'io', text: 'not a directory', hint: 'Check the path.' }],
  [ERRNO.EEXIST, { code: 'exists', text: 'it already exists' }],
  [ERRNO.EIO, { code: 'io', text: 'input/output error', hint: 'Check the kernel log for disk errors.' }],
]);

/** Returns the Failure of a call that returned `-errno`, with the step and a hint. */
export function systemFailure(step: string, result: number): Failure {
  const meaning = MEANINGS.get(-result);
  if (meaning === undefined) return failure('io', step, `errno ${-result}`);
  const { code, text, hint } = meaning;
  return failure(code, step, text, hint === undefined ? {} : { hint });
}
