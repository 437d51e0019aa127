import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { trimAfterRounds } from '../../reconciler/daemon/open.ts';

describe('the memory of the resident process', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  it('is trimmed once, when no round has run for ten seconds', () => {
    let trimmed = 0;
    const { onRound } = trimAfterRounds({ trim: () => void (trimmed += 1), unmap: () => undefined });
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

  it('has the pages of files released soon after the start, and every ten seconds while rounds go on', () => {
    let unmapped = 0;
    const { onRound, started, stopping } = trimAfterRounds({
      trim: () => undefined,
      unmap: () => void (unmapped += 1),
    });
    started();
    const seen = Array.from({ length: 130 }, () => {
      onRound();
      vi.advanceTimersByTime(1_000);
      return unmapped;
    });
    expect([seen[0], seen[3], seen[10], seen[14], seen[129]]).toEqual([0, 1, 1, 2, 13]);
    onRound();
    stopping();
    vi.advanceTimersByTime(600_000);
    expect(unmapped).toBe(13);
  });

  it('has the pages of files released two seconds after the last round, once', () => {
    let unmapped = 0;
    const { onRound } = trimAfterRounds({ trim: () => undefined, unmap: () => void (unmapped += 1) });
    for (const waitMs of [100, 1_000, 1_900]) {
      onRound();
      vi.advanceTimersByTime(waitMs);
    }
    expect(unmapped).toBe(0);
    vi.advanceTimersByTime(200);
    expect(unmapped).toBe(1);
    vi.advanceTimersByTime(600_000);
    expect(unmapped).toBe(1);
  });

  it('has them released each minute too, where an idle process looks around, and after a collection', () => {
    let unmapped = 0;
    const resident = { trim: () => undefined, unmap: () => void (unmapped += 1) };
    const { onRound, stopping } = trimAfterRounds(resident, 60_000);
    onRound();
    const seen = [3_000, 11_000, 2_000, 60_000, 540_000].map((durationMs) => {
      vi.advanceTimersByTime(durationMs);
      return unmapped;
    });
    expect(seen).toEqual([1, 1, 2, 3, 12]);
    onRound();
    vi.advanceTimersByTime(1_000);
    stopping();
    vi.advanceTimersByTime(600_000);
    expect(unmapped).toBe(12);
  });

  it('is left alone once the loop stops', () => {
    let trimmed = 0;
    const { onRound, stopping } = trimAfterRounds({
      trim: () => void (trimmed += 1),
      unmap: () => undefined,
    });
    onRound();
    stopping();
    vi.advanceTimersByTime(60_000);
    expect(trimmed).toBe(0);
  });
});
