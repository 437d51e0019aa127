/** Distinguishes drift from pending changes, by the document at the last convergence. Pure. */
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isNotLoaded } from '../../document/library.ts';
import type { Problem } from '../../document/store/store.ts';
import { ok, type Result } from '../../model/result.ts';
import type { History } from '../../document/history/history.ts';
import { derive } from '../../model/derive.ts';
import type { Members } from '../../model/policy/members.ts';
import { enforcedPolicies } from '../../model/policy/policy-input.ts';
import type { NodeStatus } from '../files/status-file.ts';
import type { NetObject, State } from '../../model/state.ts';
import { POLICY_TABLE } from '../../model/names.ts';
import { isOfBridge } from '../../model/policy/compiler/sets.ts';
import { type Causes, causesOf } from '../../plan/cause.ts';
import type { PlannedNode } from '../node/plan-node.ts';

/**
 * Facts about the past.
 * Shape: `converged` is the document of the last converged generation, undefined without
 * one; `isBeingMade` tells whether an endpoint's ADD may be running; `areMembersOthers`: the known state of the cluster was
 * something else then.
 */
export type CauseInputs = {
  readonly converged: VnetDocument | undefined;
  readonly isBeingMade: (endpoint: Endpoint) => boolean;
  readonly areMembersOthers?: boolean;
};

/** Returns the cause of each step of the plan; undefined if the past is unknown. */
export function causesOfPlan(
  document: VnetDocument,
  { plan, observation, desired }: PlannedNode,
  past: CauseInputs,
): Causes | undefined {
  const then = lastConvergedState(document, past, observation.state, observation.members);
  return (
    then && causesOf(plan.steps, past.areMembersOthers === true ? withoutPolicies(then) : then, desired.state)
  );
}

/** Returns the state without the objects that depend on the cluster's pods and policies: differences in these are pending. */
export function withoutPolicies(state: State): State {
  return new Map([...state].filter(([, object]) => !isOfPolicies(object)));
}

function isOfPolicies(object: NetObject): boolean {
  if (object.kind === 'nft-table') return object.name === POLICY_TABLE;
  return object.kind === 'nft-element' && isOfBridge(object.set);
}

/** Returns the desired state at the last convergence; undefined if it is unknown. */
export function lastConvergedState(
  document: VnetDocument,
  { converged, isBeingMade }: CauseInputs,
  seen: State = new Map(),
  members?: Members,
): State | undefined {
  if (converged === undefined) return undefined;
  // An endpoint whose namespace is gone was desired then: that it no longer is, is not drift.
  const whole = settled(converged, document, isBeingMade);
  return derive(whole, new Map(), seen, enforcedPolicies(whole, members, seen)).state;
}

/** A finished ADD has created its whole endpoint, whether or not a round has run since. */
function settled(
  converged: VnetDocument,
  document: VnetDocument,
  isBeingMade: (endpoint: Endpoint) => boolean,
): VnetDocument {
  const made = Object.entries(document.endpoints ?? {}).filter(
    ([id, endpoint]) => converged.endpoints?.[id] === undefined && !isBeingMade(endpoint),
  );
  // A leaving endpoint was complete before: its remains are pending removal, not drift.
  const whole = [...Object.entries(converged.endpoints ?? {}), ...made].map(([id, endpoint]) => {
    const { leaving: _leaving, ...complete } = endpoint;
    return [id, complete] as const;
  });
  return { ...converged, endpoints: Object.fromEntries(whole) };
}

/** Returns the document of the last converged generation, if known. Errors: NotLoaded. */
export function convergedDocument(
  status: NodeStatus | undefined,
  document: VnetDocument,
  history: Pick<History, 'at'> | undefined,
): Result<VnetDocument | undefined, Problem> {
  const generation = status?.convergedGeneration;
  if (generation === undefined) return ok(undefined);
  if (generation === document.metadata.generation) return ok(document);
  const then = history?.at(generation) ?? ok(undefined);
  if (then.ok) return ok(then.value?.document);
  return isNotLoaded(then.error) ? then : ok(undefined);
}
