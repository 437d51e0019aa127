/** An uplink's addresses, routes and neighbours, in the form of the document. Pure. */
import type { NextHop, Route, Uplink, UplinkAddress } from '../../../../schemas/generated/vnet.ts';
import { familyOf } from '../../addresses/address.ts';
import { wordsOf } from '../../kinds/words/attributes.ts';
import { hardwareOf } from '../../kinds/hardware.ts';
import { devicesOf, MAIN_TABLE } from '../../kinds/route.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import type { Observation } from '../../ports/kernel.ts';
import {
  type AddressObject,
  HOST,
  type LinkObject,
  type NeighbourObject,
  type NetObject,
  type NexthopObject,
  type RouteObject,
  type State,
} from '../../state.ts';
import { isOfOneHost } from './addresses.ts';
import { routeIn } from './routes.ts';
import { omitUndefined } from '../../objects.ts';

/**
 * Returns the uplink with all objects of its carriers: itself, or the bridge that holds it. `ports` also has a bridge that held
 * it before.
 */
export function describeUplink(
  observation: Observation,
  link: LinkObject,
  carriers: readonly string[],
  ports = carriers,
): Uplink {
  const addresses = hostAddresses(observation).filter(({ dev }) => carriers.includes(dev));
  const nexthops = nexthopsOn(observation, carriers);
  const numbers = new Set(nexthops.map(({ id }) => id));
  const routes = hostObjects(observation, 'route').filter((route) => isCarried(route, carriers, numbers));
  // Neighbours on a bridge may be those of pods, added by azure-vnet.
  const neighbours = hostObjects(observation, 'neighbour').filter(
    ({ dev, protocol }) => dev === link.name && protocol !== VNET_PROTOCOL,
  );
  return {
    name: link.name,
    mac: link.mac ?? '',
    ...omitUndefined({ mtu: link.mtuBytes }),
    ...describeHardware(link),
    addresses: addresses.toSorted(byPlace).map((one) => describeAddress(one, link.up === true)),
    routes: routes.toSorted(byReach).map((route) => describeRoute(singleWay(route, ports), carriers)),
    ...(nexthops.length === 0 ? {} : { nextHops: nexthops.map(describeNexthop) }),
    ...(neighbours.length === 0 ? {} : { neighbours: neighbours.map(describeNeighbour) }),
  };
}

/** Returns the link's hardware for the document, if known. */
export function describeHardware(link: LinkObject): Pick<Uplink, 'hardware'> {
  const { altNames, ...rest } = hardwareOf(link);
  const hardware = { ...rest, ...(altNames.length === 0 ? {} : { altNames }) };
  return Object.keys(hardware).length === 0 ? {} : { hardware };
}

/** Returns the links of the node that were observed. */
export function hostLinks(observation: Pick<Observation, 'state'>): readonly LinkObject[] {
  return hostObjects(observation, 'link');
}

/**
 * Tunnels that may be bound to a device: they find their way among its own routes, which move to the bridge.
 * Source: ip-link(8), `dev` of each type.
 */
const TUNNELS = [
  'vxlan',
  'ipip',
  'sit',
  'gre',
  'gretap',
  'erspan',
  'vti',
  'ip6tnl',
  'ip6gre',
  'ip6gretap',
  'ip6erspan',
  'vti6',
];

/** Returns the tunnels of the node that are bound to the interface: without its routes they have no way out. */
export function tunnelsOn(state: State, name: string): readonly LinkObject[] {
  return hostLinks({ state }).filter(({ lower }) => lower?.dev === name && TUNNELS.includes(lower.kind));
}

/** Returns the addresses of the node that were observed. */
export function hostAddresses(observation: Pick<Observation, 'state'>): readonly AddressObject[] {
  return hostObjects(observation, 'address');
}

/** Returns the link of the node that has this as an alternative name. */
export function otherNamed(state: State, name: string): LinkObject | undefined {
  for (const object of state.values()) {
    if (object.kind === 'link' && object.netns === HOST && hardwareOf(object).altNames.includes(name))
      return object;
  }
  return undefined;
}

function hostObjects<K extends NetObject['kind']>(
  { state }: Pick<Observation, 'state'>,
  kind: K,
): readonly Extract<NetObject, { kind: K }>[] {
  return Array.from(state.values()).filter(
    (object): object is Extract<NetObject, { kind: K }> => object.kind === kind && object.netns === HOST,
  );
}

/** In the order of ip(8): IPv4 first, each interface's in the kernel's order. */
function byPlace(left: AddressObject, right: AddressObject): number {
  return (
    (familyOf(left.address) ?? 0) - (familyOf(right.address) ?? 0) ||
    Number(left.secondary === true) - Number(right.secondary === true) ||
    Math.abs(left.place ?? 0) - Math.abs(right.place ?? 0)
  );
}

/** Groups follow their members: only those without other members belong to the uplink. */
function nexthopsOn(observation: Observation, carriers: readonly string[]): readonly NexthopObject[] {
  const all = hostObjects(observation, 'nexthop').toSorted((left, right) => left.id - right.id);
  const single = all.filter(({ dev }) => carriers.includes(dev));
  const ids = new Set(single.map(({ id }) => String(id)));
  const groups = all.filter(({ group }) => group?.every((member) => ids.has(member.split(',')[0] ?? '')));
  return [...single, ...groups];
}

/** A route that uses a foreign nexthop object follows that object. */
function isCarried(route: RouteObject, carriers: readonly string[], nexthops: ReadonlySet<number>): boolean {
  const isCopy = route.copy !== undefined && route.learned !== true;
  if (route.protocol === VNET_PROTOCOL || isCopy) return false;
  if (route.nextHopId !== undefined) return nexthops.has(route.nextHopId);
  return devicesOf(route).some((dev) => carriers.includes(dev));
}

/** Routes to gateways before the routes that use them, so that they can be created in this order. */
function byReach(left: RouteObject, right: RouteObject): number {
  return Number(isDirect(right)) - Number(isDirect(left));
}

function isDirect({ via, nextHopId, nextHops }: RouteObject): boolean {
  return (via ?? nextHopId ?? nextHops) === undefined;
}

function describeAddress(object: AddressObject, isUp: boolean): UplinkAddress {
  const { address, peer, scope, broadcast, label, metric, noPrefixRoute, noDad, dynamic, rest } = object;
  return {
    address,
    ...omitUndefined({
      peer,
      scope: scope || undefined,
      broadcast: familyOf(address) === 4 ? broadcast : undefined,
      label,
      metric: metric || undefined,
      noPrefixRoute: noPrefixRoute || undefined,
      prefixRoute: isUp && lacksRoute(object) ? false : undefined,
      noDad: noDad || undefined,
      dynamic: dynamic || undefined,
      attributes: rest && wordsOf('address', rest),
    }),
  };
}

/** The kernel's route to the prefix was deleted, or replaced by one with another metric. */
function lacksRoute({ address, peer, secondary, noPrefixRoute, prefixRoute }: AddressObject): boolean {
  const isWithout =
    secondary === true || noPrefixRoute === true || (peer === undefined && isOfOneHost(address));
  return prefixRoute !== true && !isWithout;
}

function describeRoute(route: RouteObject, carriers: readonly string[]): Route {
  const { to, from, type, tos, via, source, table, metric, scope, protocol, onLink, mtuBytes } = route;
  const { nextHopId, dynamic, rest } = route;
  const [first, ...more] = (route.nextHops ?? []).map((hop) => describeHop(hop, carriers));
  const described: Route = {
    to,
    ...omitUndefined({
      from,
      type,
      tos,
      via,
      source,
      table: table === MAIN_TABLE ? undefined : table,
      metric: metric || undefined,
      scope: scope || undefined,
      protocol,
      onLink: onLink || undefined,
      mtu: mtuBytes,
      nextHopId,
    }),
    ...(first === undefined ? {} : { nextHops: [first, ...more] }),
    ...omitUndefined({ dynamic: dynamic || undefined, attributes: rest && wordsOf('route', rest) }),
  };
  // A default route has the family of its gateway, unless specified.
  const isSaid = routeIn(described, { netns: HOST, dev: route.dev }).family === route.family;
  return isSaid ? described : { ...described, to: route.family === 4 ? '0.0.0.0/0' : '::/0' };
}

/**
 * Returns a route over one gateway by both the uplink and its bridge as a route over this gateway: Linux joins an IPv6 route that
 * a network manager appends for the NIC with the one on the bridge.
 */
function singleWay({ nextHops = [], ...route }: RouteObject, ports: readonly string[]): RouteObject {
  const [first, second] = nextHops;
  const isOne =
    nextHops.length === 2 &&
    first?.via !== undefined &&
    first.via === second?.via &&
    first.dev !== second.dev &&
    nextHops.every(({ dev }) => ports.includes(dev));
  if (isOne) return { ...route, via: first.via, ...(first.onLink === true ? { onLink: true } : {}) };
  return nextHops.length === 0 ? route : { ...route, nextHops };
}

function describeHop(
  { dev, rest, ...hop }: NonNullable<RouteObject['nextHops']>[number],
  carriers: readonly string[],
): NextHop {
  const attributes = rest && wordsOf('route', rest);
  return { ...hop, ...omitUndefined({ dev: carriers.includes(dev) ? undefined : dev, attributes }) };
}

function describeNexthop(object: NexthopObject): NonNullable<Uplink['nextHops']>[number] {
  const { id, family, via, group, protocol, scope, onLink, rest } = object;
  const [first, ...more] = group ?? [];
  return {
    id,
    ...omitUndefined({ family: via === undefined && family !== 0 ? family : undefined, via }),
    ...(first === undefined ? {} : { group: [first, ...more] }),
    ...omitUndefined({ protocol, scope, onLink: onLink || undefined }),
    ...omitUndefined({ attributes: rest && wordsOf('nexthop', rest) }),
  };
}

function describeNeighbour(object: NeighbourObject): NonNullable<Uplink['neighbours']>[number] {
  const { address, mac, proxy, state, protocol, flags, rest } = object;
  const attributes = rest && wordsOf('neighbour', rest);
  const given = { mac: mac || undefined, proxy: proxy || undefined, state, protocol, flags, attributes };
  return { address, ...omitUndefined(given) };
}
