import { describe, expect, it } from 'vitest';
import { timeLock } from '../../reconciler/daemon/time-lock.ts';
import type { RoundLock } from '../../reconciler/loop/node/session.ts';
import { err, failure, ok } from '../../reconciler/model/result.ts';

describe('a timed lock', () => {
  let nowMs = 0;
  const waits: number[] = [];
  const timed = (hold: RoundLock['hold']): RoundLock =>
    timeLock(
      { hold },
      (waitedMs) => waits.push(waitedMs),
      () => nowMs,
    );

  it('reports the time spent waiting, not the time held', () => {
    const lock = timed((_mode, work) => {
      nowMs += 7;
      return work();
    });
    const done = lock.hold('exclusive', () => {
      nowMs += 1000;
      return ok('done');
    });
    expect([done, waits.splice(0)]).toEqual([ok('done'), [7]]);
  });

  it('reports it also for a wait that timed out', () => {
    const refused = err(failure('timeout', 'lock', 'busy'));
    const lock = timed(() => {
      nowMs += 50;
      return refused;
    });
    expect([lock.hold('shared', () => ok(1)), waits.splice(0)]).toEqual([refused, [50]]);
  });
});
