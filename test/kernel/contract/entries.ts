/** The contract on neighbours, forwarding entries and settings. */
import { beforeEach, describe, expect, it } from 'vitest';
import { HOST, type FdbObject } from '../../../reconciler/model/state.ts';
import {
  BRIDGE,
  create,
  destroy,
  expectHolds,
  expectLacks,
  expectLife,
  expectRefusal,
  must,
  neighbourOf,
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
} from './world.ts';

export function describeEntries(world: Worlds): void {
  beforeEach(() => must(world(), create(BRIDGE)));
  describe('neighbours', () => {
    describeNeighbours(world);
  });
  describe('forwarding entries', () => {
    describeFdb(world);
  });
  describe('settings', () => {
    describeSysctls(world);
  });
}

function describeNeighbours(world: Worlds): void {
  it.each(['10.240.0.35', 'fd00::35'])('are created, seen and deleted, each of them once: %s', (address) => {
    expectLife(world(), neighbourOf(address));
  });

  it('change their MAC and their protocol', () => {
    const after = neighbourOf('10.240.0.35', '0a:00:00:00:00:02');
    must(
      world(),
      create({ ...neighbourOf('10.240.0.35'), protocol: 4 }),
      update(neighbourOf('10.240.0.35'), after),
    );
    expectHolds(see(world()), after);
    expect(outcomes(world(), [update(neighbourOf('10.240.0.35'), after)])).toEqual(['unchanged']);
  });

  it('are refused where another one has the address, and on a device that is not there', () => {
    must(world(), create(neighbourOf('10.240.0.35')));
    expectRefusal(world(), create(neighbourOf('10.240.0.35', '0a:00:00:00:00:02')), 'exists');
    expectHolds(see(world()), neighbourOf('10.240.0.35'));
    const missing = { ...neighbourOf('10.240.0.35'), dev: 'none' };
    expectRefusal(world(), create(missing), 'not-found');
    expectRefusal(world(), update(missing, { ...missing, protocol: 4 }), 'not-found');
    expect(outcomes(world(), [destroy(missing)])).toEqual(['unchanged']);
  });
}

function describeFdb(world: Worlds): void {
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

  it('give way to the own MAC of their bridge or port', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)), create(entry));
    must(world(), update(BRIDGE, { ...BRIDGE, mac: entry.mac }));
    expectLacks(see(world()), entry);
  });

  it('do not list what the bridge knows by itself', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    expect(Array.from(see(world()).values()).filter(({ kind }) => kind === 'fdb')).toEqual([]);
  });

  it('are refused on what is no port, and where another port has the MAC', () => {
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

function describeSysctls(world: Worlds): void {
  it.each(['net/ipv6/conf/azure0/accept_ra', 'net/ipv4/ip_forward'])('are set and seen: %s', (name) => {
    const setting = (value: string) => ({ kind: 'sysctl', netns: HOST, name, value }) as const;
    const scope = { sysctls: [{ netns: HOST, name }] };
    must(world(), create(setting('2')));
    expectHolds(see(world(), [], scope), setting('2'));
    expect(outcomes(world(), [create(setting('2'))])).toEqual(['unchanged']);
    must(world(), update(setting('2'), setting('0')));
    expectHolds(see(world(), [], scope), setting('0'));
    expectLacks(see(world()), setting('0'));
  });

  it('are absent, and refused, where there is no such device or namespace', () => {
    const name = 'net/ipv6/conf/none/accept_ra';
    const gone = { netns: '/run/netns/none', name: 'net/ipv4/ip_forward' };
    for (const one of [{ netns: HOST, name }, gone]) {
      const setting = { kind: 'sysctl', value: '0', ...one } as const;
      expectRefusal(world(), create(setting), 'not-found');
      expectLacks(see(world(), [], { sysctls: [one] }), setting);
    }
  });

  it('of a pod are not those of the node', () => {
    const netns = world().addNamespace();
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    const setting = { kind: 'sysctl', netns, name: 'net/ipv6/conf/eth0/accept_ra', value: '0' } as const;
    const onNode = { ...setting, netns: HOST };
    must(world(), create(setting));
    const state = see(world(), [netns], { sysctls: [setting, onNode] });
    expectHolds(state, setting);
    expectHolds(state, { ...onNode, value: '1' });
  });
}
