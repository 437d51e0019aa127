import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../../reconciler/cli/verbs/doctor/run-doctor.ts';
import type { Verdict } from '../../../../reconciler/cli/verbs/doctor/check.ts';
import type { Facts } from '../../../../reconciler/cli/verbs/doctor/facts.ts';
import { KERNEL_CASES } from './cases-kernel.ts';
import { POLICY_CASES } from './cases-policy.ts';
import { STATE_CASES } from './cases-state.ts';
import { HEALTHY } from './healthy.ts';

const judge = (id: string, facts: Partial<Facts>): Verdict => {
  const check = CHECKS.find((one) => one.id === id);
  if (check === undefined) throw new Error(`there is no check ${id}`);
  return check.judge({ ...HEALTHY, ...facts });
};

const CASES = [...KERNEL_CASES, ...POLICY_CASES, ...STATE_CASES];

describe('checks', () => {
  it('of a healthy node find nothing', () => {
    const found = CHECKS.map(({ id, judge: check }) => [id, check(HEALTHY).level]);
    expect(found).toEqual(CHECKS.map(({ id }) => [id, 'ok']));
    expect(new Set(CHECKS.map(({ id }) => id)).size).toBe(CHECKS.length);
  });

  it.each(CASES)('%s: %s', (...[id, , facts, level, says]) => {
    const { level: found, message, remedy } = judge(id, facts);
    expect(found).toBe(level);
    expect(`${message} ${remedy ?? ''}`).toMatch(says);
    // Every finding has a remedy.
    expect(remedy !== undefined && remedy.length > 10).toBe(level !== 'ok');
  });

  it('each can find something', () => {
    const seen = new Set(CASES.filter(([, , , level]) => level !== 'ok').map(([id]) => id));
    expect(CHECKS.map(({ id }) => id).filter((id) => !seen.has(id))).toEqual([]);
  });
});
