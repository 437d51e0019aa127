import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Schedule,
  CALLS_QUIET_MS,
  dueMs,
  scheduleBurst,
  LONGEST_DELAY_MS,
  LONGEST_YIELD_MS,
  NO_CALLS,
  EMPTY_SCHEDULE,
  scheduleAt,
  QUIET_MS,
  reschedule,
  takeDue,
  TRIGGERS,
  startAfterCalls,
} from '../../../reconciler/loop/watch/schedule.ts';

describe('the schedule', () => {
  it('has nothing due when nothing is on it', () => {
    expect(dueMs(EMPTY_SCHEDULE)).toBeUndefined();
    expect(takeDue(EMPTY_SCHEDULE, 1e9).due).toEqual([]);
  });

  it('merges triggers in quick succession into one, after a quiet period', () => {
    const burst = [0, 1, 2, 3].reduce(
      (schedule, at) => scheduleBurst(schedule, 'announced', at),
      EMPTY_SCHEDULE,
    );
    expect(dueMs(burst)).toBe(3 + QUIET_MS);
    expect(takeDue(burst, 3).due).toEqual([]);
    const { due, rest } = takeDue(burst, 3 + QUIET_MS);
    expect(due).toEqual(['announced']);
    expect(dueMs(rest)).toBeUndefined();
  });

  it('puts a round off no longer than a bound, however long a burst lasts', () => {
    const burst = Array.from({ length: 100 }, (_, at) => at).reduce<Schedule>(
      (schedule, at) => scheduleBurst(schedule, 'announced', at),
      EMPTY_SCHEDULE,
    );
    expect(dueMs(burst)).toBe(LONGEST_DELAY_MS);
  });

  it('lets calls go first, though never for ever', () => {
    const calls = fc.record({ open: fc.nat(3), lastMs: fc.integer({ min: -1000, max: 1000 }) });
    fc.assert(
      fc.property(fc.integer({ min: -1000, max: 1000 }), calls, (due, called) => {
        const at = startAfterCalls(due, called);
        expect(at).toBeGreaterThanOrEqual(due);
        expect(at).toBeLessThanOrEqual(due + LONGEST_YIELD_MS);
        if (called.open > 0) expect(at).toBe(due + LONGEST_YIELD_MS);
        else if (at > due && at < due + LONGEST_YIELD_MS) expect(at).toBe(called.lastMs + CALLS_QUIET_MS);
      }),
    );
    expect(startAfterCalls(7, NO_CALLS)).toBe(7);
  });

  it('keeps the earlier of two times, unless forced', () => {
    expect(dueMs(scheduleAt(scheduleAt(EMPTY_SCHEDULE, 'scan', 50), 'scan', 90))).toBe(50);
    expect(dueMs(scheduleAt(scheduleAt(EMPTY_SCHEDULE, 'scan', 90), 'scan', 50))).toBe(50);
    expect(dueMs(reschedule(scheduleAt(EMPTY_SCHEDULE, 'scan', 50), 'scan', 90))).toBe(90);
    expect(dueMs(reschedule(scheduleAt(EMPTY_SCHEDULE, 'scan', 50), 'scan', undefined))).toBeUndefined();
  });

  it('keeps everything that is not due', () => {
    const entry = fc.record({
      trigger: fc.constantFrom(...TRIGGERS),
      at: fc.integer({ min: 0, max: 100 }),
      isBurst: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(entry), fc.integer({ min: 0, max: 150 }), (entries, nowMs) => {
        const schedule = entries.reduce(
          (known, { trigger, at, isBurst }) => (isBurst ? scheduleBurst : scheduleAt)(known, trigger, at),
          EMPTY_SCHEDULE,
        );
        const { due, rest } = takeDue(schedule, nowMs);
        const left = takeDue(rest, 1e9).due;
        expect(new Set([...due, ...left])).toEqual(new Set(entries.map(({ trigger }) => trigger)));
        expect((dueMs(rest) ?? nowMs + 1) > nowMs).toBe(true);
      }),
    );
  });
});
