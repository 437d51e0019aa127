/** The core of mode transparent: the node routes to each pod over the pod's veth. Pure. */
import type { Endpoint, TransparentNetwork } from '../../../../schemas/generated/vnet.ts';
import { withoutLength } from '../../addresses/address.ts';
import type { NftSets } from '../../kinds/nft-element.ts';
import { ADDRESS_MARK, NFT_TABLE, STATIC_PROTOCOL, VNET_PROTOCOL } from '../../names.ts';
import { HOST, keyOf, type NetObject, type NftElementObject, type NeighbourObject } from '../../state.ts';
import type { ModeCore, OwnLink } from '../core.ts';
import { FORWARDING, isForwarding } from '../parts/forwarding.ts';
import { loneAddresses } from '../parts/addresses.ts';
import { hostVeth, podObjects, podRoutes, vethInterfaces } from '../parts/pod.ts';
import { hostNeighbour, routeIn } from '../parts/routes.ts';

/**
 * The gateway of every pod, as in azure-vnet. Pods reach it by a permanent neighbour entry, so no interface
 * needs the address.
 */
export const GATEWAY = '169.254.1.1';

/** The MAC of every host veth, so that no pod's entry for its gateway ever changes. Source: azure-vnet's defaultHostVethHwAddr. */
const GATEWAY_MAC = 'aa:aa:aa:aa:aa:aa';

/** A destination on the link itself. Source: RT_SCOPE_LINK of linux/rtnetlink.h. */
const LINK_SCOPE = 253;

/** The sets. Their names differ from those of bridge mode, since a node may have networks of both modes. */
export const TRANSPARENT_SETS: NftSets = {
  routed_ports: { family: 'inet', key: ['ifname'] },
  routed_port_ips: { family: 'inet', key: ['ifname', 'ipv4_addr'] },
};

/** The gateway's address on the node: a pod that loses its permanent entry can still resolve it by ARP. */
export const GATEWAY_ADDRESS = {
  kind: 'address',
  netns: HOST,
  dev: 'lo',
  address: `${GATEWAY}/32`,
  scope: LINK_SCOPE,
  rest: [ADDRESS_MARK],
} as const satisfies NetObject;

/**
 * Returns the desired objects of an endpoint. Its neighbour has the pod's present MAC, which may have been
 * changed.
 */
export function deriveTransparentEndpoint(
  id: string,
  endpoint: Endpoint,
  network: TransparentNetwork,
  own?: OwnLink,
): readonly NetObject[] {
  const { hostVeth: dev = '', mac = '' } = endpoint;
  const part = { id, endpoint, mtuBytes: network.uplink.mtu };
  const addresses = endpoint.addresses.map(withoutLength);
  return [
    hostVeth(part, own, { mac: GATEWAY_MAC }),
    ...podObjects(part, loneAddresses),
    ...gatewayObjects(id, endpoint),
    ...addresses.flatMap((address) => [
      hostNeighbour(dev, address, own?.mac === undefined || own.mac === '' ? mac : own.mac),
      routeIn({ to: `${address}/32`, scope: LINK_SCOPE }, { netns: HOST, dev, protocol: VNET_PROTOCOL }),
    ]),
    ...(network.antiSpoofing === false ? [] : elementsOf(dev, addresses)),
  ];
}

/**
 * Returns the elements of a port. The addresses precede the port, so that filtering starts only when they are
 * present.
 */
function elementsOf(dev: string, addresses: readonly string[]): readonly NftElementObject[] {
  const inTable = { kind: 'nft-element', netns: HOST, table: NFT_TABLE } as const;
  return [
    ...addresses.map((address) => ({ ...inTable, set: 'routed_port_ips', key: `${dev} . ${address}` })),
    { ...inTable, set: 'routed_ports', key: dev },
  ];
}

/** The gateway as seen by the pod: a neighbour and, if the default route leads to it, an on-link route. */
function gatewayObjects(id: string, endpoint: Endpoint): readonly NetObject[] {
  const neighbour = gatewayNeighbour(id, endpoint);
  const { netns, dev } = neighbour;
  const isDefault = podRoutes(endpoint).some(({ to, via }) => to === 'default' && via === GATEWAY);
  const onLink = { to: `${GATEWAY}/32`, scope: LINK_SCOPE };
  return [neighbour, ...(isDefault ? [routeIn(onLink, { netns, dev, protocol: STATIC_PROTOCOL })] : [])];
}

function gatewayNeighbour(id: string, { netns = '' }: Endpoint): NeighbourObject {
  const [, , dev = ''] = id.split('/');
  return { ...hostNeighbour(dev, GATEWAY, GATEWAY_MAC), netns };
}

/** The core of networks in mode transparent. */
export const transparentCore: ModeCore<TransparentNetwork> = {
  name: 'transparent',
  links: ({ uplink }) => ({ uplink }),
  scope: ({ uplink }) => ({
    devices: [uplink.name, GATEWAY_ADDRESS.dev],
    sysctls: [FORWARDING],
  }),
  listed: () => [GATEWAY_ADDRESS],
  sets: TRANSPARENT_SETS,
  attach: {
    gateway: GATEWAY,
    endpoint: deriveTransparentEndpoint,
    readiness: () => ({ entries: [GATEWAY_ADDRESS], sysctls: [FORWARDING] }),
    isReady: (_name, _network, state) => state.has(keyOf(GATEWAY_ADDRESS)) && isForwarding(state),
    leadsTo: (object) => {
      if (object.kind === 'neighbour') return object.mac;
      return object.kind === 'route' ? object.dev : undefined;
    },
    podEntries: (id, endpoint) => [gatewayNeighbour(id, endpoint)],
    interfaces: (id, endpoint, { uplink }) =>
      vethInterfaces({ id, endpoint, mtuBytes: uplink.mtu }, { mac: GATEWAY_MAC }),
    mtuBytes: ({ uplink }) => uplink.mtu,
  },
};
