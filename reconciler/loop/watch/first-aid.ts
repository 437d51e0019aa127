/**
 * First aid: before everything is looked at, what was just heard to be broken is repaired, as an ADD would make it. The
 * look at everything follows at once, so that nothing depends on what was heard.
 */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { isAttached } from '../../model/endpoints.ts';
import type { Lookup } from '../../model/layered.ts';
import { ok, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Restraints, Terms } from '../../plan/admit.ts';
import { admitLasting, admitNow } from '../round/admission.ts';
import { executeSteps, type Outcome } from '../round/execute.ts';
import { planEndpointsOn } from '../round/plan-endpoints.ts';
import { planNetworks } from '../round/plan-node.ts';
import { carryOutNetworks, needsUndoPlan } from '../takeover/takeover.ts';
import type { World } from '../round/world.ts';

/** For more endpoints than this one look at everything is quicker; what all of them need is still done before. */
const MAX_ENDPOINTS = 16;

/**
 * Returns what was done for the owners (endpoint ids, network names) of what is suspected: hitless steps only, as far as
 * the restraints allow. What fails, or can't be looked at, is left to the round that follows.
 * Errors: `timeout` when somebody else holds the lock.
 */
export function giveFirstAid(
  world: World,
  document: VnetDocument,
  owners: ReadonlySet<string>,
  restraints: Restraints = {},
): Result<readonly Outcome[]> {
  const ids = [...owners].filter((owner) => document.endpoints?.[owner] !== undefined);
  const isOfNetworks = ids.length < owners.size;
  const aided = ids.length > MAX_ENDPOINTS ? [] : ids;
  if (aided.length === 0 && !isOfNetworks) return ok([]);
  const terms: Terms = { ...restraints, limit: 'hitless' };
  return world.rounds.hold('exclusive', () => {
    const networks = isOfNetworks ? aidNetworks(world, document, terms) : [];
    return ok([...networks, ...aided.flatMap((id) => aidEndpoint(world, { document, id }, terms))]);
  });
}

/** What is refused (a route while its link is being set down once more) is left to the round; what was done is said. */
function aidNetworks(world: World, document: VnetDocument, terms: Terms): readonly Outcome[] {
  const planned = planNetworks(world.kernel, document);
  if (!planned.ok) return [];
  const { plan, observation } = planned.value;
  const { admission, todoOf } = admitLasting(world, plan, terms);
  const { todo: steps } = admission;
  if (needsUndoPlan(steps)) {
    const moved = carryOutNetworks(world, { document, observation, steps, todoOf });
    return moved.ok ? moved.value : [];
  }
  return executeSteps(world.kernel, steps).filter(({ status }) => status === 'changed');
}

function aidEndpoint(
  world: World,
  { document, id }: { readonly document: VnetDocument; readonly id: string },
  terms: Terms,
): readonly Outcome[] {
  const endpoint = document.endpoints?.[id];
  const planned =
    endpoint !== undefined && isAttached(endpoint)
      ? planEndpointsOn(world.kernel, document, [id])
      : undefined;
  if (planned?.ok !== true || !planned.value.isReady(id)) return [];
  return executeSteps(world.kernel, admitNow(world, planned.value.plan, terms).todo);
}

/** Returns whose the objects are, as far as that is known: an endpoint's, or else a network's. */
export function ownersOf(
  suspects: Iterable<ObjectKey>,
  owners: Lookup<ObjectKey, string>,
): ReadonlySet<string> {
  return new Set([...suspects].flatMap((key) => owners.get(key) ?? []));
}
