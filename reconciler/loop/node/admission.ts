/** The verdicts on a round's plan, with the drift accepted at present. */
import { type Admission, admit, keysLeft, type Restraints, type Terms } from '../../plan/admit.ts';
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

/** Returns the restraints for a round of this document that observes this State. Errors: NotLoaded. */
export type RestraintsFor = (document: VnetDocument, seen: State) => Result<Restraints, Problem>;

/** Selects the steps of a plan to do now. */
export type TodoOf = (plan: Plan) => readonly Step[];

/** An admission with its terms: they also hold for a plan made during its execution. */
export type Admitted = { readonly admission: Admission; readonly todoOf: TodoOf };

/**
 * Returns the verdicts on the plan, and the selector for steps of a later plan on the same terms; steps left
 * at first stay left.
 */
export function admitLasting(acceptances: Acceptances, plan: Plan, terms: Terms): Admitted {
  const admission = admitNow(acceptances, plan, terms);
  const left = keysLeft(admission);
  const todoOf: TodoOf = (later) =>
    admitNow(acceptances, later, terms).todo.filter(({ key }) => !left.has(key));
  return { admission, todoOf };
}

/** Returns the verdicts on the plan, on these terms and with the drift accepted now. */
export function admitNow({ baseline, now }: Acceptances, plan: Plan, terms: Terms = {}): Admission {
  // Reads the file only if there are steps.
  const accepted = plan.steps.length === 0 ? [] : acceptancesAt(baseline?.(), now());
  return admit(plan, { ...terms, accepted });
}
