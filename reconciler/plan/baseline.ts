/** Drift that an administrator has accepted for a while: it is shown as such, and no round repairs it. Pure. */
import type { ObjectKey } from '../model/state.ts';
import type { FieldDifference, Step } from './step.ts';

/** The format of baseline.json; fields are only ever added. */
export const BASELINE_FORMAT = 'vnet.baseline/1';

/**
 * One accepted difference.
 * Shape: `action` and `differences` are those of the step that would repair it, so that it covers exactly what was seen
 * when it was accepted; `until` and `time` are ISO 8601 in UTC.
 */
export type Acceptance = {
  readonly key: ObjectKey;
  readonly action: Step['change']['verb'];
  readonly differences: readonly FieldDifference[];
  readonly until: string;
  readonly time: string;
  readonly who: string;
  readonly why?: string;
};

/** Everything that is accepted on a node, what has expired included until the next change. */
export type Baseline = { readonly format: typeof BASELINE_FORMAT; readonly accepted: readonly Acceptance[] };

/** A step that is left alone, and by which acceptance. */
export type AcceptedStep = { readonly step: Step; readonly acceptance: Acceptance };

/** A baseline in which nothing is accepted. */
export const EMPTY_BASELINE: Baseline = { format: BASELINE_FORMAT, accepted: [] };

/**
 * Returns the steps without those that are accepted now. A step that needs what is accepted to be missing is left
 * alone with it.
 * Laws: the order of steps stays; both lists together are all steps; an acceptance that has expired, or that was given
 * for other values, covers nothing.
 */
export function withoutAccepted(
  steps: readonly Step[],
  baseline: Baseline | undefined,
  now: Date,
): { readonly steps: readonly Step[]; readonly accepted: readonly AcceptedStep[] } {
  const valid = (baseline?.accepted ?? []).filter((acceptance) => !isExpired(acceptance, now));
  if (valid.length === 0) return { steps, accepted: [] };
  const accepted = new Map<Step, Acceptance>();
  const absent = new Map<ObjectKey, Acceptance>();
  // A step stands behind what it needs, so one pass finds all that hangs on an absent object.
  for (const step of steps) {
    const direct = valid.find((acceptance) => isOf(acceptance, step));
    const need = step.needs.find((key) => absent.has(key));
    const acceptance = direct ?? (need === undefined ? undefined : absent.get(need));
    if (acceptance === undefined) continue;
    accepted.set(step, acceptance);
    if (step.change.verb === 'create') absent.set(step.key, acceptance);
  }
  return {
    steps: steps.filter((step) => !accepted.has(step)),
    accepted: [...accepted].map(([step, acceptance]) => ({ step, acceptance })),
  };
}

/** Returns true when the acceptance is over. */
export function isExpired({ until }: Acceptance, now: Date): boolean {
  return Date.parse(until) <= now.getTime();
}

function isOf({ key, action, differences }: Acceptance, step: Step): boolean {
  return (
    key === step.key &&
    action === step.change.verb &&
    differences.length === step.differences.length &&
    differences.every(({ field, want, have }, index) => {
      const other = step.differences[index];
      return other?.field === field && other.want === want && other.have === have;
    })
  );
}

/** Returns the baseline with these steps accepted; older acceptances of the same objects, and expired ones, go. */
export function accept(
  baseline: Baseline,
  steps: readonly Step[],
  terms: Omit<Acceptance, 'key' | 'action' | 'differences'>,
): Baseline {
  const keys = new Set(steps.map(({ key }) => key));
  const kept = baseline.accepted.filter(
    (acceptance) => !keys.has(acceptance.key) && !isExpired(acceptance, new Date(terms.time)),
  );
  const added = steps.map(
    ({ key, change, differences }): Acceptance => ({ key, action: change.verb, differences, ...terms }),
  );
  return { ...baseline, accepted: [...kept, ...added] };
}

/** Returns the baseline without the acceptances of these keys. */
export function forget(baseline: Baseline, keys: readonly ObjectKey[]): Baseline {
  return { ...baseline, accepted: baseline.accepted.filter(({ key }) => !keys.includes(key)) };
}
