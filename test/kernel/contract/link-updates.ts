/** Contract of link changes. */
import { expect, it } from 'vitest';
import { HOST, type LinkObject } from '../../../reconciler/model/state.ts';
import { create, must, outcomes, update } from './changes.ts';
import { expectHolds, expectLacks, expectRefusal, see } from './expectations.ts';
import { addressOf, bridgeOf, neighbourOf, podLinkOf, routeOf, vethOf } from './builders.ts';
import { BRIDGE, NIC, POD_MAC, VETH } from './objects.ts';
import type { CurrentTestbed } from './testbed.ts';

export function describeLinkUpdates(testbed: CurrentTestbed): void {
  const cases: readonly (readonly [string, Partial<LinkObject>])[] = [
    ['up', { up: false }],
    ['mac', { mac: '06:11:22:33:44:66' }],
    ['mtuBytes', { mtuBytes: 1300 }],
    ['multicast', { multicast: false }],
    ['alias', { alias: 'vnet:azure/other/eth0' }],
    ['master', { master: 'br1', port: { hairpin: false } }],
    ['no master', { master: '' }],
    ['port', { port: { hairpin: false } }],
  ];
  it.each(cases)('changes only the %s', (_field, more) => {
    const netns = testbed().addNamespace();
    const before = { ...vethOf(netns), multicast: true };
    must(
      testbed(),
      create(BRIDGE),
      create(bridgeOf('br1', { mtuBytes: 1500 })),
      create(before, podLinkOf(netns)),
    );
    expectHolds(see(testbed(), [netns]), before);
    const { port, ...after } = { ...before, ...more };
    const wanted = after.master === '' ? after : { ...after, ...(port === undefined ? {} : { port }) };
    must(testbed(), update(before, wanted));
    expectHolds(see(testbed(), [netns]), wanted);
    expectHolds(see(testbed(), [netns]), podLinkOf(netns));
    expect(outcomes(testbed(), [update(before, wanted)])).toEqual(['unchanged']);
  });

  it('renames a bridge that is up, with all that is on it, and once', () => {
    const netns = testbed().addNamespace();
    const [address, neighbour] = [addressOf('azure0', '10.240.0.35/16'), neighbourOf('10.240.0.36')];
    const route = routeOf('10.9.0.0/16', 'azure0', { via: '10.240.0.1' });
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    must(testbed(), create(address), create(route), create(neighbour));
    const renamed = { ...BRIDGE, name: 'br9', mtuBytes: 1400 };
    must(testbed(), update(BRIDGE, renamed));
    const seen = see(testbed(), [netns]);
    for (const object of [
      renamed,
      { ...vethOf(netns), master: 'br9' },
      { ...address, dev: 'br9' },
      { ...route, dev: 'br9' },
      { ...neighbour, dev: 'br9' },
    ])
      expectHolds(seen, object);
    expectLacks(seen, BRIDGE);
    expect(outcomes(testbed(), [update(BRIDGE, renamed)])).toEqual(['unchanged']);
    must(testbed(), create(bridgeOf('br1')));
    expectRefusal(testbed(), update(renamed, { ...renamed, name: 'br1' }), 'exists');
    must(testbed(), update(renamed, BRIDGE));
    expectHolds(see(testbed(), [netns]), vethOf(netns));
  });

  it('sets several fields at once', () => {
    must(testbed(), create(BRIDGE));
    const after = { ...BRIDGE, mtuBytes: 1400, alias: 'vnet:b', multicast: false, mac: '06:00:00:00:00:09' };
    must(testbed(), update({ ...BRIDGE, multicast: true }, after));
    expectHolds(see(testbed()), after);
  });

  it('is refused without such an interface, or such a bridge', () => {
    expectRefusal(testbed(), update(BRIDGE, { ...BRIDGE, mtuBytes: 1400 }), 'not-found');
    expectRefusal(testbed(), update({ ...NIC, master: '' }, { ...NIC, master: 'none' }), 'not-found');
    must(testbed(), create(BRIDGE), create(bridgeOf('br1')));
    expectRefusal(testbed(), update(BRIDGE, { ...BRIDGE, mtuBytes: 20 }), 'invalid');
    expectRefusal(
      testbed(),
      update({ ...bridgeOf('br1'), master: '' }, bridgeOf('br1', { master: 'azure0' })),
      'invalid',
    );
  });
  describeMoves(testbed);
}

/** The objects that a port keeps and loses when it moves to another bridge, or goes down. */
function describeMoves(testbed: CurrentTestbed): void {
  it('keeps IFF_MULTICAST, addresses and neighbours when the NIC joins a bridge', () => {
    const address = addressOf('eth0', '10.240.0.4/16');
    const route = routeOf('default', 'eth0', { via: '10.240.0.1' });
    must(testbed(), create(BRIDGE), create(address), create(route));
    must(testbed(), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    const state = see(testbed());
    expectHolds(state, { ...NIC, multicast: true, master: 'azure0' });
    expectHolds(state, address);
    expectHolds(state, route);
  });

  it('forgets fdb entries and hairpin of a port that moves to another bridge', () => {
    const netns = testbed().addNamespace();
    const fdb = { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC } as const;
    must(
      testbed(),
      create(BRIDGE),
      create(bridgeOf('br1')),
      create(vethOf(netns), podLinkOf(netns)),
      create(fdb),
    );
    expectHolds(see(testbed()), fdb);
    const { port: _port, ...moved } = vethOf(netns, { master: 'br1' });
    must(testbed(), { verb: 'update', have: vethOf(netns), want: moved, fields: ['master'] });
    expectLacks(see(testbed()), fdb);
    expectHolds(see(testbed(), [netns]), { ...moved, port: { hairpin: false } });
  });

  it('replaces an entry for its own MAC in the bridge that it joins', () => {
    const netns = testbed().addNamespace();
    const mac = '06:00:00:00:00:01';
    const entry = { kind: 'fdb', netns: HOST, dev: VETH, mac } as const;
    must(testbed(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)), create(entry));
    must(testbed(), update(NIC, { ...NIC, mac }));
    expectHolds(see(testbed()), entry);
    must(testbed(), update({ ...NIC, mac }, { ...NIC, mac, master: 'azure0' }));
    expectLacks(see(testbed()), entry);
  });

  it('gets the port flags that are wanted on the bridge that it moves to', () => {
    const netns = testbed().addNamespace();
    const moved = vethOf(netns, { master: 'br1' });
    must(testbed(), create(BRIDGE), create(bridgeOf('br1')), create(vethOf(netns), podLinkOf(netns)));
    must(testbed(), { verb: 'update', have: vethOf(netns), want: moved, fields: ['master', 'port'] });
    expectHolds(see(testbed(), [netns]), moved);
  });

  it('set down loses its routes, neighbours and IPv6 addresses, and keeps its IPv4 addresses', () => {
    const address = addressOf('azure0', '10.240.0.4/16');
    const gone = [
      routeOf('default', 'azure0', { via: '10.240.0.1' }),
      routeOf('10.9.0.0/16', 'azure0', { table: 100 }),
      routeOf('fd09::/64', 'azure0', { metric: 1024 }),
      neighbourOf('10.240.0.9'),
      neighbourOf('fd00::9'),
      addressOf('azure0', 'fd00::4/64'),
    ];
    must(testbed(), create(BRIDGE), create(address), ...gone.toReversed().map((object) => create(object)));
    for (const object of gone) expectHolds(see(testbed()), object);
    must(testbed(), update(BRIDGE, { ...BRIDGE, up: false }), update({ ...BRIDGE, up: false }, BRIDGE));
    for (const object of gone) expectLacks(see(testbed()), object);
    expectHolds(see(testbed()), address);
  });

  it('drops its neighbours when its MAC changes', () => {
    const neighbour = neighbourOf('10.240.0.9');
    must(testbed(), create(BRIDGE), create(neighbour));
    must(testbed(), update(BRIDGE, { ...BRIDGE, mac: '06:00:00:00:00:09' }));
    expectLacks(see(testbed()), neighbour);
  });
}
