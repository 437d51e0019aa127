/** Makes one endpoint what the document says, on the network below it. What ADD, DEL and CHECK do in the kernel. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { isAttached } from '../model/derive.ts';
import { Bug, err, ok, type Result } from '../model/result.ts';
import type { Plan } from '../plan/step.ts';
import { executeSteps, failuresOf, type Outcome } from './execute.ts';
import { planEndpointOn } from './plan-node.ts';
import { ensureNetworks } from './takeover.ts';
import type { World } from './world.ts';

/** What was planned and what became of it. */
export type Convergence = { readonly plan: Plan; readonly outcomes: readonly Outcome[] };

/** Returns the plan of one endpoint; empty when the kernel has all of it. Errors: `not-found` in the document. */
export function planEndpoint(world: World, document: VnetDocument, id: string): Result<Plan> {
  const planned = planEndpointOn(world.kernel, document, id);
  return planned.ok ? ok(planned.value.plan) : planned;
}

/**
 * Ensures the kernel holds what the document says of the endpoint: attached, or gone when it is leaving.
 * The usual case touches only the endpoint, side by side with others. When the network below it is missing, that is
 * made first, alone on the node.
 * Errors: the first failure; what was done stays, since the next run continues from anywhere.
 */
export function convergeEndpoint(world: World, document: VnetDocument, id: string): Result<Convergence> {
  const first = world.rounds.hold('shared', () => attempt(world, document, id));
  if (!first.ok) return first;
  if (first.value !== 'network-missing') return settle(first.value);
  const networks = world.rounds.hold('exclusive', () => ensureNetworks(world, document));
  if (!networks.ok) return networks;
  const second = world.rounds.hold('shared', () => attempt(world, document, id, true));
  if (!second.ok) return second;
  if (second.value === 'network-missing') throw new Bug('a network that was just made can not be missing');
  return settle(second.value);
}

function attempt(
  world: World,
  document: VnetDocument,
  id: string,
  isEnsured = false,
): Result<Convergence | 'network-missing'> {
  const planned = planEndpointOn(world.kernel, document, id);
  if (!planned.ok) return planned;
  const { plan, isNetworkReady } = planned.value;
  const endpoint = document.endpoints?.[id];
  const isWanted = endpoint !== undefined && isAttached(endpoint);
  // A takeover that was killed half-way may have left everything that can be seen from here in place.
  const isWhole = isNetworkReady && !isTakeoverPending(world);
  if (isWanted && !isWhole && !isEnsured) return ok('network-missing');
  const outcomes = executeSteps(world.kernel, plan.steps);
  const [failed] = failuresOf(outcomes);
  if (failed?.code === 'not-found' && isWanted && !isEnsured) return ok('network-missing');
  return ok({ plan, outcomes });
}

function isTakeoverPending({ journal }: World): boolean {
  const pending = journal.pending();
  return !pending.ok || pending.value !== undefined;
}

function settle(convergence: Convergence): Result<Convergence> {
  const [failed] = failuresOf(convergence.outcomes);
  return failed === undefined ? ok(convergence) : err(failed);
}
