/** Reads one pod's namespace: its interface, and the routes of the namespace. */
import type { NamespaceFact, PodPlace } from '../../model/ports/kernel.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { ok, type Result } from '../../model/result.ts';
import type { NetnsPath, NetObject } from '../../model/state.ts';
import { readAddresses } from '../kinds/address.ts';
import { listRoutes } from '../kinds/route.ts';
import { routeCodec, type RouteFact } from '../kinds/route-codec.ts';
import { readEntries } from './host.ts';
import { readSysctls } from '../kinds/sysctl.ts';
import { type LinkFact } from '../netlink/link.ts';
import { linkObject, type MutableLink } from '../netlink/link-object.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLink, readLinkByIndex } from '../read.ts';
import type { Sockets } from '../sockets.ts';
import { connectedAddress, reachOf } from './reach.ts';

/** The findings in a pod; the link is separate, since its peer is named on the node. */
export type PodObservation = {
  readonly namespace: NamespaceFact;
  readonly link: MutableLink | undefined;
  readonly fact: LinkFact | undefined;
  readonly objects: readonly NetObject[];
};

const GONE: PodObservation = { namespace: 'gone', link: undefined, fact: undefined, objects: [] };

/**
 * Returns the pod's interface with its addresses, and all routes of the namespace: a chained plugin may have
 * moved the default route to another interface. Neighbours are not read: they do not matter in a pod, and the
 * kernel searches those of all namespaces to list them. A namespace that ends meanwhile is `gone`.
 */
export function observePod(
  sockets: Sockets,
  pod: PodPlace,
  sysctls: readonly { readonly netns: NetnsPath; readonly name: string }[],
): Result<PodObservation> {
  const namespace = sockets.namespaces.stat(pod.netns);
  if (!namespace.ok) return namespace;
  if (namespace.value === 'gone') return ok(GONE);
  const seen = readPod(sockets, pod, sysctls);
  // An open socket keeps a namespace alive, and a thousand would use up all descriptors.
  sockets.leavePods();
  if (seen.ok) return ok({ ...seen.value, namespace: namespace.value });
  return seen.error.code === 'not-found' ? ok(GONE) : seen;
}

function readPod(
  sockets: Sockets,
  pod: PodPlace,
  sysctls: readonly { readonly netns: NetnsPath; readonly name: string }[],
): Result<Omit<PodObservation, 'namespace'>> {
  const { netns, ifName } = pod;
  const socket = sockets.route(netns);
  if (!socket.ok) return socket;
  const settings = readSysctls(sockets, netns, sysctls);
  if (!settings.ok) return settings;
  const fact = readLink(socket.value, ifName);
  if (!fact.ok) return fact;
  const hanging = readPodObjects(socket.value, pod, fact.value);
  if (!hanging.ok) return hanging;
  const link = fact.value === undefined ? undefined : linkObject(fact.value, { netns, master: '' });
  const entries = readPodEntries(sockets, pod, fact.value);
  if (!entries.ok) return entries;
  return ok({ link, fact: fact.value, objects: [...settings.value, ...hanging.value, ...entries.value] });
}

function readPodEntries(
  sockets: Sockets,
  { netns, ifName, entries }: PodPlace,
  link: LinkFact | undefined,
): Result<NetObject[]> {
  if (entries === undefined || link === undefined) return ok([]);
  const nameOf = (index: number): string | undefined => (index === link.index ? ifName : undefined);
  const indexOf = (name: string): number | undefined => (name === ifName ? link.index : undefined);
  return readEntries({ sockets, netns, links: [link], nameOf, indexOf }, entries);
}

function readPodObjects(
  socket: NetlinkSocket,
  { netns, ifName, family }: PodPlace,
  link: LinkFact | undefined,
): Result<NetObject[]> {
  const objects: NetObject[] = [];
  const filter = { isUnicast: true, ...(family === undefined ? {} : { family }) };
  // Addresses are read only for the link, and to recognise their routes.
  const first = link === undefined ? listRoutes(socket, filter) : undefined;
  if (first?.ok === true && first.value.length === 0) return ok(objects);
  const own = readAddresses(socket, link?.index ?? 0, family);
  if (!own.ok) return own;
  const found = first ?? listRoutes(socket, filter);
  if (!found.ok) return found;
  const addresses = isExplained(found.value, link) ? own : readAddresses(socket, 0, family);
  if (!addresses.ok) return addresses;
  const reach = reachOf(found.value, addresses.value);
  const names = new Map<number, string>();
  const nameOf = (index: number): string | undefined => names.get(index);
  if (link !== undefined) {
    names.set(link.index, ifName);
    for (const fact of addresses.value) {
      if (fact.index !== link.index) continue;
      objects.push(connectedAddress(fact, { netns, dev: ifName }, reach));
    }
  }
  for (const fact of reach.routes) {
    if (!names.has(fact.index)) {
      const other = readLinkByIndex(socket, fact.index);
      if (!other.ok) return other;
      if (other.value !== undefined) names.set(fact.index, other.value.name);
    }
    const dev = names.get(fact.index);
    if (dev !== undefined) objects.push(routeCodec.toObject(fact, { netns, dev, nameOf }));
  }
  return ok(objects);
}

/** Addresses of other interfaces matter only if they explain a kernel route: usually there is none. */
function isExplained(routes: readonly RouteFact[], link: LinkFact | undefined): boolean {
  return routes.every(({ index, protocol }) => index === link?.index || protocol !== KERNEL_PROTOCOL);
}
