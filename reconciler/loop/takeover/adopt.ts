/**
 * Adopts changes that the node's own network configuration makes to an uplink after the document was written:
 * a new lease, other routes. Otherwise the node would keep an address that may since belong to another. Pure.
 */
import type {
  Network,
  Pools,
  Route,
  Uplink,
  UplinkAddress,
  VnetDocument,
} from '../../../schemas/generated/vnet.ts';
import {
  familyOf,
  normaliseAddress,
  normalisePrefix,
  parseAddress,
  withoutLength,
} from '../../model/addresses/address.ts';
import { type Pool, poolsOf } from '../../model/addresses/families.ts';
import { containsAddress, expandRanges } from '../../model/addresses/address-list.ts';
import { describeUplink } from '../../model/modes/parts/describe-uplink.ts';
import { identifyUplink } from '../../model/modes/parts/identity.ts';
import { describeSettings } from './describe-settings.ts';
import { hostRoute } from '../../model/modes/parts/uplink.ts';
import type { Observation } from '../../model/ports/kernel.ts';
import { DHCP_PROTOCOL, parseEndpointId, RA_PROTOCOL } from '../../model/names.ts';
import { networksWith, type NetworkWith } from '../../model/capabilities.ts';
import {
  forEachIn,
  HOST,
  KeyOrdered,
  linkKeyOf,
  type LinkObject,
  type NetObject,
} from '../../model/state.ts';
import { omitUndefined } from '../../model/objects.ts';

/**
 * Returns, by name, the updated networks whose uplink has configuration that the document lacks; `sysctls` are those of
 * observeSettings(). While the
 * uplink is in its bridge, only IPv4 leases count: addresses with a lifetime, and routes of DHCP. On an
 * uplink outside its bridge everything counts, as in the first takeover. A new address replaces one of the
 * same prefix that is no longer on the uplink; a new route replaces DHCP's to the same destination.
 * Law: a document with the result in it has an empty result.
 */
export function adoptLeases(
  document: VnetDocument,
  observation: Observation,
  sysctls = observation.state,
): ReadonlyMap<string, Network> {
  const adopted = new Map<string, Network>();
  for (const one of networksWith(document, 'takeover')) {
    const { name, network, mode } = one;
    const uplink = mode.takeover.uplink(network);
    const carrier = mode.takeover.carrier(network);
    const link = linkOf(uplink, carrier, observation);
    if (uplink.released === true || link === undefined) continue;
    // Values of another NIC would be evidence that it is the same one.
    if (identifyUplink(uplink, carrier, observation.state).kind === 'other') continue;
    const carried = carriedBy(link, observation, carrier);
    const isOutside = link.master !== carrier;
    const found = isOutside ? { ...carried, settings: describeSettings(carried, sysctls) } : carried;
    const { addresses = [] } = found;
    const held = addresses.length === 0 ? NO_HOLDERS : addressesHeld(document, name);
    const free = addresses.filter(({ address }) => !held.has(withoutLength(address)));
    const next = withCarried(one, { ...found, addresses: free });
    if (next !== undefined) adopted.set(name, next);
  }
  return adopted;
}

/**
 * Returns, by name, the updated networks whose bridge has addresses and routes that the document lacks: those of other programs, and
 * of routers. A release would delete them with the bridge. Those of pods, and our own, are left out.
 */
export function adoptFromCarriers(
  document: VnetDocument,
  observation: Observation,
): ReadonlyMap<string, Network> {
  const adopted = new Map<string, Network>();
  for (const one of networksWith(document, 'takeover')) {
    const { name, network, mode } = one;
    const [uplink, carrier] = [mode.takeover.uplink(network), mode.takeover.carrier(network)];
    const link = linkOf(uplink, carrier, observation);
    if (uplink.released === true || link?.master !== carrier) continue;
    const { addresses = [], routes = [] } = describeUplink(observation, link, [carrier]);
    const held = addressesHeld(document, name);
    const free = addresses.filter(({ address }) => !held.has(withoutLength(address)));
    const own = routes.filter((route) => !routes.some((other) => isStandIn(route, other)));
    const next = withCarried(one, { name: link.name, addresses: free, routes: own });
    if (next !== undefined) adopted.set(name, next);
  }
  return adopted;
}

/** The kernel has learned the other one again. */
function isStandIn(route: Route, other: Route): boolean {
  return (
    route.dynamic === true &&
    placeOf(route) === placeOf(other) &&
    route.via === other.via &&
    (route.metric ?? 0) === (other.metric ?? 0) + 1
  );
}

/** Returns the document with these networks. */
export function withNetworks(document: VnetDocument, networks: ReadonlyMap<string, Network>): VnetDocument {
  if (networks.size === 0) return document;
  return { ...document, networks: { ...document.networks, ...Object.fromEntries(networks) } };
}

/** Undefined if it also belongs to another program. */
function linkOf({ name }: Uplink, carrier: string, { state }: Observation): LinkObject | undefined {
  const link = state.get(linkKeyOf(name));
  if (link?.kind !== 'link') return undefined;
  return (link.master ?? '') === '' || link.master === carrier ? link : undefined;
}

const NO_HOLDERS: ReadonlySet<string> = new Set();

/** An address still leased to an endpoint cannot be adopted: it is adopted once the endpoint is gone. */
function addressesHeld({ endpoints = {} }: VnetDocument, network: string): ReadonlySet<string> {
  return new Set(
    Object.entries(endpoints).flatMap(([id, { addresses }]) =>
      parseEndpointId(id).network === network ? addresses.map(withoutLength) : [],
    ),
  );
}

type Carried = Pick<Uplink, 'name' | 'addresses' | 'routes' | 'nextHops' | 'neighbours' | 'settings'>;

function carriedBy(link: LinkObject, observation: Observation, carrier: string): Carried {
  const own = [link.name];
  if (link.master !== carrier) {
    return describeUplink(observation, link, own, [...own, carrier]);
  }
  const counts = (object: NetObject): boolean => {
    if (object.netns !== HOST || !('dev' in object) || object.dev !== link.name) return false;
    if (object.kind === 'address') {
      return familyOf(object.address) === 4 && (object.scope ?? 0) === 0 && object.dynamic === true;
    }
    return object.kind === 'route' && object.family === 4 && object.protocol === DHCP_PROTOCOL;
  };
  const state = new KeyOrdered();
  forEachIn(observation.state, (object, key) => {
    if (counts(object)) state.set(key, object);
  });
  return describeUplink({ ...observation, state }, link, own);
}

function withCarried({ network, mode }: NetworkWith<'takeover'>, carried: Carried): Network | undefined {
  const uplink = mode.takeover.uplink(network);
  const { addresses = [], routes = [] } = uplink;
  const { next, moved } = mergeAddresses(addresses, carried.addresses ?? []);
  const sourced = routes.map((route) => withSource(route, moved));
  const nextRoutes = (carried.routes ?? []).reduce(withRoute, sourced);
  const nextHops = merge(uplink.nextHops, carried.nextHops, ({ id }) => String(id));
  const neighbours = merge(
    uplink.neighbours,
    carried.neighbours,
    ({ address, proxy }) => `${address} ${proxy === true}`,
  );
  const settings = merge(uplink.settings, carried.settings, ({ name }) => name);
  const isKnown =
    next.every((address, index) => address === addresses[index]) &&
    nextRoutes === sourced &&
    nextHops === uplink.nextHops &&
    neighbours === uplink.neighbours &&
    settings === uplink.settings;
  if (isKnown) return undefined;
  const adopted: Uplink = {
    ...uplink,
    addresses: next,
    routes: [...nextRoutes],
    ...omitUndefined({ nextHops, neighbours, settings }),
  };
  return { ...mode.takeover.withUplink(network, adopted), pools: withoutOwn(network, next) };
}

type Merged = {
  readonly next: readonly UplinkAddress[];
  /** The addresses that replaced others, without lengths. */
  readonly moved: ReadonlyMap<string, string>;
};

function idOf({ address, peer = '' }: UplinkAddress): string {
  return `${normaliseAddress(address)} ${peer}`;
}

function mergeAddresses(addresses: readonly UplinkAddress[], given: readonly UplinkAddress[]): Merged {
  const known = new Set(addresses.map(idOf));
  const found = new Set(given.map(idOf));
  const next: UplinkAddress[] = [...addresses];
  const moved = new Map<string, string>();
  for (const one of given) {
    if (known.has(idOf(one))) continue;
    const at = next.findIndex((other) => isSamePrefix(other.address, one.address) && !found.has(idOf(other)));
    if (at < 0) next.push(one);
    else {
      moved.set(withoutLength(next[at]?.address ?? ''), withoutLength(one.address));
      next[at] = one;
    }
  }
  return { next, moved };
}

/** Returns the same list if all entries are known. */
function merge<T>(
  known: readonly T[] | undefined,
  given: readonly T[] | undefined,
  key: (one: T) => string,
): readonly T[] | undefined {
  const ids = new Set((known ?? []).map(key));
  const more = (given ?? []).filter((one) => !ids.has(key(one)));
  return more.length === 0 ? known : [...(known ?? []), ...more];
}

/** The pools must not contain the node's own addresses. */
function withoutOwn(network: Network, addresses: readonly UplinkAddress[]): Pools {
  const own = addresses.map(({ address }) => withoutLength(address));
  return Object.fromEntries(poolsOf(network).map(({ key, pool }) => [key, excluding(pool, own)]));
}

function excluding(pool: Pool, own: readonly string[]): Pool {
  const [listed, excluded] = [expandRanges(pool.addresses), expandRanges(pool.exclude ?? [])];
  const more = own.filter((address) => {
    const value = parseAddress(address);
    return value !== undefined && containsAddress(listed, value) && !containsAddress(excluded, value);
  });
  return more.length === 0 ? pool : { ...pool, exclude: [...(pool.exclude ?? []), ...more] };
}

function isSamePrefix(left: string, right: string): boolean {
  return normalisePrefix(left) === normalisePrefix(right);
}

function withSource(route: Route, moved: ReadonlyMap<string, string>): Route {
  const source = moved.get(route.source ?? '');
  return source === undefined ? route : { ...route, source };
}

/** Returns the same array if the route is already known. */
function withRoute(routes: readonly Route[], given: Route): readonly Route[] {
  const isTo = (route: Route): boolean => placeOf(route) === placeOf(given);
  if (routes.some((route) => isTo(route) && isSameWay(route, given))) return routes;
  const at = routes.findIndex(
    (route) =>
      isTo(route) &&
      !isOfOtherRouter(route, given) &&
      (route.protocol === DHCP_PROTOCOL || (route.metric ?? 0) === (given.metric ?? 0)),
  );
  return at < 0 ? [...routes, given] : routes.with(at, given);
}

/** Each router that advertises itself has a route with the same metric. */
function isOfOtherRouter(left: Route, right: Route): boolean {
  return left.via !== right.via && [left, right].every(({ protocol }) => protocol === RA_PROTOCOL);
}

function placeOf(route: Route): string {
  const { family, to, from, tos, table } = hostRoute(route, '');
  return [family, to, from, tos, table].join(' ');
}

/** Other differences belong to the bridge, or do not justify a new generation. */
function isSameWay(left: Route, right: Route): boolean {
  return (
    left.via === right.via &&
    left.type === right.type &&
    left.nextHopId === right.nextHopId &&
    JSON.stringify(left.nextHops) === JSON.stringify(right.nextHops) &&
    (left.metric ?? 0) === (right.metric ?? 0) &&
    (left.source === right.source || right.source === undefined)
  );
}
