/** Contract on many changes at once: each has its own outcome, independent of the others. */
import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, type LinkObject, type NetnsPath } from '../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from './changes.ts';
import { expectHolds, expectLacks, see } from './expectations.ts';
import { altNamesAttribute, bridgeOf, neighbourOf, podLinkOf, vethOf } from './builders.ts';
import { BRIDGE, NIC } from './objects.ts';
import type { CurrentTestbed } from './testbed.ts';

/** More than share a datagram. */
const MANY = 70;

function manyVeths(netns: NetnsPath, count: number): LinkObject[] {
  return Array.from({ length: count }, (_, index) =>
    vethOf(netns, {
      name: `azv${index}`,
      alias: `vnet:azure/${index}/eth0`,
      peer: { netns, name: `p${index}` },
    }),
  );
}

function createPair(veth: LinkObject): Change {
  return create(veth, { ...podLinkOf(veth.peer?.netns ?? ''), name: veth.peer?.name ?? '' });
}

/** The outcomes if all of these changes are effective except those at the named places. */
function allBut(count: number, others: Readonly<Record<number, string>>): readonly string[] {
  return Array.from({ length: count }, (_, index) => others[index] ?? 'changed');
}

export function describeBatches(testbed: CurrentTestbed): void {
  it('of many pairs: a refused one affects no other, and leaves nothing', () => {
    const netns = testbed().addNamespace();
    testbed().tamper(create(bridgeOf('azv8', { mac: '06:00:00:00:00:0d' })));
    must(testbed(), create(BRIDGE));
    const veths = manyVeths(netns, MANY);
    const odd: Readonly<Record<number, LinkObject>> = {
      3: vethOf(netns, { name: 'azv3', master: 'none', peer: { netns, name: 'p3' } }),
      30: vethOf('/run/netns/none', { name: 'azv30' }),
      65: vethOf(netns, { name: 'azv65', peer: { netns, name: 'p0' } }),
    };
    const changes = veths.map((veth, index) => createPair(odd[index] ?? veth));
    const refused = { 3: 'not-found', 8: 'exists', 30: 'not-found', 65: 'exists' };
    expect(outcomes(testbed(), changes)).toEqual(allBut(MANY, refused));
    const state = see(testbed());
    for (const [index, veth] of veths.entries()) {
      const { peer: _, ...seen } = veth;
      if (!(index in refused)) expectHolds(state, seen);
      else if (index !== 8) expectLacks(state, veth);
    }
    expect(outcomes(testbed(), changes)).toEqual(
      allBut(MANY, refused).map((one) => (one === 'changed' ? 'unchanged' : one)),
    );
  });

  it('of many pairs: a link that has one of their names, or has it as another name, stays as it was', () => {
    const netns = testbed().addNamespace();
    const namesake = bridgeOf('azv1', { mac: '06:00:00:00:00:0d' });
    testbed().tamper(create(namesake));
    testbed().tamper(update(NIC, { ...NIC, rest: [altNamesAttribute(['azv2'])] }));
    const before = see(testbed());
    // The kernel refuses the settings of a port for a link that does not exist.
    const changes = manyVeths(netns, 4).map((veth) => {
      const { port: _, ...unbridged } = veth;
      return createPair({ ...unbridged, master: '' });
    });
    expect(outcomes(testbed(), changes)).toEqual(['changed', 'exists', 'exists', 'changed']);
    for (const key of ['link azv1', 'link eth0']) expect(see(testbed()).get(key)).toEqual(before.get(key));
  });

  it('of many neighbours and forwarding entries: a refused one affects no other', () => {
    const netns = testbed().addNamespace();
    const veths = manyVeths(netns, 12);
    must(testbed(), create(BRIDGE), ...veths.map(createPair), create(neighbourOf('10.240.0.50')));
    const macs = Array.from(
      { length: MANY },
      (_, index) => `0a:00:00:00:00:${index.toString(16).padStart(2, '0')}`,
    );
    const neighbours = macs.map((mac, index) => neighbourOf(`10.240.0.${index}`, mac));
    const entries = veths.map(({ name }, index) => ({
      kind: 'fdb' as const,
      netns: HOST,
      dev: index === 5 ? 'none' : name,
      mac: macs[index] ?? '',
    }));
    const changes = [...neighbours, ...entries].map((object) => create(object));
    expect(outcomes(testbed(), changes)).toEqual(
      allBut(changes.length, { 50: 'exists', [MANY + 5]: 'not-found' }),
    );
    const state = see(testbed());
    for (const [index, object] of [...neighbours, ...entries].entries()) {
      if (index !== 50 && index !== MANY + 5) expectHolds(state, object);
    }
    expectHolds(state, neighbourOf('10.240.0.50'));
  });

  it('of many deleted links: one that has become foreign is kept', () => {
    const netns = testbed().addNamespace();
    const veths = manyVeths(netns, 20);
    const [first, second, ...rest] = veths;
    assert(first !== undefined && second !== undefined);
    must(testbed(), create(BRIDGE), ...veths.slice(1).map(createPair));
    const stale = rest.map((veth, index) => (index === 4 ? { ...veth, alias: 'vnet:azure/old/eth0' } : veth));
    const changes = [first, second, second, ...stale].map((veth) => destroy(veth));
    expect(outcomes(testbed(), changes)).toEqual(
      allBut(changes.length, { 0: 'unchanged', 2: 'unchanged', 7: 'refused' }),
    );
    const left = Array.from(see(testbed()).keys()).filter((key) => key.startsWith('link azv'));
    expect(left).toEqual([`link ${rest[4]?.name ?? ''}`]);
  });
}
