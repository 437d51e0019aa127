/** The verdicts on a round's plan, with the drift accepted at present. */
import { type Admission, admit, keysLeft, type RepairLimits, type AdmissionRules } from '../../plan/admit.ts';
import { acceptancesAt, type Baseline } from '../../plan/baseline.ts';
import type { Plan, Step } from '../../plan/step.ts';
import type { Problem } from '../../document/store/store.ts';
import type { Result } from '../../model/result.ts';
import type { State } from '../../model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';

/** The source of accepted drift. Shape: `baseline` is absent if none applies (a CNI call). */
export type Acceptances = {
  readonly baseline?: (() => Baseline | undefined) | undefined;
  readonly now: () => Date;
};

/** Returns the repair limits for a round of this document that observes this State. Errors: NotLoaded. */
export type RepairLimitsFor = (document: VnetDocument, seen: State) => Result<RepairLimits, Problem>;

/** Selects the steps of a plan to do now. */
export type StepFilter = (plan: Plan) => readonly Step[];

/** An admission with its rules: they also hold for a plan made during its execution. */
export type Admitted = { readonly admission: Admission; readonly todoOf: StepFilter };

/**
 * Returns the verdicts on the plan, and the selector for steps of a later plan on the same rules; steps left
 * at first stay left.
 */
export function admitLasting(acceptances: Acceptances, plan: Plan, rules: AdmissionRules): Admitted {
  const admission = admitNow(acceptances, plan, rules);
  const left = keysLeft(admission);
  const todoOf: StepFilter = (later) =>
    admitNow(acceptances, later, rules).todo.filter(({ key }) => !left.has(key));
  return { admission, todoOf };
}

/** Returns the verdicts on the plan, on these rules and with the drift accepted now. */
export function admitNow({ baseline, now }: Acceptances, plan: Plan, rules: AdmissionRules = {}): Admission {
  // Reads the file only if there are steps.
  const accepted = plan.steps.length === 0 ? [] : acceptancesAt(baseline?.(), now());
  return admit(plan, { ...rules, accepted });
}
