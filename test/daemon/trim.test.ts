import { describe, expect, it } from 'vitest';
import { trimAfterRounds } from '../../reconciler/daemon/trim.ts';

describe('the memory of the resident process', () => {
  it('is trimmed after the first round, and later at most every ten seconds', () => {
    const trimmed: number[] = [];
    let endMs = 0;
    const { onRound } = trimAfterRounds({ trim: () => trimmed.push(endMs) });
    for (endMs of [100, 200, 9000, 10_100, 10_200, 60_000]) {
      onRound?.({
        startMs: 0,
        endMs,
        triggers: [],
        round: undefined,
        problem: undefined,
        digest: undefined,
        events: [],
        status: undefined,
      });
    }
    expect(trimmed).toEqual([100, 10_100, 60_000]);
  });
});
