/** The preview of a text as the document: the change, its plan, and the objections. Writes nothing. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { diffDocuments } from '../../document/merge/changes.ts';
import type { History } from '../../document/history/history.ts';
import { mergeDocuments } from '../../document/merge/merge.ts';
import { modeChangeIssues } from '../../document/merge/mode-changes.ts';
import { readDocument } from '../../document/yaml/read.ts';
import type { Conflict, DocumentChange, Problem, Snapshot } from '../../document/snapshot.ts';
import { derive } from '../../model/derive.ts';
import type { Node } from '../node/session.ts';
import { scopeOfChange, withMovedEndpoints } from '../../model/modes/mode-change.ts';
import { withRemovedNetworks } from '../../model/capabilities.ts';
import { ownershipOf } from '../../model/ownership.ts';
import { err, fail, ok, type Result } from '../../model/result.ts';
import { enforcedPolicies } from '../../model/policy/policy-input.ts';
import type { ObjectKey, State } from '../../model/state.ts';
import { fingerprintOf, type LiveState } from '../../plan/fingerprint.ts';
import type { Plan, Step } from '../../plan/step.ts';
import { admitNow } from '../node/admission.ts';
import { attachedRefusals, type Permission, type Refusal, refusalsOf } from './guards.ts';
import { planNodeFrom } from '../node/plan-node.ts';
import type { Observation } from '../../model/ports/kernel.ts';

/** The text, its name, and its limits. Without a text it is the document in force. */
export type ChangeRequest = {
  readonly text: string | undefined;
  readonly file: string;
  readonly permission: Permission;
};

/**
 * A change of the document and its effect on the kernel.
 * Shape: `document` is the text merged with changes since its base generation, `changes` the differences to
 * `before`, `kept` the concurrent changes that are kept. `steps` of the plan are those caused by the change; the others were
 * pending before (`known` are their keys). `live` returns the basis of the plan.
 */
export type ChangePreview = {
  readonly before: Snapshot;
  readonly document: VnetDocument;
  readonly changes: readonly DocumentChange[];
  readonly kept: readonly DocumentChange[];
  readonly plan: Plan;
  readonly steps: readonly Step[];
  readonly known: readonly ObjectKey[];
  readonly live: () => LiveState;
  readonly refusals: readonly Refusal[];
};

/** The result of a request: a preview, or the conflicts. */
export type PreviewResult =
  | { readonly kind: 'preview'; readonly preview: ChangePreview }
  | { readonly kind: 'conflict'; readonly conflicts: readonly Conflict[]; readonly latest: number };

/**
 * Returns the preview for the request, against the document `before` and the present kernel.
 * Errors: issues for an invalid text; `refused` for another node; the kernel cannot be read.
 */
export function previewChange(
  node: Pick<Node, 'kernel' | 'baseline' | 'now'>,
  history: History,
  before: Snapshot,
  request: ChangeRequest,
): Result<PreviewResult, Problem> {
  if (request.text === undefined) {
    return preview(node, { before, document: before.document, kept: [], attached: [] }, request);
  }
  const read = readDocument(request.text, request.file);
  if (!read.ok) return err({ kind: 'issues', issues: read.error });
  const yours = read.value;
  const theirs = before.document;
  if (yours.metadata.node !== theirs.metadata.node) {
    return fail('refused', `read ${request.file}`, `the document belongs to node ${yours.metadata.node}`, {
      hint: `This document is for node ${theirs.metadata.node}: correct metadata.node.`,
    });
  }
  const base = baseOf(history, yours.metadata.generation, theirs);
  if (!base.ok) return base;
  const merged = mergeDocuments({ base: base.value, yours, theirs });
  if (merged.kind === 'conflict') {
    return ok({ kind: 'conflict', conflicts: merged.conflicts, latest: theirs.metadata.generation });
  }
  const unfit = modeChangeIssues(theirs, merged.document, { file: request.file, movesPods: true });
  if (unfit.length > 0) return err({ kind: 'issues', issues: unfit });
  const document = withMovedEndpoints(merged.document, theirs);
  const kept = base.value === undefined ? [] : diffDocuments(base.value, theirs);
  const attached = attachedRefusals(theirs, yours);
  return preview(node, { before, document, kept, attached }, request);
}

/** The generation that the text was begun from; undefined if it is no longer stored. */
function baseOf(
  history: History,
  generation: number,
  latest: VnetDocument,
): Result<VnetDocument | undefined, Problem> {
  if (generation === latest.metadata.generation) return ok(latest);
  const found = history.at(generation);
  return found.ok ? ok(found.value?.document) : found;
}

type Draft = {
  readonly before: Snapshot;
  readonly document: VnetDocument;
  readonly kept: readonly DocumentChange[];
  readonly attached: readonly Refusal[];
};

function preview(
  node: Pick<Node, 'kernel' | 'baseline' | 'now'>,
  { before, document: draft, kept, attached }: Draft,
  { permission }: ChangeRequest,
): Result<PreviewResult, Problem> {
  const changes = diffDocuments(before.document, draft);
  const generation = before.document.metadata.generation + (changes.length === 0 ? 0 : 1);
  const document = { ...draft, metadata: { ...draft.metadata, generation } };
  const target = withRemovedNetworks(document, before.document);
  const observed = node.kernel.observe(scopeOfChange(target, before.document));
  if (!observed.ok) return observed;
  const { plan } = admitNow(node, planNodeFrom(target, observed.value, before.document).plan);
  const known = admitNow(node, planNodeFrom(before.document, observed.value).plan).plan.steps;
  const steps = plan.steps.filter((step) => !known.some((earlier) => isSame(step, earlier)));
  const refusals = [
    ...attached,
    ...refusalsOf({ before: before.document, after: document, steps }, permission, node.now()),
  ];
  // Only a saved plan needs it, and it costs as much as the plan.
  const live = (): LiveState => liveOf(target, before.document, observed.value);
  const keys = known.map(({ key }) => key).filter((key) => !steps.some((step) => step.key === key));
  return ok({
    kind: 'preview',
    preview: { before, document, changes, kept, plan, steps, known: keys, live, refusals },
  });
}

function isSame(step: Step, other: Step): boolean {
  return (
    step.key === other.key &&
    step.change.verb === other.change.verb &&
    JSON.stringify(step.differences) === JSON.stringify(other.differences)
  );
}

/** Objects desired before or after, and objects of ours: the scope of the plan. */
function liveOf(after: VnetDocument, before: VnetDocument, observation: Observation): LiveState {
  const { namespaces, state, members } = observation;
  const desiredOf = (document: VnetDocument): State =>
    derive(document, namespaces, state, enforcedPolicies(document, members, state)).state;
  const [then, now] = [desiredOf(before), desiredOf(after)];
  const owns = ownershipOf(after);
  return fingerprintOf(state, (key, object) => then.has(key) || now.has(key) || owns(object));
}
