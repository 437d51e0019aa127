/** In-memory files behind the port Sys, with a fault at any call, for errors that are rare on a real disk. */
import {
  ERRNO,
  type FileStatus,
  FLAGS,
  type SwapCalls,
  type Sys,
} from '../../../reconciler/model/ports/sys.ts';
import { type Held, heldOf, overlap } from './memory-ranges.ts';
import { swapCalls } from './memory-swap.ts';

/** Shape: `mtime` counts the changes; absent without any. */
type File = { readonly inode: number; bytes: Uint8Array; mtime?: number };

/** An open file. Shape: `file` is undefined for a directory; `at` is the position of the next access. */
type Open = { readonly path: string; readonly file: File | undefined; readonly flags: number; at: number };

/** Decides the result of a call that is not executed; undefined executes it. */
export type Fault = (call: Call, subject: string) => number | undefined;

type Call = keyof Sys | keyof SwapCalls;

/** The files, their locks (by inode), and all calls made. */
export type MemorySys = {
  readonly sys: Sys;
  readonly swap: SwapCalls;
  readonly files: Map<string, File>;
  readonly calls: string[];
  readonly locks: Map<number, Set<number>>;
  readonly openCount: () => number;
  /** Set to make calls fail. */
  fault: Fault | undefined;
  /** Maximum number of bytes that one write accepts. */
  writeLimit: number;
};

/** The state shared by the calls. */
export class Disk {
  readonly files = new Map<string, File>();
  readonly directories = new Set(['/']);
  readonly open = new Map<number, Open>();
  readonly locks = new Map<number, Set<number>>();
  /** Holders of exclusive locks, by inode. */
  readonly exclusive = new Map<number, number>();
  readonly held = new Map<number, Held[]>();
  #nextFd = 3;
  #nextInode = 1;
  #nextMtime = 1;

  add(entry: Open): number {
    this.open.set(this.#nextFd, entry);
    return this.#nextFd++;
  }

  create(path: string): File {
    const file = { inode: this.#nextInode++, bytes: new Uint8Array() };
    this.files.set(path, file);
    return file;
  }

  change(file: File, bytes: Uint8Array): void {
    file.bytes = bytes;
    file.mtime = this.#nextMtime++;
  }

  pathOf(fd: number): string {
    return this.open.get(fd)?.path ?? '';
  }

  /** Returns the error of creating a file at the path; 0 if possible. */
  whyNot(path: string): number {
    const parent = parentOf(path);
    if (this.directories.has(parent)) return 0;
    return this.files.has(parent) ? -ERRNO.ENOTDIR : -ERRNO.ENOENT;
  }

  /** Returns the open file for reading or writing; undefined if it was not opened for that. */
  opened(fd: number, use: 'reading' | 'writing'): (Open & { readonly file: File }) | undefined {
    const entry = this.open.get(fd);
    const refused = use === 'reading' ? FLAGS.O_WRONLY : FLAGS.O_RDONLY;
    if (entry?.file === undefined || (entry.flags & ACCESS) === refused) return undefined;
    return entry as Open & { readonly file: File };
  }
}

/** The access mode bits of open(2)'s flags. */
const ACCESS = FLAGS.O_WRONLY | FLAGS.O_RDWR;

/** Linux's error for writing or removing a directory like a file. */
const EISDIR = 21;

/** Returns an empty file system with the root. Law: behaves as Linux does with files (test/os/contract). */
export function createMemorySys(): MemorySys {
  const disk = new Disk();
  const calls: string[] = [];
  const guard = (call: Call, make: AnyCall): AnyCall => {
    return (...args) => {
      const [subject] = args;
      const path = typeof subject === 'string' ? subject : disk.pathOf(Number(subject));
      calls.push(`${call} ${path}`);
      const result = memory.fault?.(call, path);
      // A failing close has closed the file all the same: close(2).
      if (result !== undefined && call === 'close') make(...args);
      return result ?? make(...args);
    };
  };
  const made = {
    ...openingCalls(disk),
    ...contentCalls(disk, () => memory.writeLimit),
    ...nameCalls(disk),
    ...lockCalls(disk),
  };
  const guarded = <T extends object>(all: T): T =>
    Object.fromEntries(
      Object.entries(all).map(([call, make]) => [call, guard(call as Call, make as AnyCall)]),
    ) as T;
  const memory: MemorySys = {
    sys: { ...OTHERS, ...guarded(made) },
    swap: guarded(swapCalls(disk)),
    files: disk.files,
    calls,
    locks: disk.locks,
    openCount: () => disk.open.size,
    fault: undefined,
    writeLimit: Infinity,
  };
  return memory;
}

type AnyCall = (...args: readonly unknown[]) => unknown;

function openingCalls(disk: Disk): Pick<Sys, 'open' | 'close'> {
  return {
    open: (path, flags) => {
      if (disk.directories.has(path)) {
        return (flags & ACCESS) === 0 ? disk.add({ path, file: undefined, flags, at: 0 }) : -EISDIR;
      }
      const found = disk.files.get(path);
      if (found !== undefined && flags & FLAGS.O_EXCL) return -ERRNO.EEXIST;
      const obstacle = disk.whyNot(path);
      if (found === undefined && (obstacle < 0 || !(flags & FLAGS.O_CREAT))) return obstacle || -ERRNO.ENOENT;
      const file = found ?? disk.create(path);
      if (flags & FLAGS.O_TRUNC) disk.change(file, new Uint8Array());
      return disk.add({ path, file, flags, at: 0 });
    },
    close: (fd) => {
      for (const holders of disk.locks.values()) holders.delete(fd);
      for (const [inode, holders] of disk.locks) if (holders.size === 0) disk.locks.delete(inode);
      const others = (held: readonly Held[]): Held[] => held.filter((one) => one.fd !== fd);
      for (const [inode, held] of disk.held) disk.held.set(inode, others(held));
      return disk.open.delete(fd) ? 0 : -ERRNO.EBADF;
    },
  };
}

function contentCalls(
  disk: Disk,
  limit: () => number,
): Pick<Sys, 'readAll' | 'readAt' | 'write' | 'fdatasync' | 'fsync'> {
  const sync = (fd: number): number => (disk.open.has(fd) ? 0 : -ERRNO.EBADF);
  return {
    readAll: (fd) => {
      const entry = disk.opened(fd, 'reading');
      if (entry === undefined) return -ERRNO.EBADF;
      const bytes = entry.file.bytes.slice(entry.at);
      entry.at += bytes.length;
      return bytes;
    },
    readAt: (fd, offset, length) =>
      disk.opened(fd, 'reading')?.file.bytes.slice(offset, offset + length) ?? -ERRNO.EBADF,
    write: (fd, bytes) => {
      const entry = disk.opened(fd, 'writing');
      if (entry === undefined) return -ERRNO.EBADF;
      const taken = bytes.subarray(0, limit());
      const old = entry.file.bytes;
      if (entry.flags & FLAGS.O_APPEND) entry.at = old.length;
      const grown = new Uint8Array(Math.max(old.length, entry.at + taken.length));
      grown.set(old);
      grown.set(taken, entry.at);
      disk.change(entry.file, grown);
      entry.at += taken.length;
      return taken.length;
    },
    fdatasync: sync,
    fsync: sync,
  };
}

function nameCalls(
  disk: Disk,
): Pick<Sys, 'rename' | 'link' | 'unlink' | 'mkdir' | 'stat' | 'fstat' | 'flistxattr' | 'readlink'> {
  const { files, directories } = disk;
  return {
    rename: (from, to) => {
      const [file, obstacle] = [files.get(from), disk.whyNot(to)];
      if (file === undefined || obstacle < 0) return file === undefined ? -ERRNO.ENOENT : obstacle;
      files.delete(from);
      files.set(to, file);
      return 0;
    },
    link: (from, to) => {
      const [file, obstacle] = [files.get(from), disk.whyNot(to)];
      if (file === undefined || obstacle < 0) return file === undefined ? -ERRNO.ENOENT : obstacle;
      if (files.has(to) || directories.has(to)) return -ERRNO.EEXIST;
      files.set(to, file);
      return 0;
    },
    unlink: (path) => {
      if (directories.has(path)) return -EISDIR;
      return files.delete(path) ? 0 : -ERRNO.ENOENT;
    },
    mkdir: (path) => {
      if (directories.has(path) || files.has(path)) return -ERRNO.EEXIST;
      const obstacle = disk.whyNot(path);
      if (obstacle === 0) directories.add(path);
      return obstacle;
    },
    stat: (path) => {
      const file = files.get(path);
      if (file !== undefined) return statusOf(file);
      const isThere = directories.has(path) || /^\/proc\/\d+$/.test(path);
      return isThere ? statusOf({ inode: 0, bytes: new Uint8Array() }) : -ERRNO.ENOENT;
    },
    fstat: (fd) => {
      const entry = disk.open.get(fd);
      if (entry === undefined) return -ERRNO.EBADF;
      return statusOf(entry.file ?? { inode: 0, bytes: new Uint8Array() });
    },
    flistxattr: (fd) => (disk.open.has(fd) ? 0 : -ERRNO.EBADF),
    readlink: (path) => (files.has(path) || directories.has(path) ? -ERRNO.EINVAL : -ERRNO.ENOENT),
  };
}

function lockCalls(disk: Disk): Pick<Sys, 'flock' | 'lockBytes'> {
  return {
    flock: (fd, operation) => {
      const inode = disk.open.get(fd)?.file?.inode;
      if (inode === undefined) return -ERRNO.EBADF;
      const holders = disk.locks.get(inode) ?? new Set();
      const isMine = holders.delete(fd);
      if (operation & FLAGS.LOCK_UN) {
        if (holders.size === 0) disk.locks.delete(inode);
        return 0;
      }
      const isShared = (operation & FLAGS.LOCK_SH) !== 0 && !holders.has(disk.exclusive.get(inode) ?? -1);
      if (holders.size > 0 && !isShared) {
        if (isMine) holders.add(fd);
        return -ERRNO.EAGAIN;
      }
      if (operation & FLAGS.LOCK_EX) disk.exclusive.set(inode, fd);
      else if (disk.exclusive.get(inode) === fd) disk.exclusive.delete(inode);
      disk.locks.set(inode, holders.add(fd));
      return 0;
    },
    lockBytes: (fd, verb, range) => {
      const inode = disk.open.get(fd)?.file?.inode;
      if (inode === undefined) return -ERRNO.EBADF;
      const [all, wanted] = [disk.held.get(inode) ?? [], heldOf(fd, range)];
      const isTaken = all.some((held) => held.fd !== fd && overlap(held, wanted));
      if (verb === 'ask') return isTaken ? 1 : 0;
      if (verb === 'take' && isTaken) return -ERRNO.EAGAIN;
      const others = all.filter((held) => held.fd !== fd || !overlap(held, wanted));
      disk.held.set(inode, verb === 'take' ? [...others, wanted] : others);
      return 0;
    },
  };
}

function statusOf({ inode, bytes, mtime = 0 }: File): FileStatus {
  const times = { mtimeSeconds: mtime, mtimeNanoseconds: 0 };
  return { inode, device: 1, size: bytes.length, uid: 0, gid: 0, mode: 0o600, ...times };
}

function unsupported(): number {
  return -ERRNO.EOPNOTSUPP;
}

/** Calls that do not concern files. */
const OTHERS = {
  setns: unsupported,
  socket: unsupported,
  bind: unsupported,
  listen: unsupported,
  connect: unsupported,
  setsockopt: unsupported,
  send: unsupported,
  recv: unsupported,
  spawn: unsupported,
  sleep: () => undefined,
} as const;

/** Returns the parent directory of the path. */
export function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
