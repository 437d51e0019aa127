import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  contentionEndMs,
  contended,
  contentionOf,
  type RepairHistories,
  recordRepairs,
  REPAIRS,
  WINDOW_MS,
} from '../../../reconciler/loop/report/contention.ts';

const KEY = 'neighbour 10.240.0.36 dev azure0';

function repairedAt(times: readonly number[], histories: RepairHistories = new Map()): RepairHistories {
  return times.reduce((known, at) => recordRepairs(known, { repaired: [KEY], wrong: [] }, at), histories);
}

describe('contention', () => {
  it('is on when one object was repaired often in a short time, and not a repair sooner', () => {
    const often = Array.from({ length: REPAIRS }, (_, index) => index * 100);
    expect(contended(repairedAt(often.slice(1)))).toEqual([]);
    expect(contended(repairedAt(often))).toEqual([KEY]);
    const rarely = often.map((_, index) => index * (WINDOW_MS / (REPAIRS - 1)));
    expect(contended(repairedAt(rarely))).toEqual([]);
  });

  it('makes repairs rarer and rarer, but never ends them', () => {
    let histories = repairedAt([0, 1, 2, 3, 4]);
    let nowMs = 4;
    const waits: number[] = [];
    for (let round = 0; round < 9; round += 1) {
      const hold = contentionOf(histories, KEY, nowMs);
      expect(hold?.state).toBe('contended');
      const next = hold?.nextTryMs ?? 0;
      expect(contentionOf(histories, KEY, next)).toBeUndefined();
      waits.push(next - nowMs);
      nowMs = next;
      histories = recordRepairs(histories, { repaired: [KEY], wrong: [] }, nowMs);
    }
    expect(waits).toEqual([1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
  });

  it('is over when the object was as it should be for a minute, and not while it is only left alone', () => {
    const fight = repairedAt([0, 1, 2, 3, 4]);
    const left = recordRepairs(fight, { repaired: [], wrong: [KEY] }, 50_000);
    expect(contentionEndMs(left)).toBe(110_000);
    expect(contended(recordRepairs(left, { repaired: [], wrong: [] }, 109_999))).toEqual([KEY]);
    expect(contended(recordRepairs(left, { repaired: [], wrong: [] }, 110_000))).toEqual([]);
    expect(contentionEndMs(new Map())).toBeUndefined();
  });

  it('of one object does not affect another', () => {
    const fight = repairedAt([0, 1, 2, 3, 4]);
    expect(contentionOf(fight, 'route default', 5)).toBeUndefined();
  });

  it('keeps no more repairs than its window holds', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 20_000 }), { maxLength: 60 }), (gaps) => {
        let nowMs = 0;
        let histories: RepairHistories = new Map();
        for (const gap of gaps) {
          nowMs += gap;
          histories = recordRepairs(histories, { repaired: [KEY], wrong: [] }, nowMs);
        }
        const kept = histories.get(KEY)?.repairsMs ?? [];
        expect(kept.every((at) => nowMs - at < WINDOW_MS)).toBe(true);
      }),
    );
  });
});
