/** Changes of the contract's cases, and their results. */
import { expect } from 'vitest';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import type { NetObject } from '../../../reconciler/model/state.ts';
import type { Testbed } from './testbed.ts';

export function create(want: NetObject, peer?: NetObject): Change {
  return { verb: 'create', want, ...(peer === undefined ? {} : { peer }) };
}

export function destroy(have: NetObject): Change {
  return { verb: 'delete', have };
}

/** An update of the fields in which both differ. */
export function update(have: NetObject, want: NetObject): Change {
  const held = new Map(Object.entries(have));
  const fields = Object.entries(want).flatMap(([name, value]) =>
    JSON.stringify(held.get(name)) === JSON.stringify(value) ? [] : [name],
  );
  return { verb: 'update', want, have, fields };
}

/** The result of each change as one word: `changed`, `unchanged` or the code of its Failure. */
export function outcomes(testbed: Testbed, changes: readonly Change[]): readonly string[] {
  return testbed.kernel.apply(changes).map((result) => (result.ok ? result.value : result.error.code));
}

/** Applies the changes and expects each to be effective. */
export function must(testbed: Testbed, ...changes: readonly Change[]): void {
  const results = testbed.kernel.apply(changes);
  expect(results.map((result) => (result.ok ? result.value : result.error))).toEqual(
    changes.map(() => 'changed'),
  );
}
