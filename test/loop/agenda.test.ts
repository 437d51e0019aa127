import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Agenda,
  dueMs,
  gather,
  LONGEST_DELAY_MS,
  NOTHING,
  plan,
  QUIET_MS,
  replan,
  take,
  TRIGGERS,
} from '../../reconciler/loop/agenda.ts';

describe('the agenda', () => {
  it('has nothing due when nothing is on it', () => {
    expect(dueMs(NOTHING)).toBeUndefined();
    expect(take(NOTHING, 1e9).due).toEqual([]);
  });

  it('makes one of many triggers that come close together, when it is quiet again', () => {
    const burst = [0, 1, 2, 3].reduce((agenda, at) => gather(agenda, 'announced', at), NOTHING);
    expect(dueMs(burst)).toBe(3 + QUIET_MS);
    expect(take(burst, 3).due).toEqual([]);
    const { due, rest } = take(burst, 3 + QUIET_MS);
    expect(due).toEqual(['announced']);
    expect(dueMs(rest)).toBeUndefined();
  });

  it('puts a round off no longer than a bound, however long a burst lasts', () => {
    const burst = Array.from({ length: 100 }, (_, at) => at).reduce<Agenda>(
      (agenda, at) => gather(agenda, 'announced', at),
      NOTHING,
    );
    expect(dueMs(burst)).toBe(LONGEST_DELAY_MS);
  });

  it('keeps the earlier of two times, unless it is told otherwise', () => {
    expect(dueMs(plan(plan(NOTHING, 'scan', 50), 'scan', 90))).toBe(50);
    expect(dueMs(plan(plan(NOTHING, 'scan', 90), 'scan', 50))).toBe(50);
    expect(dueMs(replan(plan(NOTHING, 'scan', 50), 'scan', 90))).toBe(90);
    expect(dueMs(replan(plan(NOTHING, 'scan', 50), 'scan', undefined))).toBeUndefined();
  });

  it('loses nothing: what is not due is on it still', () => {
    const entry = fc.record({
      trigger: fc.constantFrom(...TRIGGERS),
      at: fc.integer({ min: 0, max: 100 }),
      isBurst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(entry), fc.integer({ min: 0, max: 150 }), (entries, nowMs) => {
        const agenda = entries.reduce(
          (known, { trigger, at, isBurst }) => (isBurst ? gather : plan)(known, trigger, at),
          NOTHING,
        );
        const { due, rest } = take(agenda, nowMs);
        const left = take(rest, 1e9).due;
        expect(new Set([...due, ...left])).toEqual(new Set(entries.map(({ trigger }) => trigger)));
        expect((dueMs(rest) ?? nowMs + 1) > nowMs).toBe(true);
      }),
    );
  });
});
