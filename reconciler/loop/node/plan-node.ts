/** Plans of the whole node or of its networks: observation, derivation and comparison combined. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { derive } from '../../model/derive.ts';
import type { Desired } from '../../model/desired.ts';
import { kindOf } from '../../model/kinds/registry.ts';
import { movedPods } from '../../model/modes/mode-change.ts';
import { BEFORE_SUFFIX } from '../../model/names.ts';
import type { Observation, Observer } from '../../model/ports/kernel.ts';
import { ownershipOf, type Ownership } from '../../model/ownership.ts';
import { ok, type Result } from '../../model/result.ts';
import { enforcedPolicies } from '../../model/policy/policy-input.ts';
import { scopeOfNetworks, scopeOfNode } from '../../model/scope.ts';
import { diff } from '../../plan/diff.ts';
import { orderMoveSteps, changesInPods, withFormerOwners } from './move.ts';
import { addressOrderChanges } from './address-order.ts';
import { type Planned, podsOf } from './plan-endpoints.ts';
import { networksWith } from '../../model/capabilities.ts';
import { learnedRoutes } from '../../model/modes/parts/learned.ts';
import { HOST, keyOf, type RouteObject } from '../../model/state.ts';

/** The plan of the whole node, the desired state it was made from, and the endpoints whose mode changed. */
export type PlannedNode = Planned & { readonly desired: Desired; readonly moved: ReadonlySet<string> };

/** Returns the plan of the whole node: everything missing, differing, or ours and no longer desired. */
export function planNode(observer: Observer, document: VnetDocument): Result<PlannedNode> {
  const observation = observer.observe(scopeOfNode(document));
  return observation.ok ? ok(planNodeFrom(document, observation.value)) : observation;
}

/** Returns the plan of the whole node from an observation already made; `former` as in ownershipOf() and movedPods(). Pure. */
export function planNodeFrom(
  document: VnetDocument,
  observation: Observation,
  former: VnetDocument = document,
): PlannedNode {
  const policies = enforcedPolicies(document, observation.members, observation.state);
  const desired = derive(document, observation.namespaces, observation.state, policies);
  const moved = movedPods(document, former);
  const plan = diff({
    generation: document.metadata.generation,
    desired: withFormerOwners(desired, moved),
    observed: observation.state,
    owns: withLearned(ownershipOf(document, former), document),
    podsOf: (owner) => podsOf(document, owner.replace(BEFORE_SUFFIX, '')),
    reorder: (want, have, others) => [
      ...addressOrderChanges(want, have, others),
      ...changesInPods(moved, want, have),
    ],
  });
  return {
    plan: { ...plan, steps: orderMoveSteps(moved, plan.steps) },
    observation,
    desired,
    moved: moved.ids,
  };
}

/**
 * Returns the plan of the networks only: their links and rules. Pods are not observed, and none of their
 * objects is removed.
 */
export function planNetworks(observer: Observer, document: VnetDocument): Result<Planned> {
  const observation = observer.observe(scopeOfNetworks(document));
  return observation.ok ? ok(planNetworksFrom(document, observation.value)) : observation;
}

/** Returns the plan of the networks only from an observation already made. Pure. */
export function planNetworksFrom(document: VnetDocument, observation: Observation): Planned {
  const { namespaces, state, members } = observation;
  // The table of policies has elements of pods, which are left alone here.
  const enforced = enforcedPolicies(document, members, state);
  const policies = enforced && { sets: enforced.sets };
  const owns = withLearned(ownershipOf({ ...document, endpoints: {} }), document);
  const plan = diff({
    generation: document.metadata.generation,
    desired: derive({ ...document, endpoints: {} }, namespaces, state, policies),
    observed: observation.state,
    owns: (object) => kindOf(object).isTaken?.(object) === true && owns(object),
    podsOf: (owner) => podsOf(document, owner.replace(BEFORE_SUFFIX, '')),
    reorder: addressOrderChanges,
  });
  return { plan, observation };
}

/** Returns the ownership rule with these routes, on the uplink and on its carrier: objects that the document lists may be deleted there. */
function withLearned(owns: Ownership, document: VnetDocument): Ownership {
  const learned = new Set(
    networksWith(document, 'takeover').flatMap(({ network, mode: { takeover } }) => {
      const uplink = takeover.uplink(network);
      return learnedRoutes(uplink, [uplink.name, takeover.carrier(network)]).map(placeOf);
    }),
  );
  return (object) =>
    owns(object) ||
    (object.kind === 'route' &&
      object.netns === HOST &&
      object.dynamic === true &&
      learned.has(placeOf(object)));
}

function placeOf(route: RouteObject): string {
  return `${keyOf(route)} dev ${route.dev}`;
}
