/** Objects of any kind in the simulated kernel: a store by key, and the behaviour of each kind. */
import type { FieldChange, KernelObject, RestAttributes } from '../../model/kinds/kind.ts';
import type { NetObject } from '../../model/state.ts';
import { CHANGED, isAsWanted, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

/** The author of a change: ownership is checked for vnet only. */
export type ChangedBy = 'vnet' | 'others';

/** The behaviour of a kind beyond being stored. */
export type SimulatedKind<T> = {
  /** Returns the object as the kernel shows it after creation. */
  created?(want: T, tables: SimulatedTables): T;
  /** Returns why the object cannot be created; undefined if it can. */
  refuses?(tables: SimulatedTables, want: T): Outcome | undefined;
  /** Ensures the consequences of the object's creation. */
  afterCreate?(tables: SimulatedTables, object: T): void;
  create?(tables: SimulatedTables, want: T, peer: NetObject | undefined): Outcome;
  change?(tables: SimulatedTables, change: FieldChange<T>): Outcome;
  remove?(tables: SimulatedTables, have: T, by: ChangedBy): Outcome;
};

/** Ensures the object; `verb` as in a Change. Errors: not-found (no such interface), exists, and the kind's own. */
export function createObject(
  kind: SimulatedKind<NetObject>,
  tables: SimulatedTables,
  want: NetObject,
  verb: 'create' | 'update' = 'create',
): Outcome {
  const created = kind.created?.(want, tables) ?? want;
  if ('dev' in created && created.dev !== '' && tables.linkAt(created.netns, created.dev) === undefined) {
    return refuse('not-found', created, 'No such device');
  }
  const have = tables.find(created);
  if (verb === 'update' && have !== undefined && isAsWanted(have, created)) return UNCHANGED;
  const refusal = kind.refuses?.(tables, created);
  if (refusal !== undefined) return refusal;
  if (have !== undefined && verb === 'create') {
    return isAsWanted(have, created) ? UNCHANGED : refuse('exists', created, 'File exists');
  }
  const rest = restOf(created) ?? restOf(have);
  tables.put({ ...created, ...(rest === undefined ? {} : { rest }) });
  kind.afterCreate?.(tables, created);
  return CHANGED;
}

/** Fields that a change does not mention are kept. */
function restOf(object: KernelObject | undefined): RestAttributes | undefined {
  return object?.rest;
}

/** Ensures that the object does not exist. Never fails. */
export function removeObject(tables: SimulatedTables, have: NetObject): Outcome {
  const there = tables.find(have);
  if (there === undefined) return UNCHANGED;
  tables.remove(there);
  return CHANGED;
}
