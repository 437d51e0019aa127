/** Owner, mode and extended attributes of a file, under Bun. Source: xattr(7), fchown(2), fchmod(2). */
import { dlopen, read } from 'bun:ffi';
import type { AttributeCalls } from '../../model/ports/sys.ts';

/** Returns the calls that change the owner, mode and extended attributes of a file. */
export function createAttributeCalls(): AttributeCalls {
  const { symbols } = dlopen('libc.so.6', {
    __errno_location: { args: [], returns: 'ptr' },
    fgetxattr: { args: ['i32', 'ptr', 'ptr', 'u64_fast'], returns: 'i64_fast' },
    fsetxattr: { args: ['i32', 'ptr', 'ptr', 'u64_fast', 'i32'], returns: 'i32' },
    fremovexattr: { args: ['i32', 'ptr'], returns: 'i32' },
    fchmod: { args: ['i32', 'u32'], returns: 'i32' },
    fchown: { args: ['i32', 'u32', 'u32'], returns: 'i32' },
  });
  const errno = symbols['__errno_location']();
  const checked = (result: number): number => (result >= 0 ? result : -read.i32(errno, 0));
  return {
    fgetxattr: (fd, name, into) => checked(symbols.fgetxattr(fd, encode(name), into, into.length)),
    fsetxattr: (fd, name, value) => checked(symbols.fsetxattr(fd, encode(name), value, value.length, 0)),
    fremovexattr: (fd, name) => checked(symbols.fremovexattr(fd, encode(name))),
    fchmod: (fd, mode) => checked(symbols.fchmod(fd, mode)),
    fchown: (fd, uid, gid) => checked(symbols.fchown(fd, uid, gid)),
  };
}

function encode(name: string): Uint8Array {
  return new TextEncoder().encode(`${name}\0`);
}
