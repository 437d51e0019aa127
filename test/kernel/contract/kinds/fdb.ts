/** Contract of fdb entries. */
import { beforeEach, expect, it } from 'vitest';
import { type FdbObject, HOST } from '../../../../reconciler/model/state.ts';
import {
  BRIDGE,
  create,
  destroy,
  expectHolds,
  expectLacks,
  expectLife,
  expectRefusal,
  must,
  NIC,
  NIC_MAC,
  outcomes,
  POD_MAC,
  podLinkOf,
  see,
  update,
  VETH,
  vethOf,
  type Worlds,
} from '../world.ts';

export default function describeFdb(world: Worlds): void {
  beforeEach(() => must(world(), create(BRIDGE)));

  const entry: FdbObject = { kind: 'fdb', netns: HOST, dev: VETH, mac: '0a:00:00:00:00:07' };

  it('are created on a port, seen and deleted, each of them once', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    expectLife(world(), entry);
  });

  it('outlive a bridge and a port that are set down and up', () => {
    const netns = world().addNamespace();
    const [veth, down] = [vethOf(netns), vethOf(netns, { up: false })];
    must(world(), create(veth, podLinkOf(netns)), create(entry));
    must(world(), update(BRIDGE, { ...BRIDGE, up: false }), update(veth, down), update(down, veth));
    expectHolds(see(world(), [netns]), entry);
  });

  it('are replaced by the own MAC of their bridge or port', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)), create(entry));
    must(world(), update(BRIDGE, { ...BRIDGE, mac: entry.mac }));
    expectLacks(see(world()), entry);
  });

  it('omit entries that the bridge learned', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    expect(Array.from(see(world()).values()).filter(({ kind }) => kind === 'fdb')).toEqual([]);
  });

  it('are refused on a link that is no port, and if another port has the MAC', () => {
    const netns = world().addNamespace();
    expectRefusal(world(), create(entry), 'not-found');
    expectRefusal(world(), create({ ...entry, dev: 'eth0' }), 'unsupported');
    must(
      world(),
      create(vethOf(netns), podLinkOf(netns)),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    must(world(), create(entry));
    expectRefusal(world(), create({ ...entry, dev: 'eth0' }), 'exists');
    expectRefusal(world(), create({ ...entry, mac: NIC_MAC }), 'exists');
    expectHolds(see(world()), entry);
    expect(outcomes(world(), [destroy({ ...entry, dev: 'none' })])).toEqual(['unchanged']);
    expect(outcomes(world(), [destroy({ ...entry, mac: POD_MAC })])).toEqual(['unchanged']);
  });

  it('are not deleted in the place of one of another port', () => {
    const netns = world().addNamespace();
    must(
      world(),
      create(vethOf(netns), podLinkOf(netns)),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    must(world(), create(entry));
    expect(outcomes(world(), [destroy({ ...entry, dev: 'eth0' })])).toEqual(['unchanged']);
    expectHolds(see(world()), entry);
  });
}
