import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERRNO } from '../../../reconciler/model/ports/sys.ts';
import { createSys, loadResidentExtras } from '#sys';
import { describeFiles } from './files.ts';
import { describeSockets } from './sockets.ts';
import { describeSwap } from './swap.ts';

describe('the system calls on a real disk', () => {
  describeFiles(() => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-files-'));
    return { sys: createSys(), directory, remove: () => rmSync(directory, { recursive: true }) };
  });
});

const { swap } = await loadResidentExtras(createSys());

describe('files that take the place of each other on a real disk', () => {
  const makeDirectory = (): string => mkdtempSync(join(tmpdir(), 'vnet-swap-'));
  describeSwap(() => {
    const directory = makeDirectory();
    if (swap === undefined) throw new Error('this libc has no renameat2');
    return { sys: createSys(), swap, directory, remove: () => rmSync(directory, { recursive: true }) };
  });

  it('a file that others may read is not opened: the next version must be private', () => {
    const directory = makeDirectory();
    const path = join(directory, 'a');
    writeFileSync(path, 'text', { mode: 0o600 });
    const known = createSys().stat(path);
    chmodSync(path, 0o644);
    expect(typeof known === 'number' ? known : swap?.openUnshared(path, known, 4)).toBe(-ERRNO.EBUSY);
    rmSync(directory, { recursive: true });
  });
});

describe('netlink sockets of the real kernel', () => {
  describeSockets(() => createSys());
});
