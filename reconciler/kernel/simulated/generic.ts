/** Objects of any kind in the simulated kernel: a store by key, and the behaviour of each kind. */
import type { FieldChange, KernelObject, RestAttributes } from '../../model/kinds/kind.ts';
import type { NetObject } from '../../model/state.ts';
import { CHANGED, isAsWanted, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

/** The behaviour of a kind beyond being stored. */
export type SimulatedKind<T> = {
  /** Returns the object as the kernel shows it after creation. */
  born?(want: T, tables: SimulatedTables): T;
  /** Returns why the object cannot be created; undefined if it can. */
  refuses?(tables: SimulatedTables, want: T): Outcome | undefined;
  /** Ensures the consequences of the object's creation. */
  made?(tables: SimulatedTables, object: T): void;
  create?(tables: SimulatedTables, want: T, peer: NetObject | undefined): Outcome;
  change?(tables: SimulatedTables, change: FieldChange<T>): Outcome;
  /** Shape: `checkOwner` is false for a deletion by another program. */
  remove?(tables: SimulatedTables, have: T, checkOwner: boolean): Outcome;
};

/** Ensures the object. Errors: not-found (no such interface), exists, and the kind's own. */
export function createObject(
  kind: SimulatedKind<NetObject>,
  tables: SimulatedTables,
  want: NetObject,
  replace = false,
): Outcome {
  const born = kind.born?.(want, tables) ?? want;
  if ('dev' in born && born.dev !== '' && tables.linkAt(born.netns, born.dev) === undefined) {
    return refuse('not-found', born, 'No such device');
  }
  const have = tables.find(born);
  if (replace && have !== undefined && isAsWanted(have, born)) return UNCHANGED;
  const refusal = kind.refuses?.(tables, born);
  if (refusal !== undefined) return refusal;
  if (have !== undefined && !replace) {
    return isAsWanted(have, born) ? UNCHANGED : refuse('exists', born, 'File exists');
  }
  const rest = restOf(born) ?? restOf(have);
  tables.put({ ...born, ...(rest === undefined ? {} : { rest }) });
  kind.made?.(tables, born);
  return CHANGED;
}

/** Fields that a change does not mention are kept. */
function restOf(object: KernelObject | undefined): RestAttributes | undefined {
  return object?.rest;
}

/** Ensures that the object does not exist. Total. */
export function removeObject(tables: SimulatedTables, have: NetObject): Outcome {
  const there = tables.find(have);
  if (there === undefined) return UNCHANGED;
  tables.remove(there);
  return CHANGED;
}
