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

/** Returns the link as an object; `master` is the name of its bridge, `''` for none. */
export function linkObject(
  fact: LinkFact,
  place: { readonly netns: NetnsPath; readonly master: string; readonly peer?: LinkObject['peer'] },
): LinkObject {
  return {
    kind: 'link',
    netns: place.netns,
    name: fact.name,
    type: fact.kind === 'bridge' || fact.kind === 'veth' ? fact.kind : 'device',
    up: fact.up,
    ...(fact.mac === undefined ? {} : { mac: fact.mac }),
    mtuBytes: fact.mtuBytes,
    multicast: fact.multicast,
    master: place.master,
    ...(fact.alias === undefined ? {} : { alias: fact.alias }),
    ...(place.peer === undefined ? {} : { peer: place.peer }),
    ...(fact.hairpin === undefined ? {} : { port: { hairpin: fact.hairpin } }),
  };
}

/**
 * Returns the address as an object; a label that is the device's name, as the kernel gives it, says nothing.
 * Shape: `isConnected` is told by whoever has read the routes as well.
 */
export function addressObject(fact: AddressFact, place: Place, isConnected = false): AddressObject {
  const { broadcast, label, metric } = fact;
  return {
    kind: 'address',
    ...place,
    address: fact.address,
    scope: fact.scope,
    ...(broadcast === undefined ? {} : { broadcast }),
    ...(label === undefined || label === place.dev ? {} : { label }),
    ...(metric === undefined || metric === 0 ? {} : { metric }),
    ...(fact.noPrefixRoute ? { noPrefixRoute: true } : {}),
    ...(fact.isSecondary ? { secondary: true } : {}),
    ...(isConnected ? { prefixRoute: true } : {}),
    ...(fact.isDynamic ? { dynamic: true } : {}),
  };
}

/** Returns the route as an object. */
export function routeObject(fact: RouteFact, place: Place): RouteObject {
  const { via, source, scope, protocol, onLink, mtuBytes } = fact;
  return {
    kind: 'route',
    ...place,
    family: fact.family,
    to: fact.to,
    table: fact.table,
    metric: fact.metric,
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
    ...(scope === undefined ? {} : { scope }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(onLink === undefined ? {} : { onLink }),
    ...(mtuBytes === undefined ? {} : { mtuBytes }),
  };
}

/** Returns the neighbour as an object; protocol 0 is that of nobody. */
export function neighbourObject({ address, mac, protocol }: NeighbourFact, place: Place): NeighbourObject {
  return { kind: 'neighbour', ...place, address, mac, ...(protocol ? { protocol } : {}) };
}

/** Returns the forwarding entry as an object. */
export function fdbObject({ mac }: FdbFact, place: Place): FdbObject {
  return { kind: 'fdb', ...place, mac };
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
