import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { findFileMappings } from '../../reconciler/os/file-mappings.ts';

const mapping = (range: string, permissions: string, path: string, anonymousKb = 0): string =>
  [
    `${range} ${permissions} 00000000 fe:00 1234${path === '' ? ' ' : `                 ${path}`}`,
    'Size:               1024 kB',
    'Rss:                 512 kB',
    `Anonymous:      ${String(anonymousKb).padStart(8)} kB`,
    'VmFlags: rd ex mr mw me',
    '',
  ].join('\n');

describe('mappings of files alone', () => {
  it('are unwritten code and constants only', () => {
    const smaps = [
      mapping('00400000-00500000', 'r--p', '/opt/cni/bin/vnet'),
      mapping('00500000-02500000', 'r-xp', '/opt/cni/bin/vnet (deleted)'),
      mapping('02500000-02501000', 'r--p', '/opt/cni/bin/vnet', 4),
      mapping('02600000-02700000', 'rw-p', '/opt/cni/bin/vnet'),
      mapping('02800000-02900000', 'r-xs', '/opt/shared'),
      mapping('7f0000000000-7f0000100000', 'rwxp', ''),
      mapping('7ffd00000000-7ffd00002000', 'r-xp', '[vdso]'),
    ].join('');
    expect(findFileMappings(smaps)).toEqual([
      { start: 0x400000, bytes: 0x100000 },
      { start: 0x500000, bytes: 0x2000000 },
    ]);
  });

  it("are found in the kernel's list for this process", () => {
    expect(findFileMappings(readFileSync('/proc/self/smaps', 'utf8')).length).toBeGreaterThan(0);
  });
});
