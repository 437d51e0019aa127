/** Contract on the attributes of an address besides its prefix. */
import assert from 'node:assert/strict';
import { expect, it } from 'vitest';
import { type AddressObject, HOST, keyOf } from '../../../reconciler/model/state.ts';
import { create, destroy, must, outcomes, update } from './changes.ts';
import { expectHolds, expectLacks, see } from './expectations.ts';
import { addressOf } from './builders.ts';
import { BRIDGE } from './objects.ts';
import type { CurrentTestbed } from './testbed.ts';

/** Registers the cases: peer, order, lifetimes, and the flag for no duplicate address detection. */
export function describeAddressAttributes(testbed: CurrentTestbed): void {
  it('is there once for each other end', () => {
    const ends = [{ peer: '10.250.0.2' }, { peer: '10.250.0.3' }, {}];
    const all = ends.map((more) => addressOf('azure0', '10.250.0.1/32', more));
    must(testbed(), ...all.map((address) => create(address)));
    for (const address of all) expectHolds(see(testbed()), address);
    expect(see(testbed()).get('address 10.250.0.1 peer 10.250.0.2/32 dev azure0')).toMatchObject({
      prefixRoute: true,
    });
    must(testbed(), destroy(all[0] ?? BRIDGE));
    expectLacks(see(testbed()), all[0] ?? BRIDGE);
    for (const address of all.slice(1)) expectHolds(see(testbed()), address);
  });

  it('tells its place among those of its family: oldest first, but newest first in IPv6', () => {
    const texts = ['10.240.0.35/16', '10.100.0.5/24', '10.240.0.9/16', 'fd00::3/64', 'fd00::2/64'];
    must(testbed(), ...texts.map((text) => create(addressOf('azure0', text))));
    const placed = (family: string): readonly string[] =>
      Array.from(see(testbed()).values())
        .flatMap((one) => (one.kind === 'address' && one.dev === 'azure0' ? [one] : []))
        .filter(({ address }) => address.includes(family))
        .toSorted((left, right) => (left.place ?? 0) - (right.place ?? 0))
        .map(({ address }) => address);
    expect(placed('.')).toEqual(['10.240.0.35/16', '10.100.0.5/24', '10.240.0.9/16']);
    expect(placed(':')).toEqual(['fd00::3/64', 'fd00::2/64']);
    must(
      testbed(),
      create({ kind: 'sysctl', netns: HOST, name: 'net/ipv4/conf/azure0/promote_secondaries', value: '1' }),
    );
    for (const text of ['10.240.0.35/16', 'fd00::3/64']) {
      const have = see(testbed()).get(`address ${text} dev azure0`);
      assert(have?.kind === 'address');
      must(testbed(), { verb: 'update', have, want: { ...have, place: 9 }, fields: ['place'] });
    }
    expect(placed('.')).toEqual(['10.100.0.5/24', '10.240.0.9/16', '10.240.0.35/16']);
    expect(placed(':')).toEqual(['fd00::2/64', 'fd00::3/64']);
  });

  it('ends with its lifetimes, which change in place', () => {
    const lifetimes = { preferredSeconds: 1800, validSeconds: 3600 };
    const address = addressOf('azure0', '10.240.0.4/16', { dynamic: true, lifetimes });
    must(testbed(), create(address));
    expectHolds(see(testbed()), addressOf('azure0', '10.240.0.4/16', { dynamic: true }));
    const more = { ...address, lifetimes: { preferredSeconds: 7000, validSeconds: 8000 } };
    must(testbed(), { verb: 'update', have: address, want: more, fields: ['lifetimes'] });
    const seen = see(testbed()).get(keyOf(address));
    expect(seen?.kind === 'address' ? (seen.lifetimes?.validSeconds ?? 0) : 0).toBeGreaterThan(7000);
  });

  it('of IPv6 has the flag that turns duplicate address detection off, changed in place', () => {
    const [without, flagged] = [false, true].map((noDad) => addressOf('azure0', 'fd00::4/64', { noDad }));
    assert(without !== undefined && flagged !== undefined);
    must(testbed(), create(without));
    expectHolds(see(testbed()), without);
    expect(outcomes(testbed(), [create(without)])).toEqual(['unchanged']);
    must(testbed(), update(without, flagged));
    expectHolds(see(testbed()), flagged);
    must(testbed(), update(flagged, without));
    expectHolds(see(testbed()), without);
  });
}

/** Registers the cases of the routes to the prefix of several IPv6 addresses, which have a metric each. */
export function describeIpv6Routes(testbed: CurrentTestbed): void {
  const first = addressOf('azure0', 'fd00::4/64');
  const second = addressOf('azure0', 'fd00::5/64');
  const at = (one: AddressObject, metric: number): AddressObject => ({ ...one, metric });
  const routes = (): readonly string[] =>
    Array.from(see(testbed()).keys()).filter((key) => key.startsWith('route fd00::/64'));

  it('keeps the route of another IPv6 address of its prefix when its metric changes', () => {
    must(testbed(), create(first), create(second), update(first, at(first, 70)));
    expectHolds(see(testbed()), { ...at(first, 70), prefixRoute: true });
    expectHolds(see(testbed()), { ...second, prefixRoute: true });
    expect(routes()).toEqual([]);
  });

  it('of IPv6 is deleted with its route, also if its metric has changed since it was read', () => {
    must(testbed(), create(first), create(second), update(first, at(first, 70)), destroy(first));
    expect(routes()).toEqual([]);
    expectHolds(see(testbed()), { ...second, prefixRoute: true });
  });

  it('of IPv6 leaves no route of its former metric where another address has the new one', () => {
    must(testbed(), create(at(first, 70)), create(second), update(second, at(second, 70)));
    for (const one of [first, second]) expectHolds(see(testbed()), { ...at(one, 70), prefixRoute: true });
    expect(routes()).toEqual([]);
    must(testbed(), destroy(at(first, 70)), destroy(at(second, 70)));
    expect(routes()).toEqual([]);
  });

  it('of IPv6 gets other lifetimes without a change of the routes of others', () => {
    const lifetimes = { preferredSeconds: 1800, validSeconds: 3600 };
    must(testbed(), create(first), create(at(second, 70)));
    const want = { ...first, dynamic: true, lifetimes };
    must(testbed(), { verb: 'update', have: first, want, fields: ['lifetimes'] });
    expectHolds(see(testbed()), { ...at(second, 70), prefixRoute: true });
    expectHolds(see(testbed()), { ...first, prefixRoute: true });
  });
}
