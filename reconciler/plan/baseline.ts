/** Accepted drift: reported as such, and not repaired until its acceptance expires. Pure. */
import type { ObjectKey } from '../model/state.ts';
import type { FieldDifference, Step } from './step.ts';

/** The format of baseline.json; fields are only ever added. */
export const BASELINE_FORMAT = 'vnet.baseline/1';

/**
 * One accepted difference.
 * Shape: `action` and `differences` are those of the step that would repair it, so that it covers exactly the
 * accepted difference; `until` and `time` are ISO 8601 in UTC.
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

/** All acceptances of a node; expired ones are dropped at the next change. */
export type Baseline = { readonly format: typeof BASELINE_FORMAT; readonly accepted: readonly Acceptance[] };

/** An accepted step, and its acceptance. */
export type AcceptedStep = { readonly step: Step; readonly acceptance: Acceptance };

/** The empty baseline. */
export const EMPTY_BASELINE: Baseline = { format: BASELINE_FORMAT, accepted: [] };

/** Returns the acceptances in force. */
export function acceptancesAt(baseline: Baseline | undefined, now: Date): readonly Acceptance[] {
  return (baseline?.accepted ?? []).filter((acceptance) => !isExpired(acceptance, now));
}

/** Returns true if the acceptance has expired. */
function isExpired({ until }: Acceptance, now: Date): boolean {
  return Date.parse(until) <= now.getTime();
}

/** Returns true if the acceptance covers the step. Law: it does not cover other values. */
export function coversStep({ key, action, differences }: Acceptance, step: Step): boolean {
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

/**
 * Returns the baseline with these steps accepted; earlier acceptances of the same objects, and expired ones,
 * are dropped.
 */
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
export function removeAcceptances(baseline: Baseline, keys: readonly ObjectKey[]): Baseline {
  return { ...baseline, accepted: baseline.accepted.filter(({ key }) => !keys.includes(key)) };
}
