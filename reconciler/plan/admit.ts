/** The verdict on each step of a plan, with its reason: for rounds, previews and repairs alike. Pure. */
import { driftActionOf, type DriftPolicies } from '../model/kinds/drift-policy.ts';
import { HOST, type ObjectKey } from '../model/state.ts';
import { type Acceptance, type AcceptedStep, coversStep } from './baseline.ts';
import { isWithin } from './disruption.ts';
import { subjectOf } from '../model/ports/kernel.ts';
import { type Pause, pauseOf } from './pause.ts';
import type { Disruption, Hold, Plan, Step } from './step.ts';

/** A step that is not done now, and the reason. */
export type HeldStep = { readonly step: Step; readonly hold: Hold };

/**
 * The verdict on a step.
 * Shape: `accepted`: accepted drift. `held`: paused, left by policy, in backoff, contended, or beyond the
 * bound on deletions. `ignored`: by policy, and not reported. `withheld`: exceeds the limit on disruption.
 * `waits-for`: needs an object whose own step is not done, for that `cause`.
 */
export type StepVerdict =
  | { readonly kind: 'do' | 'ignored' | 'withheld' }
  | { readonly kind: 'accepted'; readonly acceptance: Acceptance }
  | { readonly kind: 'held'; readonly hold: Hold }
  | { readonly kind: 'waits-for'; readonly need: ObjectKey; readonly cause: StepVerdict };

/**
 * Reasons to hold possible repairs.
 * Shape: `pauses` are valid ones. The policy applies to steps with `isDrift`. `backoff`: the step is not
 * retried yet. `deletions` is the maximum per round.
 */
export type RepairLimits = {
  readonly policy?: DriftPolicies;
  readonly isDrift?: (step: Step) => boolean;
  readonly pauses?: readonly Pause[];
  readonly backoff?: (step: Step) => Hold | undefined;
  readonly deletions?: number;
};

/**
 * The rules of a plan's execution; without any, all steps are done.
 * Shape: `accepted` are the acceptances in force. `limit` is the highest disruption; it does not apply to the
 * `exempt` objects.
 */
export type AdmissionRules = RepairLimits & {
  readonly accepted?: readonly Acceptance[] | undefined;
  readonly limit?: Disruption | undefined;
  readonly exempt?: ReadonlySet<ObjectKey> | undefined;
};

/**
 * A plan with the verdicts on its steps.
 * Shape: `plan` has the remaining work: `todo` (done now), `withheld`, and steps that wait for those.
 * `accepted` and `held` include steps that wait for them. All in plan order.
 * Law: no step is in two of `plan`, `accepted` and `held`; a step in none of them is ignored.
 */
export type Admission = {
  readonly verdicts: ReadonlyMap<Step, StepVerdict>;
  readonly plan: Plan;
  readonly todo: readonly Step[];
  readonly withheld: readonly Step[];
  readonly accepted: readonly AcceptedStep[];
  readonly held: readonly HeldStep[];
};

/**
 * Returns the verdict on every step. Laws: a step that is done needs no step that is not; an uplink is moved
 * as a whole or not at all; an object is deleted for recreation only if it is recreated.
 */
export function admit(plan: Plan, rules: AdmissionRules): Admission {
  const verdicts = new Map<Step, StepVerdict>();
  for (const step of plan.steps) verdicts.set(step, verdictOn(step, rules));
  if ([...verdicts.values()].some(({ kind }) => kind !== 'do')) holdDependents(verdicts);
  if (rules.deletions !== undefined) boundDeletions(verdicts, rules.deletions);
  if (holdUplink(verdicts)) holdDependents(verdicts);
  return admissionOf(plan, verdicts);
}

/** Returns the objects whose steps are not done. */
export function keysLeft({ verdicts }: Pick<Admission, 'verdicts'>): ReadonlySet<ObjectKey> {
  return new Set([...verdicts].flatMap(([step, { kind }]) => (kind === 'do' ? [] : [step.key])));
}

type StepVerdicts = Map<Step, StepVerdict>;

const DO: StepVerdict = { kind: 'do' };

function verdictOn(step: Step, rules: AdmissionRules): StepVerdict {
  const acceptance = rules.accepted?.find((one) => coversStep(one, step));
  if (acceptance !== undefined) return { kind: 'accepted', acceptance };
  const paused = pauseOf(rules.pauses ?? [], step);
  if (paused !== undefined) return { kind: 'held', hold: paused };
  const action = rules.policy === undefined ? 'repair' : driftActionOf(rules.policy, subjectOf(step.change));
  if (action !== 'repair' && rules.isDrift?.(step) === true) {
    return action === 'ignore' ? { kind: 'ignored' } : { kind: 'held', hold: REPORTED };
  }
  const backoff = rules.backoff?.(step);
  if (backoff !== undefined) return { kind: 'held', hold: backoff };
  const { limit, exempt } = rules;
  const isAllowed = limit === undefined || isWithin(step.disruption, limit) || exempt?.has(step.key) === true;
  return isAllowed ? DO : { kind: 'withheld' };
}

const REPORTED: Hold = {
  state: 'reported',
  reason: 'policy: report; repair with vnet reconcile --override',
};

/** A step usually follows those it needs; a recreated object is deleted earlier. */
function holdDependents(verdicts: StepVerdicts): void {
  const absent = new Map<ObjectKey, StepVerdict>();
  for (let before = -1; before !== absent.size; ) {
    before = absent.size;
    for (const [step, known] of verdicts) {
      const need = known.kind === 'do' ? needsOf(step).find((key) => absent.has(key)) : undefined;
      const cause = need === undefined ? undefined : absent.get(need);
      const verdict: StepVerdict =
        need === undefined || cause === undefined ? known : { kind: 'waits-for', need, cause };
      if (verdict !== known) verdicts.set(step, verdict);
      const isAbsent = verdict.kind === 'waits-for' || (verdict.kind !== 'do' && isFoundation(step));
      if (isAbsent && !absent.has(step.key)) absent.set(step.key, verdict);
    }
  }
}

function needsOf({ key, change, needs }: Step): readonly ObjectKey[] {
  return change.verb === 'delete' ? [key, ...needs] : needs;
}

/** Other objects need the object of this step; after a mere change of value it exists in any case. */
function isFoundation({ change }: Step): boolean {
  return (
    change.verb === 'create' ||
    (change.verb === 'update' && ['name', 'master', 'dev'].some((field) => change.fields.includes(field)))
  );
}

function boundDeletions(verdicts: StepVerdicts, most: number): void {
  const reason = `more than ${most} deletions in one round: continued in the next`;
  const deletions = [...verdicts].filter(
    ([{ change }, { kind }]) => change.verb === 'delete' && kind === 'do',
  );
  for (const [step] of deletions.slice(most)) {
    verdicts.set(step, { kind: 'held', hold: { state: 'pending', reason } });
  }
}

/**
 * An uplink whose addresses are half on the bridge and half on the NIC would be worse than either. Returns
 * true if it is held.
 */
function holdUplink(verdicts: StepVerdicts): boolean {
  const moved = [...verdicts].filter(([step]) => isOfUplink(step));
  if (!moved.some(([step]) => changesDevice(step))) return false;
  const [first] = moved.flatMap(([, verdict]) =>
    ['held', 'ignored'].includes(rootOf(verdict).kind) ? [verdict] : [],
  );
  if (first === undefined) return false;
  for (const [step, { kind }] of moved) if (kind === 'do') verdicts.set(step, first);
  return true;
}

function changesDevice({ change }: Step): boolean {
  const subject = subjectOf(change);
  return subject.kind === 'link' && subject.type === 'device' && change.verb === 'update';
}

function isOfUplink({ change }: Step): boolean {
  const subject = subjectOf(change);
  if (subject.netns !== HOST) return false;
  const isLink = subject.kind === 'link' && subject.type !== 'veth';
  return isLink || subject.kind === 'address' || subject.kind === 'route';
}

function admissionOf(plan: Plan, verdicts: StepVerdicts): Admission {
  const [left, todo, withheld]: [Step[], Step[], Step[]] = [[], [], []];
  const [accepted, held]: [AcceptedStep[], HeldStep[]] = [[], []];
  for (const [step, verdict] of verdicts) {
    const root = rootOf(verdict);
    const hold = holdOf(verdict);
    if (root.kind === 'accepted') accepted.push({ step, acceptance: root.acceptance });
    else if (hold !== undefined) held.push({ step, hold });
    else if (root.kind !== 'ignored') left.push(step);
    if (verdict.kind === 'do') todo.push(step);
    if (verdict.kind === 'withheld') withheld.push(step);
  }
  return { verdicts, plan: { ...plan, steps: left }, todo, withheld, accepted, held };
}

function rootOf(verdict: StepVerdict): Exclude<StepVerdict, { kind: 'waits-for' }> {
  return verdict.kind === 'waits-for' ? rootOf(verdict.cause) : verdict;
}

function holdOf(verdict: StepVerdict): Hold | undefined {
  if (verdict.kind === 'held') return verdict.hold;
  if (verdict.kind !== 'waits-for') return undefined;
  const hold = holdOf(verdict.cause);
  return hold && { ...hold, reason: `needs ${verdict.need}: ${hold.reason}` };
}
