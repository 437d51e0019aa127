import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseArguments } from '../../reconciler/cli/commands.ts';
import { execNow } from '../support/exec.ts';

const folder = join(import.meta.dirname, '../../examples/systemd');
const units = readdirSync(folder);
const hasAnalyze = execNow(['systemd-analyze', '--version']).code === 0;

let copy: string;
beforeEach(() => {
  copy = mkdtempSync(join(tmpdir(), 'vnet-units-'));
  cpSync(folder, copy, { recursive: true });
});
afterEach(() => rmSync(copy, { recursive: true }));

/** Verifies a copy in which ExecStart names a program that this machine has. */
function verify(name: string): { readonly code: number; readonly complaints: readonly string[] } {
  for (const unit of units) {
    const text = readFileSync(join(copy, unit), 'utf8');
    writeFileSync(join(copy, unit), text.replace('/usr/local/bin/vnet', '/bin/true'));
  }
  const { code, stdout, stderr } = execNow(['systemd-analyze', 'verify', '--man=no', join(copy, name)], {
    env: { SYSTEMD_LOG_LEVEL: 'warning' },
  });
  // Units of the machine itself may be complained about: only ours are ours to mend.
  const complaints = `${stdout}${stderr}`.split('\n').filter((line) => line.includes('vnet-'));
  return { code, complaints };
}

describe('the systemd units', () => {
  it('are found', () => {
    expect(units.toSorted()).toEqual(['vnet-boot.service', 'vnet-reconcile.service', 'vnet-reconcile.timer']);
  });

  it.skipIf(!hasAnalyze).each(units)('%s passes systemd-analyze verify', (name) => {
    expect(verify(name)).toEqual({ code: 0, complaints: [] });
  });

  it.skipIf(!hasAnalyze)('would not pass with a misspelt key', () => {
    const unit = join(copy, 'vnet-reconcile.timer');
    writeFileSync(unit, readFileSync(unit, 'utf8').replace('OnBootSec', 'OnBootSecs'));
    expect(verify('vnet-reconcile.timer').complaints).toHaveLength(1);
  });

  it.each(units.filter((name) => name.endsWith('.service')))('%s runs a command that vnet has', (name) => {
    const command = /^ExecStart=\/usr\/local\/bin\/vnet (.*)$/m.exec(
      readFileSync(join(folder, name), 'utf8'),
    )?.[1];
    expect(parseArguments((command ?? '').split(' '), '0')).toMatchObject({
      kind: 'request',
      request: { verb: 'reconcile', dryRun: false, limit: 'hitless' },
    });
  });

  it('comes before every container runtime and kubelet at boot', () => {
    const text = readFileSync(join(folder, 'vnet-boot.service'), 'utf8');
    const before = /^Before=(.*)$/m.exec(text)?.[1]?.split(' ') ?? [];
    expect(before.toSorted()).toEqual([
      'containerd.service',
      'crio.service',
      'docker.service',
      'kubelet.service',
    ]);
  });

  it('does not let a missing document end the timer', () => {
    expect(readFileSync(join(folder, 'vnet-reconcile.service'), 'utf8')).not.toMatch(/^Condition/m);
  });
});
