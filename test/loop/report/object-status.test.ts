import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  backoffMs,
  backoffOf,
  type Leftovers,
  nextDueMs,
  objectStatuses,
  type TrackedObjects,
  trackRound,
} from '../../../reconciler/loop/report/object-status.ts';
import type { Step } from '../../../reconciler/plan/step.ts';

const MAC = '0a:00:00:00:00:01';

function stepOf(address: string, mac = MAC): Step {
  const want = { kind: 'neighbour', netns: '', dev: 'azure0', address, mac } as const;
  return {
    key: `neighbour ${address} dev azure0`,
    change: { verb: 'create', want },
    differences: [{ field: 'lladdr', want: mac, have: 'absent' }],
    reason: 'missing',
    disruption: 'hitless',
    pods: [],
    needs: [],
  };
}

const [A, B] = [stepOf('10.240.0.36'), stepOf('10.240.0.37')];

function left(more: Partial<Leftovers>): Leftovers {
  return { tried: new Map(), blocked: new Map(), remaining: [], held: [], withheld: [], ...more };
}

const failing = (...steps: readonly Step[]): Leftovers =>
  left({ tried: new Map(steps.map(({ key }) => [key, 'no buffer space'])), remaining: steps });

const at = (nowMs: number): { readonly nowMs: number; readonly chance: () => number } => ({
  nowMs,
  chance: () => 1,
});

describe('the waits between attempts', () => {
  it('double from 100 ms to a minute', () => {
    expect([1, 2, 3, 10, 11, 100].map((attempts) => backoffMs(attempts, 1))).toEqual([
      100, 200, 400, 51_200, 60_000, 60_000,
    ]);
  });

  it('are spread by chance, and never shorter than half of it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (attempts, chance) => {
          const wait = backoffMs(attempts, chance);
          const full = backoffMs(attempts, 1);
          expect(wait >= full / 2 && wait <= full && full <= 60_000).toBe(true);
        },
      ),
    );
  });
});

describe('the status of objects', () => {
  it('has only objects that differ', () => {
    const broken = trackRound(new Map(), failing(A, B), at(0));
    expect([...broken.keys()]).toEqual([A.key, B.key]);
    expect([...trackRound(broken, failing(B), at(200)).keys()]).toEqual([B.key]);
    expect(trackRound(broken, left({}), at(200)).size).toBe(0);
  });

  it('counts attempts, keeps the time of the first, and has the time of the next', () => {
    let tracking: TrackedObjects = trackRound(new Map(), failing(A), at(1000));
    tracking = trackRound(tracking, failing(A), at(1100));
    expect(tracking.get(A.key)).toMatchObject({
      state: 'error',
      attempts: 2,
      nextTryMs: 1300,
      sinceMs: 1000,
    });
    expect(nextDueMs(tracking)).toBe(1300);
    expect(backoffOf(tracking, A, 1299)).toMatchObject({ state: 'error', reason: 'no buffer space' });
    expect(backoffOf(tracking, A, 1300)).toBeUndefined();
    const [status] = objectStatuses(tracking, (ms) => `t${ms}`);
    expect(status).toEqual({
      key: A.key,
      state: 'error',
      reason: 'no buffer space',
      attempts: 2,
      nextTry: 't1300',
      since: 't1000',
    });
  });

  it('is reset when desired or live state has changed: retried immediately, and counted from one', () => {
    const tracking = [0, 100, 300].reduce<TrackedObjects>(
      (known, ms) => trackRound(known, failing(A), at(ms)),
      new Map(),
    );
    const other = stepOf('10.240.0.36', '0a:00:00:00:00:02');
    expect(backoffOf(tracking, A, 301)).toBeDefined();
    expect(backoffOf(tracking, other, 301)).toBeUndefined();
    expect(trackRound(tracking, failing(other), at(301)).get(A.key)).toMatchObject({ attempts: 1 });
  });

  it('of one object that fails holds up no other', () => {
    const tracking = trackRound(new Map(), failing(A), at(0));
    expect(backoffOf(tracking, B, 1)).toBeUndefined();
  });

  it('keeps the count of waiting steps', () => {
    const failed = trackRound(new Map(), failing(A), at(0));
    const hold = { state: 'error', reason: 'no buffer space', nextTryMs: 100 } as const;
    const waited = trackRound(failed, left({ held: [{ step: A, hold }] }), at(50));
    expect(waited.get(A.key)).toMatchObject({ state: 'error', attempts: 1, nextTryMs: 100, sinceMs: 0 });
    expect(trackRound(waited, failing(A), at(100)).get(A.key)).toMatchObject({ attempts: 2 });
  });

  it('names the command for steps that would interrupt traffic, and does not try them', () => {
    const step: Step = { ...A, disruption: 'pod-outage' };
    const tracking = trackRound(new Map(), left({ remaining: [step], withheld: [step] }), at(0));
    expect(tracking.get(A.key)).toMatchObject({
      state: 'reported',
      reason: expect.stringContaining('vnet reconcile --max-disruption pod-outage'),
      nextTryMs: undefined,
    });
    expect(nextDueMs(tracking)).toBeUndefined();
  });
});
