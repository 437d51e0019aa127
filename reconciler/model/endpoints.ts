/** Endpoints: their state and their desired objects. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { familyOfAddress, parseAddress, withoutLength } from './addresses/address.ts';
import { type AddressList, containsAddress, expandRanges } from './addresses/address-list.ts';
import { poolsOf } from './addresses/families.ts';
import { Collection, type Desired, type Entries, entriesOf } from './desired.ts';
import type { OwnLink } from './modes/core.ts';
import { coreOf } from './modes/cores.ts';
import { parseEndpointId } from './names.ts';
import { attachingNetworkOf, isReleased, networkOf } from './networks.ts';
import type { NamespaceFact } from './ports/kernel.ts';
import { HOST, linkKeyOf, type NetnsPath, type NetObject, type State } from './state.ts';

/** Facts about namespaces: one for each path that was read. */
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

/**
 * The states of an endpoint. `pending`: the document asks for a change that is not made yet. `drifted`: others changed it.
 * `withdrawn`: its pool no longer lists its address. `lease`: an address without an interface of ours. `dead`: its namespace is gone.
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
 * Observations of the kernel. Shape: `causes` has the cause of each step of the endpoint; undefined if too little
 * of the past is known.
 */
export type EndpointSight = {
  readonly namespaces: Namespaces;
  readonly causes: readonly ('pending' | 'drift' | undefined)[];
};

/** Returns the state of the endpoint; without a sight, as far as the document knows it. */
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
  const network = networkOf(document, parseEndpointId(id).network);
  const isListed = endpoint.ipam !== undefined || network === undefined || isInPools(endpoint, network);
  return isListed ? 'ready' : 'withdrawn';
}

/** Returns the state caused by these steps: drift is worse than pending. */
export function stateOfSteps(causes: EndpointSight['causes']): 'ready' | 'pending' | 'drifted' {
  if (causes.length === 0) return 'ready';
  return causes.every((cause) => cause === 'pending') ? 'pending' : 'drifted';
}

/** By the pool's own list: a thousand endpoints ask for the same one. */
const expanded = new WeakMap<readonly string[], AddressList>();

function isInPools(endpoint: Endpoint, network: Network): boolean {
  const lists = poolsOf(network).map(({ family, pool }) => ({ family, list: listOf(pool.addresses) }));
  return endpoint.addresses.every((address) => {
    const value = parseAddress(withoutLength(address));
    if (value === undefined) return true;
    const own = lists.find(({ family }) => family === familyOfAddress(value));
    return own === undefined || containsAddress(own.list, value);
  });
}

function listOf(ranges: readonly string[]): AddressList {
  const list = expanded.get(ranges) ?? expandRanges(ranges);
  expanded.set(ranges, list);
  return list;
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

/** Adds the contribution of the endpoint: its objects, or the claim to them if it is leaving or dead. */
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

/** The objects derived from an endpoint, and the inputs besides it. */
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
