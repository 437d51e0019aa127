/** Contract of links. */
import { describe, expect, it } from 'vitest';
import { altNamesAttribute, hardwareOf } from '../../../../reconciler/model/kinds/hardware.ts';
import { endpointId, endpointMark } from '../../../../reconciler/model/names.ts';
import { HOST, type LinkObject } from '../../../../reconciler/model/state.ts';
import { describeLinkUpdates } from '../link-updates.ts';
import {
  addressOf,
  BRIDGE,
  bridgeOf,
  create,
  destroy,
  expectHolds,
  expectLacks,
  expectRefusal,
  must,
  neighbourOf,
  NIC,
  NIC_MAC,
  outcomes,
  POD_MAC,
  podLinkOf,
  routeOf,
  see,
  update,
  VETH,
  vethOf,
  expectLife,
  type Worlds,
} from '../world.ts';

export default function describeLinks(world: Worlds): void {
  describe('bridges', () => {
    describeBridges(world);
  });
  describe('veth pairs', () => {
    describeVeths(world);
  });
  describe('changes of an interface', () => {
    describeLinkUpdates(world);
  });
  describe('ownership of interfaces', () => {
    describeOwnership(world);
  });
}

function describeBridges(world: Worlds): void {
  it('is created, seen and deleted, each of them once', () => {
    expectLife(world(), BRIDGE);
  });

  it('is refused where another interface has the name', () => {
    must(world(), create(BRIDGE));
    const netns = world().addNamespace();
    expectRefusal(world(), create(vethOf(netns, { name: 'azure0', master: '' }), podLinkOf(netns)), 'exists');
    expectRefusal(world(), create({ ...BRIDGE, alias: 'vnet:other' }), 'exists');
    expectHolds(see(world()), BRIDGE);
  });

  it('is refused, and nothing touched, where the name is another name of an interface', () => {
    world().tamper(update(NIC, { ...NIC, rest: [altNamesAttribute(['azure0', 'b'])] }));
    const before = see(world());
    expect(hardwareOf(before.get('link eth0') as LinkObject).altNames).toEqual(['azure0', 'b']);
    expectRefusal(world(), create(BRIDGE), 'exists');
    expectRefusal(world(), update(bridgeOf('azure0'), bridgeOf('azure0', { mtuBytes: 1400 })), 'not-found');
    expect(see(world())).toEqual(before);
  });

  it.each([1500, 1400])(
    'keeps the MTU of %i that it was created with when smaller ports join',
    (mtuBytes) => {
      const netns = world().addNamespace();
      must(
        world(),
        create({ ...BRIDGE, mtuBytes }),
        create(vethOf(netns, { mtuBytes: 1300 }), podLinkOf(netns)),
      );
      expectHolds(see(world()), { ...BRIDGE, mtuBytes });
      must(world(), update(vethOf(netns), vethOf(netns, { mtuBytes: 9000 })));
      expectHolds(see(world()), { ...BRIDGE, mtuBytes });
    },
  );

  it('keeps an MTU that was set later', () => {
    const netns = world().addNamespace();
    must(
      world(),
      create(bridgeOf('azure0')),
      update(bridgeOf('azure0'), bridgeOf('azure0', { mtuBytes: 1400 })),
    );
    must(world(), create(vethOf(netns, { mtuBytes: 1300 }), podLinkOf(netns)));
    expectHolds(see(world()), bridgeOf('azure0', { mtuBytes: 1400 }));
  });

  it('keeps the MAC that it was created with when ports come and go', () => {
    const mac = '06:00:00:00:00:01';
    must(world(), create({ ...BRIDGE, mac }), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(world()), { ...BRIDGE, mac });
    must(world(), update({ ...NIC, master: 'azure0' }, { ...NIC, master: '' }));
    expectHolds(see(world()), { ...BRIDGE, mac });
  });

  it('keeps a MAC that was set later', () => {
    const mac = '06:00:00:00:00:01';
    must(world(), create(bridgeOf('azure0')), update(bridgeOf('azure0'), bridgeOf('azure0', { mac })));
    must(world(), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(world()), bridgeOf('azure0', { mac }));
  });

  it('without a set MAC has the lowest MAC of its ports', () => {
    const netns = world().addNamespace();
    const low = vethOf(netns, { mac: '02:00:00:00:00:01' });
    must(world(), create(bridgeOf('azure0')), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(world()), bridgeOf('azure0', { mac: NIC_MAC }));
    must(world(), create(low, podLinkOf(netns)));
    expectHolds(see(world()), bridgeOf('azure0', { mac: '02:00:00:00:00:01' }));
    must(world(), destroy(low));
    expectHolds(see(world()), bridgeOf('azure0', { mac: NIC_MAC }));
  });

  it('releases its ports when it is deleted; they stay as they are', () => {
    const address = addressOf('eth0', '10.240.0.4/16');
    must(
      world(),
      create(BRIDGE),
      create(address),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    expectHolds(see(world()), { ...NIC, master: 'azure0', port: { hairpin: false } });
    must(world(), destroy(BRIDGE));
    expectHolds(see(world()), { ...NIC, master: '', up: true });
    expectHolds(see(world()), address);
    expect(see(world()).get('link eth0')).not.toHaveProperty('port');
  });

  it('takes its addresses, routes and neighbours with it', () => {
    const objects = [
      addressOf('azure0', '10.240.0.4/16'),
      routeOf('10.9.0.0/16', 'azure0'),
      neighbourOf('10.240.0.9'),
    ];
    must(world(), create(BRIDGE), ...objects.map((object) => create(object)), destroy(BRIDGE));
    for (const object of objects) expectLacks(see(world()), object);
  });
}

function describeVeths(world: Worlds): void {
  it('is created with its peer inside the pod in one change: alias, MACs, MTUs, bridge, hairpin, up', () => {
    const netns = world().addNamespace();
    const [veth, pod] = [vethOf(netns), podLinkOf(netns)];
    must(world(), create(BRIDGE), create(veth, pod));
    const state = see(world(), [netns]);
    expectHolds(state, veth);
    expectHolds(state, { ...pod, peer: { netns: HOST, name: VETH } });
    expect(outcomes(world(), [create(veth, pod)])).toEqual(['unchanged']);
    expect(see(world(), [netns])).toEqual(state);
  });

  it('takes the peer and all that is on both ends with it when it is deleted', () => {
    const netns = world().addNamespace();
    const address = { ...addressOf('eth0', '10.240.0.35/16'), netns };
    const fdb = { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC } as const;
    must(world(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)), create(address), create(fdb));
    expectHolds(see(world(), [netns]), address);
    must(world(), destroy(vethOf(netns)));
    for (const gone of [vethOf(netns), podLinkOf(netns), address, fdb])
      expectLacks(see(world(), [netns]), gone);
    expect(outcomes(world(), [destroy(vethOf(netns))])).toEqual(['unchanged']);
  });

  it('goes when the namespace of its peer goes', () => {
    const netns = world().addNamespace();
    must(world(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    world().removeNamespace(netns);
    expectLacks(see(world()), vethOf(netns));
  });

  it('leaves nothing behind where it is refused', () => {
    const netns = world().addNamespace();
    const other = { ...vethOf(netns), name: 'azv0', alias: 'vnet:azure/2/eth0' };
    expectRefusal(world(), create(vethOf(netns), podLinkOf(netns)), 'not-found');
    must(world(), create(BRIDGE));
    expectRefusal(world(), create(vethOf('/run/netns/none'), podLinkOf('/run/netns/none')), 'not-found');
    expectLacks(see(world(), [netns]), vethOf(netns));
    expectLacks(see(world(), [netns]), podLinkOf(netns));
    must(world(), create(vethOf(netns), podLinkOf(netns)));
    expectRefusal(world(), create(other, podLinkOf(netns)), 'exists');
    expectLacks(see(world(), [netns]), other);
  });
}

function describeOwnership(world: Worlds): void {
  it('is told by an alias of whatever length the names give it', () => {
    must(world(), create(BRIDGE));
    const netns = world().addNamespace();
    const alias = endpointMark(endpointId('n'.repeat(128), 'c'.repeat(200), 'eth0'));
    const veth = vethOf(netns, { alias });
    expect(outcomes(world(), [create(veth, podLinkOf(netns))])).toEqual(['changed']);
    expectHolds(see(world(), [netns]), veth);
    expect(outcomes(world(), [destroy(veth)])).toEqual(['changed']);
  });

  it.each([
    ['a foreign bridge', bridgeOf('azure0', { alias: 'docker' })],
    ['a bridge without alias', bridgeOf('azure0')],
  ])('never deletes %s of our name', (_what, foreign) => {
    world().tamper(create(foreign));
    expectRefusal(world(), destroy(BRIDGE), 'refused');
    expectHolds(see(world()), foreign);
  });

  it('goes on after a change that failed, and gives one result for each', () => {
    const missing = addressOf('none', '10.240.0.4/16');
    const changes = [
      create(BRIDGE),
      create(missing),
      create(addressOf('azure0', '10.240.0.4/16')),
      destroy(missing),
    ];
    expect(outcomes(world(), changes)).toEqual(['changed', 'not-found', 'changed', 'unchanged']);
    expect(outcomes(world(), changes)).toEqual(['unchanged', 'not-found', 'unchanged', 'unchanged']);
  });
}
