/** The contract on nexthop objects. */
import { beforeEach, expect, it } from 'vitest';
import { HOST, type NexthopObject } from '../../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from '../changes.ts';
import { expectHolds, expectLacks, expectLife, expectRefusal, see } from '../expectations.ts';
import { addressOf, routeOf } from '../builders.ts';
import { BRIDGE, NIC } from '../objects.ts';
import type { CurrentTestbed } from '../testbed.ts';

function nexthopOf(id: number, dev: string, more: Partial<NexthopObject> = {}): NexthopObject {
  return { kind: 'nexthop', netns: HOST, id, dev, family: dev === '' ? 0 : 4, ...more };
}

export default function describeNexthops(testbed: CurrentTestbed): void {
  const via = '10.240.0.1';
  const first = nexthopOf(10, 'eth0', { via });
  const second = nexthopOf(11, 'eth0', { via: '10.240.0.2', protocol: 4 });
  const group = nexthopOf(20, '', { group: ['10', '11,3'] });
  beforeEach(() =>
    must(
      testbed(),
      create(BRIDGE),
      create(addressOf('eth0', '10.240.0.4/16')),
      create(addressOf('azure0', '10.240.0.4/16')),
      create(addressOf('eth0', 'fd00::4/64')),
    ),
  );

  it.each([
    first,
    second,
    nexthopOf(12, 'eth0'),
    nexthopOf(13, 'eth0', { via: '192.0.2.1', onLink: true }),
    nexthopOf(14, 'eth0', { family: 6, via: 'fd00::1' }),
  ])('is created, seen and deleted, each of them once: $id $via', (nexthop) => {
    expectLife(testbed(), nexthop);
  });

  it('may be a group of others, with weights, deleted with its last member', () => {
    must(testbed(), create(first), create(second));
    expectLife(testbed(), group);
    must(testbed(), create(group), destroy(first));
    expectHolds(see(testbed()), { ...group, group: ['11,3'] });
    must(testbed(), destroy(second));
    expectLacks(see(testbed()), group);
  });

  it('moves to another interface in one change, with the routes that use it', () => {
    const routes = [10, 20].map((nextHopId) => routeOf(`10.${nextHopId}.0.0/16`, 'eth0', { nextHopId }));
    must(testbed(), create(first), create(second), create(group), ...routes.map((route) => create(route)));
    for (const route of routes) expectHolds(see(testbed()), route);
    // A bridge without a port has no carrier.
    must(testbed(), update({ ...NIC, master: '' }, { ...NIC, master: 'azure0' }));
    must(testbed(), update(first, { ...first, dev: 'azure0' }), update(second, { ...second, dev: 'azure0' }));
    for (const route of routes) expectHolds(see(testbed()), { ...route, dev: 'azure0' });
    expect(outcomes(testbed(), [update(first, { ...first, dev: 'azure0' })])).toEqual(['unchanged']);
  });

  it('is deleted with the routes that use it', () => {
    const route = routeOf('10.9.0.0/16', 'eth0', { nextHopId: 10 });
    must(testbed(), create(first), create(route), destroy(first));
    expectLacks(see(testbed()), route);
  });

  it('is refused where the number is another one, on a device that is not there, and with members that are not', () => {
    must(testbed(), create(first));
    expectRefusal(testbed(), create({ ...first, via: '10.240.0.3' }), 'exists');
    expectRefusal(testbed(), create(nexthopOf(15, 'none')), 'not-found');
    expectRefusal(testbed(), create(nexthopOf(21, '', { group: ['99'] })), 'invalid');
    expectRefusal(testbed(), create(routeOf('10.9.0.0/16', 'eth0', { nextHopId: 99 })), 'invalid');
  });
}
