/** Moves an uplink into its bridge, or back out of it, so that a failure half-way leaves the node as it was. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Change, Observation } from '../../model/ports/kernel.ts';
import { networksWith } from '../../model/capabilities.ts';
import { err, type Failure, failure, ok, renderFailure, type Result } from '../../model/result.ts';
import { invertSteps } from '../../plan/invert.ts';
import { subjectOf } from '../../plan/order.ts';
import type { Plan, Step } from '../../plan/step.ts';
import { executeSteps, failuresOf, type Outcome } from '../round/execute.ts';
import type { Planned } from '../round/plan-endpoints.ts';
import { planNetworks, planNetworksFrom } from '../round/plan-node.ts';
import type { World } from '../round/world.ts';

/** Takes out of a plan what is to be left as it is. */
type Open = (plan: Plan) => Plan;

/**
 * Ensures that bridges, uplinks and rules are as the document says.
 * The way back is on disk before the first step; after the last one everything is read again; what isn't as it should
 * be, since somebody changed it meanwhile, is done again, and in the end sends all of it back. Must be called while
 * holding the round lock exclusively; an observation made under it need not be made again; `open` takes out of a plan
 * what is to be left as it is.
 * Errors: `refused` by the preflight, nothing was touched; otherwise the first failure, with what became of the
 * roll-back in its hint.
 */
export function ensureNetworks(
  world: World,
  document: VnetDocument,
  seen?: Observation,
  open: Open = (plan) => plan,
): Result<readonly Outcome[]> {
  const found =
    seen === undefined ? planNetworks(world.kernel, document) : ok(planNetworksFrom(document, seen));
  if (!found.ok) return found;
  const planned: Planned = { ...found.value, plan: open(found.value.plan) };
  const pending = world.journal.pending();
  if (!pending.ok) return pending;
  if (planned.plan.steps.length === 0) {
    const closed = pending.value === undefined ? ok(undefined) : world.journal.close();
    return closed.ok ? ok([]) : closed;
  }
  const settled = (): Failure | undefined => settle(world, document, open);
  if (!movesUplink(planned.plan)) return finish(world, planned, settled, undefined);
  const obstacle = preflight(document, planned.observation);
  if (obstacle !== undefined) return err(obstacle);
  const wayBack = pending.value ?? invertSteps(planned.plan.steps);
  const opened = world.journal.open(wayBack);
  return opened.ok ? finish(world, planned, settled, wayBack) : opened;
}

function finish(
  world: World,
  planned: Planned,
  settled: () => Failure | undefined,
  wayBack: readonly Change[] | undefined,
): Result<readonly Outcome[]> {
  const outcomes = executeSteps(world.kernel, planned.plan.steps);
  const [failed] = failuresOf(outcomes);
  // Where nothing was moved there is nothing to put back; who looks next sees what somebody broke meanwhile.
  const problem = failed ?? (wayBack === undefined ? undefined : settled());
  if (problem === undefined) {
    const closed = wayBack === undefined ? ok(undefined) : world.journal.close();
    return closed.ok ? ok(outcomes) : closed;
  }
  return wayBack === undefined ? err(problem) : err(rollBack(world, wayBack, problem));
}

/**
 * Returns true when something is about to be taken from where it is: the uplink from or into a bridge, an address, or a route that
 * is in use. What is only missing is made without a way back.
 */
export function movesUplink(plan: Plan): boolean {
  return plan.steps.some(({ change }) => {
    const subject = subjectOf(change);
    if (subject.kind === 'link') {
      return subject.type === 'device' && (change.verb !== 'update' || change.fields.includes('master'));
    }
    if (subject.kind === 'address') return change.verb === 'delete';
    return subject.kind === 'route' && change.verb === 'update';
  });
}

/** Returns the reason that forbids to touch an uplink, before anything is touched. */
function preflight(document: VnetDocument, { state }: Observation): Failure | undefined {
  for (const { network, mode } of networksWith(document, 'takeover')) {
    const obstacle = mode.takeover.preflight(network, state);
    if (obstacle !== undefined) return obstacle;
  }
  return undefined;
}

/** How often what is not as it should be after the steps is done again: somebody may have changed it meanwhile. */
const MOST_AGAIN = 2;

/** Ensures that everything is as it should be, and returns why it is not. */
function settle({ kernel }: World, document: VnetDocument, open: Open): Failure | undefined {
  for (let again = 0; ; again += 1) {
    const seen = planNetworks(kernel, document);
    if (!seen.ok) return seen.error;
    const { steps } = open(seen.value.plan);
    if (steps.length === 0) return undefined;
    // What is somebody else's by now is not taken from them.
    const obstacle = preflight(document, seen.value.observation);
    if (obstacle !== undefined) return obstacle;
    if (again === MOST_AGAIN) {
      return failure('conflict', 'verify', `verification failed: ${steps.map(describe).join(', ')}`, {
        hint: 'Another program changes these interfaces: stop it, then run vnet reconcile.',
      });
    }
    const [failed] = failuresOf(executeSteps(kernel, steps));
    if (failed !== undefined) return failed;
  }
}

function describe({ key, change }: Step): string {
  return change.verb === 'update' ? `${key} (${change.fields.join(', ')})` : key;
}

function rollBack(world: World, wayBack: readonly Change[], problem: Failure): Failure {
  const results = world.kernel.apply(wayBack);
  const broken = results.flatMap((result) => (result.ok ? [] : [renderFailure(result.error)]));
  if (broken.length === 0) {
    const closed = world.journal.close();
    const left = closed.ok ? '' : ` (${renderFailure(closed.error)})`;
    return { ...problem, hint: `${problem.hint ?? 'Fix this.'} Everything was rolled back${left}.` };
  }
  return {
    ...problem,
    hint: `the rollback failed too: ${broken.join('; ')}. Run vnet reconcile again, or fix it by hand`,
  };
}
