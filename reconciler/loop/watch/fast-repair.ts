/**
 * Fast repair: before everything is read, what was just announced to be broken is repaired, as an ADD would make it. The
 * round follows at once, so that nothing depends on announcements.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import type { Lookup } from '../../model/layered.ts';
import { ok, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Restraints, Terms } from '../../plan/admit.ts';
import type { Step } from '../../plan/step.ts';
import { admitLasting, admitNow } from '../node/admission.ts';
import { executeSteps, type StepOutcome } from '../node/execute.ts';
import { planEndpointsOn } from '../node/plan-endpoints.ts';
import { planNetworks } from '../node/plan-node.ts';
import { carryOutNetworks, needsUndoPlan } from '../takeover/takeover.ts';
import type { Session } from '../node/session.ts';

/** For more endpoints than this one full scan is quicker; what all of them need is still done before. */
const MAX_ENDPOINTS = 16;

/** What a fast repair did. Shape: `tried` are all steps that it gave to the kernel, also those that were rolled back. */
export type FastRepair = { readonly outcomes: readonly StepOutcome[]; readonly tried: readonly Step[] };

const NO_REPAIR: FastRepair = { outcomes: [], tried: [] };

/**
 * Returns what was done for the owners (endpoint ids, network names) of what is suspected: hitless steps only, as far as
 * the restraints allow. What fails, or can't be read, is left to the round that follows.
 * Errors: `timeout` when somebody else holds the lock.
 */
export function repairFast(
  session: Session,
  document: VnetDocument,
  owners: ReadonlySet<string>,
  restraints: Restraints = {},
): Result<FastRepair> {
  const ids = [...owners].filter((owner) => document.endpoints?.[owner] !== undefined);
  const isOfNetworks = ids.length < owners.size;
  const few = ids.length > MAX_ENDPOINTS ? [] : ids;
  if (few.length === 0 && !isOfNetworks) return ok(NO_REPAIR);
  const terms: Terms = { ...restraints, limit: 'hitless' };
  return session.rounds.hold('exclusive', () => {
    const networks = isOfNetworks ? repairNetworks(session, document, terms) : NO_REPAIR;
    const endpoints = few.flatMap((id) => repairEndpoint(session, { document, id }, terms));
    const tried = [...networks.tried, ...endpoints.map(({ step }) => step)];
    return ok({ outcomes: [...networks.outcomes, ...endpoints], tried });
  });
}

/** What is refused (a route while its link is being set down once more) is left to the round. */
function repairNetworks(session: Session, document: VnetDocument, terms: Terms): FastRepair {
  const planned = planNetworks(session.kernel, document);
  if (!planned.ok) return NO_REPAIR;
  const { plan, observation } = planned.value;
  const { admission, todoOf } = admitLasting(session, plan, terms);
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
  terms: Terms,
): readonly StepOutcome[] {
  const endpoint = document.endpoints?.[id];
  const planned =
    endpoint !== undefined && isAttached(endpoint)
      ? planEndpointsOn(session.kernel, document, [id])
      : undefined;
  if (planned?.ok !== true || !planned.value.isReady(id)) return [];
  return executeSteps(session.kernel, admitNow(session, planned.value.plan, terms).todo);
}

/** Returns whose the objects are, as far as that is known: an endpoint's, or else a network's. */
export function ownersOf(
  suspects: Iterable<ObjectKey>,
  owners: Lookup<ObjectKey, string>,
): ReadonlySet<string> {
  return new Set([...suspects].flatMap((key) => owners.get(key) ?? []));
}
