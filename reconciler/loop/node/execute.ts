/** Applies steps; holds those that depend on a failed one. */
import { type Kernel, subjectOf } from '../../model/ports/kernel.ts';
import { type Failure, failure } from '../../model/result.ts';
import { HOST, type NetnsPath, type ObjectKey } from '../../model/state.ts';
import type { Step } from '../../plan/step.ts';

/** The result of a step. `held`: not tried, because a step it needs failed. */
export type StepOutcome =
  | { readonly step: Step; readonly status: 'changed' | 'unchanged' }
  | { readonly step: Step; readonly status: 'failed' | 'held'; readonly failure: Failure };

/**
 * Applies the steps in order and returns the result of each.
 * A failed object delays only those that need it. Independent steps go to the kernel
 * together; so do those of one pod, since the kernel refuses a step whose needs are missing.
 */
export function executeSteps(kernel: Kernel, steps: readonly Step[]): readonly StepOutcome[] {
  const outcomes: StepOutcome[] = [];
  const lost = new Map<ObjectKey, Failure>();
  for (const batch of batchesOf(steps)) {
    const hold = (step: Step): boolean => {
      const held = heldBy(step, lost);
      if (held === undefined) return false;
      lost.set(step.key, held);
      outcomes.push({ step, status: 'held', failure: held });
      return true;
    };
    const tried = batch.filter((step) => !hold(step));
    const results = tried.length === 0 ? [] : kernel.apply(tried.map((step) => step.change));
    for (const [index, step] of tried.entries()) {
      const result = results[index];
      if (result?.ok === true) outcomes.push({ step, status: result.value });
      else if (!hold(step)) {
        const reason = result?.error ?? failure('io', step.key, 'the kernel gave no answer');
        lost.set(step.key, reason);
        outcomes.push({ step, status: 'failed', failure: reason });
      }
    }
  }
  return outcomes;
}

/** Returns why the step is held; undefined if its needs are met. */
function heldBy(step: Step, lost: ReadonlyMap<ObjectKey, Failure>): Failure | undefined {
  const missing = step.needs.find((need) => lost.has(need));
  const cause = missing === undefined ? undefined : lost.get(missing);
  if (cause === undefined) return undefined;
  // A dependent step has the code of its cause: temporary or permanent alike.
  return failure(cause.code, step.key, `not done: ${missing} failed`, { cause });
}

/** Splits the steps, in order, so that no step needs another one of its batch except in its own pod. */
function batchesOf(steps: readonly Step[]): readonly (readonly Step[])[] {
  const batches: Step[][] = [];
  let places = new Map<ObjectKey, NetnsPath>();
  for (const step of steps) {
    const { netns } = subjectOf(step.change);
    const mustWait = (need: ObjectKey): boolean => {
      const place = places.get(need);
      return place !== undefined && (place === HOST || place !== netns);
    };
    const current = batches.at(-1);
    if (current === undefined || places.has(step.key) || step.needs.some(mustWait)) {
      batches.push([step]);
      places = new Map([[step.key, netns]]);
    } else {
      current.push(step);
      places.set(step.key, netns);
    }
  }
  return batches;
}

/** Returns the failures among the outcomes, those of tried steps first. */
export function failuresOf(outcomes: readonly StepOutcome[]): readonly Failure[] {
  const tried = outcomes.flatMap((outcome) => (outcome.status === 'failed' ? [outcome.failure] : []));
  const held = outcomes.flatMap((outcome) => (outcome.status === 'held' ? [outcome.failure] : []));
  return [...tried, ...held];
}
