/** Owner, mode and extended attributes of a file, under Node.js. Source: xattr(7), fchown(2), fchmod(2). */
import type { AttributeCalls } from '../../model/ports/sys.ts';
import { openLibc } from '../sys/koffi.ts';

/** Returns the calls that change the owner, mode and extended attributes of a file. */
export function createAttributeCalls(): AttributeCalls {
  const declare = openLibc();
  const get = declare('int64_t fgetxattr(int, const void *, void *, size_t)');
  const set = declare('int fsetxattr(int, const void *, const void *, size_t, int)');
  const remove = declare('int fremovexattr(int, const void *)');
  const fchmod = declare('int fchmod(int, uint32_t)');
  const fchown = declare('int fchown(int, uint32_t, uint32_t)');
  return {
    fgetxattr: (fd, name, into) => get(fd, encode(name), into, into.length),
    fsetxattr: (fd, name, value) => set(fd, encode(name), value, value.length, 0),
    fremovexattr: (fd, name) => remove(fd, encode(name)),
    fchmod: (fd, mode) => fchmod(fd, mode),
    fchown: (fd, uid, gid) => fchown(fd, uid, gid),
  };
}

function encode(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}
