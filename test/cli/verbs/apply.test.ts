import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type CliNode, makeCliNode } from '../simulated-node.ts';

/** Every call is a separate process; the kernel is simulated, the document is real. */
describe('vnet plan and vnet apply', () => {
  let node: CliNode;
  beforeAll(() => {
    node = makeCliNode();
  });
  afterAll(() => node.remove());

  const edited = (from: string, to: string): string => node.file('new.yaml', node.read().replace(from, to));
  const bridgeMtu = (): number | undefined => {
    const seen = node.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    const bridge = seen.ok ? seen.value.state.get('link azure0') : undefined;
    return bridge?.kind === 'link' ? bridge.mtuBytes : undefined;
  };

  it('plans a file without writing anything, and says by its exit code whether there is something to do', () => {
    const before = [node.read(), node.kernel.play((kernel) => kernel.dump())];
    expect(node.vnet('plan').code).toBe(0);
    expect(node.vnet('plan', '-f', node.file('same.yaml', node.read()))).toMatchObject({
      code: 0,
      stderr: '',
    });
    const planned = node.vnet('plan', '-f', edited('mtu: 1500 # as', 'mtu: 1400 # as'));
    expect(planned.code).toBe(2);
    expect(planned.stdout).toContain('~ networks.azure.bridge.mtu  want 1400  have 1500');
    expect(planned.stdout).toContain('mtu     want 1400  have 1500');
    const wrong = node.vnet('plan', '-f', edited('mtu: 1500 # as', 'mtuu: 1400 # as'));
    expect(wrong.code).toBe(65);
    expect(wrong.stderr).toMatch(/new\.yaml:23:7: error: .*unknown key "mtuu"\n +23 \| +mtuu: 1400/);
    expect(node.vnet('plan', '-f', '/nowhere.yaml').code).toBe(66);
    expect([node.read(), node.kernel.play((kernel) => kernel.dump())]).toEqual(before);
  });

  it('says the same as reconcile --dry-run about the document in force', () => {
    expect(node.vnet('plan').stdout).toBe(node.vnet('reconcile', '--dry-run').stdout);
  });

  it('refuses steps above the disruption limit, and shrinking a pool under a pod, each with its flag', () => {
    const mac = node.vnet(
      'apply',
      '-f',
      edited('name: azure0', 'name: azure0\n      mac: 02:00:00:00:00:99'),
    );
    expect([mac.code, mac.stderr]).toEqual([5, expect.stringContaining('--max-disruption flow-reset')]);
    expect(mac.stderr).toContain('pods: default/web-0');
    const smaller = edited('10.240.0.36-10.240.0.65', '10.240.0.37-10.240.0.65');
    const shrunk = node.vnet('apply', '-f', smaller);
    expect([shrunk.code, shrunk.stderr]).toEqual([5, expect.stringContaining('default/web-0 10.240.0.36')]);
    expect(node.vnet('apply', '-f', smaller, '--withdraw', '--dry-run').code).toBe(2);
    expect(node.read()).not.toContain('10.240.0.37-');
    const unasked = node.vnet(
      'apply',
      '--max-disruption',
      'flow-reset',
      '-f',
      edited('name: azure0', 'name: azure0\n      mac: 02:00:00:00:00:99'),
    );
    expect([unasked.code, unasked.stderr]).toEqual([5, expect.stringContaining('--yes')]);
  });

  it('puts a file in force, keeps its comments, and says unchanged the second time', () => {
    const text = node.read();
    const file = edited('mtu: 1500 # as the fabric has it', 'mtu: 1400 # overlay');
    const applied = node.vnet('apply', '-f', file, '-m', 'MTU for overlay');
    expect([applied.code, applied.stderr]).toEqual([0, '']);
    expect(applied.stdout).toMatch(/8 planned .*1 action;.*\n8 applied .*1 changed.*\n8 verified/);
    expect(node.read()).toBe(
      text
        .replace('mtu: 1500 # as the fabric has it', 'mtu: 1400 # overlay')
        .replace('generation: 7', 'generation: 8'),
    );
    expect(bridgeMtu()).toBe(1400);
    expect(node.exists('tentative.json')).toBe(false);
    expect(node.vnet('apply', '-f', file)).toMatchObject({ code: 0, stdout: 'unchanged\n' });
    expect(node.vnet('apply', '-f', edited('mtu: 1400', 'mtu: 1300'), '--if-generation', '7').code).toBe(4);
  });

  it('applies a saved plan, and refuses it when document or kernel have changed since', () => {
    const plan = `${node.root}/change.plan`;
    expect(node.vnet('plan', '-f', edited('mtu: 1400', 'mtu: 1450'), '--out', plan).code).toBe(2);
    expect(JSON.parse(node.read('../../../change.plan'))).toMatchObject({
      format: 'vnet.plan/1',
      steps: [{ action: 'update', key: 'link azure0' }],
      saved: { generation: 8, live: { fingerprint: expect.stringMatching(/^[0-9a-f]{40}$/) } },
    });
    const have = { kind: 'link', netns: '', name: 'azure0', type: 'bridge', mtuBytes: 1350 } as const;
    node.kernel.play((kernel) => kernel.tamper({ verb: 'update', want: have, have, fields: ['mtuBytes'] }));
    const stale = node.vnet('apply', '-f', plan);
    expect([stale.code, stale.stderr]).toEqual([4, expect.stringContaining('link azure0 changed')]);
    expect(stale.stdout).toContain('want 1450  have 1350');
    expect(node.vnet('reconcile').code).toBe(0);
    expect(node.vnet('apply', '-f', plan).code).toBe(0);
    expect(bridgeMtu()).toBe(1450);
    const again = node.vnet('apply', '-f', plan);
    expect([again.code, again.stderr]).toEqual([4, expect.stringMatching(/generation 8 .*\b9\b/)]);
  });

  it('merges a file that began from an older generation, and says which fields two have changed', () => {
    const older = node.read();
    expect(
      node.vnet(
        'apply',
        '-f',
        edited(
          'gateway: 10.240.0.1\n        addresses',
          'gateway: 10.240.0.1\n        quarantineSeconds: 60\n        addresses',
        ),
      ).code,
    ).toBe(0);
    const file = node.file('older.yaml', older.replace('mtu: 1450', 'mtu: 1350'));
    const merged = node.vnet('apply', '-f', file);
    expect([merged.code, merged.stderr]).toEqual([0, '']);
    expect(merged.stdout).toContain('networks.azure.pools.ipv4.quarantineSeconds');
    expect([node.read().includes('quarantineSeconds: 60'), bridgeMtu()]).toEqual([true, 1350]);
    const late = node.file('late.yaml', older.replace('mtu: 1450', 'mtu: 1300'));
    const conflict = node.vnet('apply', '-f', late);
    expect(conflict.code).toBe(4);
    expect(conflict.stderr).toContain(`networks.azure.bridge.mtu  base 1450  yours 1300  theirs 1350`);
    expect(node.vnet('plan', '-f', late).code).toBe(4);
  });

  it('counts as a round: later changes by others are drift, not pending', () => {
    const text = node.read().replace(/mtu: \d+ # as/, 'mtu: 1444 # as');
    expect(node.vnet('apply', '-f', node.file('new.yaml', text))).toMatchObject({ code: 0, stderr: '' });
    node.kernel.play((kernel) => {
      const seen = kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
      const bridge = seen.ok ? seen.value.state.get('link azure0') : undefined;
      if (bridge === undefined) throw new Error('there is no bridge');
      return kernel.apply([
        {
          verb: 'update',
          want: { ...bridge, mtuBytes: 1333 } as typeof bridge,
          have: bridge,
          fields: ['mtuBytes'],
        },
      ]);
    });
    const drift = node.vnet('drift');
    expect([drift.code, drift.stdout]).toEqual([2, expect.stringContaining('1 drifted')]);
  });
});
