/** Endpoints: their state and their desired objects. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { parseAddress, withoutLength } from './addresses/address.ts';
import { type AddressList, containsAddress, expandRanges } from './addresses/address-list.ts';
import { Collection, type Desired, type Entries, entriesOf } from './desired.ts';
import type { OwnLink } from './modes/core.ts';
import { coreOf } from './modes/cores.ts';
import { parseEndpointId } from './names.ts';
import { attachingNetworkOf, isReleased, networkOf } from './networks.ts';
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

/** Returns true for an endpoint whose interfaces vnet creates: attached and not leaving. */
export function isAttached(endpoint: Endpoint): boolean {
  return endpoint.hostVeth !== undefined && endpoint.netns !== undefined && endpoint.leaving === undefined;
}

/**
 * The states of an endpoint. `pending`: a change of the document is not applied yet. `drifted`: changed
 * outside vnet. `withdrawn`: its pool no longer lists its address. `lease`: an address without an interface
 * of ours. `dead`: its namespace is gone.
 */
export const ENDPOINT_STATES = [
  'ready',
  'pending',
  'drifted',
  'withdrawn',
  'lease',
  'leaving',
  'dead',
] as const;

/** One of ENDPOINT_STATES. */
export type EndpointState = (typeof ENDPOINT_STATES)[number];

/**
 * Observations of the kernel.
 * Shape: `causes` has the cause of each step of the endpoint; undefined if too little of the past is known.
 */
export type EndpointSight = {
  readonly namespaces: NamespaceFacts;
  readonly causes: readonly ('pending' | 'drift' | undefined)[];
};

/** Returns the state of the endpoint; without a sight, its state in the document. */
export function endpointState(
  document: VnetDocument,
  id: string,
  endpoint: Endpoint,
  sight?: EndpointSight,
): EndpointState {
  if (endpoint.leaving !== undefined) return 'leaving';
  if (sight === undefined ? endpoint.missing !== undefined : !isAlive(endpoint, sight.namespaces))
    return 'dead';
  if (endpoint.hostVeth === undefined) return 'lease';
  const causes = sight?.causes ?? [];
  if (causes.length > 0) return stateOfSteps(causes);
  const pool = networkOf(document, parseEndpointId(id).network)?.pool;
  const isListed = endpoint.ipam !== undefined || pool === undefined || isInPool(endpoint, pool.addresses);
  return isListed ? 'ready' : 'withdrawn';
}

/** Returns the state for these causes: drift precedes pending. */
export function stateOfSteps(causes: EndpointSight['causes']): 'ready' | 'pending' | 'drifted' {
  if (causes.length === 0) return 'ready';
  return causes.every((cause) => cause === 'pending') ? 'pending' : 'drifted';
}

/** Cached by the pool's list, which a thousand endpoints share. */
const expanded = new WeakMap<readonly string[], AddressList>();

function isInPool(endpoint: Endpoint, ranges: readonly string[]): boolean {
  const list = expanded.get(ranges) ?? expandRanges(ranges);
  expanded.set(ranges, list);
  return endpoint.addresses.every((address) => {
    const value = parseAddress(withoutLength(address));
    return typeof value !== 'number' || containsAddress(list, value);
  });
}

/**
 * Returns the part of the desired State that belongs to these endpoints.
 * Law: equal to derive() restricted to these owners.
 */
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

/** Law: equal to the entries of deriveEndpoint(), whatever is cached. */
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
  return coreOf(network).attach?.endpoint(id, endpoint, network, own) ?? [];
}
