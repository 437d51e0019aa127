import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe } from 'vitest';
import { createSys } from '#sys';
import { describeFiles } from './files.ts';
import { describeSockets } from './sockets.ts';

describe('the system calls on a real disk', () => {
  describeFiles(() => {
    const directory = mkdtempSync(join(tmpdir(), 'vnet-files-'));
    return { sys: createSys(), directory, remove: () => rmSync(directory, { recursive: true }) };
  });
});

describe('netlink sockets of the real kernel', () => {
  describeSockets(() => createSys());
});
