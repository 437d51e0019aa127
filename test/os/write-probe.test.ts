import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { whyNotWritable } from '../../reconciler/os/write-probe.ts';

describe('whether a file can be written', () => {
  let folder: string;
  let file: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-write-probe-'));
    file = join(folder, 'vnet.yaml');
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['', '-link'])('is told beside an earlier probe of the same process (%s)', (suffix) => {
    writeFileSync(file, 'kind: VnetConfig\n');
    // The disk failed before the removal was on it, and fsck brought the file back.
    writeFileSync(`${file}.probe-${process.pid}${suffix}`, 'vnet');
    expect(whyNotWritable(file)).toBeUndefined();
    expect(readdirSync(folder)).toEqual(['vnet.yaml']);
  });

  it('is true of a file that does not exist yet, and leaves nothing', () => {
    expect(whyNotWritable(file)).toBeUndefined();
    expect(existsSync(file)).toBe(false);
    expect(readdirSync(folder)).toEqual([]);
  });
});
