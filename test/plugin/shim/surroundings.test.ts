/**
 * The plugin in environments, limits and directories inherited from container runtimes, with the real program
 * beside it.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { exec, type Outcome } from '../../support/exec.ts';
import { isSkipped } from '../../support/skip.ts';
import { BIN } from '../live-node.ts';

const folder = mkdtempSync(join(tmpdir(), 'vnet-surroundings-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Calls VERSION, which needs no node, by the program itself; `before` precedes the plugin. */
function askVersion(before: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Outcome> {
  const needed = { CNI_COMMAND: 'VERSION', VNET_DIRECT: '1', VNET_ROOT: folder };
  return exec([...before, join(BIN, 'azure-vnet')], { env: { ...needed, ...env } });
}

/**
 * Runs its arguments where memory cannot be both writable and executable, as with systemd's
 * MemoryDenyWriteExecute=.
 */
const DENY = `
#include <sys/prctl.h>
#include <unistd.h>
int main(int count, char **arguments) {
  (void)count;
  if (prctl(65, 1, 0, 0, 0) < 0) return 77; /* PR_SET_MDWE, Linux 6.3 */
  execv(arguments[1], arguments + 1);
  return 78;
}
`;

const isBun = !(await askVersion([], { NODE_OPTIONS: '--no-such-option' })).stderr.includes('no-such-option');

describe.skipIf(!isBun)('the plugin in odd surroundings', () => {
  it.each([
    { BUN_BE_BUN: '1' },
    { BUN_OPTIONS: '--help' },
    { BUN_JSC_useJIT: '0' },
    { NODE_OPTIONS: '--no-such-option' },
    { MIMALLOC_VERBOSE: '1' },
  ])('obeys no variable of its engine: %o', async (env) => {
    const outcome = await askVersion([], env);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.parse(outcome.stdout)).toMatchObject({ cniVersion: '1.1.0' });
  });

  it.each([
    ['LimitAS=1200000000', ['prlimit', '--as=1200000000']],
    ['LimitDATA=30000000', ['prlimit', '--data=30000000']],
    ['LimitSTACK=65536', ['prlimit', '--stack=65536']],
  ])('answers with one error that names %s', async (limit, before) => {
    const outcome = await askVersion(before);
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ code: 5, details: expect.stringContaining(limit) });
  });

  it('works, or names it, where memory may not be both written and executed', async ({ skip }) => {
    writeFileSync(join(folder, 'deny.c'), DENY);
    const deny = join(folder, 'deny');
    const compiled = await exec(['cc', '-o', deny, join(folder, 'deny.c')]);
    skip(isSkipped('PR_SET_MDWE', compiled.code === 127 ? 'no C compiler' : undefined));
    const outcome = await askVersion([deny]);
    skip(isSkipped('PR_SET_MDWE', outcome.code === 77 ? 'Linux before 6.3 has none' : undefined));
    const answer: unknown = JSON.parse(outcome.stdout);
    const isNamed = outcome.code === 1 && outcome.stdout.includes('MemoryDenyWriteExecute=yes');
    expect([isNamed, answer]).toEqual([outcome.code !== 0, answer]);
  });

  it('works in a folder that was removed', async () => {
    const gone = join(folder, 'gone');
    const outcome = await askVersion(['sh', '-c', `mkdir ${gone}; cd ${gone}; rmdir ${gone}; exec "$0"`]);
    expect(outcome).toMatchObject({ code: 0, stderr: '' });
  });

  it('reports that the program is missing, or cannot be started', async () => {
    await exec(['cp', join(BIN, 'azure-vnet'), join(folder, 'azure-vnet')]);
    const env = { CNI_COMMAND: 'VERSION', VNET_DIRECT: '1' };
    const outcome = await exec([join(folder, 'azure-vnet')], { env });
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({ code: 5, details: expect.stringContaining('noexec') });
  });
});
