/** Contract of address labels, and features that work for any kind in both registries. */
import { expect, it } from 'vitest';
import { itemLines } from '../../../../reconciler/cli/verbs/explain/items.ts';
import { listObjects } from '../../../../reconciler/cli/verbs/look/list-objects.ts';
import { ownershipOf } from '../../../../reconciler/model/ownership.ts';
import { driftActionOf } from '../../../../reconciler/model/kinds/drift-policy.ts';
import { HOST, type NetObject, toState } from '../../../../reconciler/model/state.ts';
import { diff } from '../../../../reconciler/plan/diff.ts';
import { renderPlan } from '../../../../reconciler/plan/text.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { BRIDGE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

type Label = Extract<NetObject, { kind: 'addrlabel' }>;

const FIRST: Label = { kind: 'addrlabel', netns: HOST, prefix: 'fd00:1::/64', label: 118 };
const SECOND: Label = { ...FIRST, prefix: 'fd00:2::/32' };

export default function describeLabels(testbed: CurrentTestbed): void {
  it.each([FIRST, SECOND])('is created, observed and deleted, each once: $prefix', (label) => {
    expectLife(testbed(), label);
  });

  it('can get another number', () => {
    const after = { ...FIRST, label: 99 };
    must(testbed(), create(FIRST), update(FIRST, after));
    expectHolds(see(testbed()), after);
    expect(outcomes(testbed(), [update(FIRST, after)])).toEqual(['unchanged']);
  });

  it('is refused if another one has its prefix, and in a deleted namespace', () => {
    must(testbed(), create(FIRST));
    expectRefusal(testbed(), create({ ...FIRST, label: 99 }), 'exists');
    expectRefusal(testbed(), create({ ...FIRST, netns: '/run/netns/none' }), 'not-found');
    expectHolds(see(testbed()), FIRST);
  });

  it('is looked up individually', () => {
    must(testbed(), create(FIRST), create(SECOND));
    const seen = see(testbed(), [], { whole: false, devices: [], entries: [SECOND] });
    expectHolds(seen, SECOND);
    expectLacks(seen, FIRST);
  });

  it('survives the deletion of an interface', () => {
    must(testbed(), create(BRIDGE), create(FIRST), destroy(BRIDGE));
    expectHolds(see(testbed()), FIRST);
  });

  it('is planned, ordered and shown', () => {
    const gone = { ...SECOND, prefix: 'fd00:7::/64' };
    must(testbed(), create({ ...FIRST, label: 99 }), create(gone));
    const desired = { state: toState([FIRST, SECOND]), owners: new Map() };
    const document = { apiVersion: 'vnet.azure/v2', networks: {} } as unknown as Parameters<
      typeof ownershipOf
    >[0];
    const owns = ownershipOf(document);
    const plan = diff({ generation: 1, desired, observed: see(testbed()), owns, podsOf: () => [] });
    expect(plan.steps.map(({ key, change, disruption }) => `${change.verb} ${key} ${disruption}`)).toEqual([
      'update addrlabel fd00:1::/64 hitless',
      'create addrlabel fd00:2::/32 hitless',
      'delete addrlabel fd00:7::/64 flow-reset',
    ]);
    expect(renderPlan(plan)).toMatch(/label +want 118 +have 99/);
    must(testbed(), ...plan.steps.map(({ change }) => change));
    for (const label of [FIRST, SECOND]) expectHolds(see(testbed()), label);
    expectLacks(see(testbed()), gone);
    const [want, key] = [FIRST, 'addrlabel fd00:1::/64'];
    const items = [{ key, owner: undefined, want, have: want, state: 'ok' as const, differences: [] }];
    expect(itemLines(items)[0]).toMatchObject({ item: key, have: 'label 118' });
    const rows = listObjects('addrlabels', document, items, 'live').rows;
    expect(rows[0]?.cells).toEqual(['fd00:1::/64', '118', '']);
    expect(driftActionOf({ policy: { routes: 'report' } } as never, FIRST)).toBe('report');
  });
}
