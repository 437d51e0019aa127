/**
 * Fast repair: before the full read, objects announced as changed are repaired with ADD's planner. The
 * round follows at once, so correctness does not depend on notifications.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import type { Lookup } from '../../model/layered.ts';
import type { Problem } from '../../document/snapshot.ts';
import { ok, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { RepairLimits, AdmissionRules } from '../../plan/admit.ts';
import type { Step } from '../../plan/step.ts';
import { admitLasting, admitNow } from '../node/admission.ts';
import { executeSteps, failuresOf, type StepOutcome } from '../node/execute.ts';
import { planEndpointsOn } from '../node/plan-endpoints.ts';
import { planNetworks } from '../node/plan-node.ts';
import { carryOutNetworks, needsUndoPlan } from '../takeover/takeover.ts';
import type { Session } from '../node/session.ts';
import type { Round } from '../round/round.ts';

/** For more endpoints, a full scan is faster; the networks' objects are still repaired first. */
const MAX_ENDPOINTS = 16;

/** The result of a fast repair. Shape: `tried` are all steps given to the kernel, rolled back ones included. */
export type FastRepair = { readonly outcomes: readonly StepOutcome[]; readonly tried: readonly Step[] };

const NO_REPAIR: FastRepair = { outcomes: [], tried: [] };

/**
 * Returns the result for the owners (endpoint ids, network names) of suspected objects: hitless steps only, within
 * the repair limits. `document` is the latest one known; the one in force is read while no call is in progress, so that nothing is
 * created for an endpoint that a call has just removed. Failures are left to the round that follows.
 * Errors: `timeout` if the lock has another holder; those of the document.
 */
export function repairFast(
  session: Session,
  document: VnetDocument,
  owners: ReadonlySet<string>,
  repairLimits: RepairLimits = {},
): Result<FastRepair, Problem> {
  const ids = [...owners].filter((owner) => document.endpoints?.[owner] !== undefined);
  const isOfNetworks = ids.length < owners.size;
  const few = ids.length > MAX_ENDPOINTS ? [] : ids;
  if (few.length === 0 && !isOfNetworks) return ok(NO_REPAIR);
  const rules: AdmissionRules = { ...repairLimits, limit: 'hitless' };
  return session.rounds.hold<FastRepair, Problem>('exclusive', () => {
    const read = session.store.read();
    if (!read.ok) return read;
    const present = read.value?.document ?? document;
    const networks = isOfNetworks ? repairNetworks(session, present, rules) : NO_REPAIR;
    const endpoints = few.flatMap((id) => repairEndpoint(session, { document: present, id }, rules));
    const tried = [...networks.tried, ...endpoints.map(({ step }) => step)];
    return ok({ outcomes: [...networks.outcomes, ...endpoints], tried });
  });
}

/** Returns the round with the fast repairs before it. */
export function withRepairs(outcomes: readonly StepOutcome[], round: Round): Round {
  if (outcomes.length === 0) return round;
  const steps = [...outcomes.map(({ step }) => step), ...round.plan.steps];
  return {
    ...round,
    plan: { ...round.plan, steps },
    outcomes: [...outcomes, ...round.outcomes],
    failures: [...round.failures, ...failuresOf(outcomes)],
  };
}

/** Refused steps (a route while its link is set down again) are left to the round. */
function repairNetworks(session: Session, document: VnetDocument, rules: AdmissionRules): FastRepair {
  const planned = planNetworks(session.kernel, document);
  if (!planned.ok) return NO_REPAIR;
  const { plan, observation } = planned.value;
  const { admission, todoOf } = admitLasting(session, plan, rules);
  const { todo: steps } = admission;
  if (needsUndoPlan(steps)) {
    const moved = carryOutNetworks(session, { document, observation, steps, todoOf });
    return { outcomes: moved.ok ? moved.value : [], tried: steps };
  }
  const outcomes = executeSteps(session.kernel, steps).filter(({ status }) => status === 'changed');
  return { outcomes, tried: steps };
}

function repairEndpoint(
  session: Session,
  { document, id }: { readonly document: VnetDocument; readonly id: string },
  rules: AdmissionRules,
): readonly StepOutcome[] {
  const endpoint = document.endpoints?.[id];
  const planned =
    endpoint !== undefined && isAttached(endpoint)
      ? planEndpointsOn(session.kernel, document, [id])
      : undefined;
  if (planned?.ok !== true || !planned.value.isReady(id)) return [];
  return executeSteps(session.kernel, admitNow(session, planned.value.plan, rules).todo);
}

/** Returns the owners of the objects, if known: an endpoint, or else a network. */
export function ownersOf(
  suspects: Iterable<ObjectKey>,
  owners: Lookup<ObjectKey, string>,
): ReadonlySet<string> {
  return new Set([...suspects].flatMap((key) => owners.get(key) ?? []));
}
