/** Files in memory behind the port Sys, with a fault at any call: for what a real disk does too seldom. */
import { ERRNO, type FileStatus, FLAGS, type Sys } from '../../../reconciler/model/ports/sys.ts';

/** Shape: `mtime` counts the changes; absent: never. */
type File = { readonly inode: number; bytes: Uint8Array; mtime?: number };
type Open = { readonly path: string; readonly file: File | undefined; at: number };

/** Decides what a call returns instead of being made; undefined lets it be made. */
export type Fault = (call: keyof Sys, subject: string) => number | undefined;

/** The files, what is locked, and every call that was made. */
export type MemorySys = {
  readonly sys: Sys;
  readonly files: Map<string, File>;
  readonly calls: string[];
  readonly locks: Map<number, number>;
  readonly openCount: () => number;
  /** Set to let calls fail. */
  fault: Fault | undefined;
  /** How many bytes write takes at once. */
  writeLimit: number;
};

/** Returns an empty file system with the root directory. Locks belong to open files, as those of flock(2). */
export function createMemorySys(): MemorySys {
  const directories = new Set(['/']);
  const open = new Map<number, Open>();
  let nextFd = 3;
  let nextInode = 1;
  let nextMtime = 1;
  const memory: MemorySys = {
    files: new Map(),
    calls: [],
    locks: new Map(),
    openCount: () => open.size,
    fault: undefined,
    writeLimit: Infinity,
    sys: {
      open: (path, flags) =>
        guarded('open', path, () => {
          if (directories.has(path)) return added({ path, file: undefined, at: 0 });
          let file = memory.files.get(path);
          if (file !== undefined && flags & FLAGS.O_EXCL) return -ERRNO.EEXIST;
          if (file === undefined) {
            if (!(flags & FLAGS.O_CREAT)) return -ERRNO.ENOENT;
            if (!directories.has(parentOf(path))) return -ERRNO.ENOENT;
            file = { inode: nextInode++, bytes: new Uint8Array() };
            memory.files.set(path, file);
          }
          if (flags & FLAGS.O_TRUNC) change(file, new Uint8Array());
          return added({ path, file, at: flags & FLAGS.O_APPEND ? file.bytes.length : 0 });
        }),
      close: (fd) =>
        guarded('close', pathOf(fd), () => {
          for (const [inode, holder] of memory.locks) if (holder === fd) memory.locks.delete(inode);
          return open.delete(fd) ? 0 : -ERRNO.EBADF;
        }),
      readAll: (fd) =>
        guarded('readAll', pathOf(fd), () => open.get(fd)?.file?.bytes.slice() ?? -ERRNO.EBADF),
      readAt: (fd, offset, length) =>
        guarded(
          'readAt',
          pathOf(fd),
          () => open.get(fd)?.file?.bytes.slice(offset, offset + length) ?? -ERRNO.EBADF,
        ),
      write: (fd, bytes) =>
        guarded('write', pathOf(fd), () => {
          const entry = open.get(fd);
          if (entry?.file === undefined) return -ERRNO.EBADF;
          const taken = bytes.subarray(0, memory.writeLimit);
          const old = entry.file.bytes;
          const grown = new Uint8Array(Math.max(old.length, entry.at + taken.length));
          grown.set(old);
          grown.set(taken, entry.at);
          change(entry.file, grown);
          entry.at += taken.length;
          return taken.length;
        }),
      fdatasync: (fd) => guarded('fdatasync', pathOf(fd), () => 0),
      fsync: (fd) => guarded('fsync', pathOf(fd), () => 0),
      rename: (from, to) =>
        guarded('rename', from, () => {
          const file = memory.files.get(from);
          if (file === undefined) return -ERRNO.ENOENT;
          memory.files.delete(from);
          memory.files.set(to, file);
          return 0;
        }),
      link: (from, to) =>
        guarded('link', from, () => {
          const file = memory.files.get(from);
          if (file === undefined) return -ERRNO.ENOENT;
          if (memory.files.has(to)) return -ERRNO.EEXIST;
          memory.files.set(to, file);
          return 0;
        }),
      unlink: (path) => guarded('unlink', path, () => (memory.files.delete(path) ? 0 : -ERRNO.ENOENT)),
      mkdir: (path) =>
        guarded('mkdir', path, () => {
          if (directories.has(path)) return -ERRNO.EEXIST;
          if (!directories.has(parentOf(path))) return -ERRNO.ENOENT;
          directories.add(path);
          return 0;
        }),
      stat: (path) =>
        guarded('stat', path, () => {
          const file = memory.files.get(path);
          if (file !== undefined) return statusOf(file);
          const isThere = directories.has(path) || /^\/proc\/\d+$/.test(path);
          return isThere ? statusOf({ inode: 0, bytes: new Uint8Array() }) : -ERRNO.ENOENT;
        }),
      fstat: (fd) =>
        guarded('fstat', pathOf(fd), () => {
          const file = open.get(fd)?.file;
          return file === undefined ? -ERRNO.EBADF : statusOf(file);
        }),
      readlink: () => -ERRNO.EINVAL,
      flock: (fd, operation) =>
        guarded('flock', pathOf(fd), () => {
          const inode = open.get(fd)?.file?.inode;
          if (inode === undefined) return -ERRNO.EBADF;
          if (operation & FLAGS.LOCK_UN) memory.locks.delete(inode);
          else if (memory.locks.has(inode)) return -ERRNO.EAGAIN;
          else memory.locks.set(inode, fd);
          return 0;
        }),
      // Nobody waits in this process: there is no queue.
      lockBytes: (fd) => guarded('lockBytes', pathOf(fd), () => 0),
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
    },
  };
  function change(file: File, bytes: Uint8Array): void {
    file.bytes = bytes;
    file.mtime = nextMtime++;
  }
  function pathOf(fd: number): string {
    return open.get(fd)?.path ?? '';
  }
  function added(entry: Open): number {
    open.set(nextFd, entry);
    return nextFd++;
  }
  function guarded<T>(call: keyof Sys, subject: string, make: () => T): T | number {
    memory.calls.push(`${call} ${subject}`);
    const result = memory.fault?.(call, subject);
    // A close that fails has closed the file all the same: close(2).
    if (result !== undefined && call === 'close') make();
    return result ?? make();
  }
  return memory;
}

function statusOf({ inode, bytes, mtime = 0 }: File): FileStatus {
  return { inode, device: 1, size: bytes.length, uid: 0, mtimeSeconds: mtime, mtimeNanoseconds: 0 };
}

function unsupported(): number {
  return -ERRNO.EOPNOTSUPP;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
