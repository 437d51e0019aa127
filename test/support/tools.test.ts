import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exec, execNow, mustExec } from './exec.ts';
import { findCommand, missingPackages, systemPath } from './tools.ts';

describe('system tools', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-tools-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  writeFileSync(join(folder, 'present'), '');
  chmodSync(join(folder, 'present'), 0o755);
  writeFileSync(join(folder, 'plain'), '');

  it('are found when a folder of PATH has them as executables', () => {
    expect(findCommand('present', `/nowhere:${folder}`)).toBe(join(folder, 'present'));
    expect(findCommand('plain', folder)).toBeUndefined();
  });

  it('that are missing are named by package, each package once', () => {
    const tools = [
      { needs: 'present', package: 'a' },
      { needs: 'one', package: 'b' },
      { needs: 'two', package: 'b' },
    ];
    expect(missingPackages(tools, folder)).toEqual(['b']);
  });

  it('may be files that belong to no folder of PATH', () => {
    const tools = [
      { needs: join(folder, 'plain'), package: 'a' },
      { needs: join(folder, 'nothing'), package: 'b' },
    ];
    expect(missingPackages(tools, '')).toEqual(['b']);
  });

  it('are looked for in the folders of the system too', () => {
    expect(systemPath('/x:/usr/sbin').split(':')).toEqual([
      '/x',
      '/usr/sbin',
      '/sbin',
      '/usr/bin',
      '/bin',
      '/usr/local/sbin',
    ]);
  });
});

describe('a command', () => {
  it('returns output and exit code, and passes its input, blocking or not', async () => {
    const argv = ['sh', '-c', 'cat; echo oops >&2; exit 3'];
    const expected = { code: 3, stdout: 'told', stderr: 'oops\n' };
    expect(execNow(argv, { input: 'told' })).toMatchObject(expected);
    expect(await exec(argv, { input: 'told' })).toMatchObject(expected);
  });

  it('ended by a signal has the code of a shell', async () => {
    expect((await exec(['sh', '-c', 'kill -TERM $$'])).code).toBe(143);
  });

  it('that is not there has code 127', async () => {
    expect(execNow(['/nowhere/at/all']).code).toBe(127);
    expect((await exec(['/nowhere/at/all'])).code).toBe(127);
  });

  it('that must succeed throws with its output', () => {
    expect(() => mustExec(['sh', '-c', 'echo reason >&2; exit 2'])).toThrow('exited with 2: reason');
  });
});
