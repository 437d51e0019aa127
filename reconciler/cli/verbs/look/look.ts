/** What the verbs that look have before them: document, kernel, plan, and why each step of it is there. */
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import { isNotLoaded } from '../../../document/library.ts';
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import { admitNow } from '../../../loop/node/admission.ts';
import { causesOfPlan } from '../../../loop/report/causes.ts';
import { type PlannedNode, planNode } from '../../../loop/node/plan-node.ts';
import type { Node } from '../../../loop/node/session.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { NetnsPath } from '../../../model/state.ts';
import type { AcceptedStep } from '../../../plan/baseline.ts';
import type { Causes } from '../../../plan/cause.ts';
import type { Plan } from '../../../plan/step.ts';
import type { Past } from './past.ts';

/** How long an ADD may take at most. Units: milliseconds. */
const ADD_MS = 60_000;

/**
 * The world of a verb that looks: nothing in it can write.
 * Shape: `past` is absent where nothing was kept, `indexOf` (the number of an interface) where the kernel is simulated.
 */
export type LookWorld = Node & {
  readonly past?: Past;
  readonly indexOf?: (netns: NetnsPath, name: string) => number | undefined;
};

/**
 * What was seen.
 * Shape: `plan` is without the `accepted` steps, `planned` with them; `causes` is undefined when no round has seen the
 * kernel wholly true, so that drift and pending can't be told apart.
 */
export type Sight = {
  readonly snapshot: Snapshot;
  readonly document: VnetDocument;
  readonly planned: PlannedNode;
  readonly plan: Plan;
  readonly accepted: readonly AcceptedStep[];
  readonly causes: Causes | undefined;
};

/** Returns what is to be seen now; undefined when there is no document. Writes nothing, and holds no lock. */
export function look(world: LookWorld): Result<Sight | undefined, Problem> {
  const snapshot = world.store.read();
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const { document } = snapshot.value;
  const planned = planNode(world.kernel, document);
  if (!planned.ok) return planned;
  const { plan, accepted } = admitNow(world, planned.value.plan);
  const causes = findCauses(world, document, planned.value);
  if (!causes.ok) return causes;
  return ok({
    snapshot: snapshot.value,
    document,
    planned: planned.value,
    plan,
    accepted,
    causes: causes.value,
  });
}

/**
 * Returns why each step of the plan is there; undefined when too little of the past is known to say. Errors: NotLoaded, where the
 * history would say it.
 */
export function findCauses(
  { past, now }: LookWorld,
  document: VnetDocument,
  planned: PlannedNode,
): Result<Causes | undefined, Problem> {
  if (past === undefined) return ok(undefined);
  if (planned.plan.steps.length === 0) return ok(new Map());
  const isAttaching = past.isAttaching();
  const isBeingMade = ({ added }: Endpoint): boolean =>
    isAttaching && Math.abs(now().getTime() - Date.parse(added)) < ADD_MS;
  const converged = convergedDocument(past, document);
  return converged.ok
    ? ok(causesOfPlan(document, planned, { converged: converged.value, isBeingMade }))
    : converged;
}

/** Returns the document of the last generation that a round found or made wholly true, if it is still known. */
function convergedDocument(past: Past, document: VnetDocument): Result<VnetDocument | undefined, Problem> {
  const generation = past.status()?.convergedGeneration;
  if (generation === undefined) return ok(undefined);
  if (generation === document.metadata.generation) return ok(document);
  const then = past.history?.at(generation) ?? ok(undefined);
  if (then.ok) return ok(then.value?.document);
  return isNotLoaded(then.error) ? then : ok(undefined);
}
