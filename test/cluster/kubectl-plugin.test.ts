/** `kubectl vnet`: the program under the names that kubectl looks for. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KUBECTL_NAMES } from '../../scripts/packages/release.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { execNow } from '../support/exec.ts';
import { findCommand } from '../support/tools.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vnet-kubectl-'));
  for (const name of KUBECTL_NAMES) symlinkSync(join(SIMULATED_BIN, 'vnet'), join(folder, name));
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('kubectl-vnet', () => {
  it('is vnet fleet', () => {
    const help = execNow([join(folder, 'kubectl-vnet'), '--help']);
    expect(help.stdout).toBe(execNow([join(SIMULATED_BIN, 'vnet'), 'fleet', '--help']).stdout);
    expect(execNow([join(folder, 'kubectl-vnet'), 'pause'])).toMatchObject({ code: 64 });
    const env = { KUBECONFIG: join(folder, 'none') };
    expect(execNow([join(folder, 'kubectl-vnet'), 'nodes'], { env })).toMatchObject({ code: 66 });
  });

  it('completes the words of vnet fleet', () => {
    const completed = execNow([join(folder, 'kubectl_complete-vnet'), 'pa']);
    expect(completed.stdout.split('\n')[0]).toMatch(/^pause/);
  });

  it.skipIf(findCommand('kubectl') === undefined)('is found by kubectl', () => {
    const env = { PATH: `${folder}${delimiter}${process.env['PATH']}`, HOME: folder };
    expect(execNow(['kubectl', 'vnet', '--help'], { env }).stdout).toContain('vnet fleet');
  });
});
