/**
 * The build of `npm run build`, run elsewhere: no node_modules, no package.json, a hostile current directory.
 */
import { existsSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execNow, mustExec } from '../support/exec.ts';

const root = join(import.meta.dirname, '../..');
const bundler = [
  process.execPath,
  join(root, 'node_modules/tsx/dist/cli.mjs'),
  join(root, 'scripts/build.ts'),
];

let temporary: string;
beforeAll(() => {
  temporary = mkdtempSync(join(tmpdir(), 'vnet-built-'));
  mustExec([...bundler, '--runtime', 'node', '--out', join(temporary, 'node')]);
  copyBuilt(join(root, 'dist'), join(temporary, 'built'));
  writeFileSync(join(temporary, '.env'), 'CNI_COMMAND=VERSION\nVNET_ROOT=/nowhere\n');
});
afterAll(() => rmSync(temporary, { recursive: true }));

/** By hard links if the file system allows: the executable has 100 MB. */
function copyBuilt(from: string, to: string): void {
  if (execNow(['cp', '-al', from, to]).code === 0) return;
  rmSync(to, { recursive: true, force: true });
  mustExec(['cp', '-a', from, to]);
}

describe.skipIf(!existsSync(join(root, 'dist/bin/vnet'))).each(['built', 'node'])(
  'the executables (%s)',
  (dist) => {
    const run = (name: string, args: readonly string[] = [], env: Record<string, string> = {}) =>
      execNow([join(temporary, dist, 'bin', name), ...args], { cwd: temporary, env });

    it.each(['azure-vnet', 'azure-vnet-ipam'])('%s answers VERSION', (name) => {
      const { code, stdout } = run(name, [], { CNI_COMMAND: 'VERSION' });
      expect(code).toBe(0);
      expect(JSON.parse(stdout)).toMatchObject({
        supportedVersions: expect.arrayContaining(['0.3.0', '1.0.0']),
      });
    });

    it('know their names', () => {
      expect(run('azure-vnet', ['--version']).stdout).toMatch(/^azure-vnet \d/);
      expect(run('azure-vnet-ipam', ['--version']).stdout).toMatch(/^azure-vnet-ipam \d/);
      expect(run('vnet', ['--version']).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
      expect(run('vnet', ['--help']).stdout).toContain('Usage: vnet [options]');
      expect(run('reconcile', ['--help']).stdout).toContain('Usage: vnet reconcile');
    });

    it('go by the name of a symbolic link', () => {
      const link = join(temporary, 'reconcile');
      symlinkSync(join(temporary, dist, 'bin/vnet'), link);
      const { stdout } = execNow([link, '--help']);
      rmSync(link);
      expect(stdout).toContain('Usage: vnet reconcile');
    });

    it('under any other name are the plugin for a container runtime and the command line for people', () => {
      const link = join(temporary, 'something-else');
      symlinkSync(join(temporary, dist, 'bin/vnet'), link);
      const plugin = execNow([link], { env: { CNI_COMMAND: 'VERSION' } });
      const cli = execNow([link, '--help']);
      rmSync(link);
      expect(plugin.stdout).toContain('supportedVersions');
      expect(cli.stdout).toContain('Usage: vnet [options]');
    });

    it('take nothing from a .env file of the current directory', () => {
      expect(run('azure-vnet')).toMatchObject({ code: 0, stdout: '' });
    });

    it('validate a document, with the schema and the YAML parser in them', () => {
      const { code, stderr } = run('vnet', ['validate', join(root, 'vnet.yaml')]);
      expect({ code, notes: stderr.trimEnd().split('\n') }).toEqual({
        code: 0,
        notes: [expect.stringMatching(/^networks\.azure\.probe finds nothing on Azure/)],
      });
    });
  },
);
