/** The core of mode routed: pods are ports of a bridge without uplink, and the bridge is their gateway. Pure. */
import type { RoutedNetwork } from '../../../../schemas/generated/vnet.ts';
import { poolsOf } from '../../addresses/families.ts';
import { networkMark } from '../../names.ts';
import { type AddressObject, HOST, keyOf } from '../../state.ts';
import { acceptRa, deriveBridgeEndpoint, linkIn, portInterfaces, portLeadsTo } from '../bridge/core.ts';
import { BRIDGE_SETS } from '../bridge/elements.ts';
import type { HubLink, ModeCore } from '../core.ts';
import { forwardingOf, forwardingScope, isForwarding } from '../parts/forwarding.ts';

/** Returns the addresses of the gateways on the bridge. */
export function bridgeAddresses(network: RoutedNetwork): readonly AddressObject[] {
  return poolsOf(network).map(({ pool }) => {
    const address = `${pool.gateway}/${pool.subnet.split('/')[1]}`;
    const noDad = pool.gateway.includes(':') ? { noDad: true } : {};
    return { kind: 'address', netns: HOST, dev: network.bridge.name, address, prefixRoute: true, ...noDad };
  });
}

/** Returns the bridge. */
export function routedHub({ bridge: { name, mac, mtu } }: RoutedNetwork): HubLink {
  return { name, mac, mtuBytes: mtu };
}

/** The core of networks whose pods are behind a bridge with the gateway's address. */
export const routedCore: ModeCore<RoutedNetwork> = {
  name: 'routed',
  links: (network) => ({ bridge: routedHub(network) }),
  scope: (network) => ({
    devices: [network.bridge.name],
    sysctls: [...forwardingScope(network), { netns: HOST, name: acceptRa(network.bridge.name) }],
  }),
  listed: bridgeAddresses,
  sets: BRIDGE_SETS,
  attach: {
    likeBridgePlugin: true,
    endpoint: deriveBridgeEndpoint,
    readiness: (network) => ({ entries: bridgeAddresses(network), sysctls: forwardingOf(network) }),
    isReady: (name, network, state) =>
      linkIn(state, network.bridge.name)?.alias === networkMark(name) &&
      bridgeAddresses(network).every((one) => state.has(keyOf(one))) &&
      isForwarding(network, state),
    leadsTo: portLeadsTo,
    interfaces: (id, endpoint, network) => portInterfaces(id, endpoint, routedHub(network)),
    mtuBytes: ({ bridge }) => bridge.mtu,
  },
};
