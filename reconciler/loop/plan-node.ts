/** Plans: observation, derivation and comparison put together, for the node, its networks, or one endpoint. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { derive, deriveEndpoint, deriveOwner, type Desired, isAttached } from '../model/derive.ts';
import type { Observation, Observer } from '../model/kernel.ts';
import { ANY_LINK, networkMark, parseEndpointId } from '../model/names.ts';
import { bridgeNetworkOf } from '../model/networks.ts';
import { ownershipOf } from '../model/ownership.ts';
import { failure, ok, type Result } from '../model/result.ts';
import { scopeOfEndpoint, scopeOfNetworks, scopeOfNode } from '../model/scope.ts';
import { HOST, keyOf, type NetObject, type State, toState } from '../model/state.ts';
import { diff } from '../plan/diff.ts';
import type { Plan } from '../plan/step.ts';

/** A plan and what it was made from. */
export type Planned = { readonly plan: Plan; readonly observation: Observation };

/** The plan of the whole node, with what was desired when it was made. */
export type PlannedNode = Planned & { readonly desired: Desired };

/** Returns the plan of the whole node: everything missing, differing, or ours and no longer wanted. */
export function planNode(observer: Observer, document: VnetDocument): Result<PlannedNode> {
  const observation = observer.observe(scopeOfNode(document));
  return observation.ok ? ok(planNodeFrom(document, observation.value)) : observation;
}

/** Returns the plan of the whole node from an observation already made; `former` as in ownershipOf(). Pure. */
export function planNodeFrom(
  document: VnetDocument,
  observation: Observation,
  former: VnetDocument = document,
): PlannedNode {
  const desired = derive(document, observation.namespaces, observation.state);
  const plan = diff({
    generation: document.metadata.generation,
    desired,
    observed: observation.state,
    owns: ownershipOf(document, former),
    podsOf: (owner) => podsOf(document, owner),
  });
  return { plan, observation, desired };
}

/** Returns the plan of the networks alone: bridge, uplink and rules; no pod is looked at, nothing of one removed. */
export function planNetworks(observer: Observer, document: VnetDocument): Result<Planned> {
  const observation = observer.observe(scopeOfNetworks(document));
  return observation.ok ? ok(planNetworksFrom(document, observation.value)) : observation;
}

/** Returns the plan of the networks alone from an observation already made. Pure. */
export function planNetworksFrom(document: VnetDocument, observation: Observation): Planned {
  const owns = ownershipOf({ ...document, endpoints: {} });
  const plan = diff({
    generation: document.metadata.generation,
    desired: derive({ ...document, endpoints: {} }, observation.namespaces),
    observed: observation.state,
    owns: (object) => object.kind === 'address' && owns(object),
    podsOf: (owner) => podsOf(document, owner),
  });
  return { plan, observation };
}

/**
 * Returns the plan of one endpoint, and whether the network below it is there (bridge ours, uplink in it).
 * An endpoint that is leaving is planned away, but for what by now belongs to another.
 */
export function planEndpointOn(
  observer: Observer,
  document: VnetDocument,
  id: string,
): Result<Planned & { readonly isNetworkReady: boolean }> {
  const endpoint = document.endpoints?.[id];
  const { network: name } = parseEndpointId(id);
  const network = bridgeNetworkOf(document, name);
  const scope = scopeOfEndpoint(document, id);
  if (endpoint === undefined || network === undefined || scope === undefined) {
    return {
      ok: false,
      error: failure('not-found', `endpoint ${id}`, 'not in the document', {
        hint: 'vnet get endpoints lists those that are',
      }),
    };
  }
  const observation = observer.observe(scope);
  if (!observation.ok) return observation;
  const mine = toState(deriveEndpoint(id, endpoint, network, ANY_LINK));
  const owns = ownershipOf({ ...document, endpoints: { [id]: endpoint } });
  const plan = diff({
    generation: document.metadata.generation,
    desired: deriveOwner(document, id, observation.value.namespaces, observation.value.state),
    observed: observedOf(mine, observation.value.state, isAttached(endpoint)),
    owns,
    podsOf: (owner) => podsOf(document, owner),
  });
  const bridge = observation.value.state.get(`link ${network.bridge.name}`);
  const uplink = observation.value.state.get(`link ${network.uplink.name}`);
  const isNetworkReady =
    bridge?.kind === 'link' &&
    bridge.alias === networkMark(name) &&
    uplink?.kind === 'link' &&
    uplink.master === network.bridge.name;
  return ok({ plan, observation: observation.value, isNetworkReady });
}

/** The routes of a pod count whatever they say: chained plugins move them. The rest counts by key. */
function observedOf(mine: State, observed: State, isWanted: boolean): State {
  return new Map(
    [...observed].filter(([key, have]) => {
      if (have.netns !== HOST && have.kind === 'route') return isWanted;
      const derived = mine.get(key);
      return derived !== undefined && (isWanted || !isAnothers(derived, have));
    }),
  );
}

/** True when the address has been given to another pod meanwhile: the same key leads to another MAC. */
function isAnothers(derived: NetObject, have: NetObject): boolean {
  if (derived.kind === 'nft-element' && have.kind === 'nft-element') {
    return derived.set === 'pods' && derived.value !== have.value;
  }
  return derived.kind === 'neighbour' && have.kind === 'neighbour' && keyOf(have) === keyOf(derived)
    ? derived.mac !== have.mac
    : false;
}

/** Returns how people know the pods of an owner: the one of an endpoint, or all of a network. */
function podsOf(document: VnetDocument, owner: string): readonly string[] {
  const endpoints = document.endpoints ?? {};
  const ids = owner.includes('/')
    ? [owner]
    : Object.keys(endpoints).filter((id) => id.startsWith(`${owner}/`));
  return ids.map((id) => endpoints[id]?.pod ?? parseEndpointId(id).containerId.slice(0, 12));
}
