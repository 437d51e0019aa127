/** Reads addresses and routes together: the kernel's routes for addresses are not separate objects. */
import type { AddressObject } from '../../model/kinds/address.ts';
import { ok, type Result } from '../../model/result.ts';
import { type AddressFact, addressObject, readAddresses } from '../kinds/address.ts';
import { isMadeByKernel } from '../kinds/prefix-route.ts';
import { listRoutes } from '../kinds/route.ts';
import type { RouteFact } from '../kinds/route-codec.ts';
import type { Mutable, LinkPlace } from '../kinds/wire.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { IPV6_PREFIX_METRIC } from '../../model/kinds/route.ts';

/**
 * Routes and addresses, related to each other.
 * Shape: `connected` are the addresses whose prefix routes exist; `routes` are those of no address.
 */
export type Reach = {
  readonly addresses: readonly AddressFact[];
  readonly routes: readonly RouteFact[];
  readonly connected: ReadonlySet<AddressFact>;
};

/** Returns all addresses and routes of the namespace, read one after the other. */
export function readReach(socket: NetlinkSocket): Result<Reach> {
  const addresses = readAddresses(socket, 0);
  if (!addresses.ok) return addresses;
  const routes = listRoutes(socket);
  return routes.ok ? ok(reachOf(routes.value, addresses.value)) : routes;
}

/**
 * Returns the routes without the kernel's own for the addresses: protocol kernel, to the prefix of an address
 * of the same link that requires such a route, and unmodified.
 */
export function reachOf(routes: readonly RouteFact[], addresses: readonly AddressFact[]): Reach {
  const connected = new Set<AddressFact>();
  const own: RouteFact[] = [];
  for (const route of routes) {
    const implying = isMadeByKernel(route) ? addressesOf(route, addresses) : [];
    for (const address of implying) connected.add(address);
    if (implying.length === 0 && !(isMadeByKernel(route) && isToPeer(route, addresses))) own.push(route);
  }
  return { addresses, routes: own, connected };
}

/** IPv6 adds a route to the peer besides that to the prefix. */
function isToPeer({ index, to }: RouteFact, addresses: readonly AddressFact[]): boolean {
  return addresses.some(
    ({ index: on, address, peer }) => on === index && address.includes(':') && `${peer}/128` === to,
  );
}

/** Returns the addresses for which the kernel adds this route. */
function addressesOf(
  { index, to, family, metric }: RouteFact,
  addresses: readonly AddressFact[],
): readonly AddressFact[] {
  return addresses.filter(
    (one) =>
      one.index === index &&
      one.noPrefixRoute !== true &&
      one.prefix === to &&
      // IPv4 has one route for all addresses of a prefix and metric, IPv6 one for each metric.
      (one.metric || (family === 4 ? 0 : IPV6_PREFIX_METRIC)) === metric,
  );
}

/** Returns the address as an object, with the presence of its prefix route. */
export function connectedAddress(
  fact: AddressFact,
  place: LinkPlace,
  { connected }: Reach,
): Mutable<AddressObject> {
  const object = addressObject(fact, place);
  if (connected.has(fact)) object.prefixRoute = true;
  return object;
}
