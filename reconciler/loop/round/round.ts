/** One round of reconcile: read everything, apply the missing steps, read again. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { requireLibrary } from '../../document/library.ts';
import { keepPolicyCache } from '../../document/policy-cache.ts';
import { unchanged } from '../../document/edit.ts';
import type { Problem, Snapshot } from '../../document/store/store.ts';
import { withRemovedNetworks } from '../../model/capabilities.ts';
import { scopeOfChange } from '../../model/modes/mode-change.ts';
import { isEndpointOwner } from '../../model/names.ts';
import type { Observation, Scope } from '../../model/ports/kernel.ts';
import { err, fail, type Failure, ok, type Result } from '../../model/result.ts';
import type { ObjectKey } from '../../model/state.ts';
import type { Admission, AdmissionRules } from '../../plan/admit.ts';
import { isFinalDeletion } from '../node/move.ts';
import type { Disruption, Step } from '../../plan/step.ts';
import { carryOutNetworks, isOfNetwork } from '../takeover/takeover.ts';
import { type Admitted, admitLasting, admitNow, type RepairLimitsFor } from '../node/admission.ts';
import { executeSteps, failuresOf, type StepOutcome } from '../node/execute.ts';
import { recordUplinks, unusableUplink } from '../takeover/follow-uplinks.ts';
import { finishLeaving } from './leaving.ts';
import { type RecordedEvidence, recordEvidence } from './record-evidence.ts';
import { type PlannedNode, planNodeFrom } from '../node/plan-node.ts';
import type { Node, Session } from '../node/session.ts';

/**
 * The result of a round.
 * Shape: the lists of the admission are those of its plan; `released` are the endpoints
 * whose addresses were released, `missing` those whose namespace was seen dead for the first time; `remaining` are
 * the steps left after it. `planned` is the last observation with the desired state.
 */
export type Round = Omit<Admission, 'todo' | 'verdicts'> & {
  readonly document: VnetDocument;
  readonly outcomes: readonly StepOutcome[];
  readonly failures: readonly Failure[];
  readonly released: readonly string[];
  readonly missing: readonly string[];
  readonly remaining: readonly Step[];
  readonly planned: PlannedNode;
  /** The verdicts on the last observation. */
  readonly after: Pick<Admission, 'withheld' | 'accepted' | 'held'>;
};

/** Returns the round that found everything converged. */
export function convergedRound(document: VnetDocument, planned: PlannedNode): Round {
  const nothing = {
    outcomes: [],
    withheld: [],
    failures: [],
    released: [],
    missing: [],
    remaining: [],
    accepted: [],
    held: [],
  };
  const plan = { ...planned.plan, generation: document.metadata.generation, steps: [] };
  return { document, planned, plan, after: { withheld: [], accepted: [], held: [] }, ...nothing };
}

/**
 * Options of a round.
 * Shape: `limit` is the highest disruption. `before` is the document replaced by this one: networks no longer
 * in it release their uplink. `exempt` are objects to which the limit does not apply.
 */
export type RoundOptions = {
  readonly limit: Disruption;
  readonly repairLimits?: RepairLimitsFor | undefined;
  readonly before?: VnetDocument;
  readonly exempt?: ReadonlySet<ObjectKey>;
};

/**
 * Returns the rules by which the round admits steps. `document` is the one before the round's own records, which do not
 * change the rules.
 */
export function admissionRulesOf(
  { repairLimits, limit, exempt }: RoundOptions,
  document: VnetDocument,
  { state }: Observation,
): Result<AdmissionRules, Problem> {
  const held = repairLimits?.(document, state) ?? ok({});
  return held.ok ? ok({ ...held.value, limit, exempt }) : held;
}

/** Returns the document of this node, if any. Errors: `refused` if it belongs to another node. */
export function readOwnDocument({
  store,
  nodeName,
}: Pick<Node, 'store' | 'nodeName'>): Result<Snapshot | undefined, Problem> {
  const snapshot = store.read();
  if (!snapshot.ok || snapshot.value === undefined) return snapshot;
  const { node } = snapshot.value.document.metadata;
  if (node === nodeName) return snapshot;
  const message = `the document belongs to node ${node}, this node is ${nodeName}`;
  const hint = 'Nothing was changed. If the node was renamed, correct metadata.node in the document.';
  return fail('refused', 'read the document', message, { hint });
}

/**
 * Returns the result of the round; undefined without a document (then nothing is changed).
 * Runs exclusively: no ADD or DEL is in progress. Idempotent; can be killed at any point and rerun.
 */
export function runRound(session: Session, options: RoundOptions): Result<Round | undefined, Problem> {
  return holdRound(session, () => {
    const begun = beginRound(session, options);
    if (!begun.ok || begun.value === undefined) return begun.ok ? ok(undefined) : begun;
    const seen = session.kernel.observe(begun.value.scope);
    const plan = seen.ok ? planRound(session, begun.value, seen.value) : seen;
    if (!plan.ok) return plan;
    const done = carryOutRound(session, plan.value);
    const after = isQuiet(plan.value) ? seen : session.kernel.observe(plan.value.scope);
    return after.ok ? finishRound(session, plan.value, done, after.value) : after;
  });
}

/**
 * Returns the result of the work, run exclusively on the node; undefined without a document of this node.
 * Errors: `timeout` if the lock was busy.
 */
export function holdRound<T>(
  session: Session,
  work: () => Result<T | undefined, Problem>,
): Result<T | undefined, Problem> {
  const first = readOwnDocument(session);
  if (!first.ok) return first;
  if (first.value === undefined) return ok(undefined);
  // Recording a new boot writes a checkpoint: load that code first, to observe the node only once.
  const isNewBoot = first.value.document.metadata.bootId !== session.bootId;
  const whole = isNewBoot ? requireLibrary(session.library, 'record the boot') : ok(undefined);
  if (!whole.ok) return whole;
  return session.rounds.hold('exclusive', work);
}

/** A round with its document. Shape: `scope` is its observation scope. */
export type BegunRound = {
  readonly options: RoundOptions;
  readonly found: VnetDocument;
  readonly scope: Scope;
};

/** The first part of a round: returns its scope; undefined if the document is gone. Records a hand edit. */
export function beginRound(session: Session, options: RoundOptions): Result<BegunRound | undefined, Problem> {
  const read = readOwnDocument(session);
  const snapshot = read.ok && read.value?.isUnrecorded === true ? recordSave(session) : read;
  if (!snapshot.ok || snapshot.value === undefined) return snapshot.ok ? ok(undefined) : snapshot;
  const found = snapshot.value.document;
  return ok({ options, found, scope: scopeOfChange(towards(found, options), options.before ?? found) });
}

/** A hand edit gets its generation before it is applied, so that the converged generation is known. */
function recordSave(session: Session): Result<Snapshot | undefined, Problem> {
  const written = session.store.transact('reconcile', () => ok(unchanged(undefined)));
  return written.ok ? ok(written.value.snapshot) : written;
}

function towards(document: VnetDocument, { before }: RoundOptions): VnetDocument {
  return before === undefined ? document : withRemovedNetworks(document, before);
}

/** A round with its plan. Shape: `document` has the recorded observations, `target` is the planned document. */
export type RoundPlan = Admitted &
  RecordedEvidence & {
    readonly found: VnetDocument;
    readonly before: VnetDocument | undefined;
    readonly target: VnetDocument;
    readonly scope: Scope;
    readonly planned: PlannedNode;
    readonly rules: AdmissionRules;
  };

/** The second part of a round: records the observations and returns the plan. */
export function planRound(
  session: Session,
  { options, found }: BegunRound,
  observation: Observation,
): Result<RoundPlan, Problem> {
  const rules = admissionRulesOf(options, found, observation);
  if (!rules.ok) return rules;
  const followed = recordUplinks(session, found, observation);
  if (!followed.ok) return followed;
  const unusable = unusableUplink(followed.value, observation);
  if (unusable !== undefined) return err(unusable);
  const recorded = recordEvidence(session, followed.value, observation);
  if (!recorded.ok) return recorded;
  const target = towards(recorded.value.document, options);
  const planned = planNodeFrom(target, observation, options.before ?? found);
  const admitted = admitLasting(session, planned.plan, rules.value);
  const scope = scopeOfChange(target, options.before ?? found);
  return ok({
    ...recorded.value,
    ...admitted,
    found,
    before: options.before,
    target,
    scope,
    planned,
    rules: rules.value,
  });
}

/** Returns true if the round has no step to do or report except accepted, held or ignored ones. */
export function isQuiet({ admission }: Pick<RoundPlan, 'admission'>): boolean {
  return admission.plan.steps.length === 0;
}

/** The results of the steps. */
export type StepResults = Pick<Round, 'outcomes' | 'failures'>;

/**
 * Third part of a round: applies the plan. The networks' steps come first, as a whole; pods are repaired as
 * far as possible. If the networks' steps fail, none of their objects is removed: the replacement is missing.
 */
export function carryOutRound(session: Session, plan: RoundPlan): StepResults {
  if (isQuiet(plan)) return { outcomes: [], failures: [] };
  const { admission, todoOf, target, planned } = plan;
  // A pod whose mode changes has the ways of both modes when its uplink moves.
  const isFirst = (step: Step): boolean =>
    isOfNetwork(step) || (planned.moved.has(step.owner ?? '') && !isFinalDeletion(step));
  const steps = admission.todo.filter(isFirst);
  const rest = admission.todo.filter((step) => !isFirst(step));
  const work = { document: target, observation: planned.observation, steps, todoOf };
  const networks = carryOutNetworks(session, work);
  if (networks.ok) {
    const outcomes = [...networks.value, ...executeSteps(session.kernel, rest)];
    return { outcomes, failures: failuresOf(outcomes) };
  }
  const outcomes = executeSteps(
    session.kernel,
    rest.filter(
      ({ change, owner }) => change.verb !== 'delete' || (owner !== undefined && isEndpointOwner(owner)),
    ),
  );
  return { outcomes, failures: [networks.error, ...failuresOf(outcomes)] };
}

/** The last part of a round: returns its result from a second observation. Ends endpoints that have left. */
export function finishRound(
  session: Session,
  plan: RoundPlan,
  { outcomes, failures }: StepResults,
  after: Observation,
): Result<Round, Problem> {
  const { document, missing, found, before, target, rules, admission } = plan;
  const closed = finishLeaving(session, document, after);
  if (!closed.ok) return closed;
  const planned = isQuiet(plan) ? plan.planned : planNodeFrom(target, after, before ?? found);
  const left = isQuiet(plan) ? admission : admitNow(session, planned.plan, rules);
  const { members, state } = planned.observation;
  keepPolicyCache(session.files, target, members, state);
  session.keepSets?.(target, members, state);
  return ok({
    document: closed.value.document,
    plan: admission.plan,
    outcomes,
    withheld: admission.withheld,
    failures,
    released: closed.value.released,
    missing,
    remaining: left.plan.steps,
    after: { withheld: left.withheld, accepted: left.accepted, held: left.held },
    accepted: admission.accepted,
    held: admission.held,
    planned,
  });
}
