/** Reads the node's own namespace: links, and the objects on them. */
import type { Scope } from '../../model/ports/kernel.ts';
import { ok, type Result } from '../../model/result.ts';
import { HOST, type NetObject } from '../../model/state.ts';
import { allWires, wireOf } from '../kinds/registry.ts';
import { routeCodec, type RouteFact } from '../kinds/route-codec.ts';
import { rareSteps } from '../kinds/rare-steps.ts';
import type { NamespaceView, ObjectQuestion } from '../kinds/wire.ts';
import { type LinkFact } from '../netlink/link.ts';
import { linkObject, lowerOf, type MutableLink } from '../netlink/link-object.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { orAbsent, readLinkByIndex, readLinks, readNamedLinks } from '../read.ts';
import type { Sockets } from '../sockets.ts';
import { connectedAddress, type Reach, readReach } from './reach.ts';
import { addToList } from '../../model/objects.ts';

/** The node's links without the objects on them; their peers are known only after the pods are read. */
export type HostObservation = {
  readonly links: readonly { readonly fact: LinkFact; readonly object: MutableLink }[];
  readonly objects: readonly NetObject[];
};

/** Returns the objects in the scope on the node: all if it is whole, else those on the named devices. */
export function observeHost(sockets: Sockets, scope: Scope): Result<HostObservation> {
  if (!scope.whole && scope.devices.length + scope.entries.length === 0)
    return ok({ links: [], objects: [] });
  const socket = sockets.route(HOST);
  if (!socket.ok) return socket;
  const facts = scope.whole ? readLinks(socket.value) : readNamedLinks(socket.value, new Set(scope.devices));
  if (!facts.ok) return facts;
  const names = new Map(facts.value.map(({ index, name }) => [index, name]));
  const links: { fact: LinkFact; object: MutableLink }[] = [];
  for (const fact of facts.value) {
    const master = nameOf(socket.value, names, fact.masterIndex);
    if (!master.ok) return master;
    const object = linkObject(fact, { netns: HOST, master: master.value });
    const lower = lowerOf(fact, object.type, (index) => names.get(index));
    if (lower !== undefined) object.lower = lower;
    links.push({ fact, object });
  }
  const view: NamespaceView = {
    sockets,
    netns: HOST,
    links: facts.value,
    nameOf: (index) => names.get(index),
    indexOf: (name) => facts.value.find((fact) => fact.name === name)?.index,
  };
  const objects = scope.whole ? readKinds(view, socket.value) : readEntries(view, scope.entries);
  return objects.ok ? ok({ links, objects: objects.value }) : objects;
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

/** Returns the objects on the links and those on none, of all kinds that are listed. */
function readKinds(view: NamespaceView, socket: NetlinkSocket): Result<NetObject[]> {
  const objects: NetObject[] = [];
  const read = (): Result<Reach> => readReach(socket);
  const reach = rareSteps()?.readSettled(socket, view.links, read) ?? read();
  if (!reach.ok) return reach;
  pushAddresses(view, reach.value, objects);
  pushRoutes(view, reach.value.routes, objects);
  for (const wire of allWires()) {
    const found = wire.list?.(view) ?? NOTHING;
    if (!found.ok) return found;
    for (const object of found.value) objects.push(object);
  }
  return ok(objects);
}

/** A link without a name appeared after the links were read. */
function pushAddresses(view: NamespaceView, reach: Reach, objects: NetObject[]): void {
  const places = new Map<string, number>();
  for (const fact of reach.addresses) {
    const dev = view.nameOf(fact.index);
    if (dev === undefined) continue;
    const object = connectedAddress(fact, { netns: HOST, dev }, reach);
    // The kernel lists IPv4 addresses in the order of addition, IPv6 addresses newest first.
    const isIpv6 = fact.address.includes(':');
    const list = `${fact.index} ${isIpv6}`;
    const place = (places.get(list) ?? 0) + 1;
    places.set(list, place);
    object.place = isIpv6 ? -place : place;
    objects.push(object);
  }
}

/** Of several routes with one identity, the first is in force; the others are numbered. */
function pushRoutes(view: NamespaceView, facts: readonly RouteFact[], objects: NetObject[]): void {
  const places = new Map<string, number>();
  const named = (index: number): string | undefined => view.nameOf(index);
  for (const fact of facts) {
    const dev = fact.index === 0 ? '' : view.nameOf(fact.index);
    if (dev === undefined) continue;
    const route = routeCodec.toObject(fact, { netns: HOST, dev, nameOf: named });
    const { to, from, tos, table, metric, family } = fact;
    const place = `${to} ${from} ${tos} ${table} ${metric} ${family}`;
    const before = places.get(place) ?? 0;
    places.set(place, before + 1);
    objects.push(before === 0 ? route : { ...route, copy: before });
  }
  rareSteps()?.markLearned(view.sockets.sys, objects);
}

const NOTHING = ok([]);

/** Returns the existing ones of the entries; an entry on a link that was not read counts as absent. */
export function readEntries(view: NamespaceView, entries: readonly NetObject[]): Result<NetObject[]> {
  const found: NetObject[] = [];
  const answers = askTogether(view, entries);
  for (const entry of entries) {
    const seen = answers.get(entry) ?? wireOf(entry).find?.(view, entry) ?? ok(undefined);
    if (!seen.ok) return seen;
    if (seen.value !== undefined) found.push(seen.value);
  }
  return ok(found);
}

type Asked = { readonly entry: NetObject; readonly question: ObjectQuestion };

/** Returns the answers for those entries that a single question finds, except the questions that the kernel refuses. */
function askTogether(
  view: NamespaceView,
  entries: readonly NetObject[],
): ReadonlyMap<NetObject, Result<NetObject | undefined>> {
  const bySocket = new Map<NetlinkSocket, Asked[]>();
  for (const entry of entries) {
    const question = wireOf(entry).question?.(view, entry);
    if (question !== undefined) addToList(bySocket, question.socket, { entry, question });
  }
  const answers = new Map<NetObject, Result<NetObject | undefined>>();
  for (const [socket, asked] of bySocket) {
    for (const [at, result] of socket.gets(asked.map(({ question }) => question)).entries()) {
      const [entry, answer] = [asked[at]?.entry, orAbsent(result, undefined)];
      if (entry !== undefined && answer.ok) answers.set(entry, answer);
    }
  }
  return answers;
}
