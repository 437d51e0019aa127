import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { programs } from '../../plugin/programs.ts';

describe('running other plugins', () => {
  let folder = '';
  const script = (name: string, text: string, mode = 0o755): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    chmodSync(file, mode);
    return file;
  };
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-programs-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('finds the first folder with an executable file of that name', () => {
    script('readme', 'text', 0o644);
    mkdirSync(join(folder, 'folder'));
    const file = script('host-local', '#!/bin/sh\n');
    expect(programs.find('host-local', ['/nowhere', folder])).toBe(file);
    expect(programs.find('readme', [folder])).toBeUndefined();
    expect(programs.find('folder', [folder])).toBeUndefined();
  });

  it('hands over exactly the environment and stdin, and returns stdout and exit code', () => {
    const file = script('echo', '#!/bin/sh\n/bin/cat; echo "$CNI_COMMAND ${HOME-unset}"; exit 3\n');
    expect(programs.run(file, { CNI_COMMAND: 'ADD' }, 'in ')).toEqual({
      exitCode: 3,
      stdout: 'in ADD unset\n',
    });
  });

  it('returns the answer of a program that does not read its stdin', () => {
    const file = script('deaf', '#!/bin/sh\nexec <&-\necho done\n');
    expect(programs.run(file, {}, 'x'.repeat(1_000_000))).toMatchObject({ exitCode: 0, stdout: 'done\n' });
  });

  it('names the reason why a program could not be run, or was ended', () => {
    const file = script('broken', '#!/no/such/interpreter\n');
    expect(programs.run(file, {}, '').error).toContain('ENOENT');
    const dying = script('dying', '#!/bin/sh\nkill -9 $$\n');
    expect(programs.run(dying, {}, '').error).toContain('SIGKILL');
  });
});
