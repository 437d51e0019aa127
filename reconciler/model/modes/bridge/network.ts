/** The bridge and its uplink: their desired objects, and the parts of an uplink takeover. Pure. */
import type { BridgeNetwork } from '../../../../schemas/generated/vnet.ts';
import { isMark, networkMark } from '../../names.ts';
import { type Failure, failure } from '../../result.ts';
import { HOST, type NetObject, type State } from '../../state.ts';
import type { Takeover } from '../mode.ts';
import { hostNeighbour } from '../parts/routes.ts';
import { hostRoute, otherNamed, uplinkAddresses } from '../parts/uplink.ts';
import { acceptRa, bridgeLinks, linkIn } from './core.ts';

/** Returns the desired objects of the network itself. */
export function deriveBridgeNetwork(name: string, network: BridgeNetwork): readonly NetObject[] {
  const { bridge, uplink, arp } = network;
  if (uplink.released === true) return deriveReleased(network);
  const mtuBytes = bridgeLinks(network).bridge.mtuBytes;
  return [
    {
      kind: 'link',
      netns: HOST,
      name: bridge.name,
      type: 'bridge',
      up: true,
      mac: bridge.mac ?? uplink.mac,
      ...(mtuBytes === undefined ? {} : { mtuBytes }),
      alias: networkMark(name),
    },
    { kind: 'link', netns: HOST, name: uplink.name, type: 'device', up: true, master: bridge.name },
    ...routerSetting(bridge.name, mtuBytes),
    ...uplinkAddresses(uplink, bridge.name),
    ...(uplink.routes ?? []).map((route) => hostRoute(route, bridge.name)),
    ...(network.routes ?? []).map((route) => hostRoute(route, bridge.name)),
    ...(arp?.neighbours ?? []).map(({ address, mac }) => hostNeighbour(bridge.name, address, mac)),
  ];
}

/**
 * Below this, the kernel disables IPv6 on an interface and removes its sysctls.
 * Source: IPV6_MIN_MTU of linux/ipv6.h.
 * Units: bytes.
 */
const IPV6_MIN_MTU_BYTES = 1280;

/** Addresses that the uplink got from router advertisements move to the bridge unchanged. */
function routerSetting(bridge: string, mtuBytes: number | undefined): readonly NetObject[] {
  if (mtuBytes !== undefined && mtuBytes < IPV6_MIN_MTU_BYTES) return [];
  return [{ kind: 'sysctl', netns: HOST, name: acceptRa(bridge), value: '0' }];
}

function deriveReleased({ uplink }: BridgeNetwork): readonly NetObject[] {
  return [
    { kind: 'link', netns: HOST, name: uplink.name, type: 'device', up: true, master: '' },
    ...uplinkAddresses(uplink, uplink.name),
    ...(uplink.routes ?? []).map((route) => hostRoute(route, uplink.name)),
  ];
}

/** Returns the reason that forbids to take the uplink over, if there is one. */
export function preflight({ uplink, bridge }: BridgeNetwork, state: State): Failure | undefined {
  const step = `take over ${uplink.name}`;
  const link = linkIn(state, uplink.name);
  const namesake = otherNamed(state, bridge.name);
  if (namesake !== undefined) {
    const message = `${bridge.name} is another name of ${namesake.name}: no bridge can have it`;
    return failure('refused', step, message, {
      hint: `Remove that name: ip link property del dev ${namesake.name} altname ${bridge.name}; or change networks.*.bridge.name ("bridge" in the CNI configuration).`,
    });
  }
  if (link === undefined) {
    return failure('not-found', step, `there is no interface ${uplink.name}`, {
      hint: `Correct networks.*.uplink.name in the document, or wait for the driver (ip link).`,
    });
  }
  const { master = '' } = link;
  if (master !== '' && master !== bridge.name && !isMark(linkIn(state, master)?.alias)) {
    return failure('refused', step, `${uplink.name} already belongs to ${master}`, {
      hint: `Detach it first: ip link set ${uplink.name} nomaster`,
    });
  }
  const found = linkIn(state, bridge.name);
  if (found !== undefined && found.type !== 'bridge' && !isMark(found.alias)) {
    return failure('refused', step, `${bridge.name} exists and is not a bridge`, {
      hint: `Rename it, or change networks.*.bridge.name.`,
    });
  }
  return undefined;
}

/** The takeover of an uplink by its bridge. */
export const bridgeTakeover: Takeover<BridgeNetwork> = {
  uplink: ({ uplink }) => uplink,
  carrier: ({ bridge }) => bridge.name,
  withUplink: (network, uplink) => ({ ...network, uplink }),
  preflight,
};
