import { describe, expect, it } from 'vitest';
import { FLAGS } from '../../reconciler/model/ports/sys.ts';

/**
 * Flags of open(2) by processor.
 * Source: include/uapi/asm-generic/fcntl.h (also x86), overridden by arch/arm64/include/uapi/asm/fcntl.h.
 */
const OPEN_FLAGS: Readonly<Record<string, { readonly x64: number; readonly arm64: number }>> = {
  O_RDONLY: { x64: 0, arm64: 0 },
  O_WRONLY: { x64: 0o1, arm64: 0o1 },
  O_RDWR: { x64: 0o2, arm64: 0o2 },
  O_CREAT: { x64: 0o100, arm64: 0o100 },
  O_EXCL: { x64: 0o200, arm64: 0o200 },
  O_NOCTTY: { x64: 0o400, arm64: 0o400 },
  O_TRUNC: { x64: 0o1000, arm64: 0o1000 },
  O_APPEND: { x64: 0o2000, arm64: 0o2000 },
  O_NONBLOCK: { x64: 0o4000, arm64: 0o4000 },
  O_DSYNC: { x64: 0o10000, arm64: 0o10000 },
  O_ASYNC: { x64: 0o20000, arm64: 0o20000 },
  O_DIRECT: { x64: 0o40000, arm64: 0o200000 },
  O_LARGEFILE: { x64: 0o100000, arm64: 0o400000 },
  O_DIRECTORY: { x64: 0o200000, arm64: 0o40000 },
  O_NOFOLLOW: { x64: 0o400000, arm64: 0o100000 },
  O_NOATIME: { x64: 0o1000000, arm64: 0o1000000 },
  O_CLOEXEC: { x64: 0o2000000, arm64: 0o2000000 },
};

describe('the flags of system calls', () => {
  const names = Object.keys(FLAGS).filter((name) => name.startsWith('O_'));

  it.each(names)('%s is what every processor has', (name) => {
    const value = Object.entries(FLAGS).find(([key]) => key === name)?.[1];
    expect({ x64: value, arm64: value }).toEqual(OPEN_FLAGS[name]);
  });
});
