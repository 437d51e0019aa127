import { describe, expect, it } from 'vitest';
import { deletionSettings } from '../../reconciler/plan/needs.ts';
import { type AddressObject, HOST, toState } from '../../reconciler/model/state.ts';

const address = (cidr: string, more: Partial<AddressObject> = {}): AddressObject => ({
  kind: 'address',
  netns: HOST,
  dev: 'azure0',
  address: cidr,
  ...more,
});
const names = (gone: AddressObject, ...stays: readonly AddressObject[]) =>
  deletionSettings([{ verb: 'delete', have: gone }], toState(stays)).map(
    ({ change }) => change.verb === 'create' && change.want.kind === 'sysctl' && change.want.name,
  );

describe('removing an address', () => {
  it('needs a sysctl if another one of its prefix stays on the device', () => {
    expect(names(address('10.240.0.35/16'), address('10.240.0.99/16'))).toEqual([
      'net/ipv4/conf/azure0/promote_secondaries',
    ]);
  });

  it.each<[string, AddressObject, AddressObject]>([
    ['on another device', address('10.240.0.35/16'), address('10.240.0.99/16', { dev: 'eth0' })],
    ['in another prefix', address('10.240.0.35/16'), address('10.241.0.99/16')],
    ['in a pod', address('10.240.0.35/16', { netns: '/run/netns/a' }), address('10.240.0.99/16')],
    ['of IPv6', address('2001:db8::1/64'), address('2001:db8::2/64')],
    ['that is not the first', address('10.240.0.35/16', { secondary: true }), address('10.240.0.99/16')],
  ])('needs none %s', (_where, gone, stays) => {
    expect(names(gone, stays)).toEqual([]);
  });
});
