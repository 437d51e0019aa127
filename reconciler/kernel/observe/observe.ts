/** Observes the kernel as a State. */
import type { NamespaceFact, Observation, Scope } from '../../model/ports/kernel.ts';
import { sysctlsOn } from '../../model/kinds/sysctl.ts';
import { ok, type Result } from '../../model/result.ts';
import { HOST, type LinkObject, type NetnsPath, type NetObject, toState } from '../../model/state.ts';
import type { LinkFact } from '../netlink/link.ts';
import type { MutableLink } from '../netlink/link-object.ts';
import { type HostObservation, observeHost } from './host.ts';
import { observePod } from './pod.ts';
import { placeOf, type Sockets } from '../sockets.ts';
import { readAddresses } from '../kinds/address.ts';
import { readSysctls } from '../kinds/sysctl.ts';

/**
 * Returns the observed part of the kernel that the scope names. Leaves no pod's socket open.
 * Errors: of any part that could not be read; absent objects are no error.
 */
export function observe(sockets: Sockets, scope: Scope): Result<Observation> {
  sockets.indexes.clear();
  const host = observeHost(sockets, scope);
  if (!host.ok) return host;
  const asked = sysctlsOn(scope.sysctls, host.value.objects);
  const sysctls = readSysctls(sockets, HOST, asked);
  if (!sysctls.ok) return sysctls;
  const objects: NetObject[] = [...host.value.objects, ...sysctls.value];
  if (sockets.lifetime !== 'round')
    for (const { fact } of host.value.links) sockets.indexes.set(placeOf(HOST, fact.name), fact.index);
  const links = new LinkPairs(host.value.links);
  const namespaces = new Map<NetnsPath, NamespaceFact>();
  for (const pod of scope.pods) {
    const seen = observePod(sockets, pod, asked);
    if (!seen.ok) return seen;
    namespaces.set(pod.netns, seen.value.namespace);
    for (const object of seen.value.objects) objects.push(object);
    const { link, fact } = seen.value;
    if (link === undefined || fact === undefined) continue;
    links.join(link, fact);
    objects.push(link);
  }
  objects.push(...links.hostLinks());
  const seen = { state: toState(objects), namespaces };
  if (scope.own !== true) return ok(seen);
  const socket = sockets.route(HOST);
  const own = socket.ok ? readAddresses(socket.value, 0) : socket;
  return own.ok ? ok({ ...seen, own: own.value.map(({ address }) => address) }) : own;
}

type HostLink = HostObservation['links'][number];

/** Matches the two ends of veth pairs: each end has the other's index. */
class LinkPairs {
  readonly #links: readonly HostLink[];
  readonly #byIndex: ReadonlyMap<number, HostLink>;

  constructor(links: readonly HostLink[]) {
    this.#links = links;
    this.#byIndex = new Map(links.map((link) => [link.fact.index, link]));
  }

  /** Sets `peer` of the pod's link and the host's link if they are a pair. */
  join(link: MutableLink, fact: LinkFact): void {
    const host = this.#byIndex.get(fact.peerIndex);
    if (host === undefined || fact.kind !== 'veth' || host.fact.kind !== 'veth') return;
    if (host.fact.peerIndex !== fact.index || !host.fact.isPeerElsewhere || !fact.isPeerElsewhere) return;
    host.object.peer = { netns: link.netns, name: link.name };
    link.peer = { netns: HOST, name: host.object.name };
  }

  /** Returns the host's links; those whose peers are on the host name them. */
  hostLinks(): LinkObject[] {
    return this.#links.map(({ fact, object }) => {
      const peer =
        fact.kind === 'veth' && !fact.isPeerElsewhere ? this.#byIndex.get(fact.peerIndex) : undefined;
      if (peer !== undefined) object.peer = { netns: HOST, name: peer.object.name };
      return object;
    });
  }
}
