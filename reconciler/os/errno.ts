/** Converts error numbers of system calls and netlink to Failures, in one table. */
import { failure, type Failure, type FailureCode } from '../model/result.ts';

/** Name, code, text and remedy of an error number. */
type Meaning = readonly [name: string, code: FailureCode, text: string, hint?: string];

const ROOT_HINT =
  'Run as root, or with CAP_NET_ADMIN and CAP_SYS_ADMIN; a file that root may not write is immutable (lsattr).';
const BUSY_HINT = 'A file that is a mount point cannot be replaced (findmnt): mount its directory instead.';
const LIMIT_HINT = 'Raise the limit of open files (ulimit -n, LimitNOFILE=).';

/** Source: include/uapi/asm-generic/errno-base.h and errno.h; the text is that of strerror(3). */
const MEANINGS: Readonly<Record<number, Meaning>> = {
  1: ['EPERM', 'permission', 'operation not permitted', ROOT_HINT],
  2: ['ENOENT', 'not-found', 'no such file or directory'],
  3: ['ESRCH', 'not-found', 'no such process'],
  4: ['EINTR', 'interrupted', 'interrupted system call'],
  5: ['EIO', 'io', 'input/output error', 'Check the kernel log for disk errors.'],
  6: ['ENXIO', 'not-found', 'no such device or address'],
  9: ['EBADF', 'io', 'bad file descriptor'],
  11: ['EAGAIN', 'timeout', 'no answer in time'],
  12: ['ENOMEM', 'busy', 'cannot allocate memory'],
  13: ['EACCES', 'permission', 'permission denied', ROOT_HINT],
  16: ['EBUSY', 'busy', 'device or resource busy', BUSY_HINT],
  17: ['EEXIST', 'exists', 'file exists'],
  19: ['ENODEV', 'not-found', 'no such device'],
  20: ['ENOTDIR', 'io', 'not a directory', 'Check the path.'],
  22: ['EINVAL', 'invalid', 'invalid argument'],
  23: ['ENFILE', 'io', 'too many open files in system', LIMIT_HINT],
  24: ['EMFILE', 'io', 'too many open files', LIMIT_HINT],
  28: ['ENOSPC', 'io', 'no space left on device', 'Free space on its file system.'],
  30: ['EROFS', 'permission', 'read-only file system', 'Remount it read-write.'],
  34: ['ERANGE', 'invalid', 'numerical result out of range'],
  40: ['ELOOP', 'invalid', 'too many levels of links'],
  54: ['EXFULL', 'io', 'exchange full', 'A bridge takes 1023 ports: attach fewer pods to it.'],
  90: ['EMSGSIZE', 'invalid', 'message too long'],
  95: ['EOPNOTSUPP', 'unsupported', 'operation not supported'],
  97: ['EAFNOSUPPORT', 'unsupported', 'address family not supported by protocol'],
  93: ['EPROTONOSUPPORT', 'unsupported', 'protocol not supported'],
  98: ['EADDRINUSE', 'exists', 'address already in use'],
  99: ['EADDRNOTAVAIL', 'not-found', 'cannot assign requested address'],
  100: ['ENETDOWN', 'invalid', 'network is down', 'Bring the interface up first (ip link set … up).'],
  101: [
    'ENETUNREACH',
    'invalid',
    'network is unreachable',
    'The gateway must be on a network of the interface: check its addresses.',
  ],
  105: ['ENOBUFS', 'interrupted', 'no buffer space available'],
  107: ['ENOTCONN', 'invalid', 'transport endpoint is not connected'],
  110: ['ETIMEDOUT', 'timeout', 'connection timed out'],
  122: ['EDQUOT', 'io', 'disk quota exceeded', 'Free space on its file system.'],
  113: ['EHOSTUNREACH', 'invalid', 'no route to host'],
};

/**
 * Returns the Failure for an error number (its sign does not matter).
 * Shape: `text` is the kernel's own explanation; without one the message is that of strerror(3).
 */
export function failureOf(errno: number, step: string, text?: string): Failure {
  const number = Math.abs(errno);
  const [name, code, meaning, hint] = MEANINGS[number] ?? [`errno ${number}`, 'io', 'unexpected error'];
  const message = `${text === undefined || text === '' ? meaning : text} (${name})`;
  return failure(code, step, message, hint === undefined ? {} : { hint });
}
