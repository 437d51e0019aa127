/**
 * What the document means: the desired State, derived from the document and the facts about pods' namespaces. Pure.
 */
import type { BridgeNetwork, Endpoint, Route, VnetDocument } from '../../schemas/generated/vnet.ts';
import { familyOf, withoutLength } from './addresses/address.ts';
import { Collection, type Desired, type Entries, entriesOf } from './desired.ts';
import { deriveAddresses, derivePodAddresses } from './derive-addresses.ts';
import type { NamespaceFact } from './ports/kernel.ts';
import {
  endpointMark,
  hostMac,
  networkMark,
  parseEndpointId,
  STATIC_PROTOCOL,
  VNET_PROTOCOL,
} from './names.ts';
import { bridgeNetworkOf, bridgeNetworks } from './networks.ts';
import { deriveNftElements, deriveNftTable } from './nft-table.ts';
import {
  HOST,
  linkKeyOf,
  type LinkObject,
  type NetnsPath,
  type NetObject,
  type RouteObject,
  type State,
} from './state.ts';

/** The main routing table. Source: RT_TABLE_MAIN of linux/rtnetlink.h. */
const MAIN_TABLE = 254;

/** What the kernel takes for an IPv6 route without a metric. Source: IP6_RT_PRIO_USER of linux/ipv6_route.h. */
const IPV6_METRIC = 1024;

export type { Desired } from './desired.ts';

/** What is known of namespaces: one fact for each path that was looked at. */
export type Namespaces = ReadonlyMap<NetnsPath, NamespaceFact>;

/**
 * Returns true when the endpoint's namespace is the one that ADD found: the path is there and its inode is the same.
 * A path that was not looked at counts as alive: only evidence makes an endpoint dead.
 */
export function isAlive(endpoint: Endpoint, namespaces: Namespaces): boolean {
  const fact = endpoint.netns === undefined ? undefined : namespaces.get(endpoint.netns);
  if (fact === undefined) return true;
  return fact !== 'gone' && (endpoint.netnsInode === undefined || endpoint.netnsInode === fact.inode);
}

/** Returns true for an endpoint whose interfaces are ours to make: attached, and not on its way out. */
export function isAttached(endpoint: Endpoint): boolean {
  return endpoint.hostVeth !== undefined && endpoint.netns !== undefined && endpoint.leaving === undefined;
}

/**
 * Returns everything the node's kernel should hold, for pods as they were seen: one that was given another MAC keeps it.
 * Law: depends on nothing but its arguments; endpoints that are leaving or dead contribute nothing.
 */
export function derive(document: VnetDocument, namespaces: Namespaces, seen: State = NOTHING): Desired {
  const desired = new Collection();
  const networks = bridgeNetworks(document);
  const active = networks.filter(([, network]) => network.uplink.released !== true);
  const [first] = active;
  if (first !== undefined) desired.add(first[0], [deriveNftTable(active.map(([, network]) => network))]);
  for (const [name, network] of networks) {
    desired.add(
      name,
      network.uplink.released === true ? deriveReleased(network) : deriveNetwork(name, network),
    );
  }
  for (const id of Object.keys(document.endpoints ?? {})) {
    collectEndpoint(desired, document, id, { namespaces, seen });
  }
  return desired.finish();
}

/** Returns the part of the desired State that is these endpoints'. Law: what derive() says of these owners. */
export function deriveOwners(
  document: VnetDocument,
  ids: readonly string[],
  namespaces: Namespaces,
  seen: State = NOTHING,
): Desired {
  const desired = new Collection();
  for (const id of ids) collectEndpoint(desired, document, id, { namespaces, seen });
  return desired.finish();
}

function collectEndpoint(
  desired: Collection,
  document: VnetDocument,
  id: string,
  { namespaces, seen }: { readonly namespaces: Namespaces; readonly seen: State },
): void {
  const endpoint = document.endpoints?.[id];
  const network = bridgeNetworkOf(document, parseEndpointId(id).network);
  if (endpoint === undefined || network === undefined || network.uplink.released === true) return;
  const own = entriesOfEndpoint(id, endpoint, network, ownLinkOf(id, endpoint, seen));
  if (isAttached(endpoint) && isAlive(endpoint, namespaces)) desired.addEntries(id, own);
  else desired.claim(id, own);
}

/** What was derived of an endpoint, and from what else. */
type Derived = Entries & {
  readonly id: string;
  readonly network: BridgeNetwork;
  readonly own: OwnLink | undefined;
};

/** By the endpoint itself: a process that stays derives a thousand of them at each change of one. */
const derivedBefore = new WeakMap<Endpoint, Derived>();

/** Law: the entries of deriveEndpoint(), whatever was derived before. */
function entriesOfEndpoint(
  id: string,
  endpoint: Endpoint,
  network: BridgeNetwork,
  own: OwnLink | undefined,
): Entries {
  const known = derivedBefore.get(endpoint);
  const isSame =
    known?.id === id &&
    known.network === network &&
    known.own?.mac === own?.mac &&
    known.own?.mtuBytes === own?.mtuBytes;
  if (isSame) return known;
  const derived = { ...entriesOf(deriveEndpoint(id, endpoint, network, own)), id, network, own };
  derivedBefore.set(endpoint, derived);
  return derived;
}

const NOTHING: State = new Map();

/** What a pod's interface was seen to be: chained plugins may have given it another MAC or MTU than ADD did. */
export type OwnLink = Pick<LinkObject, 'mac' | 'mtuBytes'>;

/** Returns the pod's interface as it really is, undefined where it was not seen. */
function ownLinkOf(id: string, { netns = HOST }: Endpoint, seen: State): OwnLink | undefined {
  const { ifName } = parseEndpointId(id);
  const link = seen.get(linkKeyOf(ifName, netns));
  return link?.kind === 'link' && netns !== HOST ? link : undefined;
}

/**
 * Returns the MTU of a network's bridge and of the pods that are attached from now on, when the document knows it.
 * Units: bytes.
 */
export function mtuOf(network: BridgeNetwork): number | undefined {
  return network.bridge.mtu ?? network.uplink.mtu;
}

function deriveNetwork(name: string, network: BridgeNetwork): readonly NetObject[] {
  const { bridge, uplink, arp } = network;
  const mtuBytes = mtuOf(network);
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
    ...deriveRouterSetting(bridge.name, mtuBytes),
    ...deriveAddresses(network, bridge.name),
    ...(uplink.routes ?? []).map((route) => deriveRoute(route, bridge.name)),
    ...(network.routes ?? []).map((route) => deriveRoute(route, bridge.name)),
    ...(arp?.neighbours ?? []).map(({ address, mac }) => deriveNeighbour(bridge.name, address, mac)),
  ];
}

/** With less the kernel takes an interface out of IPv6, settings and all. Source: IPV6_MIN_MTU of linux/ipv6.h. Units: bytes. */
const IPV6_MIN_MTU_BYTES = 1280;

/** The addresses that router advertisements gave the uplink move to the bridge as they are. */
function deriveRouterSetting(bridge: string, mtuBytes: number | undefined): readonly NetObject[] {
  if (mtuBytes !== undefined && mtuBytes < IPV6_MIN_MTU_BYTES) return [];
  return [{ kind: 'sysctl', netns: HOST, name: `net/ipv6/conf/${bridge}/accept_ra`, value: '0' }];
}

function deriveReleased(network: BridgeNetwork): readonly NetObject[] {
  const { uplink } = network;
  return [
    { kind: 'link', netns: HOST, name: uplink.name, type: 'device', up: true, master: '' },
    ...deriveAddresses(network, uplink.name),
    ...(uplink.routes ?? []).map((route) => deriveRoute(route, uplink.name)),
  ];
}

function deriveRoute(route: Route, dev: string): RouteObject {
  return deriveRouteIn(route, { netns: HOST, dev, protocol: route.protocol ?? VNET_PROTOCOL });
}

function deriveRouteIn(
  { to, via, table, metric, mtu, ...rest }: Omit<Route, 'protocol'>,
  place: Pick<RouteObject, 'netns' | 'dev' | 'protocol'>,
): RouteObject {
  const family = familyOf(to === 'default' ? (via ?? '0.0.0.0') : to) ?? 4;
  return {
    kind: 'route',
    family,
    to,
    ...(via === undefined ? {} : { via }),
    ...rest,
    ...place,
    table: table ?? MAIN_TABLE,
    metric: metric ?? (family === 6 ? IPV6_METRIC : 0),
    ...(mtu === undefined ? {} : { mtuBytes: mtu }),
  };
}

function deriveNeighbour(dev: string, address: string, mac: string): NetObject {
  return { kind: 'neighbour', netns: HOST, dev, address, mac, protocol: VNET_PROTOCOL };
}

/**
 * Returns the objects of one attached endpoint: the veth and its peer, the pod's view, and what leads to it.
 * Shape: the same whether the endpoint is alive, dead or leaving: whoever asks decides whether they are wanted. `own` is
 * the pod's interface as it was seen. A pod keeps the MTU it was made with, and the host's end takes no less than the
 * pod sends: the kernel drops a frame that is longer than the MTU of the end it arrives at.
 */
export function deriveEndpoint(
  id: string,
  endpoint: Endpoint,
  network: BridgeNetwork,
  own?: OwnLink,
): readonly NetObject[] {
  const { netns = '', hostVeth = '', mac = '' } = endpoint;
  const { ifName } = parseEndpointId(id);
  const mtuBytes = mtuOf(network);
  const mtu = mtuBytes === undefined ? {} : { mtuBytes };
  const hostMtu = mtuBytes === undefined ? {} : { mtuBytes: Math.max(mtuBytes, own?.mtuBytes ?? 0) };
  const addresses = endpoint.addresses.map(withoutLength);
  const ipv4 = addresses.filter((address) => familyOf(address) === 4);
  const known = network.arp?.pods !== false;
  return [
    {
      kind: 'link',
      netns: HOST,
      name: hostVeth,
      type: 'veth',
      up: true,
      mac: hostMac(mac),
      ...hostMtu,
      master: network.bridge.name,
      alias: endpointMark(id),
      peer: { netns, name: ifName },
      port: { hairpin: network.bridge.hairpin !== false },
    },
    { kind: 'link', netns, name: ifName, type: 'veth', up: true, mac, ...mtu },
    ...derivePodAddresses(endpoint.addresses, { netns, dev: ifName }),
    ...podRoutes(endpoint).map((route) =>
      deriveRouteIn(route, { netns, dev: ifName, protocol: STATIC_PROTOCOL }),
    ),
    ...(known ? addresses.map((address) => deriveNeighbour(network.bridge.name, address, mac)) : []),
    ...(known ? [{ kind: 'fdb', netns: HOST, dev: hostVeth, mac } as const] : []),
    ...deriveNftElements({
      hostVeth,
      mac,
      addresses: ipv4,
      antiSpoofing: network.bridge.antiSpoofing !== false,
      ownMac: own?.mac,
    }),
  ];
}

/** Returns the routes of a pod: those another IPAM plugin gave, else the default by the gateway, if there is one. */
export function podRoutes(endpoint: Endpoint): readonly Route[] {
  if (endpoint.routes !== undefined) {
    return endpoint.routes.map((route) =>
      route.via === undefined && endpoint.gateway !== undefined ? { ...route, via: endpoint.gateway } : route,
    );
  }
  return endpoint.gateway === undefined ? [] : [{ to: 'default', via: endpoint.gateway }];
}
