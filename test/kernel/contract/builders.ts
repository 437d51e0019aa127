/** Builders of the objects of the contract's cases. */
import { HOST } from '../../../reconciler/model/state.ts';
import type {
  AddressObject,
  LinkObject,
  NeighbourObject,
  RouteObject,
} from '../../../reconciler/model/state.ts';
import type { NetnsPath, NftElementObject } from '../../../reconciler/model/state.ts';
import { hostRoute } from '../../support/objects.ts';
import { POD_MAC, VETH } from './objects.ts';

export function bridgeOf(name: string, more: Partial<LinkObject> = {}): LinkObject {
  return { kind: 'link', netns: HOST, name, type: 'bridge', up: true, ...more };
}

export function vethOf(netns: NetnsPath, more: Partial<LinkObject> = {}): LinkObject {
  return {
    kind: 'link',
    netns: HOST,
    name: VETH,
    type: 'veth',
    up: true,
    mac: 'fe:11:22:33:44:55',
    mtuBytes: 1400,
    master: 'azure0',
    alias: 'vnet:azure/1bd38ad8/eth0',
    peer: { netns, name: 'eth0' },
    port: { hairpin: true },
    ...more,
  };
}

export function podLinkOf(netns: NetnsPath): LinkObject {
  return { kind: 'link', netns, name: 'eth0', type: 'veth', up: true, mac: POD_MAC, mtuBytes: 1400 };
}

export function addressOf(dev: string, address: string, more: Partial<AddressObject> = {}): AddressObject {
  return { kind: 'address', netns: HOST, dev, address, scope: 0, ...more };
}

export function routeOf(to: string, dev: string, more: Partial<RouteObject> = {}): RouteObject {
  return hostRoute(to, dev, { protocol: 118, ...more });
}

export function neighbourOf(address: string, mac = POD_MAC): NeighbourObject {
  return { kind: 'neighbour', netns: HOST, dev: 'azure0', address, mac, protocol: 118 };
}

export function elementOf(set: string, key: string, value?: string): NftElementObject {
  return {
    kind: 'nft-element',
    netns: HOST,
    table: 'vnet',
    set,
    key,
    ...(value === undefined ? {} : { value }),
  };
}

/** Returns the attribute IFLA_PROP_LIST (52) with these names (IFLA_ALT_IFNAME, 53): for a simulated interface. */
export function altNamesAttribute(names: readonly string[]): string {
  const bytes = names.flatMap((name) => {
    const text = [...new TextEncoder().encode(name), 0];
    const length = text.length + 4;
    const padding = Array.from({ length: (4 - (length % 4)) % 4 }, () => 0);
    return [length, 0, 53, 0, ...text, ...padding];
  });
  return `52 ${Buffer.from(bytes).toString('hex')}`;
}
