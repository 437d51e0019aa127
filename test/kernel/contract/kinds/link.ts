/** Contract of links. */
import { describe, expect, it } from 'vitest';
import { hardwareOf } from '../../../../reconciler/model/kinds/hardware.ts';
import { endpointId, endpointMark } from '../../../../reconciler/model/names.ts';
import { HOST, type LinkObject } from '../../../../reconciler/model/state.ts';
import { describeLinkUpdates } from '../link-updates.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectRefusal, see, expectLife } from '../expectations.ts';
import {
  altNamesAttribute,
  addressOf,
  bridgeOf,
  neighbourOf,
  podLinkOf,
  routeOf,
  vethOf,
} from '../builders.ts';
import { BRIDGE, NIC, NIC_MAC, POD_MAC, VETH } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

export default function describeLinks(testbed: CurrentTestbed): void {
  describe('bridges', () => {
    describeBridges(testbed);
  });
  describe('veth pairs', () => {
    describeVeths(testbed);
  });
  describe('changes of an interface', () => {
    describeLinkUpdates(testbed);
  });
  describe('ownership of interfaces', () => {
    describeOwnership(testbed);
  });
}

function describeBridges(testbed: CurrentTestbed): void {
  it('is created, seen and deleted, each of them once', () => {
    expectLife(testbed(), BRIDGE);
  });

  it('is refused where another interface has the name', () => {
    must(testbed(), create(BRIDGE));
    const netns = testbed().addNamespace();
    expectRefusal(
      testbed(),
      create(vethOf(netns, { name: 'azure0', master: '' }), podLinkOf(netns)),
      'exists',
    );
    expectRefusal(testbed(), create({ ...BRIDGE, alias: 'vnet:other' }), 'exists');
    expectHolds(see(testbed()), BRIDGE);
  });

  it('is refused, and nothing touched, where the name is another name of an interface', () => {
    testbed().tamper(update(NIC, { ...NIC, rest: [altNamesAttribute(['azure0', 'b'])] }));
    const before = see(testbed());
    expect(hardwareOf(before.get('link eth0') as LinkObject).altNames).toEqual(['azure0', 'b']);
    expectRefusal(testbed(), create(BRIDGE), 'exists');
    expectRefusal(testbed(), update(bridgeOf('azure0'), bridgeOf('azure0', { mtuBytes: 1400 })), 'not-found');
    expect(see(testbed())).toEqual(before);
  });

  it.each([1500, 1400])(
    'keeps the MTU of %i that it was created with when smaller ports join',
    (mtuBytes) => {
      const netns = testbed().addNamespace();
      must(
        testbed(),
        create({ ...BRIDGE, mtuBytes }),
        create(vethOf(netns, { mtuBytes: 1300 }), podLinkOf(netns)),
      );
      expectHolds(see(testbed()), { ...BRIDGE, mtuBytes });
      must(testbed(), update(vethOf(netns), vethOf(netns, { mtuBytes: 9000 })));
      expectHolds(see(testbed()), { ...BRIDGE, mtuBytes });
    },
  );

  it('keeps an MTU that was set later', () => {
    const netns = testbed().addNamespace();
    must(
      testbed(),
      create(bridgeOf('azure0')),
      update(bridgeOf('azure0'), bridgeOf('azure0', { mtuBytes: 1400 })),
    );
    must(testbed(), create(vethOf(netns, { mtuBytes: 1300 }), podLinkOf(netns)));
    expectHolds(see(testbed()), bridgeOf('azure0', { mtuBytes: 1400 }));
  });

  it('keeps the MAC that it was created with when ports come and go', () => {
    const mac = '06:00:00:00:00:01';
    must(testbed(), create({ ...BRIDGE, mac }), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(testbed()), { ...BRIDGE, mac });
    must(testbed(), update({ ...NIC, master: 'azure0' }, { ...NIC, master: '' }));
    expectHolds(see(testbed()), { ...BRIDGE, mac });
  });

  it('keeps a MAC that was set later', () => {
    const mac = '06:00:00:00:00:01';
    must(testbed(), create(bridgeOf('azure0')), update(bridgeOf('azure0'), bridgeOf('azure0', { mac })));
    must(testbed(), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(testbed()), bridgeOf('azure0', { mac }));
  });

  it('without a set MAC has the lowest MAC of its ports', () => {
    const netns = testbed().addNamespace();
    const low = vethOf(netns, { mac: '02:00:00:00:00:01' });
    must(testbed(), create(bridgeOf('azure0')), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    expectHolds(see(testbed()), bridgeOf('azure0', { mac: NIC_MAC }));
    must(testbed(), create(low, podLinkOf(netns)));
    expectHolds(see(testbed()), bridgeOf('azure0', { mac: '02:00:00:00:00:01' }));
    must(testbed(), destroy(low));
    expectHolds(see(testbed()), bridgeOf('azure0', { mac: NIC_MAC }));
  });

  it('releases its ports when it is deleted; they stay as they are', () => {
    const address = addressOf('eth0', '10.240.0.4/16');
    must(
      testbed(),
      create(BRIDGE),
      create(address),
      update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }),
    );
    expectHolds(see(testbed()), { ...NIC, master: 'azure0', port: { hairpin: false } });
    must(testbed(), destroy(BRIDGE));
    expectHolds(see(testbed()), { ...NIC, master: '', up: true });
    expectHolds(see(testbed()), address);
    expect(see(testbed()).get('link eth0')).not.toHaveProperty('port');
  });

  it('takes its addresses, routes and neighbours with it', () => {
    const objects = [
      addressOf('azure0', '10.240.0.4/16'),
      routeOf('10.9.0.0/16', 'azure0'),
      neighbourOf('10.240.0.9'),
    ];
    must(testbed(), create(BRIDGE), ...objects.map((object) => create(object)), destroy(BRIDGE));
    for (const object of objects) expectLacks(see(testbed()), object);
  });
}

function describeVeths(testbed: CurrentTestbed): void {
  it('is created with its peer inside the pod in one change: alias, MACs, MTUs, bridge, hairpin, up', () => {
    const netns = testbed().addNamespace();
    const [veth, pod] = [vethOf(netns), podLinkOf(netns)];
    must(testbed(), create(BRIDGE), create(veth, pod));
    const state = see(testbed(), [netns]);
    expectHolds(state, veth);
    expectHolds(state, { ...pod, peer: { netns: HOST, name: VETH } });
    expect(outcomes(testbed(), [create(veth, pod)])).toEqual(['unchanged']);
    expect(see(testbed(), [netns])).toEqual(state);
  });

  it('takes the peer and all that is on both ends with it when it is deleted', () => {
    const netns = testbed().addNamespace();
    const address = { ...addressOf('eth0', '10.240.0.35/16'), netns };
    const fdb = { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC } as const;
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)), create(address), create(fdb));
    expectHolds(see(testbed(), [netns]), address);
    must(testbed(), destroy(vethOf(netns)));
    for (const gone of [vethOf(netns), podLinkOf(netns), address, fdb])
      expectLacks(see(testbed(), [netns]), gone);
    expect(outcomes(testbed(), [destroy(vethOf(netns))])).toEqual(['unchanged']);
  });

  it('goes when the namespace of its peer goes', () => {
    const netns = testbed().addNamespace();
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    testbed().removeNamespace(netns);
    expectLacks(see(testbed()), vethOf(netns));
  });

  it('leaves nothing behind where it is refused', () => {
    const netns = testbed().addNamespace();
    const other = { ...vethOf(netns), name: 'azv0', alias: 'vnet:azure/2/eth0' };
    expectRefusal(testbed(), create(vethOf(netns), podLinkOf(netns)), 'not-found');
    must(testbed(), create(BRIDGE));
    expectRefusal(testbed(), create(vethOf('/run/netns/none'), podLinkOf('/run/netns/none')), 'not-found');
    expectLacks(see(testbed(), [netns]), vethOf(netns));
    expectLacks(see(testbed(), [netns]), podLinkOf(netns));
    must(testbed(), create(vethOf(netns), podLinkOf(netns)));
    expectRefusal(testbed(), create(other, podLinkOf(netns)), 'exists');
    expectLacks(see(testbed(), [netns]), other);
  });
}

function describeOwnership(testbed: CurrentTestbed): void {
  it('is recognised by its alias, of any length', () => {
    must(testbed(), create(BRIDGE));
    const netns = testbed().addNamespace();
    const alias = endpointMark(endpointId('n'.repeat(128), 'c'.repeat(200), 'eth0'));
    const veth = vethOf(netns, { alias });
    expect(outcomes(testbed(), [create(veth, podLinkOf(netns))])).toEqual(['changed']);
    expectHolds(see(testbed(), [netns]), veth);
    expect(outcomes(testbed(), [destroy(veth)])).toEqual(['changed']);
  });

  it.each([
    ['a foreign bridge', bridgeOf('azure0', { alias: 'docker' })],
    ['a bridge without alias', bridgeOf('azure0')],
  ])('never deletes %s of our name', (_what, foreign) => {
    testbed().tamper(create(foreign));
    expectRefusal(testbed(), destroy(BRIDGE), 'refused');
    expectHolds(see(testbed()), foreign);
  });

  it('goes on after a change that failed, and gives one result for each', () => {
    const missing = addressOf('none', '10.240.0.4/16');
    const changes = [
      create(BRIDGE),
      create(missing),
      create(addressOf('azure0', '10.240.0.4/16')),
      destroy(missing),
    ];
    expect(outcomes(testbed(), changes)).toEqual(['changed', 'not-found', 'changed', 'unchanged']);
    expect(outcomes(testbed(), changes)).toEqual(['unchanged', 'not-found', 'unchanged', 'unchanged']);
  });
}
