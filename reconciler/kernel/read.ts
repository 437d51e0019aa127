/** Reads of one namespace through its socket, as facts. Whatever is not there, or vanishes meanwhile, is absent. */
import { KERNEL_PROTOCOL } from '../model/names.ts';
import { ok } from '../model/result.ts';
import type { Result } from '../model/result.ts';
import { dumpAddresses, parseAddress } from './netlink/address.ts';
import type { AddressFact } from './netlink/address.ts';
import type { BodyReader } from './netlink/attribute.ts';
import { AF_INET6 } from './netlink/bytes.ts';
import { dumpLinks, getLink, getLinkByIndex, parseLink } from './netlink/link.ts';
import type { LinkFact } from './netlink/link.ts';
import { dumpFdb, dumpNeighbours, getNeighbour, parseFdb, parseNeighbour } from './netlink/neighbour.ts';
import type { FdbFact, NeighbourFact } from './netlink/neighbour.ts';
import { dumpRoutes, parseRoute, RT_SCOPE_LINK } from './netlink/route.ts';
import type { NetlinkRequest } from './netlink/message.ts';
import type { RouteFact, RouteFilter } from './netlink/route.ts';
import type { NetlinkSocket } from './netlink/socket.ts';

/** Returns how to ask for what `key` stands for; what was asked last need not be encoded again. */
function createQuestion(): (key: string, encode: () => NetlinkRequest) => NetlinkRequest {
  let last: { readonly key: string; readonly request: NetlinkRequest } | undefined;
  return (key, encode) => {
    if (last?.key !== key) last = { key, request: encode() };
    return last.request;
  };
}

// A thousand pods in a row are asked for their eth0, for the addresses of their second link, and for all routes.
const linkQuestion = createQuestion();
const addressQuestion = createQuestion();
const routeQuestion = createQuestion();

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
  const request = linkQuestion(name, () => getLink(name));
  return orAbsent(socket.get(request, parseLink, `look up link ${name}`), undefined);
}

/** Returns the link of that number. */
export function readLinkByIndex(socket: NetlinkSocket, index: number): Result<LinkFact | undefined> {
  return orAbsent(socket.get(getLinkByIndex(index), parseLink, `look up link number ${index}`), undefined);
}

/**
 * Returns the addresses of the link, of all links when the index is 0; of both families unless one is named. IPv6 link-local ones
 * are left out.
 */
export function readAddresses(socket: NetlinkSocket, index: number, family?: 4): Result<AddressFact[]> {
  const request = addressQuestion(`${index} ${family}`, () => dumpAddresses(index, family));
  const found = orAbsent(socket.dump(request, parseGlobal, 'list addresses'), []);
  if (!found.ok) return found;
  return ok(index === 0 ? found.value : found.value.filter((fact) => fact.index === index));
}

/** Returns the routes, all of them without a filter. */
export function readRoutes(socket: NetlinkSocket, filter: RouteFilter = {}): Result<RouteFact[]> {
  const { family, index, table } = filter;
  const request = routeQuestion(`${family} ${index} ${table}`, () => dumpRoutes(filter));
  const routes = orAbsent(socket.dump(request, parseRoute, 'list routes'), []);
  if (!routes.ok || index === undefined) return routes;
  return ok(routes.value.filter((route) => route.index === index));
}

/** Routes and addresses that know of each other. Shape: `connected` are the addresses whose prefix routes are there. */
export type Reach = {
  readonly routes: readonly RouteFact[];
  readonly connected: ReadonlySet<AddressFact>;
};

/**
 * Returns the routes without those that the kernel adds itself for the addresses: protocol kernel, to the prefix of an
 * address of the same link that asks for such a route.
 */
export function reachOf(routes: readonly RouteFact[], addresses: readonly AddressFact[]): Reach {
  const connected = new Set<AddressFact>();
  const own: RouteFact[] = [];
  for (const route of routes) {
    const implying = route.protocol === KERNEL_PROTOCOL ? addressesOf(route, addresses) : [];
    if (implying.length === 0) own.push(route);
    else for (const address of implying) connected.add(address);
  }
  return { routes: own, connected };
}

/** Returns the addresses for which the kernel adds this route. */
function addressesOf({ index, to }: RouteFact, addresses: readonly AddressFact[]): readonly AddressFact[] {
  return addresses.filter((one) => one.index === index && !one.noPrefixRoute && one.prefix === to);
}

/** Returns the permanent neighbours on the link, on all links when the index is 0. */
export function readNeighbours(socket: NetlinkSocket, index: number): Result<NeighbourFact[]> {
  const found = orAbsent(socket.dump(dumpNeighbours(index), parseNeighbour, 'list neighbours'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

/** Returns the permanent neighbour of that address on the link. Kernels before 5.0 can only list them. */
export function readNeighbour(
  socket: NetlinkSocket,
  index: number,
  address: string,
): Result<NeighbourFact | undefined> {
  const one = socket.get(getNeighbour({ index, address }), parseNeighbour, `look up neighbour ${address}`);
  if (one.ok || one.error.code !== 'unsupported') return orAbsent(one, undefined);
  const all = readNeighbours(socket, index);
  return all.ok ? ok(all.value.find((fact) => fact.address === address)) : all;
}

/** Returns the static forwarding entries of the port, of all ports when the index is 0. */
export function readFdb(socket: NetlinkSocket, index: number): Result<FdbFact[]> {
  const found = orAbsent(socket.dump(dumpFdb(index), parseFdb, 'list forwarding entries'), []);
  return found.ok ? ok(found.value.filter((fact) => index === 0 || fact.index === index)) : found;
}

/** fe80::/10, which the kernel gives to every interface, is told by family and scope, before the text is made. */
function parseGlobal(body: BodyReader): AddressFact | undefined {
  return body.at8(0) === AF_INET6 && body.at8(3) === RT_SCOPE_LINK ? undefined : parseAddress(body);
}
