/** The state of an endpoint, in the same words for lists, pictures and metrics. Pure. */
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { parseIpv4, withoutLength } from './addresses/address.ts';
import { type AddressList, containsAddress, expandRanges } from './addresses/address-list.ts';
import { isAlive, type Namespaces } from './derive.ts';
import { parseEndpointId } from './names.ts';
import { networkOf } from './networks.ts';

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
 * What was seen of the kernel. Shape: `causes` has why each step is there that the endpoint owns, undefined where too little of
 * the past is known to say.
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
  const pool = networkOf(document, parseEndpointId(id).network)?.pool;
  const isListed = endpoint.ipam !== undefined || pool === undefined || isInPool(endpoint, pool.addresses);
  return isListed ? 'ready' : 'withdrawn';
}

/** Returns the state of what these steps change: drift is worse than what is still to come. */
export function stateOfSteps(causes: EndpointSight['causes']): 'ready' | 'pending' | 'drifted' {
  if (causes.length === 0) return 'ready';
  return causes.every((cause) => cause === 'pending') ? 'pending' : 'drifted';
}

/** By the pool's own list: a thousand endpoints ask for the same one. */
const expanded = new WeakMap<readonly string[], AddressList>();

function isInPool(endpoint: Endpoint, ranges: readonly string[]): boolean {
  const list = expanded.get(ranges) ?? expandRanges(ranges);
  expanded.set(ranges, list);
  return endpoint.addresses.every((address) => {
    const value = parseIpv4(withoutLength(address));
    return value === undefined || containsAddress(list, value);
  });
}
