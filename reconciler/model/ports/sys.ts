/**
 * The system calls that vnet needs, as a port: koffi under Node.js, bun:ffi in the executable, a fake in
 * tests. Types and Linux constants only.
 */

/**
 * The status of a file.
 * Shape: inode and device identify it in all processes; `mode` are its permission bits.
 * Units: bytes; the time of the last modification since the epoch, in two parts.
 */
export type FileStatus = {
  readonly inode: number;
  readonly device: number;
  readonly size: number;
  readonly mtimeSeconds: number;
  readonly mtimeNanoseconds: number;
  readonly uid: number;
  readonly gid: number;
  readonly mode: number;
};

/** Bytes of a file. Shape: without `length` all from `start` on. */
export type ByteRange = { readonly start: number; readonly length?: number };

/**
 * The calls. Each returns a non-negative result, or `-errno` (as the kernel itself does); none throws.
 * May be retried: EINTR is handled inside. Buffers are written in place; all calls block.
 * Source: the man pages of section 2 with the same names.
 */
export interface Sys {
  open(path: string, flags: number, mode: number): number;
  close(fd: number): number;
  /** Reads from the current position to the end; waits for the end of a pipe, also of a non-blocking one. */
  readAll(fd: number): Uint8Array | number;
  /**
   * Returns up to `length` bytes from `offset` on, independently of the current position; fewer only at the
   * end of the file. They may be in `into`, whose size is at least `length`.
   */
  readAt(fd: number, offset: number, length: number, into?: Uint8Array): Uint8Array | number;
  /** Writes all bytes and returns their number; waits for room, also on a non-blocking fd. */
  write(fd: number, bytes: Uint8Array): number;
  fdatasync(fd: number): number;
  fsync(fd: number): number;
  rename(from: string, to: string): number;
  /** Creates a hard link; -EEXIST if the name exists. */
  link(from: string, to: string): number;
  unlink(path: string): number;
  mkdir(path: string, mode: number): number;
  /** Returns the status of the path, following links; `-errno` if it cannot be reached. */
  stat(path: string): FileStatus | number;
  /** Returns the status of the open file. */
  fstat(fd: number): FileStatus | number;
  /** Writes the names of the extended attributes of the open file into `into`; -ERANGE if they do not fit. */
  flistxattr(fd: number, into: Uint8Array): number;
  /** Returns the target of the symbolic link, as stored; -EINVAL if the path is not a link. */
  readlink(path: string): string | number;
  flock(fd: number, operation: number): number;
  /**
   * Locks or unlocks bytes of the file for this open file, without waiting (-EAGAIN); `ask` returns 1 if
   * another open file has locked one of them, else 0.
   * Source: fcntl(2), F_OFD_SETLK and F_OFD_GETLK.
   */
  lockBytes(fd: number, verb: 'take' | 'drop' | 'ask', range: ByteRange): number;
  setns(fd: number, namespaceType: number): number;
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Uint8Array): number;
  listen(fd: number, backlog: number): number;
  connect(fd: number, address: Uint8Array): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array): number;
  send(fd: number, bytes: Uint8Array, flags: number): number;
  /** Returns the number of bytes received into `into`; with MSG_TRUNC the full length of the datagram. */
  recv(fd: number, into: Uint8Array, flags: number): number;
  /**
   * Starts a detached program without input and output that inherits only these descriptors. Returns its
   * process ID; `-errno` on failure.
   */
  spawn(argv: readonly string[], inherited: readonly number[]): number;
  /**
   * Sends in the background, for requests that block in the kernel for long; the result is not reported. The
   * call owns the descriptor and closes it some time later, in any case. Absent if the runtime or its libc
   * lacks it; useless in a one-shot process, whose end waits for the kernel.
   * Source: aio(7).
   */
  sendDetached?(fd: number, bytes: Uint8Array): number;
  /** Blocks the thread. Units: milliseconds. */
  sleep(durationMs: number): void;
}

/** Calls by which one of two files takes the place of the other. Results as those of Sys. */
export type SwapCalls = {
  /** Exchanges the names of two files, atomically. Source: renameat2(2), RENAME_EXCHANGE. */
  exchange(one: string, other: string): number;
  /**
   * Opens the file to be overwritten with `lengthBytes` bytes; a longer one is cut. -EBUSY if it is not the known file, if anyone but its
   * owner may access it, or if it has another name or is open elsewhere.
   * Source: fcntl(2), F_SETLEASE: only a file that is not open elsewhere can be leased for writing.
   */
  openUnshared(path: string, known: Pick<FileStatus, 'inode' | 'device'>, lengthBytes: number): number;
};

/** Events about files. Results as those of Sys. Source: inotify(7). */
export type InotifyCalls = {
  /** Opens a queue of events. */
  init(flags: number): number;
  /** Adds the events of the directory to the queue; returns its number there. */
  addWatch(queue: number, directory: string, mask: number): number;
  /** Reads the available bytes into `into`; returns the number of bytes. */
  read(queue: number, into: Uint8Array): number;
};

/** Abilities of a resident process beyond ResidentSys. Shape: absent where runtime or libc lack it. */
export type ResidentExtras = Pick<Sys, 'sendDetached'> & {
  readonly swap?: SwapCalls | undefined;
  readonly inotify: InotifyCalls;
};

/** Units: bytes. Source: fcntl(2), struct flock with 8-byte offsets. */
const FLOCK_BYTES = 32;
const FLOCK_START = 8;
const FLOCK_LENGTH = 16;
const F_WRLCK = 1;
const F_UNLCK = 2;

/** Returns a struct flock for the bytes; the kernel writes its answer into it. */
export function encodeFlock(verb: 'take' | 'drop' | 'ask', { start, length = 0 }: ByteRange): Uint8Array {
  const view = new DataView(new ArrayBuffer(FLOCK_BYTES));
  view.setInt16(0, verb === 'drop' ? F_UNLCK : F_WRLCK, true);
  view.setBigInt64(FLOCK_START, BigInt(start), true);
  view.setBigInt64(FLOCK_LENGTH, BigInt(length), true);
  return new Uint8Array(view.buffer);
}

/** Returns true if the kernel found another holder of one of the bytes. */
export function isHeldByOther(flock: Uint8Array): boolean {
  return flock[0] !== F_UNLCK;
}

/** The calls that only a resident process makes; optional for others. */
export interface ResidentSys extends Sys {
  /** The fcntl(2) commands with a numeric argument. */
  fcntl(fd: number, command: number, argument: number): number;
  /** Ensures that the socket receives only messages accepted by the program. Shape: an array of struct sock_filter. */
  attachFilter(fd: number, program: Uint8Array): number;
}

/** The calls that give a file the owner, mode and extended attributes of another one; loaded by rare writes only. */
export interface AttributeCalls {
  /** Returns the length of the value, written into `into`. */
  fgetxattr(fd: number, name: string, into: Uint8Array): number;
  fsetxattr(fd: number, name: string, value: Uint8Array): number;
  fremovexattr(fd: number, name: string): number;
  fchmod(fd: number, mode: number): number;
  fchown(fd: number, uid: number, gid: number): number;
}

/** Environment variables by name. Only the entries of programs read the process's own. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** The errno values that vnet distinguishes. Source: include/uapi/asm-generic/errno-base.h and errno.h. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EIO: 5,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EBUSY: 16,
  EEXIST: 17,
  ENODEV: 19,
  ENOTDIR: 20,
  EINVAL: 22,
  ENOSPC: 28,
  EROFS: 30,
  ERANGE: 34,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ENOBUFS: 105,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  EINPROGRESS: 115,
} as const;

/**
 * The resident state of a process; `trim` releases memory that is not needed soon, `unmap` only the pages of files, which return
 * from the page cache on access.
 */
export type ResidentState = { readonly trim: () => void; readonly unmap: () => void };

/** The work of a resident process: CNI calls, of which many come at once, or little, seldom. */
export type ResidentWork = 'calls' | 'rare';

/**
 * Flags of open(2), flock(2), socket(2), setns(2).
 * Law: each has the same number on every supported processor, unlike O_DIRECTORY, O_NOFOLLOW, O_DIRECT and
 * O_LARGEFILE: x86-64's O_DIRECTORY is AArch64's O_DIRECT, which fails on directories.
 * Source: include/uapi/asm-generic/fcntl.h, linux/sched.h.
 */
export const FLAGS = {
  F_OFD_GETLK: 36,
  F_OFD_SETLK: 37,
  O_RDONLY: 0,
  O_WRONLY: 0o1,
  O_RDWR: 0o2,
  O_CREAT: 0o100,
  O_EXCL: 0o200,
  O_TRUNC: 0o1000,
  O_APPEND: 0o2000,
  O_CLOEXEC: 0o2000000,
  LOCK_SH: 1,
  LOCK_EX: 2,
  LOCK_NB: 4,
  LOCK_UN: 8,
  CLONE_NEWNET: 0x40000000,
  AF_UNIX: 1,
  AF_NETLINK: 16,
  SOCK_STREAM: 1,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_CLOEXEC: 0o2000000,
  NETLINK_ROUTE: 0,
  NETLINK_NETFILTER: 12,
  SOL_SOCKET: 1,
  SO_RCVBUF: 8,
  SO_RCVTIMEO: 20,
  SO_SNDTIMEO: 21,
  SO_RCVBUFFORCE: 33,
  SO_ATTACH_FILTER: 26,
  SOL_NETLINK: 270,
  NETLINK_ADD_MEMBERSHIP: 1,
  NETLINK_LISTEN_ALL_NSID: 8,
  NETLINK_EXT_ACK: 11,
  NETLINK_GET_STRICT_CHK: 12,
  MSG_PEEK: 2,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
  MSG_NOSIGNAL: 0x4000,
  F_SETFL: 4,
  F_SETOWN: 8,
  O_NONBLOCK: 0o4000,
  O_ASYNC: 0o20000,
} as const;
