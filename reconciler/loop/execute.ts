/** Carries out steps, holding back what depends on a step that failed. */
import type { Kernel } from '../model/kernel.ts';
import { type Failure, failure } from '../model/result.ts';
import type { ObjectKey } from '../model/state.ts';
import type { Step } from '../plan/step.ts';

/** What became of a step. `held`: not tried, since a step it needs failed. */
export type Outcome =
  | { readonly step: Step; readonly status: 'changed' | 'unchanged' }
  | { readonly step: Step; readonly status: 'failed' | 'held'; readonly failure: Failure };

/**
 * Applies the steps in order and returns what became of each.
 * One failing object delays no other but those that need it. Steps that need none of their neighbours go to the kernel
 * together.
 */
export function executeSteps(kernel: Kernel, steps: readonly Step[]): readonly Outcome[] {
  const outcomes: Outcome[] = [];
  const lost = new Map<ObjectKey, Failure>();
  for (const batch of batchesOf(steps)) {
    const tried = batch.filter((step) => {
      const missing = step.needs.find((need) => lost.has(need));
      if (missing === undefined) return true;
      const cause = lost.get(missing);
      const held = failure(
        'refused',
        step.key,
        `not tried: it needs ${missing}, which failed`,
        cause === undefined ? {} : { cause },
      );
      lost.set(step.key, held);
      outcomes.push({ step, status: 'held', failure: held });
      return false;
    });
    const results = tried.length === 0 ? [] : kernel.apply(tried.map((step) => step.change));
    for (const [index, step] of tried.entries()) {
      const result = results[index];
      if (result?.ok === true) outcomes.push({ step, status: result.value });
      else {
        const reason = result?.error ?? failure('io', step.key, 'the kernel gave no answer');
        lost.set(step.key, reason);
        outcomes.push({ step, status: 'failed', failure: reason });
      }
    }
  }
  return outcomes;
}

/** Cuts the steps, in order, so that no step needs another one of its own batch. */
function batchesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const batches: Step[][] = [];
  let keys = new Set<ObjectKey>();
  for (const step of steps) {
    const current = batches.at(-1);
    if (current === undefined || keys.has(step.key) || step.needs.some((need) => keys.has(need))) {
      batches.push([step]);
      keys = new Set([step.key]);
    } else {
      current.push(step);
      keys.add(step.key);
    }
  }
  return batches;
}

/** Returns the failures among the outcomes, those of steps that were tried first. */
export function failuresOf(outcomes: readonly Outcome[]): readonly Failure[] {
  const tried = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.failure] : []));
  const held = outcomes.flatMap((outcome) => (outcome.status === 'held' ? [outcome.failure] : []));
  return [...tried, ...held];
}
