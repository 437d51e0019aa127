/** Reads of one namespace through its socket, as facts. Whatever is not there, or vanishes meanwhile, is absent. */
import { normalisePrefix } from '../model/address.ts';
import { ok } from '../model/result.ts';
import type { Result } from '../model/result.ts';
import { dumpAddresses, parseAddress } from './netlink/address.ts';
import type { AddressFact } from './netlink/address.ts';
import { dumpLinks, getLink, getLinkByIndex, parseLink } from './netlink/link.ts';
import type { LinkFact } from './netlink/link.ts';
import { dumpFdb, dumpNeighbours, parseFdb, parseNeighbour } from './netlink/neighbour.ts';
import type { FdbFact, NeighbourFact } from './netlink/neighbour.ts';
import { dumpRoutes, parseRoute } from './netlink/route.ts';
import type { RouteFact, RouteFilter } from './netlink/route.ts';
import type { NetlinkSocket } from './netlink/socket.ts';

/** The routes that the kernel adds for addresses carry it. Source: RTPROT_KERNEL of linux/rtnetlink.h. */
const RTPROT_KERNEL = 2;

/** Returns the value, or the one for "not there" when that is what the kernel answered. */
export function orAbsent<T, U>(result: Result<T>, absent: U): Result<T | U> {
  return result.ok || result.error.code !== 'not-found' ? result : ok(absent);
}

/** Returns all links of the socket's namespace. */
export function readLinks(socket: NetlinkSocket): Result<LinkFact[]> {
  return socket.dump(dumpLinks(), parseLink, 'list links');
}

/** Returns the link of that name. */
export function readLink(socket: NetlinkSocket, name: string): Result<LinkFact | undefined> {
  return orAbsent(socket.get(getLink(name), parseLink, `look up link ${name}`), undefined);
}

/** Returns the link of that number. */
export function readLinkByIndex(socket: NetlinkSocket, index: number): Result<LinkFact | undefined> {
  return orAbsent(socket.get(getLinkByIndex(index), parseLink, `look up link number ${index}`), undefined);
}

/** Returns the addresses of the link, of all links when the index is 0; IPv6 link-local ones are left out. */
export function readAddresses(socket: NetlinkSocket, index: number): Result<AddressFact[]> {
  const read = socket.dump(dumpAddresses(index), parseAddress, 'list addresses');
  const found = orAbsent(read, []);
  if (!found.ok) return found;
  return ok(
    found.value.filter((fact) => (index === 0 || fact.index === index) && !isLinkLocal(fact.address)),
  );
}

/**
 * Returns the routes of one or both families, without those that the kernel adds itself for the addresses: protocol
 * kernel, to the prefix of an address of the same link that asks for such a route.
 */
export function readRoutes(
  socket: NetlinkSocket,
  filter: Partial<RouteFilter>,
  addresses: readonly AddressFact[],
): Result<RouteFact[]> {
  const implied = new Set(
    addresses
      .filter(({ noPrefixRoute }) => !noPrefixRoute)
      .map(({ index, network }) => `${index} ${normalisePrefix(network)}`),
  );
  const found: RouteFact[] = [];
  for (const family of filter.family === undefined ? ([4, 6] as const) : [filter.family]) {
    const read = socket.dump(dumpRoutes({ ...filter, family }), parseRoute, `list IPv${family} routes`);
    const routes = orAbsent(read, []);
    if (!routes.ok) return routes;
    for (const route of routes.value) {
      if (filter.index !== undefined && route.index !== filter.index) continue;
      if (route.protocol === RTPROT_KERNEL && implied.has(`${route.index} ${route.to}`)) continue;
      found.push(route);
    }
  }
  return ok(found);
}

/** Returns the permanent neighbours on the link, on all links when the index is 0. */
export function readNeighbours(socket: NetlinkSocket, index: number): Result<NeighbourFact[]> {
  const found = orAbsent(socket.dump(dumpNeighbours(index), parseNeighbour, 'list neighbours'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

/** Returns the static forwarding entries of the port, of all ports when the index is 0. */
export function readFdb(socket: NetlinkSocket, index: number): Result<FdbFact[]> {
  const found = orAbsent(socket.dump(dumpFdb(index), parseFdb, 'list forwarding entries'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

function isLinkLocal(address: string): boolean {
  return /^fe[89ab]/.test(address);
}
