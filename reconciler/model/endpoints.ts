/** Endpoints: their state and their desired objects. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { Collection, type Desired, type Entries, entriesOf } from './desired.ts';
import type { OwnLink } from './modes/core.ts';
import { coreOf } from './modes/cores.ts';
import { bandwidthObjects } from './modes/parts/bandwidth.ts';
import { parseEndpointId } from './names.ts';
import { attachingNetworkOf, isReleased } from './networks.ts';
import { ownValue } from './objects.ts';
import type { NamespaceFact } from './ports/kernel.ts';
import { HOST, linkKeyOf, type NetnsPath, type NetObject, type State } from './state.ts';

/** Facts about namespaces: one for each path that was read. */
export type NamespaceFacts = ReadonlyMap<NetnsPath, NamespaceFact>;

/**
 * Returns true if the endpoint's namespace is the one of its ADD: the path exists and has the same inode. An
 * unobserved path counts as alive: only evidence makes an endpoint dead.
 */
export function isAlive(endpoint: Endpoint, namespaces: NamespaceFacts): boolean {
  const fact = endpoint.netns === undefined ? undefined : namespaces.get(endpoint.netns);
  if (fact === undefined) return true;
  return fact !== 'gone' && (endpoint.netnsInode === undefined || endpoint.netnsInode === fact.inode);
}

/** Returns the endpoint of this key; undefined if absent. */
export function endpointOf(document: VnetDocument | undefined, id: string): Endpoint | undefined {
  return ownValue(document?.endpoints, id);
}

/** Returns true for an endpoint whose interfaces vnet creates: attached and not leaving. */
export function isAttached(endpoint: Endpoint): boolean {
  return endpoint.hostVeth !== undefined && endpoint.netns !== undefined && endpoint.leaving === undefined;
}

/** Returns these endpoints' part of the desired State. Law: equals derive() for these owners. */
export function deriveOwners(
  document: VnetDocument,
  ids: readonly string[],
  namespaces: NamespaceFacts,
  seen: State = new Map(),
): Desired {
  const desired = new Collection();
  for (const id of ids) collectEndpoint(desired, document, id, { namespaces, seen });
  return desired.finish();
}

/** Adds the contribution of the endpoint: its objects, or the claim to them if it is leaving or dead. */
export function collectEndpoint(
  desired: Collection,
  document: VnetDocument,
  id: string,
  { namespaces, seen }: { readonly namespaces: NamespaceFacts; readonly seen: State },
): void {
  const endpoint = document.endpoints?.[id];
  const network = attachingNetworkOf(document, parseEndpointId(id).network)?.network;
  if (endpoint === undefined || network === undefined || isReleased(network)) return;
  const own = entriesOfEndpoint(id, endpoint, network, ownLinkOf(id, endpoint, seen));
  if (isAttached(endpoint) && isAlive(endpoint, namespaces)) desired.addEntries(id, own);
  else desired.claim(id, own);
}

/** The objects derived from an endpoint, with the other inputs of the derivation. */
type Derived = Entries & {
  readonly id: string;
  readonly network: Network;
  readonly own: OwnLink | undefined;
};

/** Cached by endpoint: a resident process derives a thousand of them at each change of one. */
const derivedBefore = new WeakMap<Endpoint, Derived>();

/** Law: equal to the entries of deriveEndpoint(), with any cache. */
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

/** Returns the pod's interface as observed; undefined if unobserved. */
function ownLinkOf(id: string, { netns = HOST }: Endpoint, seen: State): OwnLink | undefined {
  const { ifName } = parseEndpointId(id);
  const link = seen.get(linkKeyOf(ifName, netns));
  return link?.kind === 'link' && netns !== HOST ? link : undefined;
}

/**
 * Returns the objects of one attached endpoint: the veth and its peer, the pod's view, and the entries that lead to it; none
 * if the mode of its network attaches no pods.
 * Shape: the same for alive, dead and leaving endpoints: the caller decides whether they are desired. `own` is the observed
 * interface of the pod.
 */
export function deriveEndpoint(
  id: string,
  endpoint: Endpoint,
  network: Network,
  own?: OwnLink,
): readonly NetObject[] {
  const objects = coreOf(network).attach?.endpoint(id, endpoint, network, own) ?? [];
  return endpoint.bandwidth === undefined ? objects : [...objects, ...bandwidthObjects(id, endpoint)];
}
