/** Plans of endpoints: observation, derivation and comparison combined. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { deriveEndpoint, deriveOwners, isAttached } from '../../model/endpoints.ts';
import type { Observation, Observer, Scope } from '../../model/ports/kernel.ts';
import { ANY_LINK, isEndpointOwner, parseEndpointId, podNameOf } from '../../model/names.ts';
import { type AttachingNetwork, attachingNetworkOf } from '../../model/networks.ts';
import { ownershipOf } from '../../model/ownership.ts';
import { err, type Failure, failure, ok, type Result } from '../../model/result.ts';
import { joinScopes, scopeOfEndpoint } from '../../model/scope.ts';
import {
  HOST,
  type NetnsPath,
  type NetObject,
  type ObjectKey,
  type State,
  toState,
} from '../../model/state.ts';
import { diff } from '../../plan/diff.ts';
import type { Plan, Step } from '../../plan/step.ts';

/** A plan with its inputs. */
export type Planned = { readonly plan: Plan; readonly observation: Observation };

/** The plan of endpoints. Shape: `isReady`: the kernel has the network of this endpoint. */
export type PlannedEndpoints = Planned & { readonly isReady: (id: string) => boolean };

/** Returns the steps of endpoints of the document with those of their network policies. */
export type PolicySteps = (
  document: VnetDocument,
  ids: readonly string[],
  steps: readonly Step[],
) => readonly Step[];

/**
 * Returns the plan of these endpoints. A leaving endpoint's objects are removed, except those that now belong
 * to another.
 * Errors: `not-found` if the document lacks one of them, or its network's mode attaches no pods.
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
  const networks = new Map(subjects.map(({ id, on }) => [id, on]));
  const isReady = (id: string): boolean => {
    const on = networks.get(id);
    return on !== undefined && on.attach.isReady(on.name, on.network, state);
  };
  return ok({ plan, observation: observation.value, isReady });
}

/** Returns the Failure of an endpoint that the document lacks, or whose network's mode attaches no pods. */
export function notInDocument(id: string): Failure {
  const hint = 'See vnet get endpoints.';
  return failure('not-found', `endpoint ${id}`, 'not in the document', { hint });
}

/** An endpoint and its network. */
type Subject = {
  readonly id: string;
  readonly endpoint: Endpoint;
  readonly on: AttachingNetwork;
  readonly scope: Scope;
};

function subjectIn(document: VnetDocument, id: string): Subject | undefined {
  const endpoint = document.endpoints?.[id];
  const on = attachingNetworkOf(document, parseEndpointId(id).network);
  const scope = scopeOfEndpoint(document, id);
  const isThere = endpoint !== undefined && on !== undefined && scope !== undefined;
  return isThere ? { id, endpoint, on, scope } : undefined;
}

/** An object of a subject. Shape: `isWanted` is false for objects of a leaving endpoint. */
type EndpointObject = {
  readonly object: NetObject;
  readonly isWanted: boolean;
  readonly on: AttachingNetwork;
};

/** All routes of a pod count, because chained plugins move them; other objects count by key. */
function observedOf(subjects: readonly Subject[], observed: State): State {
  const derived = new Map<ObjectKey, EndpointObject>();
  const wantedPods = new Set<NetnsPath>();
  for (const { id, endpoint, on } of subjects) {
    const isWanted = isAttached(endpoint);
    if (isWanted && endpoint.netns !== undefined) wantedPods.add(endpoint.netns);
    for (const [key, object] of toState(deriveEndpoint(id, endpoint, on.network, ANY_LINK))) {
      // An object of a leaving endpoint that another one desires belongs to the latter.
      if (isWanted || !derived.has(key)) derived.set(key, { object, isWanted, on });
    }
  }
  return new Map(
    [...observed].filter(([key, have]) => {
      if (have.netns !== HOST && have.kind === 'route') return wantedPods.has(have.netns);
      const mine = derived.get(key);
      return mine !== undefined && (mine.isWanted || !belongsToAnotherPod(mine, have));
    }),
  );
}

/** Returns true if the address now belongs to another pod: the same key leads elsewhere. */
function belongsToAnotherPod({ object, on: { attach } }: EndpointObject, have: NetObject): boolean {
  return attach.leadsTo(object) !== attach.leadsTo(have);
}

/** Returns the names of an owner's pods: of an endpoint its own, of a network all. */
export function podsOf(document: VnetDocument, owner: string): readonly string[] {
  const endpoints = document.endpoints ?? {};
  const ids = isEndpointOwner(owner)
    ? [owner]
    : Object.keys(endpoints).filter((id) => id.startsWith(`${owner}/`));
  return ids.map((id) => {
    const name = podNameOf(id, endpoints[id]);
    // Of a pod without a record, only the mark is known.
    return endpoints[id] === undefined ? `container ${name}` : name;
  });
}
