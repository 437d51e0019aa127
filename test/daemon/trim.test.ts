import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { trimAfterRounds } from '../../reconciler/daemon/open.ts';

describe('the memory of the resident process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is trimmed once, when no round has run for ten seconds', () => {
    let trimmed = 0;
    const { onRound } = trimAfterRounds({ trim: () => void (trimmed += 1) });
    const rounds = Array.from({ length: 5 }, () => {
      onRound();
      vi.advanceTimersByTime(9_000);
      return trimmed;
    });
    expect(rounds).toEqual([0, 0, 0, 0, 0]);
    vi.advanceTimersByTime(2_000);
    expect(trimmed).toBe(1);
    vi.advanceTimersByTime(600_000);
    expect(trimmed).toBe(1);
  });

  it('is left alone once the loop stops', () => {
    let trimmed = 0;
    const { onRound, stopping } = trimAfterRounds({ trim: () => void (trimmed += 1) });
    onRound();
    stopping();
    vi.advanceTimersByTime(60_000);
    expect(trimmed).toBe(0);
  });
});
