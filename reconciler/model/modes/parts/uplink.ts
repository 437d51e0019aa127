/** The uplink in the document, as objects of the desired State. Pure. */
import type { Route, Uplink, UplinkAddress } from '../../../../schemas/generated/vnet.ts';
import { familyOf, normalisePrefix, withoutLength } from '../../addresses/address.ts';
import { prefixOf } from '../../kinds/address.ts';
import { attributesOf } from '../../kinds/words/attributes.ts';
import type { RestAttributes } from '../../kinds/kind.ts';
import { KERNEL_PROTOCOL, VNET_PROTOCOL } from '../../names.ts';
import {
  type AddressObject,
  HOST,
  keyOf,
  linkKeyOf,
  type NeighbourObject,
  type NetObject,
  type NextHop,
  type NexthopObject,
  normaliseObject,
  type RouteObject,
  type State,
} from '../../state.ts';
import { isOfOneHost } from './addresses.ts';
import { expiringRoute, placeAmongRouters } from './learned.ts';
import { routeIn } from './routes.ts';
import { omitUndefined } from '../../objects.ts';
import { IPV6_PREFIX_METRIC, MAIN_TABLE } from '../../kinds/route.ts';

/**
 * The place of the uplink's addresses and routes.
 * Shape: `dev` is the bridge, or the uplink itself; `others` are the interfaces where they may be now. `seen`
 * is the observed State; without it, the whole document is desired.
 */
export type UplinkPlace = {
  readonly dev: string;
  readonly others: readonly string[];
  readonly seen?: State | undefined;
};

/**
 * Returns all objects of the uplink, as desired at the place. Objects that expire, or move between nodes, are
 * desired where they were observed, and not otherwise.
 */
export function uplinkObjects(uplink: Uplink, place: UplinkPlace): readonly NetObject[] {
  const addresses = uplinkAddresses(uplink, place);
  return [
    ...addresses,
    ...(uplink.nextHops ?? []).map((one) => uplinkNexthop(one, place.dev)),
    ...uplinkRoutes(uplink, place, addresses),
    ...uplinkNeighbours(uplink, place),
  ];
}

/** Returns the addresses of the uplink, in the order of the document. */
function uplinkAddresses({ name, addresses = [] }: Uplink, place: UplinkPlace): readonly AddressObject[] {
  const prefixes = new Set<string>();
  return addresses.flatMap((given, index) => {
    const { label, noDad, dynamic, attributes, prefixRoute, floating: _said, ...address } = given;
    const isIpv6 = familyOf(address.address) === 6;
    const object: AddressObject = {
      kind: 'address',
      netns: HOST,
      dev: place.dev,
      ...address,
      ...precedenceOf(given, prefixes),
      ...(prefixRoute === false ? { prefixRoute } : {}),
      ...(isIpv6 ? { noDad: noDad === true } : {}),
      ...(dynamic === true ? { dynamic } : {}),
      // A label belongs to the interface it was made for (eth0:1).
      ...(label !== undefined && place.dev === name ? { label } : {}),
      place: isIpv6 ? -1 - index : 1 + index,
      ...restOf('address', attributes),
    };
    if (isFloatingAddress(given, addresses)) return floatingObject(object, name, place);
    return dynamic === true && !isSeen(object, place) ? [] : [object];
  });
}

/**
 * Returns true for an address that moves between nodes: the document says so, or its prefix is a single host
 * and the uplink has an address with a shorter prefix of its family.
 */
export function isFloatingAddress(
  { address, peer, floating }: UplinkAddress,
  all: readonly UplinkAddress[],
): boolean {
  if (floating !== undefined) return floating;
  if (!isOfOneHost(address) || peer !== undefined) return false;
  return all.some((other) => !isOfOneHost(other.address) && familyOf(other.address) === familyOf(address));
}

/** An address on the uplink that the bridge has as well was put there by the program that moves it. */
function floatingObject(object: AddressObject, uplink: string, place: UplinkPlace): readonly AddressObject[] {
  const { dev, seen } = place;
  if (seen === undefined) return [object];
  const link = seen.get(linkKeyOf(uplink));
  const isPort = link?.kind === 'link' && link.master === dev;
  const onUplink = { ...object, dev: uplink };
  if (isPort && isIn(seen, onUplink)) return [onUplink];
  return isSeen(object, place) ? [object] : [];
}

function isSeen(object: AddressObject | NeighbourObject, { dev, others, seen }: UplinkPlace): boolean {
  return seen === undefined || [dev, ...others].some((other) => isIn(seen, { ...object, dev: other }));
}

function isIn(seen: State, object: NetObject): boolean {
  return seen.has(keyOf(normaliseObject(object)));
}

/**
 * The first address of a prefix in the document's order is its primary one; `prefixes` records the prefixes seen. It
 * adds a route to its prefix, unless that is disabled or another address has the prefix.
 */
function precedenceOf(
  { address, peer, noPrefixRoute, metric = 0 }: UplinkAddress,
  prefixes: Set<string>,
): Pick<AddressObject, 'secondary' | 'prefixRoute'> {
  const isIpv4 = familyOf(address) === 4;
  const prefix = prefixOf({ address, ...(peer === undefined ? {} : { peer }) });
  // In IPv6 each metric has a separate route; an address without a route does not take over the next one's.
  if (!isIpv4 && noPrefixRoute === true) return {};
  const place = isIpv4 ? prefix : `${prefix} ${metric}`;
  const isTaken = prefixes.has(place);
  prefixes.add(place);
  if (isTaken) return isIpv4 ? { secondary: true } : {};
  return noPrefixRoute === true || (peer === undefined && isOfOneHost(address)) ? {} : { prefixRoute: true };
}

function uplinkNexthop(
  { id, family, via, group, attributes, ...more }: NonNullable<Uplink['nextHops']>[number],
  dev: string,
): NexthopObject {
  return {
    kind: 'nexthop',
    netns: HOST,
    id,
    dev: group === undefined ? dev : '',
    family: group === undefined ? (family ?? (familyOf(via ?? '') === 6 ? 6 : 4)) : 0,
    ...omitUndefined({ via, group }),
    ...more,
    ...restOf('nexthop', attributes),
  };
}

/** A route waits for the address that it needs. */
function uplinkRoutes(
  { routes = [], addresses = [] }: Uplink,
  place: UplinkPlace,
  wanted: readonly AddressObject[],
): readonly RouteObject[] {
  const there = new Set(wanted.map(({ address }) => withoutLength(address)));
  const [present, absent] = [true, false].map((isThere) =>
    addresses.filter(({ address }) => there.has(withoutLength(address)) === isThere),
  );
  const waits = ({ via, source, onLink }: RouteObject): boolean => {
    if (absent?.some(({ address }) => withoutLength(address) === source) === true) return true;
    if (via === undefined || onLink === true) return false;
    return isWithin(via, absent ?? []) && !isWithin(via, present ?? []);
  };
  return routes
    .flatMap((given, index) => {
      const route = hostRoute(given, place.dev);
      return route.dynamic === true && place.seen !== undefined
        ? expiringRoute(route, placeAmongRouters(routes, index), { ...place, seen: place.seen })
        : [route];
    })
    .filter((route) => !waits(route) && !wanted.some((address) => isPrefixRoute(route, address)));
}

/** The kernel adds it with the address; a document lists it if its routes were once read before its addresses. */
function isPrefixRoute(route: RouteObject, address: AddressObject): boolean {
  const { family, to, table, metric, protocol, type, via, nextHops, nextHopId, tos, mtuBytes, rest } = route;
  const isModified = (type ?? via ?? nextHops ?? nextHopId ?? tos ?? mtuBytes ?? rest) !== undefined;
  if (isModified || address.prefixRoute !== true) return false;
  const own = address.metric ?? 0;
  const made = own === 0 && family === 6 ? IPV6_PREFIX_METRIC : own;
  return protocol === KERNEL_PROTOCOL && table === MAIN_TABLE && metric === made && to === prefixOf(address);
}

function isWithin(via: string, addresses: readonly UplinkAddress[]): boolean {
  return addresses.some((one) => {
    const prefix = prefixOf(one);
    const isAlike = familyOf(one.address) === familyOf(via);
    return isAlike && normalisePrefix(`${via}/${prefix.split('/')[1]}`) === prefix;
  });
}

/** Returns the node's route through the link; without a protocol it gets our mark. */
export function hostRoute(route: Route, dev: string): RouteObject {
  const object = routeIn(route, { netns: HOST, dev, protocol: route.protocol ?? VNET_PROTOCOL });
  const { nextHops } = route;
  return {
    ...object,
    ...(object.nextHops === undefined ? {} : { nextHops: object.nextHops.map(withRest(nextHops)) }),
    ...restOf('route', route.attributes),
  };
}

function withRest(hops: Route['nextHops']): (hop: NextHop, index: number) => NextHop {
  return (hop, index) => ({ ...hop, ...restOf('route', hops?.[index]?.attributes) });
}

/** Stale entries belong to the program that set them: they move, and are never added again. */
function uplinkNeighbours({ neighbours = [] }: Uplink, place: UplinkPlace): readonly NeighbourObject[] {
  return neighbours
    .map(
      ({ address, mac = '', attributes, ...more }): NeighbourObject => ({
        kind: 'neighbour',
        netns: HOST,
        dev: place.dev,
        address,
        mac,
        ...more,
        ...restOf('neighbour', attributes),
      }),
    )
    .filter((object) => object.state !== 'stale' || isSeen(object, place));
}

function restOf(
  kind: NetObject['kind'],
  attributes: readonly string[] | undefined,
): { readonly rest?: RestAttributes } {
  return attributes === undefined ? {} : { rest: attributesOf(kind, attributes) };
}
