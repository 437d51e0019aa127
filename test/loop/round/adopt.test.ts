import { describe, expect, it } from 'vitest';
import { adoptLeases, withNetworks } from '../../../reconciler/loop/takeover/adopt.ts';
import type { Observation } from '../../../reconciler/model/ports/kernel.ts';
import { HOST, type NetObject, toState } from '../../../reconciler/model/state.ts';
import type { BridgeNetwork, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { bridged, documentOf, NETWORK } from '../../support/node.ts';

const link = (master: string): NetObject => ({
  kind: 'link',
  netns: HOST,
  name: 'eth0',
  type: 'device',
  up: true,
  mac: '00:0d:3a:51:c4:90',
  master,
});
const address = (cidr: string, more: object = {}): NetObject => ({
  kind: 'address',
  netns: HOST,
  dev: 'eth0',
  address: cidr,
  scope: 0,
  broadcast: '10.240.255.255',
  ...more,
});
const route = (to: string, more: object = {}): NetObject => ({
  kind: 'route',
  netns: HOST,
  dev: 'eth0',
  family: 4,
  to,
  via: '10.240.0.1',
  table: 254,
  metric: 100,
  protocol: 16,
  scope: 0,
  ...more,
});
const seen = (...objects: readonly NetObject[]): Observation => ({
  state: toState(objects),
  namespaces: new Map(),
});

const dynamic = { dynamic: true };
const adopted = (observation: Observation, document = documentOf([0])) =>
  bridged(adoptLeases(document, observation).get('azure'));
const addresses = (network: BridgeNetwork | undefined) =>
  network?.uplink.addresses?.map((given) => given.address);

describe('a lease that came after the document was written', () => {
  it('takes the place of the old one, and is the source of its routes', () => {
    const network = adopted(seen(link('azure0'), address('10.240.0.200/16', dynamic)));
    expect(addresses(network)).toEqual(['10.240.0.200/16']);
    expect(network?.uplink.routes?.map(({ source }) => source)).toEqual(['10.240.0.200', '10.240.0.200']);
    expect(network?.pools.ipv4).toEqual(NETWORK.pools.ipv4);
  });

  it('is no address of a pod any more', () => {
    const network = adopted(seen(link('azure0'), address('10.240.0.50/16', dynamic)));
    expect(network?.pools.ipv4?.exclude).toEqual(['10.240.0.50']);
  });

  it('waits for the endpoint that has its address', () => {
    expect(adopted(seen(link('azure0'), address('10.240.0.36/16', dynamic)))).toBeUndefined();
    const empty = documentOf([]);
    expect(adopted(seen(link('azure0'), address('10.240.0.36/16', dynamic)), empty)).toBeDefined();
  });

  it('comes beside one that is there still, and beside those of other prefixes', () => {
    const both = seen(
      link('azure0'),
      address('10.240.0.35/16', dynamic),
      address('10.240.0.200/16', dynamic),
    );
    expect(addresses(adopted(both))).toEqual(['10.240.0.35/16', '10.240.0.200/16']);
    const other = seen(link('azure0'), address('192.0.2.7/24', dynamic));
    expect(addresses(adopted(other))).toEqual(['10.240.0.35/16', '192.0.2.7/24']);
  });

  it.each<[string, NetObject]>([
    ['an address added by hand', address('10.240.0.200/16')],
    ['the address that the document has', address('10.240.0.35/16', dynamic)],
    ['an address of the link alone', address('169.254.3.4/16', { ...dynamic, scope: 253 })],
    ['an address of IPv6', address('2001:db8::7/64', dynamic)],
    ['an address of another interface', address('10.240.0.200/16', { ...dynamic, dev: 'eth1' })],
    ['a route added by hand', route('198.51.100.0/24', { protocol: 4 })],
    ['the route that the document has', route('default', { source: '10.240.0.35' })],
    ['the route that the document has, without its source', route('default')],
  ])('is not %s', (_what, object) => {
    expect(adopted(seen(link('azure0'), object))).toBeUndefined();
  });

  it('has routes that take the place of the old ones to the same destination', () => {
    const network = adopted(seen(link('azure0'), route('default', { metric: 1024, via: '10.240.0.2' })));
    expect(network?.uplink.routes).toEqual([
      { to: 'default', via: '10.240.0.2', metric: 1024, protocol: 16 },
      { to: '168.63.129.16/32', via: '10.240.0.1', source: '10.240.0.35', metric: 100, protocol: 16 },
    ]);
    const more = adopted(seen(link('azure0'), route('169.254.169.254/32')));
    expect(more?.uplink.routes).toHaveLength(3);
  });

  it('ignores uplinks that are released, foreign, or missing', () => {
    const lease = address('10.240.0.200/16', dynamic);
    const released: VnetDocument = documentOf([], {
      ...NETWORK,
      uplink: { ...NETWORK.uplink, released: true },
    });
    expect(adopted(seen(link(''), lease), released)).toBeUndefined();
    expect(adopted(seen(link('bond0'), lease))).toBeUndefined();
    expect(adopted(seen(lease))).toBeUndefined();
  });
});

describe('an uplink outside its bridge', () => {
  const found = [address('10.240.0.200/16'), route('198.51.100.0/24', { protocol: 4 })];

  it('is read again, with any document', () => {
    const network = adopted(seen(link(''), ...found));
    expect(addresses(network)).toEqual(['10.240.0.200/16']);
    expect(network?.uplink.routes).toHaveLength(3);
  });

  it('is read with IPv6, nexthop objects, neighbours, and routes of any way', () => {
    const network = adopted(
      seen(
        link(''),
        address('fd00::35/64'),
        { kind: 'nexthop', netns: '', id: 10, dev: 'eth0', family: 4, via: '10.240.0.1' },
        { kind: 'neighbour', netns: '', dev: 'eth0', address: '10.240.0.9', mac: '02:00:00:00:00:09' },
        route('10.9.0.0/16', { nextHopId: 10 }),
        route('10.8.0.0/16', { nextHops: [{ dev: 'eth0', via: '10.240.0.1' }] }),
      ),
    );
    expect(network?.uplink).toMatchObject({
      addresses: [{ address: '10.240.0.35/16' }, { address: 'fd00::35/64' }],
      nextHops: [{ id: 10, via: '10.240.0.1' }],
      neighbours: [{ address: '10.240.0.9' }],
    });
    expect(JSON.stringify(network?.uplink.routes)).toContain('"nextHopId":10');
  });

  it('takes leases alone when it is in its bridge already', () => {
    expect(adopted(seen(link('azure0'), ...found))).toBeUndefined();
  });

  it('has nothing to take a second time', () => {
    const observation = seen(
      link(''),
      ...found,
      address('10.240.0.51/16', dynamic),
      route('default', { via: '10.240.0.9' }),
    );
    const document = documentOf([0]);
    const networks = adoptLeases(document, observation);
    expect(networks.size).toBe(1);
    expect(adoptLeases(withNetworks(document, networks), observation).size).toBe(0);
  });
});
