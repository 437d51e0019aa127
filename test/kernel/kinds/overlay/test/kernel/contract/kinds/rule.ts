/** Contract of policy routing rules, and features that work for any kind in both registries. */
import { expect, it } from 'vitest';
import { itemLines } from '../../../../reconciler/cli/verbs/explain/items.ts';
import { listObjects } from '../../../../reconciler/cli/verbs/look/list-objects.ts';
import { NodeNotices } from '../../../../reconciler/kernel/monitor/notices.ts';
import { BodyReader } from '../../../../reconciler/kernel/netlink/reader.ts';
import { BodyWriter } from '../../../../reconciler/kernel/netlink/writer.ts';
import { ownershipOf } from '../../../../reconciler/model/ownership.ts';
import { policyOf } from '../../../../reconciler/model/policy.ts';
import { HOST, type NetObject, toState } from '../../../../reconciler/model/state.ts';
import { diff } from '../../../../reconciler/plan/diff.ts';
import { renderPlan } from '../../../../reconciler/plan/text.ts';
import {
  BRIDGE,
  create,
  destroy,
  expectHolds,
  expectLacks,
  expectLife,
  expectRefusal,
  must,
  outcomes,
  see,
  update,
  type CurrentTestbed,
} from '../testbed.ts';

type Rule = Extract<NetObject, { kind: 'rule' }>;

const RULE: Rule = { kind: 'rule', netns: HOST, priority: 1000, table: 100, protocol: 118 };
const FROM: Rule = { ...RULE, priority: 1001, from: '10.240.0.0/16' };

export default function describeRules(testbed: CurrentTestbed): void {
  it.each([RULE, FROM])('is created, observed and deleted, each once: $priority', (rule) => {
    expectLife(testbed(), rule);
  });

  it('can be moved to another table', () => {
    const after = { ...RULE, table: 101 };
    must(testbed(), create(RULE), update(RULE, after));
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(RULE, after)])).toEqual(['unchanged']);
  });

  it('is refused if another one has its priority, and in a deleted namespace', () => {
    must(testbed(), create(RULE));
    expectRefusal(testbed(), create({ ...RULE, table: 101 }), 'exists');
    expectRefusal(testbed(), create({ ...RULE, netns: '/run/netns/none' }), 'not-found');
    expectHolds(see(testbed()), RULE);
  });

  it('is looked up individually', () => {
    must(testbed(), create(RULE), create(FROM));
    const seen = see(testbed(), [], { whole: false, devices: [], entries: [FROM] });
    expectHolds(seen, FROM);
    expectLacks(seen, RULE);
  });

  it('survives the deletion of an interface', () => {
    must(testbed(), create(BRIDGE), create(RULE), destroy(BRIDGE));
    expectHolds(see(testbed()), RULE);
  });

  it('is planned, ordered and shown', () => {
    must(testbed(), create({ ...RULE, table: 99 }), create({ ...FROM, priority: 7 }));
    const desired = { state: toState([RULE, FROM]), owners: new Map() };
    const document = { apiVersion: 'vnet.azure/v2', networks: {} } as unknown as Parameters<
      typeof ownershipOf
    >[0];
    const plan = diff({
      generation: 1,
      desired,
      observed: see(testbed()),
      owns: ownershipOf(document),
      podsOf: () => [],
    });
    expect(plan.steps.map(({ key, change, disruption }) => `${change.verb} ${key} ${disruption}`)).toEqual([
      'update rule 1000 hitless',
      'create rule 1001 hitless',
      'delete rule 7 flow-reset',
    ]);
    expect(renderPlan(plan)).toContain('lookup  want 100  have 99');
    must(testbed(), ...plan.steps.map(({ change }) => change));
    expectHolds(see(testbed()), RULE);
    expectHolds(see(testbed()), FROM);
    const items = [FROM].map((want) => ({
      key: 'rule 1001',
      owner: undefined,
      want,
      have: want,
      state: 'ok' as const,
      differences: [],
    }));
    expect(itemLines(items)[0]).toMatchObject({ item: 'rule 1001', have: 'from 10.240.0.0/16 lookup 100' });
    expect(listObjects('rules', document, items, 'live').rows[0]?.cells).toEqual([
      '1001',
      '10.240.0.0/16',
      '100',
      'vnet',
      '',
    ]);
    expect(policyOf({ policy: { routes: 'report' } } as never, RULE)).toBe('report');
  });

  it('is announced', () => {
    const body = new BodyWriter()
      .put8(2)
      .put8(0)
      .put16(0)
      .put32(1 << 24)
      .put32(0);
    body.u32(6, 1000).u32(15, 100).u8(21, 118);
    const message = { type: 32, portId: 7, body: BodyReader.of(body.finish()) };
    expect(new NodeNotices().of(message)).toEqual([{ verb: 'set', object: RULE, portId: 7 }]);
  });
}
