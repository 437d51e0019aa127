/** Reads the host namespace: links, and the objects on them. */
import type { Scope } from '../../model/ports/kernel.ts';
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { HOST } from '../../model/state.ts';
import type { NetObject } from '../../model/state.ts';
import { readAddresses } from '../kinds/address.ts';
import { ALL_WIRES, wireOf } from '../kinds/registry.ts';
import { listRoutes, routeCodec } from '../kinds/route.ts';
import type { NamespaceView } from '../kinds/wire.ts';
import { type LinkFact } from '../netlink/link.ts';
import { linkObject, type MutableLink } from '../netlink/link-object.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLink, readLinkByIndex, readLinks } from '../read.ts';
import type { Sockets } from '../sockets.ts';
import { connectedAddress, reachOf } from './reach.ts';

/** The host's links, separate from the objects on them: peers are known only after the pods were read. */
export type HostObservation = {
  readonly links: readonly { readonly fact: LinkFact; readonly object: MutableLink }[];
  readonly objects: readonly NetObject[];
};

/** Returns the host's part of the scope: everything if it is whole, else the named devices. */
export function observeHost(sockets: Sockets, scope: Scope): Result<HostObservation> {
  if (!scope.whole && scope.devices.length + scope.entries.length === 0)
    return ok({ links: [], objects: [] });
  const socket = sockets.route(HOST);
  if (!socket.ok) return socket;
  const facts = scope.whole ? readLinks(socket.value) : readNamed(socket.value, scope.devices);
  if (!facts.ok) return facts;
  const names = new Map(facts.value.map(({ index, name }) => [index, name]));
  const links: { fact: LinkFact; object: MutableLink }[] = [];
  for (const fact of facts.value) {
    const master = nameOf(socket.value, names, fact.masterIndex);
    if (!master.ok) return master;
    links.push({ fact, object: linkObject(fact, { netns: HOST, master: master.value }) });
  }
  const view: NamespaceView = {
    sockets,
    netns: HOST,
    nameOf: (index) => names.get(index),
    indexOf: (name) => facts.value.find((fact) => fact.name === name)?.index,
  };
  const objects = scope.whole ? readKinds(view, socket.value) : readEntries(view, scope.entries);
  return objects.ok ? ok({ links, objects: objects.value }) : objects;
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

/** Returns the objects on the links and, by kind, those on none. */
function readKinds(view: NamespaceView, socket: NetlinkSocket): Result<NetObject[]> {
  const objects: NetObject[] = [];
  const addresses = readAddresses(socket, 0);
  if (!addresses.ok) return addresses;
  const routes = listRoutes(socket);
  if (!routes.ok) return routes;
  const reach = reachOf(routes.value, addresses.value);
  // A link without a name appeared after the links were read.
  for (const fact of addresses.value) {
    const dev = view.nameOf(fact.index);
    if (dev !== undefined) objects.push(connectedAddress(fact, { netns: HOST, dev }, reach));
  }
  for (const fact of reach.routes) {
    const dev = view.nameOf(fact.index);
    if (dev !== undefined) objects.push(routeCodec.toObject(fact, { netns: HOST, dev }));
  }
  for (const wire of ALL_WIRES) {
    const found = wire.list?.(view) ?? NOTHING;
    if (!found.ok) return found;
    for (const object of found.value) objects.push(object);
  }
  return ok(objects);
}

const NOTHING = ok([]);

/** Returns the existing ones of the entries; an entry on a link that was not read counts as absent. */
export function readEntries(view: NamespaceView, entries: readonly NetObject[]): Result<NetObject[]> {
  const found: NetObject[] = [];
  for (const entry of entries) {
    const seen = wireOf(entry).find?.(view, entry) ?? ok(undefined);
    if (!seen.ok) return seen;
    if (seen.value !== undefined) found.push(seen.value);
  }
  return ok(found);
}
