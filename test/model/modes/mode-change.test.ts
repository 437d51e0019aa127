import { describe, expect, it } from 'vitest';
import {
  canMoveTo,
  endpointIn,
  movedPods,
  scopeOfChange,
  withMovedEndpoints,
} from '../../../reconciler/model/modes/mode-change.ts';
import { HOST } from '../../../reconciler/model/state.ts';
import type { Endpoint, Network } from '../../../schemas/generated/vnet.ts';
import { documentOf, endpointOf, idOf, IPV6_POOL, NETWORK, netnsOf } from '../../support/node.ts';

const { uplink, pools } = NETWORK;
const DUAL = { ...pools, ipv6: { ...IPV6_POOL, gateway: 'fe80::1234:5678:9abc' } };
const BRIDGE: Network = { ...NETWORK, pools: DUAL };
const TRANSPARENT: Network = {
  mode: 'transparent',
  uplink: { name: uplink.name, mac: uplink.mac },
  pools: DUAL,
};

const POD: Endpoint = {
  ...endpointOf(0),
  addresses: ['10.240.0.36/16', 'fd00:240::64/128'],
  gateway: '10.240.0.1',
  ipv6Gateway: 'fe80::1234:5678:9abc',
};

describe('an endpoint in another mode', () => {
  it('has the lengths and gateways of an ADD there, and the former ones after the way back', () => {
    const moved = endpointIn(TRANSPARENT, POD);
    expect(moved).toEqual({
      ...POD,
      addresses: ['10.240.0.36/32', 'fd00:240::64/128'],
      gateway: '169.254.1.1',
    });
    expect(endpointIn(BRIDGE, moved)).toEqual(POD);
    expect(endpointIn(BRIDGE, POD)).toEqual(POD);
  });

  it('keeps its routes, by the gateways of the mode', () => {
    const routes = [
      { to: 'default', via: '10.240.0.1' },
      { to: '10.9.0.0/16', via: '10.240.0.7' },
      { to: '10.8.0.0/16' },
    ];
    const moved = endpointIn(TRANSPARENT, { ...POD, routes });
    expect(moved.routes).toEqual([{ to: 'default', via: '169.254.1.1' }, ...routes.slice(1)]);
    expect(endpointIn(BRIDGE, moved).routes).toEqual(routes);
  });

  it('can move only with addresses of the pools of the network, from the pool', () => {
    const other: Network = { ...TRANSPARENT, pools: { ipv4: { ...pools.ipv4, subnet: '10.244.0.0/24' } } };
    expect([canMoveTo(TRANSPARENT, POD), canMoveTo(other, POD)]).toEqual([true, false]);
    expect(canMoveTo(TRANSPARENT, { ...POD, ipam: 'host-local' })).toBe(false);
  });
});

describe('the pods of a network with another mode', () => {
  const before = { ...documentOf([0, 1], BRIDGE), endpoints: { [idOf(0)]: POD, [idOf(1)]: endpointOf(1) } };
  const after = withMovedEndpoints({ ...before, networks: { azure: TRANSPARENT } }, before);

  it('are those attached, with what they have in their namespaces', () => {
    expect(after.endpoints?.[idOf(0)]).toEqual(endpointIn(TRANSPARENT, POD));
    const { ids, owners, inPods } = movedPods(after, before);
    expect([...ids]).toEqual([idOf(0), idOf(1)]);
    expect(owners.get('nft-element pods 10.240.0.36')).toBe(idOf(0));
    expect([...inPods.values()].filter(({ netns, kind }) => netns === HOST || kind === 'link')).toEqual([]);
    expect([...inPods.keys()]).toContain(`address 10.240.0.36/16 dev eth0 netns ${netnsOf(0)}`);
    const { pods } = scopeOfChange(before, after);
    expect(pods.find(({ netns }) => netns === netnsOf(0))?.entries?.map(({ kind }) => kind)).toContain(
      'neighbour',
    );
  });

  it('are none in the same mode, or in one without pods', () => {
    expect(withMovedEndpoints(before, before)).toBe(before);
    const addresses: Network = { mode: 'addresses', pools: DUAL };
    expect(movedPods({ ...before, networks: { azure: addresses } }, before).ids.size).toBe(0);
    expect(movedPods({ ...before, networks: {} }, before).ids.size).toBe(0);
  });
});
