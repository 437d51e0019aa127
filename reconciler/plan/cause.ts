/** The cause of a step: a change outside vnet, or a change of the document. Pure. */
import type { Change } from '../model/ports/kernel.ts';
import type { NetObject, ObjectKey, State } from '../model/state.ts';
import { differingFields } from './compare.ts';
import type { Step } from './step.ts';

/** `drift`: caused by a change outside vnet. `pending`: caused by a change of the document that is not applied yet. */
export type Cause = 'drift' | 'pending';

/** The cause of every step of a plan, by the step's key. */
export type Causes = ReadonlyMap<ObjectKey, Cause>;

/**
 * Returns the cause of the step. `then` is the desired state at the last convergence, `now` the present one.
 * An object desired then and now was changed outside vnet; an object desired only in one of them was changed by the document.
 * If both changed different fields of an object, it counts as drift. A step that only helps another one (a sysctl for the order of
 * addresses) is in neither, and pending.
 * Law: a step whose object is desired alike then and now is drift.
 */
export function causeOf(step: Pick<Step, 'key' | 'change'>, then: State, now: State): Cause {
  const wanted = step.change.verb === 'delete' ? now.get(step.key) : step.change.want;
  return causeBetween(step.change, then.get(step.key), wanted);
}

/** Returns the cause of a change from the desired objects then and now; undefined stands for nothing. As causeOf(). */
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
