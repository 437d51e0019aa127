/**
 * Mode `bridge`: pods and uplink are ports of one bridge, which carries the addresses and routes of the uplink. Azure CNI until
 * 2020. Pure.
 */
import type { BridgeNetwork } from '../../../../schemas/generated/vnet.ts';
import { parseAddress, withoutLength } from '../../addresses/address.ts';
import { isInSubnet } from '../../addresses/families.ts';
import type { NetObject, RouteObject } from '../../state.ts';
import type { Mode, NetworkPicture, NetworkValues } from '../mode.ts';
import { fabricClaims, sameNodeFact, tunnelRules } from '../parts/fabric.ts';
import { absenceOf, captureFirst, describeRecorded, discoverBridges } from './capture.ts';
import { bridgeCore, bridgeLinks } from './core.ts';
import { TUNNEL_SETS } from './elements.ts';
import { liveEndpoint, liveNetwork } from './live.ts';
import { bridgeTakeover, deriveBridgeNetwork } from './network.ts';
import { lastRules, PORT_RULES, uplinkRules } from './rules.ts';

function values(network: BridgeNetwork): NetworkValues {
  const { uplink, routes, arp, routeViaHost = [] } = network;
  return {
    claims: fabricClaims(network),
    addresses: (uplink.addresses ?? []).flatMap(({ address, peer }, index, all) => {
      // A point-to-point address exists once for each peer.
      const isAgain = all.slice(0, index).some((one) => one.address === address && one.peer !== peer);
      return isAgain ? [] : [{ path: ['uplink', 'addresses', index, 'address'], value: address }];
    }),
    routes: [
      ...(uplink.routes ?? []).map((value, index) => ({ path: ['uplink', 'routes', index], value })),
      ...(routes ?? []).map((value, index) => ({ path: ['routes', index], value })),
    ],
    neighbours: (arp?.neighbours ?? []).map(({ address }, index) => ({
      path: ['arp', 'neighbours', index, 'address'],
      value: address,
    })),
    viaHost: routeViaHost.map((value, index) => ({ path: ['routeViaHost', index], value })),
  };
}

function picture(network: BridgeNetwork): NetworkPicture {
  const { uplink, routes = [] } = network;
  const { bridge } = bridgeLinks(network);
  const carried = [
    ...(uplink.addresses ?? []).map(({ address }) => address),
    ...[...(uplink.routes ?? []), ...routes].map(({ to, via }) =>
      via === undefined ? to : `${to} via ${via}`,
    ),
  ];
  const isReleased = uplink.released === true;
  return {
    uplink: {
      name: uplink.name,
      facts: [uplink.mac, ...mtuFact(uplink.mtu), ...(isReleased ? ['released', ...carried] : [])],
    },
    bridge: {
      name: bridge.name,
      facts: [
        bridge.mac,
        ...mtuFact(bridge.mtuBytes),
        ...sameNodeFact(network.sameNode),
        ...(isReleased ? ['not created: the uplink is released'] : carried),
      ],
    },
  };
}

/** Returns true for an entry of a pod on the bridge; an element for a port that no endpoint has is a leftover. */
export function isPortLeftover(
  object: NetObject,
  { bridge, pools }: Pick<BridgeNetwork, 'bridge' | 'pools'>,
): boolean {
  if (object.kind === 'neighbour') return object.dev === bridge.name;
  if (object.kind === 'route') return isRouteToPod(object, { bridge, pools });
  if (object.kind !== 'nft-element') return false;
  const address = parseAddress(object.key);
  return address === undefined || object.key.startsWith('fe80:') || isInSubnet(address, { pools });
}

function isRouteToPod(
  { dev, to }: RouteObject,
  { bridge, pools }: Pick<BridgeNetwork, 'bridge' | 'pools'>,
): boolean {
  const address = to.endsWith('/128') ? parseAddress(withoutLength(to)) : undefined;
  return dev === bridge.name && address !== undefined && isInSubnet(address, { pools });
}

function mtuFact(mtu: number | undefined): readonly string[] {
  return mtu === undefined ? [] : [`mtu ${mtu}`];
}

/** The mode of networks whose pods and uplink are ports of one bridge. */
export const bridge: Mode<BridgeNetwork> = {
  ...bridgeCore,
  use: 'pods and uplink are ports of one bridge',
  network: deriveBridgeNetwork,
  rules: (network) => [
    uplinkRules(network),
    PORT_RULES,
    ...lastRules(network),
    ...tunnelRules(network, TUNNEL_SETS),
  ],
  isLeftover: isPortLeftover,
  refuses: {
    masquerade: 'frames between its pods and the uplink do not pass the IP layer, which translates addresses',
  },
  values,
  podLinks: (network) => [network.bridge.name],
  picture,
  takeover: bridgeTakeover,
  first: captureFirst,
  azure: {
    mode: 'bridge',
    nameOf: ({ sameNode }) => (sameNode === 'fabric' ? 'tunnel' : 'bridge'),
    isFiltered: ({ bridge: { antiSpoofing } }) => antiSpoofing !== false,
    absence: absenceOf,
    network: describeRecorded,
  },
  discover: discoverBridges,
  live: { network: liveNetwork, endpoint: liveEndpoint },
};
