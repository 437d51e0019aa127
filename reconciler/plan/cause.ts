/** Why a step is there: somebody changed the kernel behind us, or the document asks for something new. Pure. */
import type { Change } from '../model/ports/kernel.ts';
import type { NetObject, ObjectKey, State } from '../model/state.ts';
import { differingFields } from './compare.ts';
import type { Step } from './step.ts';

/** `drift`: a difference nobody asked for. `pending`: one that the document asks for and the kernel has not yet. */
export type Cause = 'drift' | 'pending';

/** The cause of every step of a plan, by the step's key. */
export type Causes = ReadonlyMap<ObjectKey, Cause>;

/**
 * Returns why the step is there. `then` is what was desired when the kernel was last wholly true, `now` what is.
 * What was wanted then and is wanted now was taken away by others; what only one of the two wants, the document changed.
 * An object of which others changed one field and the document another counts as drift.
 * Law: a step whose object is desired alike then and now is drift.
 */
export function causeOf(step: Pick<Step, 'key' | 'change'>, then: State, now: State): Cause {
  return causeBetween(step.change, then.get(step.key), now.get(step.key));
}

/** Returns why a change is to be made, by what was wanted then and is now; undefined stands for nothing. As causeOf(). */
export function causeBetween(
  change: Change,
  before: NetObject | undefined,
  wanted: NetObject | undefined,
): Cause {
  if ((before === undefined) !== (wanted === undefined)) return 'pending';
  if (change.verb !== 'update' || before === undefined || wanted === undefined) return 'drift';
  const asked = new Set([...differingFields(wanted, before), ...differingFields(before, wanted)]);
  return change.fields.every((field) => asked.has(field)) ? 'pending' : 'drift';
}

/** Returns the cause of every step. */
export function causesOf(steps: readonly Step[], then: State, now: State): Causes {
  return new Map(steps.map((step) => [step.key, causeOf(step, then, now)]));
}
