/** The state of an endpoint, from the document and the observation. Pure; off the ADD path. */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { familyOfAddress, parseAddress, withoutLength } from './address.ts';
import { type AddressList, containsAddress, expandRanges } from './address-list.ts';
import { poolsOf } from './families.ts';
import { isAlive, type NamespaceFacts } from '../endpoints.ts';
import { parseEndpointId } from '../names.ts';
import { networkOf } from '../networks.ts';

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
export type EndpointObservation = {
  readonly namespaces: NamespaceFacts;
  readonly causes: readonly ('pending' | 'drift' | undefined)[];
};

/** Returns the state of the endpoint; without a sight, its state in the document. */
export function endpointState(
  document: VnetDocument,
  id: string,
  endpoint: Endpoint,
  sight?: EndpointObservation,
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

/** Returns the state for these causes: drift precedes pending. */
export function stateOfSteps(causes: EndpointObservation['causes']): 'ready' | 'pending' | 'drifted' {
  if (causes.length === 0) return 'ready';
  return causes.every((cause) => cause === 'pending') ? 'pending' : 'drifted';
}

/** Cached by the pool's list, which a thousand endpoints share. */
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
