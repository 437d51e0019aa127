/** Endpoints: their state, and what is desired of them. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { Collection, type Desired, type Entries, entriesOf } from './desired.ts';
import type { OwnLink } from './modes/core.ts';
import { coreOf } from './modes/cores.ts';
import { parseEndpointId } from './names.ts';
import { attachingNetworkOf, isReleased } from './networks.ts';
import type { NamespaceFact } from './ports/kernel.ts';
import { HOST, linkKeyOf, type NetnsPath, type NetObject, type State } from './state.ts';

/** What is known of namespaces: one fact for each path that was looked at. */
export type Namespaces = ReadonlyMap<NetnsPath, NamespaceFact>;

/**
 * Returns true when the endpoint's namespace is the one that ADD found: the path is there and its inode is the same.
 * A path that was not looked at counts as alive: only evidence makes an endpoint dead.
 */
export function isAlive(endpoint: Endpoint, namespaces: Namespaces): boolean {
  const fact = endpoint.netns === undefined ? undefined : namespaces.get(endpoint.netns);
  if (fact === undefined) return true;
  return fact !== 'gone' && (endpoint.netnsInode === undefined || endpoint.netnsInode === fact.inode);
}

/** Returns true for an endpoint whose interfaces are ours to make: attached, and not on its way out. */
export function isAttached(endpoint: Endpoint): boolean {
  return endpoint.hostVeth !== undefined && endpoint.netns !== undefined && endpoint.leaving === undefined;
}

/** Returns the part of the desired State that is these endpoints'. Law: what derive() says of these owners. */
export function deriveOwners(
  document: VnetDocument,
  ids: readonly string[],
  namespaces: Namespaces,
  seen: State = new Map(),
): Desired {
  const desired = new Collection();
  for (const id of ids) collectEndpoint(desired, document, id, { namespaces, seen });
  return desired.finish();
}

/** Adds what the endpoint contributes: its objects, or the claim to them when it is leaving or dead. */
export function collectEndpoint(
  desired: Collection,
  document: VnetDocument,
  id: string,
  { namespaces, seen }: { readonly namespaces: Namespaces; readonly seen: State },
): void {
  const endpoint = document.endpoints?.[id];
  const network = attachingNetworkOf(document, parseEndpointId(id).network)?.network;
  if (endpoint === undefined || network === undefined || isReleased(network)) return;
  const own = entriesOfEndpoint(id, endpoint, network, ownLinkOf(id, endpoint, seen));
  if (isAttached(endpoint) && isAlive(endpoint, namespaces)) desired.addEntries(id, own);
  else desired.claim(id, own);
}

/** What was derived of an endpoint, and from what else. */
type Derived = Entries & {
  readonly id: string;
  readonly network: Network;
  readonly own: OwnLink | undefined;
};

/** By the endpoint itself: a process that stays derives a thousand of them at each change of one. */
const derivedBefore = new WeakMap<Endpoint, Derived>();

/** Law: the entries of deriveEndpoint(), whatever was derived before. */
function entriesOfEndpoint(
  id: string,
  endpoint: Endpoint,
  network: Network,
  own: OwnLink | undefined,
): Entries {
  const known = derivedBefore.get(endpoint);
  const isSame =
    known?.id === id &&
    known.network === network &&
    known.own?.mac === own?.mac &&
    known.own?.mtuBytes === own?.mtuBytes;
  if (isSame) return known;
  const derived = { ...entriesOf(deriveEndpoint(id, endpoint, network, own)), id, network, own };
  derivedBefore.set(endpoint, derived);
  return derived;
}

/** Returns the pod's interface as it really is, undefined where it was not seen. */
function ownLinkOf(id: string, { netns = HOST }: Endpoint, seen: State): OwnLink | undefined {
  const { ifName } = parseEndpointId(id);
  const link = seen.get(linkKeyOf(ifName, netns));
  return link?.kind === 'link' && netns !== HOST ? link : undefined;
}

/**
 * Returns the objects of one attached endpoint: the veth and its peer, the pod's view, and what leads to it; none when its
 * network's mode attaches no pods.
 * Shape: the same whether the endpoint is alive, dead or leaving: the caller decides whether they are wanted. `own` is
 * the pod's interface as it was seen.
 */
export function deriveEndpoint(
  id: string,
  endpoint: Endpoint,
  network: Network,
  own?: OwnLink,
): readonly NetObject[] {
  return coreOf(network).attach?.endpoint(id, endpoint, network, own) ?? [];
}
