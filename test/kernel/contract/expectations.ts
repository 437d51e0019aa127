/** Expectations on the kernel of a testbed. */
import { expect } from 'vitest';
import type { Change, Scope } from '../../../reconciler/model/ports/kernel.ts';
import type { FailureCode } from '../../../reconciler/model/result.ts';
import { keyOf, normaliseObject } from '../../../reconciler/model/state.ts';
import type { NetnsPath, NetObject, State } from '../../../reconciler/model/state.ts';
import { create, destroy, outcomes } from './changes.ts';
import { VETH } from './objects.ts';
import type { Testbed } from './testbed.ts';

/** The scope of all objects in the cases. */
export function wholeScope(pods: readonly NetnsPath[] = [], more: Partial<Scope> = {}): Scope {
  return {
    whole: true,
    devices: ['azure0', 'eth0', VETH],
    pods: pods.map((netns) => ({ netns, ifName: 'eth0' })),
    sysctls: [],
    entries: [],
    ...more,
  };
}

/** The State of all objects in the cases. */
export function see(testbed: Testbed, pods: readonly NetnsPath[] = [], more: Partial<Scope> = {}): State {
  const seen = testbed.kernel.observe(wholeScope(pods, more));
  if (!seen.ok) expect.unreachable(JSON.stringify(seen.error));
  return seen.value.state;
}

/**
 * Expects the State to have all values of the object, except the type of a device, which depends on the test
 * bed.
 */
export function expectHolds(state: State, want: NetObject): void {
  const fields = Object.entries(normaliseObject(want)).filter(
    ([name, value]) => name !== 'script' && !(name === 'type' && value === 'device'),
  );
  expect(state.get(keyOf(normaliseObject(want)))).toMatchObject(Object.fromEntries(fields));
}

/** Expects the State to have no object with this identity. */
export function expectLacks(state: State, object: NetObject): void {
  expect(Array.from(state.keys())).not.toContain(keyOf(normaliseObject(object)));
}

/** Expects the kernel to refuse the change with the code, with a reason or remedy. */
export function expectRefusal(testbed: Testbed, change: Change, code: FailureCode): void {
  const [result] = testbed.kernel.apply([change]);
  expect(result).toMatchObject({ ok: false, error: { kind: 'failure', code } });
  expect(result?.ok === false ? result.error.message : '').not.toBe('');
}

/**
 * Expects the life of an object: created, observed, creation repeated unchanged; deleted, gone, deletion
 * repeated unchanged.
 */
export function expectLife(testbed: Testbed, object: NetObject): void {
  expect(outcomes(testbed, [create(object)])).toEqual(['changed']);
  expectHolds(see(testbed), object);
  expect(outcomes(testbed, [create(object)])).toEqual(['unchanged']);
  expect(outcomes(testbed, [destroy(object)])).toEqual(['changed']);
  expectLacks(see(testbed), object);
  expect(outcomes(testbed, [destroy(object)])).toEqual(['unchanged']);
}
