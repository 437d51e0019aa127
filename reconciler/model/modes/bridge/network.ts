/** The bridge and its uplink: their desired objects, and the parts of an uplink takeover. Pure. */
import type { BridgeNetwork, Uplink } from '../../../../schemas/generated/vnet.ts';
import { normaliseAddress, withoutLength } from '../../addresses/address.ts';
import { wordsOf } from '../../kinds/words/attributes.ts';
import { devicesOf, MAIN_TABLE } from '../../kinds/route.ts';
import { isMark, KERNEL_PROTOCOL, networkMark, VNET_PROTOCOL } from '../../names.ts';
import { type Failure, failure } from '../../result.ts';
import { HOST, keyOf, type NetObject, type RouteObject, type State, toState } from '../../state.ts';
import { kindOf } from '../../kinds/registry.ts';
import type { HubLink } from '../core.ts';
import type { Takeover } from '../mode.ts';
import { identifyUplink } from '../parts/identity.ts';
import { hasStandIn } from '../parts/learned.ts';
import { isFabricGateway } from '../parts/off-link.ts';
import { hostNeighbour } from '../parts/routes.ts';
import { otherNamed } from '../parts/describe-uplink.ts';
import { settingObjects } from '../parts/settings.ts';
import { hostRoute, uplinkObjects } from '../parts/uplink.ts';
import { acceptRa, bridgeLinks, fabricPort, linkIn } from './core.ts';
import { element } from './elements.ts';

/** Returns the desired objects of the network itself. */
export function deriveBridgeNetwork(
  name: string,
  network: BridgeNetwork,
  seen?: State,
): readonly NetObject[] {
  const { bridge, uplink, arp } = network;
  if (uplink.released === true) return deriveReleased(network, seen);
  return [
    ...hubObjects(name, bridgeLinks(network).bridge),
    ...settingObjects(uplink, bridge.name, seen).filter(
      ({ name: setting }) => setting.startsWith('net/ipv4/') || hasIpv6(bridgeLinks(network).bridge.mtuBytes),
    ),
    {
      kind: 'link',
      netns: HOST,
      name: uplink.name,
      type: 'device',
      up: true,
      master: bridge.name,
      ...(uplink.mtu === undefined ? {} : { mtuBytes: uplink.mtu }),
    },
    ...uplinkObjects(uplink, { dev: bridge.name, others: [uplink.name], seen }),
    ...(network.routes ?? []).map((route) => hostRoute(route, bridge.name)),
    ...(network.sameNode === 'fabric' || isOffLink(network) ? [fabricPort(uplink)] : []),
    ...(isOffLink(network) ? nodeElements(uplink, bridgeLinks(network).bridge.mac) : []),
    ...(arp?.neighbours ?? []).map(({ address, mac }) => hostNeighbour(bridge.name, address, mac)),
  ];
}

/** Returns true if the pods of the network are alone on their link in IPv6. */
export function isOffLink({ pools }: Pick<BridgeNetwork, 'pools'>): boolean {
  return isFabricGateway(pools.ipv6?.gateway);
}

/** Returns the elements that lead frames for the node's own IPv6 addresses to its bridge. */
function nodeElements({ addresses = [] }: Pick<Uplink, 'addresses'>, mac: string): readonly NetObject[] {
  return addresses
    .map(({ address }) => normaliseAddress(withoutLength(address)))
    .filter((address) => address.includes(':') && !address.startsWith('fe80:'))
    .map((address) => element('pods6', address, mac.toLowerCase()));
}

/**
 * Below this, the kernel disables IPv6 on an interface and removes its sysctls.
 * Source: IPV6_MIN_MTU of linux/ipv6.h.
 * Units: bytes.
 */
const IPV6_MIN_MTU_BYTES = 1280;

/** Returns the bridge of the named network, which ignores router advertisements, unless its uplink has a setting for them. */
export function hubObjects(network: string, { name, mac, mtuBytes }: HubLink): readonly NetObject[] {
  const mtu = mtuBytes === undefined ? {} : { mtuBytes };
  return [
    {
      kind: 'link',
      netns: HOST,
      name,
      type: 'bridge',
      up: true,
      mac,
      ...mtu,
      alias: networkMark(network),
    },
    ...routerSetting(name, mtuBytes),
  ];
}

function routerSetting(bridge: string, mtuBytes: number | undefined): readonly NetObject[] {
  if (!hasIpv6(mtuBytes)) return [];
  return [{ kind: 'sysctl', netns: HOST, name: acceptRa(bridge), value: '0' }];
}

function hasIpv6(mtuBytes: number | undefined): boolean {
  return mtuBytes === undefined || mtuBytes >= IPV6_MIN_MTU_BYTES;
}

function deriveReleased({ uplink, bridge }: BridgeNetwork, seen: State | undefined): readonly NetObject[] {
  return [
    { kind: 'link', netns: HOST, name: uplink.name, type: 'device', up: true, master: '' },
    ...uplinkObjects(uplink, { dev: uplink.name, others: [bridge.name], seen }),
  ];
}

/** Returns the reason that forbids a takeover, if any. */
export function preflight(network: BridgeNetwork, state: State): Failure | undefined {
  const { uplink, bridge } = network;
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
  const identity = identifyUplink(uplink, bridge.name, state);
  if (identity.kind === 'other') {
    const message = `${uplink.name} has MAC ${link.mac ?? 'none'}, the document says ${uplink.mac}, and there is no evidence that it is the same NIC`;
    return failure('refused', step, message, {
      hint: `If it is, change networks.*.uplink.mac to ${link.mac ?? 'its MAC'} (vnet edit); else put the name of the NIC there (ip -d link).`,
    });
  }
  const unfit = unfitness(uplink.name, state);
  if (unfit !== undefined) return failure('refused', step, unfit.message, { hint: unfit.hint });
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
  if (master === bridge.name || uplink.released === true) return undefined;
  const use = isMark(found?.alias) ? undefined : useOf(bridge.name, state);
  if (use !== undefined) {
    return failure('refused', step, `${bridge.name} is the bridge of another program: it has ${use}`, {
      hint: `Change networks.*.bridge.name ("bridge" in the CNI configuration); or remove that bridge (ip link del ${bridge.name}).`,
    });
  }
  return leftBehind(network, state);
}

/** Returns an object on the bridge, which a release would delete with it. */
function useOf(bridge: string, state: State): string | undefined {
  for (const object of state.values()) {
    if (object.netns !== HOST) continue;
    if (object.kind === 'link' && object.master === bridge) return `port ${object.name}`;
    if (object.kind === 'address' && object.dev === bridge) return `address ${object.address}`;
  }
  return undefined;
}

/** Returns the refusal if the uplink has an object that would not be on the bridge unchanged. */
function leftBehind(network: BridgeNetwork, state: State): Failure | undefined {
  const { uplink, bridge } = network;
  const carried = toState(deriveBridgeNetwork('', network, state));
  for (const object of state.values()) {
    const reason = reasonToStay(object, network, carried);
    if (reason === undefined) continue;
    const step = `take over ${uplink.name}`;
    return failure('refused', step, `${keyOf(object)} cannot move to ${bridge.name}: ${reason}`, {
      hint: `Nothing was changed. Remove it from ${uplink.name}, or add it to networks.*.uplink in the document; then run vnet reconcile.`,
    });
  }
  return undefined;
}

function reasonToStay(
  object: NetObject,
  { uplink, bridge }: BridgeNetwork,
  carried: State,
): string | undefined {
  if (object.netns !== HOST || !isOn(object, uplink.name)) return undefined;
  if (kindOf(object).isRepeated?.(object, carried) === true) return undefined;
  if (object.kind === 'route') {
    if (object.learned === true) return hasStandIn(object, carried) ? undefined : NOT_LISTED;
    if (object.copy !== undefined) return 'another route has its prefix, table and metric (ip route append)';
    if (object.nextHopId !== undefined) return undefined;
    if (isChangedPrefixRoute(object)) {
      const mtu = object.mtuBytes === undefined ? [] : [`mtu ${object.mtuBytes}`];
      const given = [...mtu, ...wordsOf('route', object.rest ?? [])].join(', ') || 'a gateway';
      return `the kernel added this route with an address, and ${given} was set later`;
    }
    return carried.has(keyOf(object)) ? undefined : NOT_LISTED;
  }
  if (!('dev' in object) || kindOf(object).staysOnLink === true) return undefined;
  if (object.kind === 'neighbour' && object.protocol === VNET_PROTOCOL) return undefined;
  return carried.has(keyOf({ ...object, dev: bridge.name })) ? undefined : NOT_LISTED;
}

const NOT_LISTED = 'the document does not list it';

function isOn(object: NetObject, dev: string): boolean {
  return object.kind === 'route' ? devicesOf(object).includes(dev) : 'dev' in object && object.dev === dev;
}

/** The kernel adds it without metrics and gateway; `reach.ts` omits those. */
function isChangedPrefixRoute({ protocol, table, mtuBytes, via, rest }: RouteObject): boolean {
  return protocol === KERNEL_PROTOCOL && table === MAIN_TABLE && (mtuBytes ?? via ?? rest) !== undefined;
}

/** Links of these kinds receive all packets of the NIC below them, as a bridge does. Source: netdev_rx_handler_register(). */
const EXCLUSIVE = ['macvlan', 'macvtap', 'ipvlan', 'ipvtap', 'macsec'];

/** Links of these kinds share the MAC of the NIC below them: packets are assigned by address. Source: ipvlan.rst. */
const BY_ADDRESS = ['ipvlan', 'ipvtap'];

/** Why the interface cannot be a bridge port, or be named in our rules. */
function unfitness(
  name: string,
  state: State,
): { readonly message: string; readonly hint: string } | undefined {
  if (/["*\\]/.test(name)) {
    const message = `the name ${name} has a character with a meaning in nftables`;
    return { message, hint: 'Give the interface another name: ip link set … name eth0.' };
  }
  const own = linkIn(state, name)?.lower;
  if (own !== undefined && BY_ADDRESS.includes(own.kind)) {
    const message = `${name} is an ${own.kind} on ${own.dev}: it gets only packets for its own addresses, which the bridge would have`;
    return { message, hint: `Name ${own.dev} instead, or use mode transparent.` };
  }
  for (const object of state.values()) {
    if (object.kind !== 'link' || object.netns !== HOST || object.lower?.dev !== name) continue;
    const { kind } = object.lower;
    if (!EXCLUSIVE.includes(kind)) continue;
    const message = `${name} has the ${kind} ${object.name} on it: it cannot be a port of a bridge (the kernel returns EBUSY)`;
    return { message, hint: `Remove that link (ip link del ${object.name}), or name another NIC.` };
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
