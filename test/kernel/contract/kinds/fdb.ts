/** Contract of fdb entries. */
import { beforeEach, expect, it } from 'vitest';
import { type FdbObject, HOST } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { podLinkOf, vethOf } from '../builders.ts';
import { BRIDGE, NIC, NIC_MAC, POD_MAC, VETH } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

export default function describeFdb(testbed: CurrentTestbed): void {
  beforeEach(() => must(testbed(), create(BRIDGE)));

  const entry: FdbObject = { kind: 'fdb', netns: HOST, dev: VETH, mac: '0a:00:00:00:00:07' };

  it('are created on a port, seen and deleted, each of them once', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(vethOf(netns), podLinkOf(netns)));
    expectLife(testbed(), entry);
  });

  it('outlive a bridge and a port that are set down and up', () => {
    const netns = testbed().addNamespace();
    const [veth, down] = [vethOf(netns), vethOf(netns, { up: false })];
    must(testbed(), create(veth, podLinkOf(netns)), create(entry));
    must(testbed(), update(BRIDGE, { ...BRIDGE, up: false }), update(veth, down), update(down, veth));
    expectHolds(see(testbed(), [netns]), entry);
  });

  it('are replaced by the own MAC of their bridge or port', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(vethOf(netns), podLinkOf(netns)), create(entry));
    must(testbed(), update(BRIDGE, { ...BRIDGE, mac: entry.mac }));
    expectLacks(see(testbed()), entry);
  });

  it('omit entries that the bridge learned', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(vethOf(netns), podLinkOf(netns)));
    expect(Array.from(see(testbed()).values()).filter(({ kind }) => kind === 'fdb')).toEqual([]);
  });

  it('are refused on a link that is no port, and if another port has the MAC', () => {
    const netns = testbed().addNamespace();
    expectRefusal(testbed(), create(entry), 'not-found');
    expectRefusal(testbed(), create({ ...entry, dev: 'eth0' }), 'unsupported');
    must(
      testbed(),
      create(vethOf(netns), podLinkOf(netns)),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    must(testbed(), create(entry));
    expectRefusal(testbed(), create({ ...entry, dev: 'eth0' }), 'exists');
    expectRefusal(testbed(), create({ ...entry, mac: NIC_MAC }), 'exists');
    expectHolds(see(testbed()), entry);
    expect(outcomes(testbed(), [destroy({ ...entry, dev: 'none' })])).toEqual(['unchanged']);
    expect(outcomes(testbed(), [destroy({ ...entry, mac: POD_MAC })])).toEqual(['unchanged']);
  });

  it('are not deleted in the place of one of another port', () => {
    const netns = testbed().addNamespace();
    must(
      testbed(),
      create(vethOf(netns), podLinkOf(netns)),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    must(testbed(), create(entry));
    expect(outcomes(testbed(), [destroy({ ...entry, dev: 'eth0' })])).toEqual(['unchanged']);
    expectHolds(see(testbed()), entry);
  });
}
