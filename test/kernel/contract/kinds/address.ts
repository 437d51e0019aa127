/** Contract of addresses. */
import assert from 'node:assert/strict';
import { beforeEach, expect, it } from 'vitest';
import { normalisePrefix } from '../../../../reconciler/model/addresses/address.ts';
import type { Change } from '../../../../reconciler/model/ports/kernel.ts';
import { type AddressObject, HOST, keyOf, type RouteObject } from '../../../../reconciler/model/state.ts';
import { describeAddressAttributes, describeIpv6Routes } from '../address-attributes.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { addressOf, neighbourOf, podLinkOf, routeOf, vethOf } from '../builders.ts';
import { BRIDGE, NIC, VETH } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

/** The prefix route that Linux adds for an address. */
function prefixRouteOf({ netns, dev, address, metric }: AddressObject): RouteObject {
  const metricOf6 = address.includes(':') ? 256 : 0;
  return { ...routeOf(normalisePrefix(address), dev, { metric: metric ?? metricOf6, protocol: 2 }), netns };
}

export default function describeAddresses(testbed: CurrentTestbed): void {
  beforeEach(() => must(testbed(), create(BRIDGE)));

  it.each([
    addressOf('azure0', '10.240.0.4/16'),
    addressOf('azure0', '10.240.0.4/32'),
    addressOf('azure0', '10.240.0.4/16', { broadcast: '10.240.255.255' }),
    addressOf('azure0', '10.240.0.4/16', { label: 'azure0:1' }),
    addressOf('azure0', '10.240.0.4/16', { scope: 253 }),
    addressOf('azure0', '10.240.0.4/16', { metric: 100 }),
    addressOf('azure0', '10.240.0.4/16', { noPrefixRoute: true }),
    addressOf('azure0', 'fd00::4/64'),
    addressOf('azure0', 'fd00::4/128', { noPrefixRoute: true }),
    addressOf('azure0', 'fd00::4/64', { metric: 100 }),
  ])('is created, seen and deleted, each of them once: %j', (address) => {
    expectLife(testbed(), address);
  });
  describePrefixRoutes(testbed);
  describeAddressAttributes(testbed);
  describeIpv6Routes(testbed);
  describeDependants(testbed);
  describeChanges(testbed);
}

/** The prefix route that Linux adds for an address and deletes with it. */
function describePrefixRoutes(testbed: CurrentTestbed): void {
  it('does not list the prefix route that the kernel adds', () => {
    must(testbed(), create(addressOf('azure0', '10.240.0.4/16')), create(addressOf('azure0', 'fd00::4/64')));
    expect(Array.from(see(testbed()).keys()).filter((key) => key.startsWith('route'))).toEqual([]);
  });

  it.each([
    ['10.240.0.4/16', {}],
    ['10.240.0.4/16', { metric: 100 }],
    ['fd00::4/64', {}],
  ])('%s %j reports whether it has its prefix route, gets it back, and loses it again', (text, more) => {
    const address = addressOf('azure0', text, more);
    const whole = { ...address, prefixRoute: true };
    const isConnected = (): boolean => 'prefixRoute' in (see(testbed()).get(keyOf(address)) ?? {});
    must(testbed(), create(address));
    expect(isConnected()).toBe(true);
    expect(outcomes(testbed(), [create(whole), update(address, whole)])).toEqual(['unchanged', 'unchanged']);
    must(testbed(), destroy(prefixRouteOf(address)));
    expect(isConnected()).toBe(false);
    must(testbed(), update(address, whole));
    expect(isConnected()).toBe(true);
    expect(outcomes(testbed(), [update(address, whole)])).toEqual(['unchanged']);
    const back: Change = { verb: 'update', have: whole, want: address, fields: ['prefixRoute'] };
    must(testbed(), back);
    expect([isConnected(), outcomes(testbed(), [back])]).toEqual([false, ['unchanged']]);
    expect(Array.from(see(testbed()).keys()).filter((key) => key.startsWith('route'))).toEqual([]);
  });

  it('gets the prefix route back by the kernel: its interface comes up, its metric changes', () => {
    const address = addressOf('azure0', '10.240.0.4/16');
    const whole = { ...address, prefixRoute: true };
    const route = prefixRouteOf(address);
    must(testbed(), create(address), update(BRIDGE, { ...BRIDGE, up: false }));
    expect(see(testbed()).get(keyOf(address))).not.toHaveProperty('prefixRoute');
    expect(outcomes(testbed(), [update(address, whole)])).toEqual(['unchanged']);
    must(testbed(), update({ ...BRIDGE, up: false }, BRIDGE));
    expectHolds(see(testbed()), whole);
    const [fifty, sixty] = [50, 60].map((metric) => ({ ...address, metric }));
    must(testbed(), update(address, fifty ?? address));
    expectHolds(see(testbed()), { ...whole, metric: 50 });
    must(testbed(), destroy({ ...route, metric: 50 }), update(fifty ?? address, sixty ?? address));
    expectHolds(see(testbed()), { ...whole, metric: 60 });
  });

  it('does not get its prefix route back by another metric where it had none, as on Linux', () => {
    const address = addressOf('azure0', '10.240.0.4/16');
    const fifty = { ...address, metric: 50 };
    must(testbed(), create(address), destroy(prefixRouteOf(address)), update(address, fifty));
    expect(see(testbed()).get(keyOf(address))).not.toHaveProperty('prefixRoute');
    must(testbed(), update(fifty, { ...address, metric: 60, prefixRoute: true }));
    expectHolds(see(testbed()), { ...address, metric: 60, prefixRoute: true });
  });

  it('adds no prefix route for an address that is not the first of its prefix, nor a path to a gateway', () => {
    const [first, second] = ['10.240.0.4/16', '10.240.0.5/16'].map((text) => addressOf('azure0', text));
    assert(first !== undefined && second !== undefined);
    const route = routeOf('default', 'azure0', { via: '10.240.0.1' });
    must(testbed(), create(first), destroy(prefixRouteOf(first)), create(second));
    for (const one of [first, second])
      expect(see(testbed()).get(keyOf(one))).not.toHaveProperty('prefixRoute');
    expectRefusal(testbed(), create(route), 'invalid');
    must(testbed(), update(first, { ...first, prefixRoute: true }), create(route));
    for (const one of [first, second]) expectHolds(see(testbed()), { ...one, prefixRoute: true });
    expect(see(testbed()).get(keyOf(route))).toMatchObject({ dev: 'azure0' });
  });

  it('of a single host, or with noprefixroute, has no prefix route', () => {
    const some = [
      addressOf('azure0', '10.240.0.4/32'),
      addressOf('azure0', '10.241.0.4/16', { noPrefixRoute: true }),
    ];
    must(testbed(), ...some.map((address) => create(address)));
    for (const one of some) expect(see(testbed()).get(keyOf(one))).not.toHaveProperty('prefixRoute');
  });
}

/** Objects deleted with an address: others of its subnet, routes, neighbours. */
function describeDependants(testbed: CurrentTestbed): void {
  it('may be one of several in a subnet; deleting a later one keeps the others', () => {
    const addresses = ['4', '5', '6'].map((host) => addressOf('azure0', `10.240.0.${host}/16`));
    must(testbed(), ...addresses.map((address) => create(address)));
    must(testbed(), destroy(addressOf('azure0', '10.240.0.5/16')));
    expectLacks(see(testbed()), addressOf('azure0', '10.240.0.5/16'));
    for (const host of ['4', '6']) expectHolds(see(testbed()), addressOf('azure0', `10.240.0.${host}/16`));
  });

  it('that comes after another one of its subnet has no prefix route of another metric', () => {
    const later = { ...addressOf('azure0', '10.240.0.5/16'), metric: 50 };
    must(testbed(), create(addressOf('azure0', '10.240.0.4/16')), create(later));
    const routed = ['4', '5'].map((host) => see(testbed()).get(`address 10.240.0.${host}/16 dev azure0`));
    expect(routed).toMatchObject([{ prefixRoute: true }, { metric: 50, secondary: true }]);
    expect(routed[1]).not.toHaveProperty('prefixRoute');
  });

  it('is deleted with the later ones of its subnet unless the device promotes them', () => {
    const addresses = ['10.240.0.4/16', '10.240.0.5/16', '10.241.0.4/16', '10.240.0.6/17'].map((address) =>
      addressOf('azure0', address),
    );
    must(
      testbed(),
      ...addresses.map((address) => create(address)),
      destroy(addressOf('azure0', '10.240.0.4/16')),
    );
    const left = Array.from(see(testbed()).keys()).filter((key) => key.includes(' 10.24'));
    expect(left).toEqual(['address 10.240.0.6/17 dev azure0', 'address 10.241.0.4/16 dev azure0']);
  });

  it('leaves the later ones of its subnet where the device promotes them, the next one as the primary', () => {
    const name = 'net/ipv4/conf/azure0/promote_secondaries';
    must(testbed(), create({ kind: 'sysctl', netns: HOST, name, value: '1' }));
    const addresses = ['4', '5', '6', '7'].map((host) => addressOf('azure0', `10.240.0.${host}/16`));
    must(
      testbed(),
      ...addresses.map((address) => create(address)),
      destroy(addressOf('azure0', '10.240.0.4/16')),
    );
    const left = Array.from(see(testbed()).values()).flatMap((one) =>
      one.kind === 'address' && one.address.startsWith('10.240.0.') ? [one] : [],
    );
    const inOrder = left.toSorted((one, other) => (one.place ?? 0) - (other.place ?? 0));
    expect(inOrder.map(({ address, secondary }) => `${address} ${secondary ?? false}`)).toEqual([
      '10.240.0.5/16 false',
      '10.240.0.6/16 true',
      '10.240.0.7/16 true',
    ]);
  });

  it('is deleted with the routes that have it as source', () => {
    const [kept, gone] = ['10.8.0.0/16', '10.9.0.0/16'].map((to) =>
      routeOf(to, 'azure0', { source: '10.240.0.5' }),
    );
    const [first, second] = ['4', '5'].map((host) => addressOf('azure0', `10.240.0.${host}/16`));
    assert(first !== undefined && second !== undefined && kept !== undefined && gone !== undefined);
    const other = { ...kept, source: '10.240.0.4' };
    must(testbed(), create(first), create(second), create(other), create(gone), destroy(second));
    expectLacks(see(testbed()), gone);
    expectHolds(see(testbed()), other);
  });

  it.each([
    ['10.240.0.4/16', routeOf('10.9.0.0/16', 'eth0', { source: '10.240.0.4' }), undefined],
    ['fd00::4/64', routeOf('fd09::/64', 'eth0', { source: 'fd00::4', metric: 1024 }), 'fd00::4'],
  ])('%s gone with its device leaves of %o only what Linux leaves', (address, route, source) => {
    must(testbed(), create(addressOf('azure0', address)), create(route), destroy(BRIDGE));
    const left = see(testbed()).get(keyOf(route));
    expect(left?.kind === 'route' ? left.source : undefined).toBe(source);
    expect(left === undefined).toBe(source === undefined);
  });

  it('of IPv6 is only removed as source of the routes that have it', () => {
    const route = routeOf('fd09::/64', 'eth0', { source: 'fd00::4', metric: 1024 });
    const address = addressOf('azure0', 'fd00::4/64');
    must(testbed(), create(address), create(route), destroy(address));
    expect(see(testbed()).get(keyOf(route))).toMatchObject({ dev: 'eth0' });
    expect(see(testbed()).get(keyOf(route))).not.toHaveProperty('source');
  });

  it('leaves them while another device still has the address, as in a takeover', () => {
    const [old, fresh] = ['eth0', 'azure0'].map((dev) => addressOf(dev, '10.240.0.4/16'));
    const route = routeOf('default', 'azure0', { via: '10.240.0.1', source: '10.240.0.4', metric: 100 });
    assert(old !== undefined && fresh !== undefined);
    must(testbed(), create(old), create(fresh), create(route), destroy(old));
    expectHolds(see(testbed()), route);
  });

  it('is deleted with all IPv4 routes and neighbours of the device if it is the last one', () => {
    const address = addressOf('azure0', '10.240.0.4/16');
    const gone = [routeOf('default', 'azure0', { via: '10.240.0.1' }), neighbourOf('10.240.0.9')];
    const kept = [neighbourOf('fd00::9'), addressOf('azure0', 'fd00::4/64')];
    must(testbed(), create(address), ...[...gone, ...kept].map((object) => create(object)), destroy(address));
    for (const object of gone) expectLacks(see(testbed()), object);
    for (const object of kept) expectHolds(see(testbed()), object);
  });
}

/** Changes in place, refusals, and the namespace of a pod. */
function describeChanges(testbed: CurrentTestbed): void {
  it.each([
    ['metric', { metric: 50 }, { metric: 100 }],
    ['broadcast', {}, { broadcast: '10.240.255.255' }],
    ['label', {}, { label: 'azure0:1' }],
    ['noPrefixRoute', {}, { noPrefixRoute: true }],
  ])(
    'changes its %s; routes by its subnet stay only where that can be done in place',
    (field, before, after) => {
      const have = addressOf('azure0', '10.240.0.4/16', before);
      const want = addressOf('azure0', '10.240.0.4/16', after);
      const route = routeOf('default', 'azure0', { via: '10.240.0.1' });
      must(testbed(), create(have), create(route), update(have, want));
      expectHolds(see(testbed()), want);
      expect(see(testbed()).has('route default')).toBe(field === 'metric');
      expect(outcomes(testbed(), [update(have, want)])).toEqual(['unchanged']);
    },
  );

  it('is created by an update if it does not exist', () => {
    const want = addressOf('azure0', '10.240.0.4/16', { metric: 100 });
    must(testbed(), update(addressOf('azure0', '10.240.0.4/16'), want));
    expectHolds(see(testbed()), want);
  });

  it('is refused on a device that is not there, in a namespace that is gone, and where it cannot be', () => {
    const missing = addressOf('none', '10.240.0.4/16');
    expectRefusal(testbed(), create(missing), 'not-found');
    expect(outcomes(testbed(), [destroy(missing)])).toEqual(['unchanged']);
    const gone = { ...addressOf('eth0', '10.240.0.4/16'), netns: '/run/netns/none' };
    expectRefusal(testbed(), create(gone), 'not-found');
    expect(outcomes(testbed(), [destroy(gone)])).toEqual(['unchanged']);
    must(testbed(), create(addressOf('azure0', 'fd00::4/64')));
    expectRefusal(testbed(), create(addressOf('azure0', 'fd00::4/96')), 'exists');
    const name = 'net/ipv6/conf/azure0/disable_ipv6';
    must(testbed(), create({ kind: 'sysctl', netns: HOST, name, value: '1' }));
    expectLacks(see(testbed()), addressOf('azure0', 'fd00::4/64'));
    expectRefusal(testbed(), create(addressOf('azure0', 'fd00::4/64')), 'permission');
  });

  it('cannot be created if it exists with other properties', () => {
    must(testbed(), create(addressOf('azure0', '10.240.0.4/16')));
    expectRefusal(testbed(), create(addressOf('azure0', '10.240.0.4/16', { label: 'azure0:1' })), 'exists');
  });

  it('lives in a pod as on the node', () => {
    const netns = testbed().addNamespace();
    const address = { ...addressOf('eth0', '10.240.0.35/16'), netns };
    must(testbed(), create(vethOf(netns), podLinkOf(netns)), create(address));
    const whole = { ...address, prefixRoute: true };
    expectHolds(see(testbed(), [netns]), whole);
    expectLacks(see(testbed(), [netns]), { ...address, netns: HOST });
    must(testbed(), destroy(prefixRouteOf(address)));
    expect(see(testbed(), [netns]).get(keyOf(address))).not.toHaveProperty('prefixRoute');
    must(testbed(), update(address, whole));
    expectHolds(see(testbed(), [netns]), whole);
    must(testbed(), destroy(address));
    expectLacks(see(testbed(), [netns]), address);
    expectHolds(see(testbed()), { ...NIC, up: true });
    expect(see(testbed(), [netns]).has(`link ${VETH}`)).toBe(true);
  });
}
