/** Takes out of a plan what is not to be done now: paused, left by policy, in backoff, too much at once. Pure. */
import { HOST, type ObjectKey } from '../../model/state.ts';
import { subjectOf } from '../../plan/order.ts';
import type { Plan, Step } from '../../plan/step.ts';
import type { ObjectStatus } from '../files/status-file.ts';

/** Why a step is not done now. Units: `nextTryMs` on the clock of whoever decided. */
export type Hold = {
  readonly state: ObjectStatus['state'];
  readonly reason: string;
  readonly nextTryMs?: number | undefined;
};

/** A step that is not done now. */
export type HeldStep = { readonly step: Step; readonly hold: Hold };

/** A plan that has been through a gate: `plan` is to be done, `held` is not. Law: no step is in both. */
export type Gated = { readonly plan: Plan; readonly held: readonly HeldStep[] };

/** Decides about a whole plan. Absent where everything is done that is asked for. */
export type Gate = (plan: Plan) => Gated;

/**
 * Decides about one step: why it is held; `ignore` for one that is neither done nor mentioned; undefined: it is done.
 */
export type HoldOf = (step: Step) => Hold | 'ignore' | undefined;

/** So many objects are removed in one round; what is over it is removed in the next. */
export const MAX_DELETIONS = 100;

/**
 * Returns the plan without the steps that are held, and without those that need what a held one would make.
 * An uplink is moved as a whole or not at all.
 * Law: what is left is a subsequence of the plan.
 */
export function gatePlan(plan: Plan, holdOf: HoldOf): Gated {
  if (plan.steps.length === 0) return { plan, held: [] };
  const decisions = decide(plan.steps, holdOf);
  keepTogether(plan.steps, decisions);
  const held = plan.steps.flatMap((step) => {
    const hold = decisions.get(step);
    return hold === undefined || hold === 'ignore' ? [] : [{ step, hold }];
  });
  return { plan: { ...plan, steps: plan.steps.filter((step) => !decisions.has(step)) }, held };
}

type Decisions = Map<Step, Hold | 'ignore'>;

/** A step stands behind what it needs, so that one pass finds all that hangs on a held one. */
function decide(steps: readonly Step[], holdOf: HoldOf): Decisions {
  const decisions: Decisions = new Map();
  const absent = new Map<ObjectKey, Hold | 'ignore'>();
  let deletions = 0;
  for (const step of steps) {
    const needed = heldByNeed(step, absent);
    const hold = holdOf(step) ?? needed ?? overCap(step, deletions);
    if (hold === undefined) {
      if (step.change.verb === 'delete') deletions += 1;
      continue;
    }
    decisions.set(step, hold);
    if (step.change.verb === 'create' || needed !== undefined) absent.set(step.key, hold);
  }
  return decisions;
}

function heldByNeed(
  step: Step,
  absent: ReadonlyMap<ObjectKey, Hold | 'ignore'>,
): Hold | 'ignore' | undefined {
  const need = step.needs.find((key) => absent.has(key));
  const hold = need === undefined ? undefined : absent.get(need);
  if (hold === undefined || hold === 'ignore') return hold;
  return { ...hold, reason: `needs ${need ?? ''}: ${hold.reason}` };
}

function overCap(step: Step, deletions: number): Hold | undefined {
  if (step.change.verb !== 'delete' || deletions < MAX_DELETIONS) return undefined;
  return {
    state: 'pending',
    reason: `more than ${MAX_DELETIONS} deletions in one round: continued in the next`,
  };
}

/** Half of an uplink's addresses on the bridge and half on the NIC would be worse than either. */
function keepTogether(steps: readonly Step[], decisions: Decisions): void {
  const moved = steps.filter(isOfUplink);
  if (!moved.some(movesUplink)) return;
  const first = moved.map((step) => decisions.get(step)).find((hold) => hold !== undefined);
  if (first === undefined) return;
  for (const step of moved) if (!decisions.has(step)) decisions.set(step, first);
}

function movesUplink({ change }: Step): boolean {
  const subject = subjectOf(change);
  return subject.kind === 'link' && subject.type === 'device' && change.verb === 'update';
}

function isOfUplink({ change }: Step): boolean {
  const subject = subjectOf(change);
  if (subject.netns !== HOST) return false;
  const isLink = subject.kind === 'link' && subject.type !== 'veth';
  return isLink || subject.kind === 'address' || subject.kind === 'route';
}
