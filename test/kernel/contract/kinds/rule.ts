/** The contract on policy routing rules. */
import { expect, it } from 'vitest';
import { RARE_WIRES } from '../../../../reconciler/kernel/kinds/rare/registry.ts';
import { registerRareWires } from '../../../../reconciler/kernel/kinds/registry.ts';
import { NodeNotices } from '../../../../reconciler/kernel/monitor/notices.ts';
import { BodyReader } from '../../../../reconciler/kernel/netlink/reader.ts';
import { BodyWriter } from '../../../../reconciler/kernel/netlink/writer.ts';
import { attributesOf } from '../../../../reconciler/model/kinds/words/attributes.ts';
import { ownershipOf } from '../../../../reconciler/model/ownership.ts';
import { HOST, type NetObject, toState } from '../../../../reconciler/model/state.ts';
import { diff } from '../../../../reconciler/plan/diff.ts';
import { documentOf } from '../../../support/node.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { BRIDGE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

type Rule = Extract<NetObject, { kind: 'rule' }>;

const RULE: Rule = { kind: 'rule', netns: HOST, family: 4, priority: 1000, table: 100, protocol: 118 };
const MARKED: Rule = { ...RULE, priority: 1180, mark: 0x100000, mask: 0x100000 };
const FROM: Rule = { ...RULE, priority: 1001, from: '10.240.0.0/16' };

const ALL: readonly Rule[] = [
  RULE,
  MARKED,
  FROM,
  { ...RULE, family: 6 },
  { ...MARKED, family: 6 },
  { ...FROM, family: 6, from: 'fd00::/64', to: 'fd01::1/128' },
  { ...RULE, mark: 7 },
  { ...RULE, to: '10.0.0.0/8', tos: 8, inverted: true },
  { ...RULE, table: 0, action: 7 },
  // iif eth0, and a range of ports.
  { ...FROM, table: 254, rest: attributesOf('rule', ['suppress_prefixlength 31']) },
  { ...RULE, rest: ['3 6574683000', '23 50005a00'] },
];

export default function describeRules(testbed: CurrentTestbed): void {
  it.each(ALL)('is created, observed and deleted, each once: %j', (rule) => {
    expectLife(testbed(), rule);
  });

  it('can be moved to another table', () => {
    const after = { ...MARKED, table: 101 };
    must(testbed(), create(MARKED), update(MARKED, after));
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(MARKED, after)])).toEqual(['unchanged']);
  });

  it('is one of several with its priority, for other packets or of the other family', () => {
    const all = [MARKED, { ...FROM, priority: 1180 }, { ...MARKED, family: 6 }] as const;
    must(testbed(), ...all.map((rule) => create(rule)));
    for (const rule of all) expectHolds(see(testbed()), rule);
    must(testbed(), destroy(MARKED));
    expectLacks(see(testbed()), MARKED);
    expectHolds(see(testbed()), all[1]);
    expectHolds(see(testbed()), all[2]);
  });

  it('is refused if another one has its priority and packets, and in a deleted namespace', () => {
    must(testbed(), create(RULE));
    expectRefusal(testbed(), create({ ...RULE, table: 101 }), 'exists');
    expectRefusal(testbed(), create({ ...RULE, netns: '/run/netns/none' }), 'not-found');
    expectHolds(see(testbed()), RULE);
  });

  it('is looked up individually, and survives the deletion of an interface', () => {
    must(testbed(), create(BRIDGE), create(RULE), create(FROM), destroy(BRIDGE));
    const seen = see(testbed(), [], { whole: false, devices: [], entries: [FROM] });
    expectHolds(seen, FROM);
    expectLacks(seen, RULE);
  });

  it('is deleted if it is ours, and kept if another program made it', () => {
    const foreign = { ...RULE, priority: 9, protocol: 4 };
    must(testbed(), create(foreign), create({ ...FROM, priority: 7 }));
    const desired = { state: toState([MARKED]), owners: new Map() };
    const owns = ownershipOf(documentOf([]));
    const plan = diff({ generation: 1, desired, observed: see(testbed()), owns, podsOf: () => [] });
    expect(plan.steps.map(({ key, change }) => `${change.verb} ${key}`)).toEqual([
      'create rule 1180 from all fwmark 0x100000/0x100000',
      'delete rule 7 from 10.240.0.0/16',
    ]);
  });

  it('is announced', () => {
    const body = new BodyWriter().put8(2).put8(0).put16(0).put8(0).put16(0).put8(1).put32(0);
    body.u32(6, 1180).u32(10, 0x100000).u32(16, 0x100000).u32(15, 100).u8(21, 118).u32(14, 0xffffffff);
    const message = { type: 32, portId: 7, body: BodyReader.of(body.finish()) };
    registerRareWires(RARE_WIRES);
    expect(new NodeNotices().of([message])).toEqual([{ verb: 'set', object: MARKED, portId: 7 }]);
  });
}
