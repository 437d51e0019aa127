/** Converts error numbers of system calls and netlink to Failures, in one table. */
import { failure } from '../model/result.ts';
import type { Failure, FailureCode } from '../model/result.ts';

type Meaning = {
  readonly name: string;
  readonly code: FailureCode;
  readonly text: string;
  readonly hint?: string;
};

const ROOT_HINT =
  'Run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN; a file that root may not write is immutable (lsattr).';
const BUSY_HINT = 'A file that is a mount point cannot be replaced (findmnt): mount its directory instead.';
const LIMIT_HINT = 'Raise the limit of open files (ulimit -n, LimitNOFILE= of the systemd unit).';

/** Source: include/uapi/asm-generic/errno-base.h and errno.h; the text is that of strerror(3). */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: { name: 'EPERM', code: 'permission', text: 'operation not permitted', hint: ROOT_HINT },
  2: { name: 'ENOENT', code: 'not-found', text: 'no such file or directory' },
  3: { name: 'ESRCH', code: 'not-found', text: 'no such process' },
  4: { name: 'EINTR', code: 'interrupted', text: 'interrupted system call' },
  5: { name: 'EIO', code: 'io', text: 'input/output error', hint: 'Check the kernel log for disk errors.' },
  6: { name: 'ENXIO', code: 'not-found', text: 'no such device or address' },
  9: { name: 'EBADF', code: 'io', text: 'bad file descriptor' },
  11: { name: 'EAGAIN', code: 'timeout', text: 'no answer in time' },
  12: { name: 'ENOMEM', code: 'busy', text: 'cannot allocate memory' },
  13: { name: 'EACCES', code: 'permission', text: 'permission denied', hint: ROOT_HINT },
  16: { name: 'EBUSY', code: 'busy', text: 'device or resource busy', hint: BUSY_HINT },
  17: { name: 'EEXIST', code: 'exists', text: 'file exists' },
  19: { name: 'ENODEV', code: 'not-found', text: 'no such device' },
  20: { name: 'ENOTDIR', code: 'io', text: 'not a directory', hint: 'Check the path.' },
  22: { name: 'EINVAL', code: 'invalid', text: 'invalid argument' },
  23: { name: 'ENFILE', code: 'io', text: 'too many open files in system', hint: LIMIT_HINT },
  24: { name: 'EMFILE', code: 'io', text: 'too many open files', hint: LIMIT_HINT },
  28: { name: 'ENOSPC', code: 'io', text: 'no space left on device', hint: 'Free space on its file system.' },
  30: { name: 'EROFS', code: 'permission', text: 'read-only file system', hint: 'Remount it read-write.' },
  34: { name: 'ERANGE', code: 'invalid', text: 'numerical result out of range' },
  40: { name: 'ELOOP', code: 'invalid', text: 'too many levels of links' },
  90: { name: 'EMSGSIZE', code: 'invalid', text: 'message too long' },
  95: { name: 'EOPNOTSUPP', code: 'unsupported', text: 'operation not supported' },
  97: { name: 'EAFNOSUPPORT', code: 'unsupported', text: 'address family not supported by protocol' },
  93: { name: 'EPROTONOSUPPORT', code: 'unsupported', text: 'protocol not supported' },
  98: { name: 'EADDRINUSE', code: 'exists', text: 'address already in use' },
  99: { name: 'EADDRNOTAVAIL', code: 'not-found', text: 'cannot assign requested address' },
  100: {
    name: 'ENETDOWN',
    code: 'invalid',
    text: 'network is down',
    hint: 'Bring the interface up first (ip link set … up).',
  },
  101: {
    name: 'ENETUNREACH',
    code: 'invalid',
    text: 'network is unreachable',
    hint: 'The gateway must be on a network of the interface: check its addresses and routes.',
  },
  105: { name: 'ENOBUFS', code: 'interrupted', text: 'no buffer space available' },
  107: { name: 'ENOTCONN', code: 'invalid', text: 'transport endpoint is not connected' },
  110: { name: 'ETIMEDOUT', code: 'timeout', text: 'connection timed out' },
  122: { name: 'EDQUOT', code: 'io', text: 'disk quota exceeded', hint: 'Free space on its file system.' },
  113: { name: 'EHOSTUNREACH', code: 'invalid', text: 'no route to host' },
};

/**
 * Returns the Failure for an error number (its sign does not matter).
 * Shape: `text` is the kernel's own explanation; without one the message is that of strerror(3).
 */
export function failureOf(errno: number, step: string, text?: string): Failure {
  const number = Math.abs(errno);
  const meaning = MEANINGS[number] ?? { name: `errno ${number}`, code: 'io', text: 'unexpected error' };
  const message = `${text === undefined || text === '' ? meaning.text : text} (${meaning.name})`;
  return failure(meaning.code, step, message, meaning.hint === undefined ? {} : { hint: meaning.hint });
}
