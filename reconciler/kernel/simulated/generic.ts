/** Objects of any kind in the simulated kernel: a store by key, plus the kind's own rules. */
import type { FieldChange, KernelObject, RestAttributes } from '../../model/kinds/kind.ts';
import type { NetObject } from '../../model/state.ts';
import {
  CHANGED,
  find,
  isAsWanted,
  linkAt,
  type Outcome,
  put,
  refuse,
  remove,
  type SimulatedWorld,
  UNCHANGED,
} from './world.ts';

/** Behaviour of a kind beyond being stored, as in Linux. */
export type SimulatedKind<T> = {
  /** Returns the object as the kernel shows it after creation. */
  born?(want: T): T;
  /** Returns why the object cannot be created; undefined if it can. */
  refuses?(world: SimulatedWorld, want: T): Outcome | undefined;
  create?(world: SimulatedWorld, want: T, peer: NetObject | undefined): Outcome;
  change?(world: SimulatedWorld, change: FieldChange<T>): Outcome;
  /** Shape: `checkOwner` is false for a deletion by another program. */
  remove?(world: SimulatedWorld, have: T, checkOwner: boolean): Outcome;
};

/** Ensures the object. Errors: not-found (no such interface), exists, and the kind's refusals. */
export function createObject(
  kind: SimulatedKind<NetObject>,
  world: SimulatedWorld,
  want: NetObject,
  replace = false,
): Outcome {
  const born = kind.born?.(want) ?? want;
  if ('dev' in born && linkAt(world, born.netns, born.dev) === undefined) {
    return refuse('not-found', born, 'No such device');
  }
  const have = find(world, born);
  if (replace && have !== undefined && isAsWanted(have, born)) return UNCHANGED;
  const refusal = kind.refuses?.(world, born);
  if (refusal !== undefined) return refusal;
  if (have !== undefined && !replace) {
    return isAsWanted(have, born) ? UNCHANGED : refuse('exists', born, 'File exists');
  }
  const rest = restOf(born) ?? restOf(have);
  put(world, { ...born, ...(rest === undefined ? {} : { rest }) });
  return CHANGED;
}

/** Attributes absent from a change are kept. */
function restOf(object: KernelObject | undefined): RestAttributes | undefined {
  return object?.rest;
}

/** Ensures that the object is gone. Total. */
export function removeObject(world: SimulatedWorld, have: NetObject): Outcome {
  const there = find(world, have);
  if (there === undefined) return UNCHANGED;
  remove(world, there);
  return CHANGED;
}
