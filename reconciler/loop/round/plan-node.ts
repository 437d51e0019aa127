/** Plans: observation, derivation and comparison put together, for the node, its networks, or one endpoint. */
import type { BridgeNetwork, Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { derive, deriveEndpoint, deriveOwners, type Desired, isAttached } from '../../model/derive.ts';
import type { Observation, Observer, Scope } from '../../model/ports/kernel.ts';
import { ANY_LINK, isEndpointId, networkMark, parseEndpointId, podNameOf } from '../../model/names.ts';
import { bridgeNetworkOf } from '../../model/networks.ts';
import { ownershipOf } from '../../model/ownership.ts';
import { err, type Failure, failure, ok, type Result } from '../../model/result.ts';
import { joinScopes, scopeOfEndpoint, scopeOfNetworks, scopeOfNode } from '../../model/scope.ts';
import {
  HOST,
  keyOf,
  linkKeyOf,
  type NetnsPath,
  type NetObject,
  type ObjectKey,
  type State,
  toState,
} from '../../model/state.ts';
import { diff } from '../../plan/diff.ts';
import type { Plan } from '../../plan/step.ts';

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

/** The plan of endpoints. Shape: `isReady` says of an endpoint whether the network below it is there (bridge ours, uplink in it). */
export type PlannedEndpoints = Planned & { readonly isReady: (id: string) => boolean };

/**
 * Returns the plan of these endpoints, side by side.
 * An endpoint that is leaving is planned away, but for what by now belongs to another.
 * Errors: `not-found` when the document lacks one of them, or its network has no bridge.
 */
export function planEndpointsOn(
  observer: Observer,
  document: VnetDocument,
  ids: readonly string[],
): Result<PlannedEndpoints> {
  const subjects: Subject[] = [];
  for (const id of ids) {
    const subject = subjectIn(document, id);
    if (subject === undefined) return err(notInDocument(id));
    subjects.push(subject);
  }
  const observation = observer.observe(joinScopes(subjects.map(({ scope }) => scope)));
  if (!observation.ok) return observation;
  const { namespaces, state } = observation.value;
  const endpoints = Object.fromEntries(subjects.map(({ id, endpoint }) => [id, endpoint]));
  const plan = diff({
    generation: document.metadata.generation,
    desired: deriveOwners(document, ids, namespaces, state),
    observed: observedOf(subjects, state),
    owns: ownershipOf({ ...document, endpoints }),
    podsOf: (owner) => podsOf(document, owner),
  });
  const networkOfId = new Map(subjects.map(({ id, network }) => [id, network]));
  const isReady = (id: string): boolean => {
    const network = networkOfId.get(id);
    return network !== undefined && isNetworkThere(state, parseEndpointId(id).network, network);
  };
  return ok({ plan, observation: observation.value, isReady });
}

/** Returns the Failure of an endpoint that the document lacks, or whose network has no bridge. */
export function notInDocument(id: string): Failure {
  const hint = 'See vnet get endpoints.';
  return failure('not-found', `endpoint ${id}`, 'not in the document', { hint });
}

/** An endpoint, and where it is. */
type Subject = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly network: BridgeNetwork;
  readonly scope: Scope;
};

function subjectIn(document: VnetDocument, id: string): Subject | undefined {
  const endpoint = document.endpoints?.[id];
  const network = bridgeNetworkOf(document, parseEndpointId(id).network);
  const scope = scopeOfEndpoint(document, id);
  const isThere = endpoint !== undefined && network !== undefined && scope !== undefined;
  return isThere ? { id, endpoint, network, scope } : undefined;
}

function isNetworkThere(state: State, name: string, network: BridgeNetwork): boolean {
  const bridge = state.get(linkKeyOf(network.bridge.name));
  const uplink = state.get(linkKeyOf(network.uplink.name));
  return (
    bridge?.kind === 'link' &&
    bridge.alias === networkMark(name) &&
    uplink?.kind === 'link' &&
    uplink.master === network.bridge.name
  );
}

/** The routes of a pod count whatever they say: chained plugins move them. The rest counts by key. */
function observedOf(subjects: readonly Subject[], observed: State): State {
  const derived = new Map<ObjectKey, { readonly object: NetObject; readonly isWanted: boolean }>();
  const wantedPods = new Set<NetnsPath>();
  for (const { id, endpoint, network } of subjects) {
    const isWanted = isAttached(endpoint);
    if (isWanted && endpoint.netns !== undefined) wantedPods.add(endpoint.netns);
    for (const [key, object] of toState(deriveEndpoint(id, endpoint, network, ANY_LINK))) {
      // What one leaves behind and another one wants is the other's.
      if (isWanted || !derived.has(key)) derived.set(key, { object, isWanted });
    }
  }
  return new Map(
    [...observed].filter(([key, have]) => {
      if (have.netns !== HOST && have.kind === 'route') return wantedPods.has(have.netns);
      const mine = derived.get(key);
      return mine !== undefined && (mine.isWanted || !isAnothers(mine.object, have));
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
  const ids = isEndpointId(owner)
    ? [owner]
    : Object.keys(endpoints).filter((id) => id.startsWith(`${owner}/`));
  return ids.map((id) => podNameOf(id, endpoints[id]));
}
