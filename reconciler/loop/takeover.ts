/** Moves an uplink into its bridge, or back out of it, so that a failure half-way leaves the node as it was. */
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import type { Change, Observation } from '../model/kernel.ts';
import { isMark } from '../model/names.ts';
import { bridgeNetworks } from '../model/networks.ts';
import { err, type Failure, failure, ok, renderFailure, type Result } from '../model/result.ts';
import { keyOf } from '../model/state.ts';
import { invertSteps } from '../plan/invert.ts';
import { subjectOf } from '../plan/order.ts';
import type { Plan } from '../plan/step.ts';
import { executeSteps, failuresOf, type Outcome } from './execute.ts';
import { type Planned, planNetworks, planNetworksFrom } from './plan-node.ts';
import type { World } from './world.ts';

/**
 * Ensures that bridges, uplinks and rules are as the document says.
 * The way back is on disk before the first step; after the last one everything is read again, and what isn't as it
 * should be sends all of it back. Must be called while holding the round lock exclusively; an observation made under it
 * need not be made again.
 * Errors: `refused` by the preflight, nothing was touched; otherwise the first failure, with what became of the
 * roll-back in its hint.
 */
export function ensureNetworks(
  world: World,
  document: VnetDocument,
  seen?: Observation,
): Result<readonly Outcome[]> {
  const planned =
    seen === undefined ? planNetworks(world.kernel, document) : ok(planNetworksFrom(document, seen));
  if (!planned.ok) return planned;
  const pending = world.journal.pending();
  if (!pending.ok) return pending;
  if (planned.value.plan.steps.length === 0) {
    const closed = pending.value === undefined ? ok(undefined) : world.journal.close();
    return closed.ok ? ok([]) : closed;
  }
  if (!movesUplink(planned.value.plan)) return finish(world, document, planned.value, undefined);
  const obstacle = preflight(document, planned.value.observation);
  if (obstacle !== undefined) return err(obstacle);
  const wayBack = pending.value ?? invertSteps(planned.value.plan.steps);
  const opened = world.journal.open(wayBack);
  return opened.ok ? finish(world, document, planned.value, wayBack) : opened;
}

function finish(
  world: World,
  document: VnetDocument,
  planned: Planned,
  wayBack: readonly Change[] | undefined,
): Result<readonly Outcome[]> {
  const outcomes = executeSteps(world.kernel, planned.plan.steps);
  const [failed] = failuresOf(outcomes);
  const problem = failed ?? verify(world, document);
  if (problem === undefined) {
    const closed = wayBack === undefined ? ok(undefined) : world.journal.close();
    return closed.ok ? ok(outcomes) : closed;
  }
  return wayBack === undefined ? err(problem) : err(rollBack(world, wayBack, problem));
}

/** True when addresses, routes or the membership of an uplink are about to move. */
function movesUplink(plan: Plan): boolean {
  return plan.steps.some(({ change }) => {
    const subject = subjectOf(change);
    if (subject.kind === 'link') return subject.type === 'device';
    return subject.kind === 'address' || (subject.kind === 'route' && change.verb === 'update');
  });
}

/** Returns what speaks against touching the uplink, before anything is touched. */
function preflight(document: VnetDocument, observation: Observation): Failure | undefined {
  for (const [, { uplink, bridge }] of bridgeNetworks(document)) {
    const step = `take over ${uplink.name}`;
    const link = observation.state.get(keyOf({ kind: 'link', netns: '', name: uplink.name, type: 'device' }));
    if (link?.kind !== 'link') {
      return failure('not-found', step, `there is no interface ${uplink.name}`, {
        hint: `correct networks.*.uplink.name in the document, or wait for the driver (ip link)`,
      });
    }
    if (link.master !== '' && link.master !== undefined && link.master !== bridge.name) {
      return failure('refused', step, `${uplink.name} already belongs to ${link.master}`, {
        hint: `take it out first: ip link set ${uplink.name} nomaster`,
      });
    }
    const found = observation.state.get(
      keyOf({ kind: 'link', netns: '', name: bridge.name, type: 'bridge' }),
    );
    if (found?.kind === 'link' && found.type !== 'bridge' && !isMark(found.alias)) {
      return failure('refused', step, `${bridge.name} exists and is no bridge`, {
        hint: `rename it, or choose another networks.*.bridge.name`,
      });
    }
  }
  return undefined;
}

function verify(world: World, document: VnetDocument): Failure | undefined {
  const again = planNetworks(world.kernel, document);
  if (!again.ok) return again.error;
  const { steps } = again.value.plan;
  if (steps.length === 0) return undefined;
  return failure('conflict', 'verify', `not as it should be: ${steps.map((step) => step.key).join(', ')}`, {
    hint: 'something else changes these interfaces: stop it, then run vnet reconcile',
  });
}

function rollBack(world: World, wayBack: readonly Change[], problem: Failure): Failure {
  const results = world.kernel.apply(wayBack);
  const broken = results.flatMap((result) => (result.ok ? [] : [renderFailure(result.error)]));
  if (broken.length === 0) {
    const closed = world.journal.close();
    const left = closed.ok ? '' : ` (${renderFailure(closed.error)})`;
    return { ...problem, hint: `${problem.hint ?? 'mend this'}; everything was put back as it was${left}` };
  }
  return {
    ...problem,
    hint: `putting it back failed too: ${broken.join('; ')}. Run vnet reconcile again, or set it right by hand`,
  };
}
