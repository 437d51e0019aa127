/** Reads the node's own namespace: links, and what hangs on them. */
import type { Scope } from '../model/kernel.ts';
import { ok } from '../model/result.ts';
import type { Failure, Result } from '../model/result.ts';
import { HOST } from '../model/state.ts';
import type { LinkObject, NetObject } from '../model/state.ts';
import type { LinkFact } from './netlink/link.ts';
import type { NetlinkSocket } from './netlink/socket.ts';
import { addressObject, fdbObject, linkObject, neighbourObject, routeObject } from './objects.ts';
import {
  readAddresses,
  readFdb,
  readLink,
  readLinkByIndex,
  readLinks,
  readNeighbours,
  readRoutes,
} from './read.ts';
import type { Sockets } from './sockets.ts';

/** The node's links apart from what hangs on them: their peers are known only when the pods were read. */
export type HostObservation = {
  readonly links: readonly { readonly fact: LinkFact; readonly object: LinkObject }[];
  readonly objects: readonly NetObject[];
};

/** Returns what the scope asks of the node: everything when it is whole, else the named devices. */
export function observeHost(sockets: Sockets, scope: Scope): Result<HostObservation> {
  if (!scope.whole && scope.devices.length === 0) return ok({ links: [], objects: [] });
  const socket = sockets.route(HOST);
  if (!socket.ok) return socket;
  const facts = scope.whole ? readLinks(socket.value) : readNamed(socket.value, scope.devices);
  if (!facts.ok) return facts;
  const names = new Map(facts.value.map(({ index, name }) => [index, name]));
  const links: { fact: LinkFact; object: LinkObject }[] = [];
  for (const fact of facts.value) {
    const master = nameOf(socket.value, names, fact.masterIndex);
    if (!master.ok) return master;
    links.push({ fact, object: linkObject(fact, { netns: HOST, master: master.value }) });
  }
  const objects: NetObject[] = [];
  // Index 0 asks for those of all links at once.
  for (const index of scope.whole ? [0] : facts.value.map((fact) => fact.index)) {
    const failed = readOn(socket.value, index, { names, objects });
    if (failed !== undefined) return { ok: false, error: failed };
  }
  return ok({ links, objects });
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

type Found = { readonly names: ReadonlyMap<number, string>; readonly objects: NetObject[] };

/** Adds addresses, routes, neighbours and forwarding entries of the link to what was found. */
function readOn(socket: NetlinkSocket, index: number, { names, objects }: Found): Failure | undefined {
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
  const addresses = readAddresses(socket, index);
  if (!addresses.ok) return addresses.error;
  add(addresses.value, addressObject);
  const routes = readRoutes(socket, index === 0 ? {} : { index }, addresses.value);
  if (!routes.ok) return routes.error;
  add(routes.value, routeObject);
  const neighbours = readNeighbours(socket, index);
  if (!neighbours.ok) return neighbours.error;
  add(neighbours.value, neighbourObject);
  const entries = readFdb(socket, index);
  if (!entries.ok) return entries.error;
  add(entries.value, fdbObject);
  return undefined;
}
