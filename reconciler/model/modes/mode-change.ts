/** The change of a network's mode under attached pods: their endpoints, and the former objects in their namespaces. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { familyOf, hostPrefixOf, parseAddress, withoutLength } from '../addresses/address.ts';
import { type FamilyPool, gatewayFields, gatewaysOf, isInSubnet, poolsOf } from '../addresses/families.ts';
import { deriveEndpoint, isAttached } from '../endpoints.ts';
import { coreOf } from './cores.ts';
import { ANY_LINK, parseEndpointId } from '../names.ts';
import { networkOf } from '../networks.ts';
import type { Scope } from '../ports/kernel.ts';
import { scopeOfNode } from '../scope.ts';
import { HOST, type NetObject, type ObjectKey, type State, toState } from '../state.ts';

/** Returns the attached pods of networks that have another mode than before, by endpoint ID, with the former network. */
function changedEndpoints(
  document: VnetDocument,
  former: VnetDocument,
): readonly { readonly id: string; readonly endpoint: Endpoint; readonly before: Network }[] {
  const networks = new Map(
    Object.entries(document.networks).flatMap(([name, network]) => {
      const before = networkOf(former, name);
      const isChanged = before !== undefined && before.mode !== network.mode;
      return isChanged && coreOf(network).attach !== undefined ? [[name, before] as const] : [];
    }),
  );
  if (networks.size === 0) return [];
  return Object.entries(document.endpoints ?? {}).flatMap(([id, endpoint]) => {
    const before = networks.get(parseEndpointId(id).network);
    return before !== undefined && isAttached(endpoint) ? [{ id, endpoint, before }] : [];
  });
}

/** Returns true if the endpoint can keep its addresses in the network: they are those of its pools. */
export function canMoveTo(network: Network, { addresses, ipam }: Endpoint): boolean {
  return (
    ipam === undefined &&
    addresses.every((address) => {
      const parsed = parseAddress(withoutLength(address));
      return parsed !== undefined && isInSubnet(parsed, network);
    })
  );
}

/** Returns the endpoint as an ADD to the network would have written it with these addresses. */
export function endpointIn(network: Network, endpoint: Endpoint): Endpoint {
  const pools = poolsOf(network);
  const poolOf = (address: string): FamilyPool | undefined =>
    pools.find(({ family }) => family === familyOf(address));
  const { attach } = coreOf(network);
  const before = gatewaysOf(endpoint);
  const gateways = before.map((gateway) => {
    const own = poolOf(gateway)?.pool.gateway ?? gateway;
    return attach?.loneGateway?.(own) ?? own;
  });
  const [first = '', ...more] = endpoint.addresses.map((address) => {
    const pool = poolOf(address)?.pool;
    if (pool === undefined) return address;
    const isLone = attach?.loneGateway?.(pool.gateway) !== undefined;
    return isLone ? hostPrefixOf(address) : `${withoutLength(address)}/${pool.subnet.split('/')[1]}`;
  });
  const routes = endpoint.routes?.map((route) => {
    const via = gateways[before.indexOf(route.via ?? '')];
    return via === undefined ? route : { ...route, via };
  });
  return {
    ...endpoint,
    addresses: [first, ...more],
    ...gatewayFields(gateways),
    ...(routes === undefined ? {} : { routes }),
  };
}

/** Returns the document with the endpoints of networks whose mode changed as the new mode has them. */
export function withMovedEndpoints(document: VnetDocument, former: VnetDocument): VnetDocument {
  const moved = changedEndpoints(document, former).flatMap(({ id, endpoint }) => {
    const network = networkOf(document, parseEndpointId(id).network);
    return network === undefined ? [] : [[id, endpointIn(network, endpoint)] as const];
  });
  if (moved.length === 0) return document;
  return { ...document, endpoints: { ...document.endpoints, ...Object.fromEntries(moved) } };
}

/**
 * The pods of networks whose mode changed.
 * Shape: `owners` has the endpoint of each object of the former mode, `inPods` those in their namespaces, without interfaces.
 */
export type MovedPods = {
  readonly ids: ReadonlySet<string>;
  readonly owners: ReadonlyMap<ObjectKey, string>;
  readonly inPods: State;
};

/** Returns the scope of the node, with the former mode's objects in pods whose mode changed. */
export function scopeOfChange(document: VnetDocument, former: VnetDocument): Scope {
  const scope = scopeOfNode(document);
  const { ids, inPods } = movedPods(document, former);
  if (ids.size === 0) return scope;
  const entries = [...inPods.values()].filter(({ kind }) => kind === 'neighbour');
  const pods = scope.pods.map((pod) => ({
    ...pod,
    entries: [...(pod.entries ?? []), ...entries.filter(({ netns }) => netns === pod.netns)],
  }));
  return { ...scope, pods };
}

/** Returns the pods that have another mode than in the former document. */
export function movedPods(document: VnetDocument, former: VnetDocument): MovedPods {
  const changed = changedEndpoints(document, former);
  const owners = new Map<ObjectKey, string>();
  const inPods: NetObject[] = [];
  for (const { id, endpoint, before } of changed) {
    for (const [key, object] of toState(deriveEndpoint(id, endpointIn(before, endpoint), before, ANY_LINK))) {
      owners.set(key, id);
      if (object.netns !== HOST && object.kind !== 'link') inPods.push(object);
    }
  }
  return { ids: new Set(changed.map(({ id }) => id)), owners, inPods: toState(inPods) };
}
