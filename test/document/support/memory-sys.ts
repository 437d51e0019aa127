/** Files in memory behind the port Sys, with a fault at any call: for what a real disk does too seldom. */
import { ERRNO, FLAGS, type Sys } from '../../../reconciler/model/sys.ts';

type File = { readonly inode: number; bytes: Uint8Array };
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
          return added({ path, file, at: 0 });
        }),
      close: (fd) =>
        guarded('close', pathOf(fd), () => {
          for (const [inode, holder] of memory.locks) if (holder === fd) memory.locks.delete(inode);
          return open.delete(fd) ? 0 : -ERRNO.EBADF;
        }),
      readAll: (fd) =>
        guarded('readAll', pathOf(fd), () => open.get(fd)?.file?.bytes.slice() ?? -ERRNO.EBADF),
      write: (fd, bytes) =>
        guarded('write', pathOf(fd), () => {
          const entry = open.get(fd);
          if (entry?.file === undefined) return -ERRNO.EBADF;
          const taken = bytes.subarray(0, memory.writeLimit);
          const old = entry.file.bytes;
          const grown = new Uint8Array(Math.max(old.length, entry.at + taken.length));
          grown.set(old);
          grown.set(taken, entry.at);
          entry.file.bytes = grown;
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
      unlink: (path) => guarded('unlink', path, () => (memory.files.delete(path) ? 0 : -ERRNO.ENOENT)),
      mkdir: (path) =>
        guarded('mkdir', path, () => {
          if (directories.has(path)) return -ERRNO.EEXIST;
          if (!directories.has(parentOf(path))) return -ERRNO.ENOENT;
          directories.add(path);
          return 0;
        }),
      stat: (path) => {
        const file = memory.files.get(path);
        if (file !== undefined) return { inode: file.inode, device: 1 };
        return directories.has(path) || /^\/proc\/\d+$/.test(path) ? { inode: 0, device: 1 } : -ERRNO.ENOENT;
      },
      fstat: (fd) => {
        const file = open.get(fd)?.file;
        return file === undefined ? -ERRNO.EBADF : { inode: file.inode, device: 1 };
      },
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
      setns: unsupported,
      socket: unsupported,
      bind: unsupported,
      setsockopt: unsupported,
      send: unsupported,
      recv: unsupported,
      spawn: unsupported,
      sleep: () => undefined,
    },
  };
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

function unsupported(): number {
  return -ERRNO.EOPNOTSUPP;
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/')) || '/';
}
