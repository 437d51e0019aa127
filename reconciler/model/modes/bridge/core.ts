/** The core of bridge mode. Pure. */
import type { BridgeNetwork, Endpoint, Uplink } from '../../../../schemas/generated/vnet.ts';
import { normaliseAddress, withoutLength } from '../../addresses/address.ts';
import { ACCEPT_RA, FORWARDING, IPV6_OFF, ipv6Switch, settingOn } from '../../kinds/sysctl.ts';
import { networkMark } from '../../names.ts';
import { HOST, linkKeyOf, type LinkObject, type NetObject, type State } from '../../state.ts';
import type { EndpointInterface, HubLink, ModeCore, NetworkLinks, OwnLink } from '../core.ts';
import { isFabricGateway, offLinkNeighbours, offLinkRoutes } from '../parts/off-link.ts';
import { hostVeth, podObjects, vethInterfaces } from '../parts/pod.ts';
import { hostNeighbour } from '../parts/routes.ts';
import { FABRIC_MAC, sameNodeElements } from '../parts/same-node.ts';
import { BRIDGE_SETS, bridgeElements, TUNNEL_SETS, VIA_HOST6_SETS, viaHostElements } from './elements.ts';

function mtuOf({ bridge, uplink }: PortNetwork): number | undefined {
  return bridge.mtu ?? uplink?.mtu;
}

/** Returns the bridge and the uplink. */
export function bridgeLinks(network: BridgeNetwork): Required<NetworkLinks> {
  const { bridge: hub, uplink } = network;
  return { bridge: { name: hub.name, mac: hub.mac ?? uplink.mac, mtuBytes: mtuOf(network) }, uplink };
}

/** The sections of a network whose pods are ports of a bridge. */
type PortNetwork = Pick<BridgeNetwork, 'bridge' | 'arp' | 'routeViaHost'> &
  Partial<Pick<BridgeNetwork, 'uplink' | 'sameNode'>>;

/** Returns the desired objects of an endpoint whose host veth is a port of a bridge. */
export function deriveBridgeEndpoint(
  id: string,
  endpoint: Endpoint,
  network: PortNetwork,
  own?: OwnLink,
): readonly NetObject[] {
  const { hostVeth: dev = '', mac = '' } = endpoint;
  const { bridge, arp } = network;
  const part = { id, endpoint, mtuBytes: mtuOf(network) };
  const addresses = endpoint.addresses.map(withoutLength);
  const isKnown = arp?.pods !== false;
  return [
    hostVeth(part, own, { master: bridge.name, port: { hairpin: bridge.hairpin !== false } }),
    ...podObjects(part),
    ...offLinkNeighbours(id, endpoint),
    ...offLinkRoutes(bridge.name, endpoint),
    ...(isKnown ? addresses.map((address) => hostNeighbour(bridge.name, address, mac)) : []),
    ...(isKnown ? [{ kind: 'fdb', netns: HOST, dev, mac } as const] : []),
    ...(network.sameNode === 'fabric'
      ? sameNodeElements('tunnel_pods', addresses.map(normaliseAddress))
      : []),
    ...viaHostElements(dev, network.routeViaHost ?? [], bridge.mac ?? network.uplink?.mac ?? ''),
    ...bridgeElements({
      hostVeth: dev,
      mac,
      addresses,
      antiSpoofing: bridge.antiSpoofing !== false,
      ownMac: own?.mac,
    }),
  ];
}

/** The addresses and neighbours that move from the uplink to the bridge, or back. */
function listed({ uplink, bridge }: BridgeNetwork): readonly NetObject[] {
  const moved = [uplink.name, bridge.name].flatMap((dev) => [
    ...(uplink.addresses ?? []).map(
      ({ address, peer }) =>
        ({ kind: 'address', netns: HOST, dev, address, ...(peer === undefined ? {} : { peer }) }) as const,
    ),
    ...(uplink.neighbours ?? []).map(
      ({ address, proxy }) =>
        ({
          kind: 'neighbour',
          netns: HOST,
          dev,
          address,
          mac: '',
          ...(proxy === undefined ? {} : { proxy }),
        }) as const,
    ),
  ]);
  return [...moved, fabricPort(uplink)];
}

/** Returns the forwarding entry of the fabric: frames to it leave by the uplink alone, also before one came from it. */
export function fabricPort({ name: dev }: Pick<Uplink, 'name'>): NetObject {
  return { kind: 'fdb', netns: HOST, dev, mac: FABRIC_MAC };
}

/** Returns the name of the sysctl for router advertisements. */
export function acceptRa(bridge: string): string {
  return `net/ipv6/conf/${bridge}/accept_ra`;
}

/** Returns the host link; undefined if unobserved. */
export function linkIn(state: State, name: string): LinkObject | undefined {
  const link = state.get(linkKeyOf(name));
  return link?.kind === 'link' ? link : undefined;
}

/** Returns the MAC to which an entry leads that is keyed by the address of a pod on a bridge. */
export function portLeadsTo(object: NetObject): string | undefined {
  if (object.kind === 'neighbour') return object.mac;
  return object.kind === 'nft-element' && object.set === 'pods' ? object.value : undefined;
}

/** Returns the bridge and both ends of the veth pair. */
export function portInterfaces(id: string, endpoint: Endpoint, hub: HubLink): readonly EndpointInterface[] {
  const { mtuBytes } = hub;
  return [{ ...hub, netns: undefined }, ...vethInterfaces({ id, endpoint, mtuBytes })];
}

/** The core of networks whose pods and uplink are ports of one bridge. */
export const bridgeCore: ModeCore<BridgeNetwork> = {
  name: 'bridge',
  links: bridgeLinks,
  scope: ({ bridge: { name }, uplink }) => ({
    devices: [name, uplink.name],
    sysctls: [
      ...[ipv6Switch(name), IPV6_OFF].map((setting) => ({ netns: HOST, name: setting })),
      ...[...(uplink.settings ?? []).map((one) => one.name), ACCEPT_RA, FORWARDING].flatMap((setting) =>
        [name, uplink.name].map((dev) => ({ netns: HOST, name: settingOn(setting, dev) })),
      ),
    ],
  }),
  listed,
  sets: { ...BRIDGE_SETS, ...VIA_HOST6_SETS, ...TUNNEL_SETS },
  attach: {
    tunnelName: 'tunnel',
    endpoint: deriveBridgeEndpoint,
    isReady: (name, { bridge, uplink }, state) =>
      linkIn(state, bridge.name)?.alias === networkMark(name) &&
      linkIn(state, uplink.name)?.master === bridge.name,
    leadsTo: portLeadsTo,
    loneGateway: (gateway) => (isFabricGateway(gateway) ? gateway : undefined),
    podEntries: offLinkNeighbours,
    interfaces: (id, endpoint, network) => portInterfaces(id, endpoint, bridgeLinks(network).bridge),
    mtuBytes: mtuOf,
  },
};
