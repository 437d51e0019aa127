/** Reads the node's own namespace: links, and what hangs on them. */
import type { Scope } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { LinkObject, NetObject } from '../../model/state.ts';
import type { LinkFact } from '../netlink/link.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { observeEntries } from './entries.ts';
import {
  addressObject,
  fdbObject,
  type Growing,
  linkObject,
  neighbourObject,
  routeObject,
} from '../objects.ts';
import {
  readAddresses,
  readFdb,
  readLink,
  readLinkByIndex,
  reachOf,
  readLinks,
  readNeighbours,
  readRoutes,
} from '../read.ts';
import type { Sockets } from '../sockets.ts';

/** The node's links apart from what hangs on them: their peers are known only when the pods were read. */
export type HostObservation = {
  readonly links: readonly { readonly fact: LinkFact; readonly object: Growing<LinkObject> }[];
  readonly objects: readonly NetObject[];
};

/** Returns what the scope asks of the node: everything when it is whole, else the named devices. */
export function observeHost(sockets: Sockets, scope: Scope): Result<HostObservation> {
  if (!scope.whole && scope.devices.length + scope.entries.length === 0)
    return ok({ links: [], objects: [] });
  const socket = sockets.route(HOST);
  if (!socket.ok) return socket;
  const facts = scope.whole ? readLinks(socket.value) : readNamed(socket.value, scope.devices);
  if (!facts.ok) return facts;
  const names = new Map(facts.value.map(({ index, name }) => [index, name]));
  const links: { fact: LinkFact; object: Growing<LinkObject> }[] = [];
  for (const fact of facts.value) {
    const master = nameOf(socket.value, names, fact.masterIndex);
    if (!master.ok) return master;
    links.push({ fact, object: linkObject(fact, { netns: HOST, master: master.value }) });
  }
  const hanging = scope.whole
    ? readHanging(socket.value, names)
    : observeEntries(sockets, scope.entries, facts.value);
  return hanging.ok ? ok({ links, objects: hanging.value }) : hanging;
}

function readNamed(socket: NetlinkSocket, devices: readonly string[]): Result<LinkFact[]> {
  const found: LinkFact[] = [];
  for (const name of new Set(devices)) {
    const link = readLink(socket, name);
    if (!link.ok) return link;
    if (link.value !== undefined) found.push(link.value);
  }
  return ok(found);
}

function nameOf(socket: NetlinkSocket, names: Map<number, string>, index: number): Result<string> {
  const known = index === 0 ? '' : names.get(index);
  if (known !== undefined) return ok(known);
  const link = readLinkByIndex(socket, index);
  if (!link.ok) return link;
  const name = link.value?.name ?? '';
  names.set(index, name);
  return ok(name);
}

/** Returns the addresses, routes, neighbours and forwarding entries of all links. */
function readHanging(socket: NetlinkSocket, names: ReadonlyMap<number, string>): Result<NetObject[]> {
  const objects: NetObject[] = [];
  const add = <T extends { readonly index: number }>(
    facts: readonly T[],
    convert: (fact: T, place: { netns: string; dev: string }) => NetObject,
  ): void => {
    for (const fact of facts) {
      // A link without a name appeared after the links were read.
      const dev = names.get(fact.index);
      if (dev !== undefined) objects.push(convert(fact, { netns: HOST, dev }));
    }
  };
  const addresses = readAddresses(socket, 0);
  if (!addresses.ok) return addresses;
  const found = readRoutes(socket);
  if (!found.ok) return found;
  const { routes, connected } = reachOf(found.value, addresses.value);
  add(addresses.value, (fact, place) => addressObject(fact, place, connected.has(fact)));
  add(routes, routeObject);
  const neighbours = readNeighbours(socket, 0);
  if (!neighbours.ok) return neighbours;
  add(neighbours.value, neighbourObject);
  const entries = readFdb(socket, 0);
  if (!entries.ok) return entries;
  add(entries.value, fdbObject);
  return ok(objects);
}
