/** What the codecs say, as objects of a State. Pure. */
import type {
  AddressObject,
  FdbObject,
  LinkObject,
  NeighbourObject,
  NetnsPath,
  NetObject,
  RouteObject,
} from '../model/state.ts';
import { normaliseObject } from '../model/state.ts';
import type { AddressFact } from './netlink/address.ts';
import type { LinkFact } from './netlink/link.ts';
import type { FdbFact, NeighbourFact } from './netlink/neighbour.ts';
import type { RouteFact } from './netlink/route.ts';

/** Where an object is: its namespace and, for what hangs on a link, the link's name. */
export type Place = { readonly netns: NetnsPath; readonly dev: string };

/** An object while it comes together: field by field, since there are thousands, and every spread is a copy. */
export type Growing<T> = { -readonly [Field in keyof T]: T[Field] };

/** Returns the link as an object, without its peer; `master` is the name of its bridge, `''` for none. */
export function linkObject(
  fact: LinkFact,
  place: { readonly netns: NetnsPath; readonly master: string },
): Growing<LinkObject> {
  const link: Growing<LinkObject> = {
    kind: 'link',
    netns: place.netns,
    name: fact.name,
    type: fact.kind === 'bridge' || fact.kind === 'veth' ? fact.kind : 'device',
    up: fact.up,
    mtuBytes: fact.mtuBytes,
    multicast: fact.multicast,
    master: place.master,
  };
  if (fact.mac !== undefined) link.mac = fact.mac;
  if (fact.alias !== undefined) link.alias = fact.alias;
  if (fact.hairpin !== undefined) link.port = { hairpin: fact.hairpin };
  return link;
}

/**
 * Returns the address as an object; a label that is the device's name, as the kernel gives it, says nothing.
 * Shape: `isConnected` is told by whoever has read the routes as well.
 */
export function addressObject(fact: AddressFact, place: Place, isConnected = false): AddressObject {
  const { broadcast, label, metric } = fact;
  const address: Growing<AddressObject> = {
    kind: 'address',
    netns: place.netns,
    dev: place.dev,
    address: fact.address,
    scope: fact.scope,
  };
  if (broadcast !== undefined) address.broadcast = broadcast;
  if (label !== undefined && label !== place.dev) address.label = label;
  if (metric !== undefined && metric !== 0) address.metric = metric;
  if (fact.noPrefixRoute) address.noPrefixRoute = true;
  if (fact.isSecondary) address.secondary = true;
  if (isConnected) address.prefixRoute = true;
  if (fact.isDynamic) address.dynamic = true;
  return address;
}

/** Returns the route as an object. */
export function routeObject(fact: RouteFact, place: Place): RouteObject {
  const { family, to, table, metric, via, source, scope, protocol, onLink, mtuBytes } = fact;
  const { netns, dev } = place;
  const route: Growing<RouteObject> = { kind: 'route', netns, dev, family, to, table, metric };
  if (via !== undefined) route.via = via;
  if (source !== undefined) route.source = source;
  if (scope !== undefined) route.scope = scope;
  if (protocol !== undefined) route.protocol = protocol;
  if (onLink !== undefined) route.onLink = onLink;
  if (mtuBytes !== undefined) route.mtuBytes = mtuBytes;
  return route;
}

/** Returns the neighbour as an object; protocol 0 is that of nobody. */
export function neighbourObject({ address, mac, protocol }: NeighbourFact, place: Place): NeighbourObject {
  const { netns, dev } = place;
  const neighbour: Growing<NeighbourObject> = { kind: 'neighbour', netns, dev, address, mac };
  if (protocol) neighbour.protocol = protocol;
  return neighbour;
}

/** Returns the forwarding entry as an object. */
export function fdbObject({ mac }: FdbFact, place: Place): FdbObject {
  return { kind: 'fdb', netns: place.netns, dev: place.dev, mac };
}

/**
 * Returns the first field of `want` (or of the named ones) that `have` does not show, or undefined when all agree.
 * What `want` leaves open agrees with anything; false and the empty text agree with absent. Whether an address has its
 * prefix route is told by the routes alone.
 */
export function firstDifference(
  have: NetObject,
  want: NetObject,
  fields?: readonly string[],
): string | undefined {
  const values = new Map<string, unknown>(Object.entries(normaliseObject(have)));
  for (const [name, value] of Object.entries(normaliseObject(want))) {
    if (name === 'type' || name === 'script' || name === 'prefixRoute' || value === undefined) continue;
    if (fields !== undefined && !fields.includes(name)) continue;
    const held = values.get(name);
    if ((value === false || value === '') && held === undefined) continue;
    if (JSON.stringify(held) !== JSON.stringify(value)) return name;
  }
  return undefined;
}
