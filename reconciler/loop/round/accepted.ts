/** The plan that is left when accepted drift is taken out of it, and what is not to be done now. */
import { type AcceptedStep, type Baseline, withoutAccepted } from '../../plan/baseline.ts';
import type { Plan } from '../../plan/step.ts';
import type { Gate, HeldStep } from './gate.ts';

/**
 * Who knows what drift is accepted, and what is not to be done now. Shape: both are absent where nobody may hold anything
 * back (a CNI call).
 */
export type Acceptances = {
  readonly baseline?: (() => Baseline | undefined) | undefined;
  readonly gate?: Gate | undefined;
  readonly now: () => Date;
};

/** A plan, and what was taken out of it. Law: no step is in two of them. */
export type OpenPlan = {
  readonly plan: Plan;
  readonly accepted: readonly AcceptedStep[];
  readonly held: readonly HeldStep[];
};

/** Returns the plan without the steps that are accepted or held now, and those steps. */
export function openPlan({ baseline, gate, now }: Acceptances, plan: Plan): OpenPlan {
  if (plan.steps.length === 0) return { plan, accepted: [], held: [] };
  const known = baseline?.();
  const { steps, accepted } =
    known === undefined ? { steps: plan.steps, accepted: [] } : withoutAccepted(plan.steps, known, now());
  const open = accepted.length === 0 ? plan : { ...plan, steps };
  return gate === undefined ? { plan: open, accepted, held: [] } : { ...gate(open), accepted };
}
