import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { execNow } from '../../support/exec.ts';
import { type CliNode, makeCliNode } from '../simulated-node.ts';

let node: CliNode;
beforeAll(() => {
  node = makeCliNode();
  edit('s/mtu: 1500 # as/mtu: 1400 # not as/', 'overlay');
  edit('s/10.240.0.65/10.240.0.75/', 'more pods');
});
afterAll(() => node.remove());

function edit(script: string, why: string): void {
  const env = { ...node.env, VISUAL: undefined, EDITOR: `sed -i -e '${script}'` };
  const done = execNow(node.command('edit', '--yes', '-m', why), { env });
  expect(done.code).toBe(0);
}

describe('vnet history', () => {
  it('lists generations, newest first, with who, what and why', () => {
    const lines = node.vnet('history').stdout.trimEnd().split('\n');
    expect(lines[0]).toMatch(/^GENERATION +TIME +AUTHOR +CHANGES +REASON$/);
    expect(lines[1]).toMatch(/^9 .*vnet edit .*~ networks\.azure\.pools\.ipv4\.addresses .* more pods$/);
    expect(lines[2]).toMatch(/^8 .*~ networks\.azure\.bridge\.mtu 1500 → 1400 +overlay$/);
    expect(lines.at(-1)).toMatch(/^7 .*taken over .*initial state/);
    expect(node.vnet('history', '-n', '1').stdout.trimEnd().split('\n')).toHaveLength(2);
  });

  it('is a value for programs', () => {
    const records: unknown = JSON.parse(node.vnet('history', '-o', 'json').stdout);
    expect(records).toMatchObject([
      { generation: 9, author: { who: 'vnet edit', why: 'more pods' } },
      { generation: 8, changes: [{ path: 'networks.azure.bridge.mtu', before: 1500, after: 1400 }] },
      { generation: 7 },
    ]);
    expect(node.vnet('history', '-n', '1', '-o', 'yaml').stdout).toMatch(/^- generation: 9$/m);
  });
});

describe('vnet show', () => {
  it('prints a generation unchanged, comments included', () => {
    expect(node.vnet('show', '9').stdout).toBe(node.read());
    expect(node.vnet('show', '7').stdout).toContain('mtu: 1500 # as the fabric has it');
  });

  it('says which are kept', () => {
    const none = node.vnet('show', '99');
    expect([none.code, none.stderr.includes('the history has 7 to 9')]).toEqual([66, true]);
    expect(node.vnet('show', 'all').code).toBe(64);
  });
});

describe('vnet diff', () => {
  it('lists changes by path, and exits with 2', () => {
    const done = node.vnet('diff', '7', '8');
    expect(done).toMatchObject({ code: 2 });
    expect(done.stdout).toBe('from generation 7 to 8\n  ~ networks.azure.bridge.mtu 1500 → 1400\n1 change\n');
    expect(node.vnet('diff', '9')).toMatchObject({ code: 0, stdout: 'Generations 9 and 9 are equal.\n' });
    expect(JSON.parse(node.vnet('diff', '7', '-o', 'json').stdout)).toMatchObject({ from: 7, to: 9 });
  });
});

describe('vnet blame', () => {
  it('names the generation that last set each value', () => {
    const { stdout } = node.vnet('blame', 'networks.azure.bridge');
    expect(stdout).toMatch(/^networks\.azure\.bridge\.mtu +1400 +8 .*overlay$/m);
    expect(stdout).toMatch(/^networks\.azure\.bridge\.name +azure0 +7 or before$/m);
    expect(stdout).not.toContain('pool');
    expect(node.vnet('blame', 'networks.none').code).toBe(66);
  });
});

describe('vnet rollback', () => {
  it('makes a new generation of an old one, and lets endpoints be', () => {
    const pods = (): string => node.read().slice(node.read().indexOf('endpoints:'));
    const before = pods();
    const done = node.vnet('rollback', '7', '-m', 'it was better');
    expect(done.code).toBe(0);
    expect(node.read()).toContain('mtu: 1500 # as the fabric has it');
    expect([node.read().includes('generation: 10'), pods()]).toEqual([true, before]);
    expect(node.vnet('diff', '7')).toMatchObject({ code: 0 });
    expect(node.vnet('history', '-n', '1').stdout).toMatch(/vnet rollback .*it was better/);
    expect(node.vnet('rollback', '7').code).toBe(0);
    expect(node.read()).toContain('generation: 10\n');
  });

  it('revives no endpoint that is gone', () => {
    node.reboot();
    node.vnet('reconcile');
    expect(node.read()).not.toContain('default/web-0');
    expect(node.vnet('rollback', '8').code).toBe(0);
    expect(node.read()).toContain('mtu: 1400 # not as the fabric has it');
    expect(node.read()).not.toContain('default/web-0');
  });
});
