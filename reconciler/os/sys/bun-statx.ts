/** struct statx, as the kernel fills it. Source: statx(2), linux/stat.h. */
import type { FileStatus } from '../../model/ports/sys.ts';

/** The fields that are asked for: STATX_MODE, STATX_UID, STATX_GID, STATX_MTIME, STATX_INO, STATX_SIZE. */
export const STATX_MASK = 0x2 | 0x8 | 0x10 | 0x40 | 0x100 | 0x200;

/** The permission bits of a mode: its upper bits are the type of the file. */
const PERMISSIONS = 0o7777;

/** Units: bytes. */
export const STATX_BYTES = 256;

/** Offsets in struct statx. Source: linux/stat.h. */
const UID = 20;
const GID = 24;
const MODE = 28;
const INODE = 32;
const SIZE = 40;
const MTIME_SECONDS = 112;
const MTIME_NANOSECONDS = 120;
const DEVICE_MAJOR = 136;
const DEVICE_MINOR = 140;

/** Returns the status in the struct statx. */
export function statusOf(bytes: Uint8Array): FileStatus {
  // Accessing a small array's buffer allocates one, which costs more than combining four bytes.
  const at8 = (at: number): number => bytes[at] ?? 0;
  const word = (at: number): number =>
    at8(at) + at8(at + 1) * 2 ** 8 + at8(at + 2) * 2 ** 16 + at8(at + 3) * 2 ** 24;
  // Inodes, sizes and times fit a number exactly; BigInts would cost more than the call.
  const long = (at: number): number => word(at) + word(at + 4) * 2 ** 32;
  return {
    inode: long(INODE),
    device: deviceNumber(word(DEVICE_MAJOR), word(DEVICE_MINOR)),
    size: long(SIZE),
    mtimeSeconds: word(MTIME_SECONDS) + (word(MTIME_SECONDS + 4) | 0) * 2 ** 32,
    mtimeNanoseconds: word(MTIME_NANOSECONDS),
    uid: word(UID),
    gid: word(GID),
    mode: word(MODE) & PERMISSIONS,
  };
}

/** As in stat(2). Source: include/linux/kdev_t.h, new_encode_dev(). */
function deviceNumber(major: number, minor: number): number {
  return (minor % 2 ** 8) + major * 2 ** 8 + Math.floor(minor / 2 ** 8) * 2 ** 20;
}
