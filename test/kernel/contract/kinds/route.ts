/** The contract on routes. */
import assert from 'node:assert/strict';
import { beforeEach, expect, it } from 'vitest';
import { HOST, type RouteObject } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { addressOf, podLinkOf, routeOf, vethOf } from '../builders.ts';
import { BRIDGE } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

const GATEWAY = '10.240.0.1';

export default function describeRoutes(testbed: CurrentTestbed): void {
  beforeEach(() =>
    must(
      testbed(),
      create(BRIDGE),
      create(addressOf('azure0', '10.240.0.4/16')),
      create(addressOf('eth0', '10.240.0.4/16')),
      create(addressOf('azure0', 'fd00::4/64')),
    ),
  );

  const routes: readonly RouteObject[] = [
    routeOf('default', 'azure0', { via: GATEWAY }),
    routeOf('default', 'azure0', { via: GATEWAY, metric: 100, protocol: 16, source: '10.240.0.4', scope: 0 }),
    routeOf('168.63.129.16/32', 'azure0', { via: GATEWAY, metric: 100 }),
    routeOf('169.254.169.254/32', 'azure0', { scope: 253 }),
    routeOf('10.9.0.0/16', 'azure0', { source: '10.240.0.4' }),
    routeOf('10.9.0.0/16', 'azure0', { via: GATEWAY, table: 100 }),
    routeOf('10.9.0.0/16', 'azure0', { via: GATEWAY, table: 1000 }),
    routeOf('10.9.0.0/16', 'azure0', { via: '192.0.2.1', onLink: true }),
    routeOf('10.9.0.0/16', 'azure0', { via: GATEWAY, mtuBytes: 1400 }),
    routeOf('10.9.0.0/16', 'azure0', { protocol: 4 }),
    routeOf('fd09::/64', 'azure0', { via: 'fd00::1', metric: 100 }),
    routeOf('default', 'azure0', { family: 6, via: 'fe80::1', metric: 1024 }),
    routeOf('fd09::/64', 'azure0', { metric: 1024, source: 'fd00::4' }),
  ];
  it.each(routes)('is created, seen and deleted, each of them once: $to $via $table $metric', (route) => {
    expectLife(testbed(), route);
  });

  it('lives beside routes to the same prefix with another metric or in another table', () => {
    const three = [{}, { metric: 100 }, { table: 100 }].map((more) => routeOf('10.9.0.0/16', 'azure0', more));
    must(testbed(), ...three.map((route) => create(route)));
    for (const route of three) expectHolds(see(testbed()), route);
    for (const route of three) {
      must(testbed(), destroy(route));
      expectLacks(see(testbed()), route);
    }
  });

  it('is not deleted in the place of an absent one without a metric', () => {
    const other = routeOf('10.9.0.0/16', 'azure0', { metric: 100 });
    must(testbed(), create(other));
    expect(outcomes(testbed(), [destroy(routeOf('10.9.0.0/16', 'azure0'))])).toEqual(['unchanged']);
    expectHolds(see(testbed()), other);
  });

  it('is refused where another route has prefix, table and metric', () => {
    must(testbed(), create(routeOf('default', 'eth0', { via: GATEWAY })));
    expectRefusal(testbed(), create(routeOf('default', 'azure0', { via: GATEWAY })), 'exists');
    expectHolds(see(testbed()), routeOf('default', 'eth0', { via: GATEWAY }));
  });

  it('moves from the uplink to the bridge in one change, and the old one can no longer be deleted', () => {
    const more = { via: GATEWAY, metric: 100, source: '10.240.0.4', protocol: 16 };
    const [old, fresh] = [routeOf('default', 'eth0', more), routeOf('default', 'azure0', more)];
    must(testbed(), create(old), update(old, fresh));
    expectHolds(see(testbed()), fresh);
    expect(Array.from(see(testbed()).keys()).filter((key) => key.startsWith('route default'))).toHaveLength(
      1,
    );
    expect(outcomes(testbed(), [destroy(old), update(old, fresh)])).toEqual(['unchanged', 'unchanged']);
    expectHolds(see(testbed()), fresh);
  });

  it.each<[Partial<RouteObject>, Partial<RouteObject>]>([
    [{}, { via: GATEWAY }],
    [{ via: GATEWAY }, { via: '10.240.0.2' }],
    [{}, { source: '10.240.0.4' }],
    [{ protocol: 3 }, { protocol: 118 }],
    [{ via: GATEWAY }, { via: GATEWAY, mtuBytes: 1400 }],
  ])('changes from %j to %j', (before, after) => {
    const [have, want] = [routeOf('10.9.0.0/16', 'azure0', before), routeOf('10.9.0.0/16', 'azure0', after)];
    must(testbed(), create(have), update(have, want));
    expectHolds(see(testbed()), want);
    expect(outcomes(testbed(), [update(have, want)])).toEqual(['unchanged']);
  });
  describeTypes(testbed);
  describeRefusals(testbed);
}

/** Routes of other types, of several next hops, for a source prefix, and with a lifetime. */
function describeTypes(testbed: CurrentTestbed): void {
  const hops = [
    { dev: 'azure0', via: GATEWAY },
    { dev: 'azure0', via: '10.240.0.2', weight: 3 },
  ] as const;
  const hops6 = [
    { dev: 'azure0', via: 'fd00::1' },
    { dev: 'azure0', via: 'fd00::2', weight: 2 },
  ] as const;
  it.each([
    routeOf('10.9.0.0/16', 'azure0', { nextHops: hops, metric: 100 }),
    routeOf('10.9.0.0/16', 'azure0', {
      nextHops: [hops[0], { dev: 'eth0', via: '10.240.0.3', onLink: true }],
    }),
    routeOf('fd09::/64', 'azure0', { nextHops: hops6, metric: 100 }),
    routeOf('10.9.0.0/16', 'azure0', { type: 'local', table: 255, scope: 254 }),
    routeOf('239.1.0.0/16', 'azure0', { type: 'multicast' }),
    routeOf('10.9.0.0/16', '', { type: 'blackhole', scope: 0 }),
    routeOf('10.9.0.0/16', '', { type: 'throw', table: 100, scope: 0 }),
    routeOf('fd09::/64', 'azure0', { from: 'fd00::4/128', via: 'fd00::1', metric: 100 }),
  ])('of any type, with any number of next hops, lives as others do: $to $type $from', (route) => {
    // Those without an interface are never ours to make.
    if (route.dev === '') testbed().tamper(create(route));
    else expectLife(testbed(), route);
    must(testbed(), ...(route.dev === '' ? [] : [create(route)]));
    expectHolds(see(testbed()), route);
  });

  it('moves with several next hops, and one of them only', () => {
    const more = { metric: 100 };
    const [old, fresh] = ['eth0', 'azure0'].map((dev) =>
      routeOf('10.9.0.0/16', dev, { ...more, nextHops: hops.map((hop) => ({ ...hop, dev })) }),
    );
    assert(old !== undefined && fresh !== undefined);
    must(testbed(), create(old), update(old, fresh));
    expectHolds(see(testbed()), fresh);
    expect(outcomes(testbed(), [update(old, fresh)])).toEqual(['unchanged']);
  });

  it('expires after its lifetime, in IPv6', () => {
    const route = routeOf('fd09::/64', 'azure0', { via: 'fd00::1', metric: 100, lifetimeSeconds: 600 });
    must(testbed(), create(route));
    const seen = see(testbed()).get('route fd09::/64 metric 100');
    expect(seen).toMatchObject({ dynamic: true });
    expect(seen?.kind === 'route' ? (seen.lifetimeSeconds ?? 0) : 0).toBeGreaterThan(500);
  });
}

/** Where a route is refused, and how it finds its gateway. */
function describeRefusals(testbed: CurrentTestbed): void {
  it('is created by an update if it does not exist', () => {
    const want = routeOf('10.9.0.0/16', 'azure0', { via: GATEWAY });
    must(testbed(), update(routeOf('10.9.0.0/16', 'azure0'), want));
    expectHolds(see(testbed()), want);
  });

  it.each<[string, RouteObject]>([
    ['a gateway that is not on link', routeOf('10.9.0.0/16', 'azure0', { via: '192.0.2.1' })],
    ['an IPv6 gateway that is not on link', routeOf('fd09::/64', 'azure0', { via: 'fd99::1', metric: 100 })],
    ['a source that is no address of the node', routeOf('10.9.0.0/16', 'azure0', { source: '10.240.0.77' })],
  ])('is refused with %s', (_what, route) => {
    expectRefusal(testbed(), create(route), 'invalid');
    expectRefusal(testbed(), update(route, { ...route, protocol: 4 }), 'invalid');
    expectLacks(see(testbed()), route);
  });

  it('is refused on a device that is down or not there, and in a namespace that is gone', () => {
    must(testbed(), update(BRIDGE, { ...BRIDGE, up: false }));
    expectRefusal(testbed(), create(routeOf('10.9.0.0/16', 'azure0')), 'invalid');
    expectRefusal(testbed(), create(routeOf('10.9.0.0/16', 'none')), 'not-found');
    expectRefusal(
      testbed(),
      create({ ...routeOf('10.9.0.0/16', 'eth0'), netns: '/run/netns/none' }),
      'not-found',
    );
    expect(outcomes(testbed(), [destroy(routeOf('10.9.0.0/16', 'none'))])).toEqual(['unchanged']);
  });

  it('finds its gateway by a /32 route on link where the address has no prefix route', () => {
    const route = routeOf('default', 'azure0', { via: '192.0.2.1' });
    const onLink = routeOf('192.0.2.1/32', 'azure0', { scope: 253 });
    expectRefusal(testbed(), create(route), 'invalid');
    must(testbed(), create(addressOf('azure0', '192.0.2.7/24', { noPrefixRoute: true })));
    expectRefusal(testbed(), create(route), 'invalid');
    must(testbed(), create(onLink), create(route), destroy(onLink));
    expectHolds(see(testbed()), route);
  });

  it('does not find its gateway by a route of the scope that it has itself', () => {
    must(testbed(), create(routeOf('192.0.2.0/24', 'azure0', { scope: 0 })));
    expectRefusal(testbed(), create(routeOf('default', 'azure0', { via: '192.0.2.1' })), 'invalid');
  });

  it('lives in a pod as on the node', () => {
    const netns = testbed().addNamespace();
    const route = { ...routeOf('default', 'eth0', { via: GATEWAY, protocol: 4 }), netns };
    const address = { ...addressOf('eth0', '10.240.0.35/16'), netns };
    must(testbed(), create(vethOf(netns), podLinkOf(netns)), create(address), create(route));
    expectHolds(see(testbed(), [netns]), route);
    expectLacks(see(testbed(), [netns]), { ...route, netns: HOST });
    must(testbed(), destroy(route));
    expectLacks(see(testbed(), [netns]), route);
  });
}
