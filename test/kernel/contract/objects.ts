/** The objects of the contract's cases. */
import { PORT_RULES, uplinkRules } from '../../../reconciler/model/modes/bridge/rules.ts';
import { deriveNftTable } from '../../../reconciler/model/nft-table.ts';
import { HOST } from '../../../reconciler/model/state.ts';
import type {
  AddressObject,
  LinkObject,
  NeighbourObject,
  RouteObject,
} from '../../../reconciler/model/state.ts';
import { hostRoute } from '../../support/objects.ts';
import type { NetnsPath, NftElementObject } from '../../../reconciler/model/state.ts';

export const NIC_MAC = '02:0d:3a:6e:33:01';

export const POD_MAC = '0a:1b:2c:3d:4e:5f';

export const VETH = 'azv5a6822c76a3';

export const BRIDGE: LinkObject = {
  kind: 'link',
  netns: HOST,
  name: 'azure0',
  type: 'bridge',
  up: true,
  mac: NIC_MAC,
  mtuBytes: 1500,
  alias: 'vnet:azure',
};

/** The NIC as a desired object. */
export const NIC: LinkObject = { kind: 'link', netns: HOST, name: 'eth0', type: 'device', up: true };

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

/** The table as vnet creates it. */
export const TABLE = deriveNftTable('bridge', [
  uplinkRules({ uplink: { name: 'eth0', mac: NIC_MAC }, bridge: { name: 'azure0' } }),
  PORT_RULES,
]);
