/** The file part of Sys on node:fs, with flock inside this process: enough for the query record. */
import fs from 'node:fs';
import { ERRNO, type FileStatus, FLAGS, type Sys } from '../../reconciler/model/ports/sys.ts';

const NOT_HERE = (): number => -ERRNO.EOPNOTSUPP;

function attempt<T>(call: () => T): T | number {
  try {
    return call();
  } catch (error) {
    return error instanceof Error && 'errno' in error ? Number(error.errno) : -ERRNO.EIO;
  }
}

function statusOf({ ino, dev, size, uid, mtimeMs }: fs.Stats): FileStatus {
  return {
    inode: ino,
    device: dev,
    size,
    uid,
    mtimeSeconds: Math.trunc(mtimeMs / 1000),
    mtimeNanoseconds: 0,
  };
}

/** Returns 0, or -errno. */
function code(call: () => unknown): number {
  return attempt(() => {
    call();
    return 0;
  });
}

/** Returns a Sys for files; every other call is not supported. Locks belong to descriptors, as flock(2)'s do. */
export function createFileSys(): Sys {
  const locks = new Map<number, number>();
  const inodes = new Map<number, number>();
  return {
    open: (path, flags, mode) =>
      attempt(() => {
        const fd = fs.openSync(path, flags, mode);
        inodes.set(fd, fs.fstatSync(fd).ino);
        return fd;
      }),
    close: (fd) => {
      if (locks.get(inodes.get(fd) ?? -1) === fd) locks.delete(inodes.get(fd) ?? -1);
      return code(() => fs.closeSync(fd));
    },
    readAll: (fd) => attempt(() => fs.readFileSync(fd)),
    readAt: NOT_HERE,
    write: (fd, bytes) => attempt(() => fs.writeSync(fd, bytes)),
    fdatasync: (fd) => code(() => fs.fdatasyncSync(fd)),
    fsync: (fd) => code(() => fs.fsyncSync(fd)),
    rename: (from, to) => code(() => fs.renameSync(from, to)),
    link: NOT_HERE,
    unlink: (path) => code(() => fs.unlinkSync(path)),
    mkdir: (path, mode) => code(() => fs.mkdirSync(path, mode)),
    stat: (path) => attempt(() => statusOf(fs.statSync(path))),
    fstat: (fd) => attempt(() => statusOf(fs.fstatSync(fd))),
    readlink: (path) => attempt(() => fs.readlinkSync(path)),
    flock: (fd, operation) => {
      const inode = inodes.get(fd) ?? -1;
      const holder = locks.get(inode);
      if (holder !== undefined && holder !== fd) return -ERRNO.EAGAIN;
      if ((operation & FLAGS.LOCK_UN) === 0) locks.set(inode, fd);
      else locks.delete(inode);
      return 0;
    },
    // Nobody waits in this process: there is no queue.
    lockBytes: () => 0,
    setns: NOT_HERE,
    socket: NOT_HERE,
    bind: NOT_HERE,
    listen: NOT_HERE,
    connect: NOT_HERE,
    setsockopt: NOT_HERE,
    send: NOT_HERE,
    recv: NOT_HERE,
    spawn: NOT_HERE,
    sleep: () => undefined,
  };
}
