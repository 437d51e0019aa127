/** Moves an uplink into its bridge, or back, so that a failure restores the node. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Change, type Observation, subjectOf } from '../../model/ports/kernel.ts';
import { networksWith } from '../../model/capabilities.ts';
import { kindOf } from '../../model/kinds/registry.ts';
import { type NetObject, HOST, KeyOrdered, keyOf, type State } from '../../model/state.ts';
import { isEndpointOwner } from '../../model/names.ts';
import { err, type Failure, failure, ok, renderFailure, type Result } from '../../model/result.ts';
import { invertSteps } from '../../plan/invert.ts';
import type { Plan, Step } from '../../plan/step.ts';
import type { StepFilter } from '../node/admission.ts';
import { executeSteps, failuresOf, type StepOutcome } from '../node/execute.ts';
import { planNetworks, planNetworksFrom } from '../node/plan-node.ts';
import type { Session } from '../node/session.ts';
import { addressOrderChanges } from '../node/address-order.ts';
import { scopeOf } from '../../model/scope.ts';

/**
 * The steps of the networks.
 * Shape: `steps` are applied in order; `todoOf` selects the steps to do from a later plan, for the
 * verification: absent, all.
 */
export type NetworkWork = {
  readonly document: VnetDocument;
  readonly observation: Observation;
  readonly steps: readonly Step[];
  readonly todoOf?: StepFilter;
};

/**
 * Returns true for a step of a network, not of a single pod. Deletions are included only for addresses and
 * neighbours: they move; nothing else is deleted before the verification.
 * Law: in a plan of the node, these are the steps of the plan of its networks, and those of former networks.
 */
export function isOfNetwork({ owner, change }: Step): boolean {
  if (owner === undefined || isEndpointOwner(owner)) return false;
  return change.verb !== 'delete' || isTaken(change.have);
}

/** As carryOutNetworks(), for every difference from the document; `seen`: the observation, if already made. */
export function ensureNetworks(
  session: Session,
  document: VnetDocument,
  seen?: Observation,
): Result<readonly StepOutcome[]> {
  const planned = seen ? ok(planNetworksFrom(document, seen)) : planNetworks(session.kernel, document);
  if (!planned.ok) return planned;
  const { plan, observation } = planned.value;
  return carryOutNetworks(session, { document, observation, steps: plan.steps });
}

/**
 * Ensures that the steps of bridges, uplinks and rules are applied.
 * The undo plan is on disk before the first step; after the last one everything is read again; differences
 * from concurrent changes are applied again, and finally roll everything back. Must be called while
 * holding the round lock exclusively, with the observation made under it.
 * Errors: `refused` by the preflight, nothing was changed; otherwise the first failure, with the result of the
 * rollback in its hint.
 */
export function carryOutNetworks(session: Session, work: NetworkWork): Result<readonly StepOutcome[]> {
  const pending = session.journal.pending();
  if (work.steps.length === 0) {
    // A completed takeover needs no undo plan, not even an unreadable one.
    const closed = pending.ok && pending.value === undefined ? ok(undefined) : session.journal.close();
    return closed.ok ? ok([]) : closed;
  }
  if (!pending.ok) return pending;
  if (!needsUndoPlan(work.steps)) {
    const outcomes = executeSteps(session.kernel, work.steps);
    const failures = failuresOf(outcomes);
    // Without a move there is nothing to roll back; the next run sees concurrent changes.
    if (failures.length === 0) return ok(outcomes);
    const lasting = failures.find(isLasting);
    if (lasting !== undefined) return err(lasting);
    const verified = verifyNetworks(session, work);
    return verified.ok ? ok(joinOutcomes(outcomes, verified.value)) : verified;
  }
  const obstacle = preflight(work.document, work.observation);
  if (obstacle !== undefined) return err(obstacle);
  const undoPlan = pending.value ?? invertSteps(work.steps);
  const opened = session.journal.open(undoPlan);
  return opened.ok ? move(session, work, undoPlan) : opened;
}

function move(
  session: Session,
  work: NetworkWork,
  undoPlan: readonly Change[],
): Result<readonly StepOutcome[]> {
  let undoAll = undoPlan;
  // A DHCP client may have added an address meanwhile: its move is undone, too.
  const beforeAgain = (steps: readonly Step[]): Result<void> => {
    undoAll = [...invertSteps(steps), ...undoAll];
    return session.journal.open(undoAll);
  };
  const outcomes = executeSteps(session.kernel, work.steps);
  const lasting = failuresOf(outcomes).find(isLasting);
  const verified = lasting === undefined ? verifyNetworks(session, work, beforeAgain) : err(lasting);
  if (!verified.ok) return err(rollBack(session, work, undoAll, verified.error));
  const closed = session.journal.close();
  return closed.ok ? ok(joinOutcomes(outcomes, verified.value)) : closed;
}

function isChanged({ status }: StepOutcome): boolean {
  return status === 'changed';
}

/** Returns the outcomes of verified steps: of each object once, without failures that the verification disproved or repaired. */
function joinOutcomes(
  outcomes: readonly StepOutcome[],
  again: readonly StepOutcome[],
): readonly StepOutcome[] {
  const known = new Set(outcomes.filter(isChanged).map(({ step }) => step.key));
  const late = again.filter((outcome) => isChanged(outcome) && !known.has(outcome.step.key));
  const redone = new Set(late.map(({ step }) => step.key));
  const kept = outcomes.filter(
    ({ step, status }) => status === 'changed' || (status === 'unchanged' && !redone.has(step.key)),
  );
  return [...kept, ...late];
}

/**
 * Returns true if an object is about to be moved: the uplink into or out of a bridge, an address, or a route in
 * use. Missing objects are created without an undo plan.
 */
export function needsUndoPlan(steps: readonly Step[]): boolean {
  return steps.some(({ change }) => {
    const subject = subjectOf(change);
    if (subject.kind === 'link') {
      return subject.type === 'device' && (change.verb !== 'update' || change.fields.includes('master'));
    }
    if (change.verb === 'delete') return isTaken(subject);
    return (subject.kind === 'route' || subject.kind === 'nexthop') && change.verb === 'update';
  });
}

function isTaken(object: NetObject): boolean {
  return kindOf(object).isTaken?.(object) === true;
}

/** Returns why an uplink must not be touched, before anything is changed. */
function preflight(document: VnetDocument, { state }: Observation): Failure | undefined {
  for (const { network, mode } of networksWith(document, 'takeover')) {
    const obstacle = mode.takeover.preflight(network, state);
    if (obstacle !== undefined) return { ...obstacle, about: 'uplink' };
  }
  return undefined;
}

/** Changes by other programs since the observation are in the next one. */
function isLasting({ code }: Failure): boolean {
  return code !== 'not-found' && code !== 'exists';
}

/** How often remaining differences are applied again: other programs may cause them during the takeover. */
const MAX_AGAIN = 2;

function allOf({ steps }: Plan): readonly Step[] {
  return steps;
}

/**
 * Ensures the desired state, and returns the outcomes of the steps that it took. `beforeAgain` receives them before they are applied.
 * Errors: the reason if the kernel still differs.
 */
function verifyNetworks(
  session: Session,
  { document, todoOf = allOf }: NetworkWork,
  beforeAgain: (steps: readonly Step[]) => Result<void> = () => ok(undefined),
): Result<readonly StepOutcome[]> {
  let outcomes: readonly StepOutcome[] = [];
  let last: Failure | undefined;
  for (let again = 0; ; again += 1) {
    const seen = planNetworks(session.kernel, document);
    if (!seen.ok) return seen;
    const steps = todoOf(seen.value.plan);
    if (steps.length === 0) return ok(outcomes);
    // An object that meanwhile belongs to another program is left unchanged.
    const obstacle = preflight(document, seen.value.observation);
    if (obstacle !== undefined) return err(obstacle);
    if (again === MAX_AGAIN) {
      const problem = `verification failed: ${steps.map(describe).join(', ')}`;
      const hint = 'Another program changes these interfaces: stop it, then run vnet reconcile.';
      return err(last ?? failure('conflict', 'verify', problem, { hint }));
    }
    const noted = beforeAgain(steps);
    if (!noted.ok) return noted;
    const tried = executeSteps(session.kernel, steps);
    const failures = failuresOf(tried);
    const lasting = failures.find(isLasting);
    if (lasting !== undefined) return err(lasting);
    last = failures[0];
    outcomes = joinOutcomes(outcomes, tried);
  }
}

function describe({ key, change }: Step): string {
  return change.verb === 'update' ? `${key} (${change.fields.join(', ')})` : key;
}

function rollBack(
  session: Session,
  { observation }: NetworkWork,
  undoPlan: readonly Change[],
  problem: Failure,
): Failure {
  const results = session.kernel.apply(undoPlan);
  restoreOrder(session, observation.state, undoPlan);
  const broken = results.flatMap((result) => (result.ok ? [] : [renderFailure(result.error)]));
  if (broken.length === 0) {
    const closed = session.journal.close();
    const left = closed.ok ? '' : ` (${renderFailure(closed.error)})`;
    return { ...problem, hint: `${problem.hint ?? 'Fix this.'} Everything was rolled back${left}.` };
  }
  return {
    ...problem,
    hint: `the rollback failed too: ${broken.join('; ')}. Run vnet reconcile again, or fix it by hand`,
  };
}

/** The kernel deletes secondary addresses with their primary one: they are missing after the first pass. */
const MAX_PASSES = 3;

/**
 * Ensures that addresses that the undo plan adds to an interface are there in the order that they had before,
 * with their routes. Errors are left to the next run: the addresses themselves are there.
 */
function restoreOrder({ kernel }: Pick<Session, 'kernel'>, before: State, undoPlan: readonly Change[]): void {
  const devices = new Set(
    undoPlan.flatMap((change) =>
      change.verb === 'create' && change.want.kind === 'address' ? [change.want.dev] : [],
    ),
  );
  const wanted = new KeyOrdered();
  for (const [key, object] of before) if (isOn(object, devices)) wanted.set(key, object);
  for (let pass = 0; pass < MAX_PASSES; pass += 1) {
    const seen = kernel.observe(scopeOf({ whole: true }));
    if (!seen.ok) return;
    const { state } = seen.value;
    const missing = Array.from(wanted.values()).filter((object) => !state.has(keyOf(object)));
    const creations = missing.map((want): Change => ({ verb: 'create', want }));
    const changes = [...creations, ...addressOrderChanges(wanted, state, creations, 'all')];
    if (changes.length === 0) return;
    kernel.apply(changes);
  }
}

function isOn(object: NetObject, devices: ReadonlySet<string>): boolean {
  if (object.netns !== HOST || (object.kind !== 'address' && object.kind !== 'route')) return false;
  return object.dev !== undefined && devices.has(object.dev);
}
