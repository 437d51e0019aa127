/** Contract of the nftables table. */
import { expect, it } from 'vitest';
import { PORT_RULES } from '../../../../reconciler/model/modes/bridge/rules.ts';
import { deriveNftTable } from '../../../../reconciler/model/nft-table.ts';
import { PolicyCompiler } from '../../../../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../../../../reconciler/model/policy/members.ts';
import { policyTable } from '../../../../reconciler/model/policy/table/table.ts';
import { keyOf, type NftTableObject } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectRefusal, see } from '../expectations.ts';
import { elementOf } from '../builders.ts';
import { TABLE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

const ELEMENTS = [
  elementOf('pods', '10.240.0.36', '0a:00:00:00:00:24'),
  elementOf('ports', 'azv5a6822c76a3'),
  elementOf('port_macs', 'azv5a6822c76a3 . 0a:00:00:00:00:24'),
  elementOf('port_ips', 'azv5a6822c76a3 . 10.240.0.36'),
];

/** The table before an update of vnet that adds a chain in front of all others. */
const BEFORE = deriveNftTable('bridge', [PORT_RULES]);

/** The table of network policies of these pods, which may receive on the port from the first one only. */
function policyOf(addresses: readonly string[], port: number): NftTableObject {
  const pods = addresses.map((address, index): PolicyPod => {
    const labels = { app: index === 0 ? 'web' : 'db' };
    return { namespace: 'x', name: `p${index}`, labels, addresses: [address], isLocal: true };
  });
  const from = [{ podSelector: { matchLabels: { app: 'web' } } }, { ipBlock: { cidr: '10.9.0.0/24' } }];
  const egress = [{ to: from, ports: [{ port, endPort: port + 9 }, { protocol: 'UDP' as const }] }];
  const policies = { 'x/p': { podSelector: {}, ingress: [{ from, ports: [{ port }] }, { from }], egress } };
  const input = {
    policies,
    namespaces: new Map(),
    pods,
    unknown: 'deny' as const,
    nodeCidrs: ['10.0.0.0/8'],
  };
  return policyTable(new PolicyCompiler().compile(input), input.nodeCidrs);
}

/** The table with one rule less, as before an update of vnet. */
const SHORTER: NftTableObject = {
  ...TABLE,
  rules: TABLE.rules.slice(0, -1),
  script: `${(TABLE.script ?? '').trimEnd().split('\n').slice(0, -1).join('\n')}\n`,
};

export default function describeTable(testbed: CurrentTestbed): void {
  it('is created by its script, and its rules are read in order, without the script', () => {
    must(testbed(), create(TABLE));
    expectHolds(see(testbed()), TABLE);
    expect(see(testbed()).get('nft-table bridge vnet')).not.toHaveProperty('script');
    expect(TABLE.rules.length).toBeGreaterThan(5);
    must(testbed(), destroy(TABLE));
    expectLacks(see(testbed()), TABLE);
    expect(outcomes(testbed(), [destroy(TABLE)])).toEqual(['unchanged']);
  });

  it('gets other rules by an update, and keeps its elements', () => {
    must(testbed(), create(TABLE), ...ELEMENTS.map((element) => create(element)), update(TABLE, SHORTER));
    expectHolds(see(testbed()), SHORTER);
    for (const element of ELEMENTS) expectHolds(see(testbed()), element);
    must(testbed(), update(SHORTER, TABLE));
    expectHolds(see(testbed()), TABLE);
  });

  it('gets a chain in front of its others by an update', () => {
    must(testbed(), create(BEFORE), update(BEFORE, TABLE));
    expectHolds(see(testbed()), TABLE);
    expect(outcomes(testbed(), [update(BEFORE, TABLE)])).toEqual(['unchanged']);
  });

  it('is deleted with its elements', () => {
    must(
      testbed(),
      create(TABLE),
      ...ELEMENTS.map((element) => create(element)),
      destroy(TABLE),
      create(TABLE),
    );
    for (const element of ELEMENTS) expectLacks(see(testbed()), element);
  });

  it('of network policies is created, read, and changed by its differences, with classes and without', async () => {
    await testbed().kernel.prepare();
    const pods = ['10.240.0.36', 'fd00::1', '10.240.0.37', 'fd00::2'];
    const first = policyOf(pods, 80);
    must(testbed(), create(first));
    const { script: _script, ...seen } = first;
    expect(see(testbed()).get(keyOf(first))).toEqual(seen);
    expect(Object.keys(seen.sets ?? {}).length).toBeGreaterThan(10);
    let before = first;
    for (const next of [
      policyOf(pods.slice(0, 3), 80),
      policyOf(pods, 81),
      policyOf([], 80),
      policyOf(pods, 443),
    ]) {
      must(testbed(), update(before, next));
      before = next;
      const { script: _next, ...rest } = next;
      expect(see(testbed()).get(keyOf(next))).toEqual(rest);
      expect(outcomes(testbed(), [update(next, next)])).toEqual(['unchanged']);
    }
    must(testbed(), destroy(first));
    expectLacks(see(testbed()), first);
  });

  it('is observed as missing when another nft deleted it', () => {
    must(testbed(), create(TABLE), create(elementOf('ports', 'azv1')));
    testbed().tamper(destroy(TABLE));
    expectLacks(see(testbed()), TABLE);
    expectLacks(see(testbed()), elementOf('ports', 'azv1'));
    expectRefusal(testbed(), create(elementOf('ports', 'azv1')), 'not-found');
  });
}
