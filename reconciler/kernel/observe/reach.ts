/** Addresses and routes, which are read together: the kernel makes routes for addresses, and those are no objects of their own. */
import type { AddressObject } from '../../model/kinds/address.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { type AddressFact, addressObject } from '../kinds/address.ts';
import type { RouteFact } from '../kinds/route-codec.ts';
import type { Growing, LinkPlace } from '../kinds/wire.ts';

/** Routes and addresses that know of each other. Shape: `connected` are the addresses whose prefix routes are there. */
export type Reach = {
  readonly routes: readonly RouteFact[];
  readonly connected: ReadonlySet<AddressFact>;
};

/**
 * Returns the routes without those that the kernel adds itself for the addresses: protocol kernel, to the prefix of an
 * address of the same link that asks for such a route, with nothing that somebody added to it.
 */
export function reachOf(routes: readonly RouteFact[], addresses: readonly AddressFact[]): Reach {
  const connected = new Set<AddressFact>();
  const own: RouteFact[] = [];
  for (const route of routes) {
    const implying = isMadeByKernel(route) ? addressesOf(route, addresses) : [];
    if (implying.length === 0) own.push(route);
    else for (const address of implying) connected.add(address);
  }
  return { routes: own, connected };
}

/** Whoever changed it since has added to it: then it is a route of its own. */
function isMadeByKernel({ protocol, via, hops, nextHopId, tos, mtuBytes, rest }: RouteFact): boolean {
  return protocol === KERNEL_PROTOCOL && (via ?? hops ?? nextHopId ?? tos ?? mtuBytes ?? rest) === undefined;
}

/** Returns the addresses for which the kernel adds this route. */
function addressesOf({ index, to }: RouteFact, addresses: readonly AddressFact[]): readonly AddressFact[] {
  return addresses.filter((one) => one.index === index && one.noPrefixRoute !== true && one.prefix === to);
}

/** Returns the address as an object, which says whether its prefix route is there. */
export function connectedAddress(
  fact: AddressFact,
  place: LinkPlace,
  { connected }: Reach,
): Growing<AddressObject> {
  const object = addressObject(fact, place);
  if (connected.has(fact)) object.prefixRoute = true;
  return object;
}
