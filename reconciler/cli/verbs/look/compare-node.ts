/** Input of the read-only verbs: document, kernel, plan, and the cause of each step. */
import type { CniFile } from '../doctor/facts.ts';
import type { Endpoint, VnetDocument } from '../../../../schemas/generated/vnet.ts';
import type { Problem, Snapshot } from '../../../document/store/store.ts';
import { admitNow } from '../../../loop/node/admission.ts';
import { causesOfPlan, convergedDocument } from '../../../loop/report/causes.ts';
import { haveMembersChanged } from '../../../loop/report/policies-now.ts';
import { type PlannedNode, planNode } from '../../../loop/node/plan-node.ts';
import type { Node } from '../../../loop/node/session.ts';
import { ok, type Result } from '../../../model/result.ts';
import type { NetnsPath } from '../../../model/state.ts';
import type { AcceptedStep } from '../../../plan/baseline.ts';
import type { Causes } from '../../../plan/cause.ts';
import type { Plan } from '../../../plan/step.ts';
import type { NodeRecords } from './node-records.ts';

/** The maximum duration of an ADD. Units: milliseconds. */
const ADD_MS = 60_000;

/**
 * The node as a read-only verb sees it.
 * Shape: `recorded` is absent if nothing was recorded; `indexOf` (the index of an interface) if the kernel is
 * simulated.
 */
export type NodeView = Node & {
  readonly recorded?: NodeRecords;
  readonly indexOf?: (netns: NetnsPath, name: string) => number | undefined;
  readonly configurations?: () => readonly CniFile[];
};

/**
 * One observation.
 * Shape: `plan` excludes the `accepted` steps, `planned` includes them; `causes` is undefined if no round has
 * converged, so that drift and pending cannot be distinguished.
 */
export type NodeComparison = {
  readonly snapshot: Snapshot;
  readonly document: VnetDocument;
  readonly planned: PlannedNode;
  readonly plan: Plan;
  readonly accepted: readonly AcceptedStep[];
  readonly causes: Causes | undefined;
};

/** Returns a present observation; undefined without a document. Writes nothing and takes no lock. */
export function compareNode(node: NodeView): Result<NodeComparison | undefined, Problem> {
  const snapshot = node.store.read();
  if (!snapshot.ok) return snapshot;
  if (snapshot.value === undefined) return ok(undefined);
  const { document } = snapshot.value;
  const planned = planNode(node.kernel, document);
  if (!planned.ok) return planned;
  const { plan, accepted } = admitNow(node, planned.value.plan);
  const causes = findCauses(node, document, planned.value);
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
 * Returns the cause of each step; undefined if the recorded past is insufficient.
 * Errors: NotLoaded, if the history is needed.
 */
export function findCauses(
  { recorded, now }: NodeView,
  document: VnetDocument,
  planned: PlannedNode,
): Result<Causes | undefined, Problem> {
  if (recorded === undefined) return ok(undefined);
  if (planned.plan.steps.length === 0) return ok(new Map());
  const isAttaching = recorded.isAttaching();
  const isBeingMade = ({ added }: Endpoint): boolean =>
    isAttaching && Math.abs(now().getTime() - Date.parse(added)) < ADD_MS;
  const status = recorded.status();
  const converged = convergedDocument(status, document, recorded.history);
  if (!converged.ok) return converged;
  const areMembersOthers = haveMembersChanged(planned.observation.members, status);
  return ok(causesOfPlan(document, planned, { converged: converged.value, isBeingMade, areMembersOthers }));
}
