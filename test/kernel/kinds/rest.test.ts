/**
 * Attributes unknown to vnet are kept on Linux: observed, moved, restored, compared. ip(8) sets and reads
 * them.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNft } from '../../../reconciler/kernel/apply/nft-command.ts';
import type { RestAttributes } from '../../../reconciler/model/kinds/kind.ts';
import {
  type AddressObject,
  keyOf,
  type NetObject,
  type RouteObject,
  toState,
} from '../../../reconciler/model/state.ts';
import { diff } from '../../../reconciler/plan/diff.ts';
import { fingerprintOf } from '../../../reconciler/plan/fingerprint.ts';
import { invertSteps } from '../../../reconciler/plan/invert.ts';
import type { Plan } from '../../../reconciler/plan/step.ts';
import { renderPlan } from '../../../reconciler/plan/text.ts';
import { mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { openRealTestbed } from '../contract/real-testbed.ts';
import { create, destroy, must, outcomes, update } from '../contract/changes.ts';
import { see } from '../contract/expectations.ts';
import { addressOf, routeOf } from '../contract/builders.ts';
import { BRIDGE } from '../contract/objects.ts';
import type { Testbed } from '../contract/testbed.ts';

const METRICS = 'initcwnd 32 initrwnd 33 advmss 1360 quickack 1 hoplimit 77';
const ROUTE = `10.9.0.0/16 via 10.240.0.1 dev eth0 proto dhcp metric 100 mtu lock 1400 ${METRICS} realms 5/7`;

/**
 * Numbered as in include/uapi/linux/rtnetlink.h: type in RTA_METRICS (8), bytes of a little-endian machine.
 */
const REST: RestAttributes = [
  '8.1 04000000',
  '8.8 50050000',
  '8.10 4d000000',
  '8.11 20000000',
  '8.14 21000000',
  '8.15 01000000',
  '11 07000500',
];

let testbed: Testbed;

/** Reachability of the gateway is no property of a route. */
function ip(line: string): string {
  const { stdout } = mustExec(['ip', ...line.split(' ')]);
  return stdout.trim().replaceAll('linkdown ', '');
}

function seen(key: string): NetObject | undefined {
  return see(testbed).get(key);
}

function planTo(desired: readonly NetObject[], owned: readonly NetObject[] = []): Plan {
  return diff({
    generation: 1,
    desired: { state: toState(desired), owners: new Map() },
    observed: see(testbed),
    owns: (object) => owned.some((one) => keyOf(one) === keyOf(object)),
    podsOf: () => [],
  });
}

function apply(plan: Plan): void {
  must(testbed, ...plan.steps.map(({ change }) => change));
}

function openTestbed(): void {
  testbed = openRealTestbed(createNft(process.env));
  must(testbed, create(BRIDGE));
  for (const dev of ['eth0', 'azure0']) {
    must(testbed, create(addressOf(dev, '10.240.0.4/16')), create(addressOf(dev, 'fd00::4/64')));
  }
}

function closeTestbed(): void {
  testbed.close();
}

describe.skipIf(!hasNamespaces)('unknown attributes of a route', () => {
  beforeEach(openTestbed);
  afterEach(closeTestbed);
  const key = 'route 10.9.0.0/16 metric 100';
  /** As in the document: without attributes unknown to vnet. */
  const plain = routeOf('10.9.0.0/16', 'eth0', {
    via: '10.240.0.1',
    metric: 100,
    protocol: 16,
    mtuBytes: 1400,
  });
  const shown = (dev: string): string => ip(`-d route show 10.9.0.0/16 dev ${dev}`);
  beforeEach(() => void ip(`route add ${ROUTE}`));

  it("are observed, in the kernel's order", () => {
    expect(seen(key)).toEqual({ ...plain, scope: 0, rest: REST });
  });

  it('move to another interface with it, and back', () => {
    const before = shown('eth0');
    expect(before).toContain('lock 1400 advmss 1360 hoplimit 77 initcwnd 32 initrwnd 33 quickack 1');
    const plan = planTo([{ ...plain, dev: 'azure0' }]);
    expect(plan.steps.map(({ change }) => change)).toMatchObject([
      { verb: 'update', fields: ['dev'], want: { dev: 'azure0', rest: REST } },
    ]);
    expect(renderPlan(plan)).toContain(`attributes  want ${REST.join(', ')}  have ${REST.join(', ')}`);
    apply(plan);
    expect([shown('eth0'), shown('azure0')]).toEqual(['', before]);
    must(testbed, ...invertSteps(plan.steps));
    expect([shown('eth0'), shown('azure0')]).toEqual([before, '']);
  });

  it('are kept when a known field changes, by any change', () => {
    const before = shown('eth0');
    must(testbed, update({ ...plain, scope: 0 }, { ...plain, scope: 0, protocol: 118 }));
    expect(shown('eth0')).toBe(before.replace('proto dhcp', 'proto 118'));
  });

  it('are deleted and recreated with it', () => {
    const [before, route] = [shown('eth0'), seen(key)];
    if (route === undefined) return expect.unreachable('no route');
    must(testbed, destroy(route));
    expect(shown('eth0')).toBe('');
    must(testbed, create(route));
    expect(shown('eth0')).toBe(before);
  });

  it.each(REST.map((_, index) => index))('differ in a byte of attribute %i, which is then set', (index) => {
    const wanted = REST.map((attribute, at) => (at === index ? otherByte(attribute) : attribute));
    const plan = planTo([{ ...plain, rest: wanted }]);
    expect(plan.steps.map(({ change }) => change)).toMatchObject([{ verb: 'update', fields: ['rest'] }]);
    apply(plan);
    expect(seen(key)).toMatchObject({ rest: wanted });
    expect(planTo([{ ...plain, rest: wanted }]).steps).toEqual([]);
  });

  it('are not compared if unspecified', () => {
    expect(planTo([plain]).steps).toEqual([]);
  });

  it('of IPv6 include preference and metrics, but no defaults', () => {
    ip('-6 route add fd09::/64 via fd00::1 dev eth0 metric 7 pref high advmss 1300');
    ip('-6 route add fd0a::/64 via fd00::1 dev eth0 metric 7');
    const [special, usual] = [seen('route fd09::/64 metric 7'), seen('route fd0a::/64 metric 7')];
    expect(special).toMatchObject({ rest: ['8.8 14050000', '20 01'] });
    expect(usual).not.toHaveProperty('rest');
    const before = ip('-6 -d route show fd09::/64');
    apply(planTo([routeOf('fd09::/64', 'azure0', { via: 'fd00::1', metric: 7, protocol: 3 })]));
    expect(ip('-6 -d route show fd09::/64')).toBe(before.replace('eth0', 'azure0'));
  });

  it('do not mix routes of one type of service and routes of all', () => {
    ip('route add 10.9.0.0/16 tos 0x10 via 10.240.0.2 dev eth0 proto 118 metric 100');
    const special: RouteObject = { ...plain, tos: 16, via: '10.240.0.2', protocol: 118, scope: 0 };
    const { mtuBytes: _mtu, ...want } = special;
    expect(seen('route 10.9.0.0/16 tos 16 metric 100')).toEqual(want);
    must(testbed, destroy(plain));
    expect(ip('route show 10.9.0.0/16')).toContain('tos 0x10 ');
    must(testbed, destroy(want), create(want));
    expect(ip('route show 10.9.0.0/16')).toContain('tos 0x10 via 10.240.0.2');
  });
});

describe.skipIf(!hasNamespaces)('unknown attributes of an address', () => {
  beforeEach(openTestbed);
  afterEach(closeTestbed);
  const own = (dev: string, more: Partial<AddressObject> = {}): AddressObject =>
    addressOf(dev, '10.250.0.1/32', more);
  const peer = '10.250.0.2';
  const shown = (dev: string): Record<string, unknown> | undefined => {
    const [link] = JSON.parse(ip(`-j address show dev ${dev}`)) as {
      addr_info: Record<string, unknown>[];
    }[];
    return link?.addr_info.find(({ local }) => local === '10.250.0.1');
  };
  const moveIt = (more: Partial<AddressObject>): Plan => {
    const kept = [addressOf('eth0', '10.240.0.4/16'), addressOf('azure0', '10.240.0.4/16')];
    return planTo([own('azure0', more), ...kept], [own('eth0', { peer })]);
  };

  it('are observed: its peer, and its lifetimes', () => {
    ip('address add 10.250.0.1 peer 10.250.0.2/32 dev eth0 valid_lft 3600 preferred_lft 1800');
    const address = seen(keyOf(own('eth0', { peer })));
    expect(address).toMatchObject({ peer, dynamic: true });
    const { validSeconds = 0, preferredSeconds = 0 } = (address as AddressObject).lifetimes ?? {};
    expect([
      validSeconds > 3000,
      validSeconds <= 3600,
      preferredSeconds > 1200,
      preferredSeconds <= 1800,
    ]).toEqual([true, true, true, true]);
  });

  it.each([
    [{ peer, dynamic: true }, (seconds: number) => seconds > 3000 && seconds <= 3600],
    [{ peer }, (seconds: number) => seconds === 4_294_967_295],
  ])('move with its peer, with its lease where %j is set, and back with both', (more, isAsSaid) => {
    ip('address add 10.250.0.1 peer 10.250.0.2/32 dev eth0 valid_lft 3600 preferred_lft 1800');
    const plan = moveIt(more);
    apply(plan);
    expect(shown('eth0')).toBeUndefined();
    expect(shown('azure0')).toMatchObject({ address: '10.250.0.2' });
    expect(isAsSaid(Number(shown('azure0')?.['valid_life_time']))).toBe(true);
    expect(ip('route show 10.250.0.2')).toContain('dev azure0 proto kernel');
    must(testbed, ...invertSteps(plan.steps));
    expect(shown('azure0')).toBeUndefined();
    expect(shown('eth0')).toMatchObject({ address: '10.250.0.2', dynamic: true });
    expect(Number(shown('eth0')?.['valid_life_time'])).toBeLessThanOrEqual(3600);
  });

  it('do not depend on the remaining lease', () => {
    ip('address add 10.250.0.1/32 dev eth0 valid_lft 3600 preferred_lft 1800');
    const aged = { ...own('eth0'), lifetimes: { preferredSeconds: 7, validSeconds: 70 } };
    expect(outcomes(testbed, [create(aged)])).toEqual(['unchanged']);
    expect(Number(shown('eth0')?.['valid_life_time'])).toBeGreaterThan(3000);
  });

  it('include "deprecated" and the flags set at creation', () => {
    ip('address add 10.250.0.1/32 dev eth0 preferred_lft 0');
    ip('-6 address add fd05::1/64 dev eth0 nodad mngtmpaddr');
    expect(seen(keyOf(own('eth0')))).toMatchObject({ rest: ['6 00000000ffffffff0000000000000000'] });
    expect(seen('address fd05::1/64 dev eth0')).toMatchObject({ rest: ['8 00010000'] });
    const v6 = addressOf('azure0', 'fd05::1/64');
    apply(planTo([own('azure0'), v6], [own('eth0'), { ...v6, dev: 'eth0' }]));
    expect(shown('azure0')).toMatchObject({ deprecated: true });
    expect(ip('-6 address show dev azure0')).toContain('fd05::1/64 scope global nodad mngtmpaddr');
  });

  it('differ in a byte, which is then set', () => {
    must(testbed, create(own('eth0', { peer, rest: ['11 09'] })));
    expect(seen(keyOf(own('eth0', { peer })))).toMatchObject({ rest: ['11 09'] });
    const want = own('eth0', { peer, rest: ['11 0a'] });
    const plan = planTo([want]);
    expect(plan.steps.map(({ change }) => change)).toMatchObject([{ verb: 'update', fields: ['rest'] }]);
    apply(plan);
    expect(seen(keyOf(want))).toMatchObject({ rest: ['11 0a'] });
    expect(planTo([want]).steps).toEqual([]);
  });

  it('are equal for a saved plan, with any remaining lease', () => {
    ip('address add 10.250.0.1/32 dev eth0 valid_lft 3600 preferred_lft 1800');
    const state = see(testbed);
    const aged = toState(
      Array.from(state.values(), (object) =>
        object.kind === 'address' && object.lifetimes !== undefined
          ? { ...object, lifetimes: { preferredSeconds: 1, validSeconds: 2 } }
          : object,
      ),
    );
    expect(aged).not.toEqual(state);
    expect(fingerprintOf(aged, () => true)).toEqual(fingerprintOf(state, () => true));
  });
});

/** Returns the attribute with its first byte changed to another value that the kernel accepts. */
function otherByte(attribute: string): string {
  const [type = '', hex = ''] = attribute.split(' ');
  const first = Number.parseInt(hex.slice(0, 2), 16);
  // Locks and flags have few valid values.
  const next = type === '8.1' ? 0x0c : type === '8.15' ? 0x03 : first + 1;
  return `${type} ${next.toString(16).padStart(2, '0')}${hex.slice(2)}`;
}
