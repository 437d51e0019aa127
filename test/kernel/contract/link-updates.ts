/** Contract of link changes. */
import { expect, it } from 'vitest';
import { HOST, type LinkObject } from '../../../reconciler/model/state.ts';
import {
  addressOf,
  BRIDGE,
  bridgeOf,
  create,
  expectHolds,
  expectLacks,
  expectRefusal,
  must,
  neighbourOf,
  NIC,
  outcomes,
  POD_MAC,
  podLinkOf,
  routeOf,
  see,
  update,
  VETH,
  vethOf,
  type Worlds,
} from './world.ts';

export function describeLinkUpdates(world: Worlds): void {
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
    const netns = world().addNamespace();
    const before = { ...vethOf(netns), multicast: true };
    must(
      world(),
      create(BRIDGE),
      create(bridgeOf('br1', { mtuBytes: 1500 })),
      create(before, podLinkOf(netns)),
    );
    expectHolds(see(world(), [netns]), before);
    const { port, ...after } = { ...before, ...more };
    const wanted = after.master === '' ? after : { ...after, ...(port === undefined ? {} : { port }) };
    must(world(), update(before, wanted));
    expectHolds(see(world(), [netns]), wanted);
    expectHolds(see(world(), [netns]), podLinkOf(netns));
    expect(outcomes(world(), [update(before, wanted)])).toEqual(['unchanged']);
  });

  it('renames a bridge that is up, with all that is on it, and once', () => {
    const netns = world().addNamespace();
    const [address, neighbour] = [addressOf('azure0', '10.240.0.35/16'), neighbourOf('10.240.0.36')];
    const route = routeOf('10.9.0.0/16', 'azure0', { via: '10.240.0.1' });
    must(world(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)));
    must(world(), create(address), create(route), create(neighbour));
    const renamed = { ...BRIDGE, name: 'br9', mtuBytes: 1400 };
    must(world(), update(BRIDGE, renamed));
    const seen = see(world(), [netns]);
    for (const object of [
      renamed,
      { ...vethOf(netns), master: 'br9' },
      { ...address, dev: 'br9' },
      { ...route, dev: 'br9' },
      { ...neighbour, dev: 'br9' },
    ])
      expectHolds(seen, object);
    expectLacks(seen, BRIDGE);
    expect(outcomes(world(), [update(BRIDGE, renamed)])).toEqual(['unchanged']);
    must(world(), create(bridgeOf('br1')));
    expectRefusal(world(), update(renamed, { ...renamed, name: 'br1' }), 'exists');
    must(world(), update(renamed, BRIDGE));
    expectHolds(see(world(), [netns]), vethOf(netns));
  });

  it('sets several fields at once', () => {
    must(world(), create(BRIDGE));
    const after = { ...BRIDGE, mtuBytes: 1400, alias: 'vnet:b', multicast: false, mac: '06:00:00:00:00:09' };
    must(world(), update({ ...BRIDGE, multicast: true }, after));
    expectHolds(see(world()), after);
  });

  it('is refused without such an interface, or such a bridge', () => {
    expectRefusal(world(), update(BRIDGE, { ...BRIDGE, mtuBytes: 1400 }), 'not-found');
    expectRefusal(world(), update({ ...NIC, master: '' }, { ...NIC, master: 'none' }), 'not-found');
    must(world(), create(BRIDGE), create(bridgeOf('br1')));
    expectRefusal(world(), update(BRIDGE, { ...BRIDGE, mtuBytes: 20 }), 'invalid');
    expectRefusal(
      world(),
      update({ ...bridgeOf('br1'), master: '' }, bridgeOf('br1', { master: 'azure0' })),
      'invalid',
    );
  });
  describeMoves(world);
}

/** The objects that a port keeps and loses when it moves to another bridge, or goes down. */
function describeMoves(world: Worlds): void {
  it('keeps IFF_MULTICAST, addresses and neighbours when the NIC joins a bridge', () => {
    const address = addressOf('eth0', '10.240.0.4/16');
    const route = routeOf('default', 'eth0', { via: '10.240.0.1' });
    must(world(), create(BRIDGE), create(address), create(route));
    must(world(), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    const state = see(world());
    expectHolds(state, { ...NIC, multicast: true, master: 'azure0' });
    expectHolds(state, address);
    expectHolds(state, route);
  });

  it('forgets fdb entries and hairpin of a port that moves to another bridge', () => {
    const netns = world().addNamespace();
    const fdb = { kind: 'fdb', netns: HOST, dev: VETH, mac: POD_MAC } as const;
    must(
      world(),
      create(BRIDGE),
      create(bridgeOf('br1')),
      create(vethOf(netns), podLinkOf(netns)),
      create(fdb),
    );
    expectHolds(see(world()), fdb);
    const { port: _port, ...moved } = vethOf(netns, { master: 'br1' });
    must(world(), { verb: 'update', have: vethOf(netns), want: moved, fields: ['master'] });
    expectLacks(see(world()), fdb);
    expectHolds(see(world(), [netns]), { ...moved, port: { hairpin: false } });
  });

  it('replaces an entry for its own MAC in the bridge that it joins', () => {
    const netns = world().addNamespace();
    const mac = '06:00:00:00:00:01';
    const entry = { kind: 'fdb', netns: HOST, dev: VETH, mac } as const;
    must(world(), create(BRIDGE), create(vethOf(netns), podLinkOf(netns)), create(entry));
    must(world(), update(NIC, { ...NIC, mac }));
    expectHolds(see(world()), entry);
    must(world(), update({ ...NIC, mac }, { ...NIC, mac, master: 'azure0' }));
    expectLacks(see(world()), entry);
  });

  it('gets the port flags that are wanted on the bridge that it moves to', () => {
    const netns = world().addNamespace();
    const moved = vethOf(netns, { master: 'br1' });
    must(world(), create(BRIDGE), create(bridgeOf('br1')), create(vethOf(netns), podLinkOf(netns)));
    must(world(), { verb: 'update', have: vethOf(netns), want: moved, fields: ['master', 'port'] });
    expectHolds(see(world(), [netns]), moved);
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
    must(world(), create(BRIDGE), create(address), ...gone.toReversed().map((object) => create(object)));
    for (const object of gone) expectHolds(see(world()), object);
    must(world(), update(BRIDGE, { ...BRIDGE, up: false }), update({ ...BRIDGE, up: false }, BRIDGE));
    for (const object of gone) expectLacks(see(world()), object);
    expectHolds(see(world()), address);
  });

  it('drops its neighbours when its MAC changes', () => {
    const neighbour = neighbourOf('10.240.0.9');
    must(world(), create(BRIDGE), create(neighbour));
    must(world(), update(BRIDGE, { ...BRIDGE, mac: '06:00:00:00:00:09' }));
    expectLacks(see(world()), neighbour);
  });
}
