/** The core of mode transparent: the node routes to each pod over the pod's veth. Pure. */
import type { Endpoint, Route, TransparentNetwork } from '../../../../schemas/generated/vnet.ts';
import {
  type Family,
  familyOf,
  hostPrefixOf,
  normaliseAddress,
  withoutLength,
} from '../../addresses/address.ts';
import { poolsOf } from '../../addresses/families.ts';
import type { NftSets } from '../../kinds/nft-element.ts';
import { ADDRESS_MARK, NFT_TABLE, STATIC_PROTOCOL, VNET_PROTOCOL } from '../../names.ts';
import { HOST, keyOf, type NetObject, type NftElementObject, type NeighbourObject } from '../../state.ts';
import type { ModeCore, OwnLink } from '../core.ts';
import { forwardingOf, forwardingScope, isForwarding } from '../parts/forwarding.ts';
import { offLinkAddresses } from '../parts/addresses.ts';
import { FABRIC_GATEWAY } from '../parts/off-link.ts';
import { hostVeth, podObjects, podRoutes, vethInterfaces } from '../parts/pod.ts';
import { reversePathFilter, sameNodeElements, USUAL_FILTER } from '../parts/same-node.ts';
import { hostNeighbour, routeIn } from '../parts/routes.ts';

/**
 * The gateways of every pod, as in azure-vnet. Pods reach them by permanent neighbour entries, so no interface needs the
 * addresses.
 */
export const GATEWAYS: Readonly<Record<Family, string>> = {
  4: '169.254.1.1',
  6: FABRIC_GATEWAY,
};

/** The MAC of every host veth, so that no pod's entry for its gateway ever changes. Source: azure-vnet's defaultHostVethHwAddr. */
const GATEWAY_MAC = 'aa:aa:aa:aa:aa:aa';

/** A destination on the link itself. Source: RT_SCOPE_LINK of linux/rtnetlink.h. */
const LINK_SCOPE = 253;

/** The sets. Their names differ from those of bridge mode, since a node may have networks of both modes. */
export const TRANSPARENT_SETS: NftSets = {
  routed_ports: { family: 'inet', key: ['ifname'] },
  routed_port_ips: { family: 'inet', key: ['ifname', 'ipv4_addr'] },
  routed_port_ips6: { family: 'inet', key: ['ifname', 'ipv6_addr'] },
  fabric_pods: { family: 'inet', key: ['ipv4_addr'] },
  fabric_pods6: { family: 'inet', key: ['ipv6_addr'] },
};

/** The IPv4 gateway's address on the node: a pod that loses its permanent entry can still resolve it by ARP. */
const GATEWAY_ADDRESS = {
  kind: 'address',
  netns: HOST,
  dev: 'lo',
  address: `${GATEWAYS[4]}/32`,
  scope: LINK_SCOPE,
  rest: [ADDRESS_MARK],
} as const satisfies NetObject;

/** The routing table of a network with the section `sourceRouting`. */
export const SOURCE_TABLE = 119;

/**
 * Returns the objects of the network that its pods need: the gateway's address on the node, none without IPv4, and with
 * `sourceRouting` default routes by the uplink.
 */
export function transparentObjects(
  network: Pick<TransparentNetwork, 'sourceRouting' | 'pools' | 'uplink'>,
): readonly NetObject[] {
  const gateway = network.pools.ipv4 === undefined ? [] : [GATEWAY_ADDRESS];
  const own = network.sourceRouting;
  if (own === undefined) return gateway;
  const ways = poolsOf(network).map(({ pool }) =>
    routeIn(
      { to: 'default', via: pool.gateway, table: own.table ?? SOURCE_TABLE, onLink: true },
      { netns: HOST, dev: network.uplink.name, protocol: VNET_PROTOCOL },
    ),
  );
  return [...gateway, ...ways];
}

/**
 * Returns the desired objects of an endpoint. Its neighbour has the pod's present MAC, which may have been
 * changed.
 */
function deriveTransparentEndpoint(
  id: string,
  endpoint: Endpoint,
  network: TransparentNetwork,
  own?: OwnLink,
): readonly NetObject[] {
  const { hostVeth: dev = '', mac = '' } = endpoint;
  const part = { id, endpoint, mtuBytes: network.uplink.mtu };
  const addresses = endpoint.addresses.map((address) => normaliseAddress(withoutLength(address)));
  return [
    hostVeth(part, own, { mac: GATEWAY_MAC, master: '' }),
    ...podObjects(part, offLinkAddresses),
    ...gatewayObjects(id, endpoint),
    ...addresses.flatMap((address) => [
      hostNeighbour(dev, address, own?.mac === undefined || own.mac === '' ? mac : own.mac),
      routeIn(onLink(address), { netns: HOST, dev, protocol: VNET_PROTOCOL }),
    ]),
    ...elementsOf(dev, addresses, network),
  ];
}

/**
 * Returns the elements of a port. The addresses precede the port, so that filtering starts only when they are
 * present.
 */
function elementsOf(
  dev: string,
  addresses: readonly string[],
  { antiSpoofing, sameNode }: TransparentNetwork,
): readonly NftElementObject[] {
  const [isFiltered, isTunnelled] = [antiSpoofing !== false, sameNode === 'fabric'];
  if (!isFiltered && !isTunnelled) return [];
  const inTable = { kind: 'nft-element', netns: HOST, table: NFT_TABLE } as const;
  return [
    ...addresses.map((address) => {
      const set = address.includes(':') ? 'routed_port_ips6' : 'routed_port_ips';
      return { ...inTable, set, key: `${dev} . ${address}` };
    }),
    ...(isTunnelled ? sameNodeElements('fabric_pods', addresses) : []),
    ...(isFiltered ? [{ ...inTable, set: 'routed_ports', key: dev }] : []),
  ];
}

/**
 * The gateways as seen by the pod: neighbours and, where the default route leads to one, an on-link route. The pod of an IPv6
 * address is asked for by no neighbour: the node has a permanent entry for it, since its veth has no address to ask from.
 */
function gatewayObjects(id: string, endpoint: Endpoint): readonly NetObject[] {
  const routes = podRoutes(endpoint);
  return gatewayNeighbours(id, endpoint).flatMap((neighbour) => {
    const { netns, dev, address } = neighbour;
    const isDefault = routes.some(({ to, via }) => to === 'default' && via === address);
    const place = { netns, dev, protocol: STATIC_PROTOCOL };
    return [neighbour, ...(isDefault ? [routeIn(onLink(address), place)] : [])];
  });
}

function gatewayNeighbours(id: string, endpoint: Endpoint): readonly NeighbourObject[] {
  const [, , dev = ''] = id.split('/');
  const { netns = '', addresses } = endpoint;
  return ([4, 6] as const).flatMap((family) =>
    addresses.some((address) => address.includes(':') === (family === 6))
      ? [{ ...hostNeighbour(dev, GATEWAYS[family], GATEWAY_MAC), netns }]
      : [],
  );
}

/** The route to an address on the link itself; in IPv6, every route is of one scope. */
function onLink(address: string): Route {
  const to = hostPrefixOf(address);
  return address.includes(':') ? { to } : { to, scope: LINK_SCOPE };
}

/** The core of networks in mode transparent. */
export const transparentCore: ModeCore<TransparentNetwork> = {
  name: 'transparent',
  links: ({ uplink }) => ({ uplink }),
  scope: (network) => ({
    devices: [network.uplink.name, GATEWAY_ADDRESS.dev],
    sysctls: [
      ...forwardingScope(network),
      ...(network.pools.ipv4 === undefined ? [] : [reversePathFilter(network.uplink), USUAL_FILTER]),
    ],
  }),
  listed: transparentObjects,
  sets: TRANSPARENT_SETS,
  attach: {
    loneGateway: (gateway) => GATEWAYS[familyOf(gateway) ?? 4],
    tunnelName: 'transparent-tunnel',
    endpoint: deriveTransparentEndpoint,
    readiness: (network) => ({ entries: transparentObjects(network), sysctls: forwardingOf(network) }),
    isReady: (_name, network, state) =>
      transparentObjects(network).every((one) => state.has(keyOf(one))) && isForwarding(network, state),
    leadsTo: (object) => {
      if (object.kind === 'neighbour') return object.mac;
      return object.kind === 'route' ? object.dev : undefined;
    },
    podEntries: gatewayNeighbours,
    interfaces: (id, endpoint, { uplink }) =>
      vethInterfaces({ id, endpoint, mtuBytes: uplink.mtu }, { mac: GATEWAY_MAC }),
    mtuBytes: ({ uplink }) => uplink.mtu,
  },
};
