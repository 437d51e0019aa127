import { describe, expect, it } from 'vitest';
import {
  accept,
  EMPTY_BASELINE,
  acceptancesAt,
  coversStep,
  removeAcceptances,
} from '../../reconciler/plan/baseline.ts';
import type { Step } from '../../reconciler/plan/step.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const TERMS = { until: '2026-11-22T12:00:00.000Z', time: NOW.toISOString(), who: 'ana', why: 'a test' };

function step(key: string, have: string, more: Partial<Step> = {}): Step {
  const link = { kind: 'link', netns: '', name: key, type: 'device' } as const;
  return {
    key,
    change: { verb: 'update', want: link, have: link, fields: ['mtuBytes'] },
    differences: [{ field: 'mtu', want: '1500', have }],
    reason: 'differs',
    disruption: 'hitless',
    pods: [],
    needs: [],
    ...more,
  };
}

const created = (key: string): Step => ({
  ...step(key, 'absent'),
  change: { verb: 'create', want: { kind: 'link', netns: '', name: key, type: 'device' } },
});

describe('an acceptance', () => {
  const [acceptance] = accept(EMPTY_BASELINE, [step('b', '1400')], TERMS).accepted;
  const isCovered = (one: Step): boolean => acceptance !== undefined && coversStep(acceptance, one);

  it('covers exactly the accepted value: another one is drift again', () => {
    expect(isCovered(step('b', '1400'))).toBe(true);
    expect([step('a', '1400'), step('b', '1300'), created('b')].filter(isCovered)).toEqual([]);
    const link = { kind: 'link', netns: '', name: 'b', type: 'device' } as const;
    expect(isCovered(step('b', '1400', { change: { verb: 'delete', have: link } }))).toBe(false);
  });

  it('ends when its time is over', () => {
    const baseline = accept(EMPTY_BASELINE, [step('b', '1400')], TERMS);
    const later = new Date(TERMS.until);
    expect(acceptancesAt(baseline, new Date(later.getTime() - 1))).toEqual(baseline.accepted);
    expect(acceptancesAt(baseline, later)).toEqual([]);
    expect(acceptancesAt(undefined, NOW)).toEqual([]);
  });
});

describe('accept and forget', () => {
  it('a new acceptance replaces the old one, and expired ones are removed', () => {
    const old = accept(EMPTY_BASELINE, [step('a', '1'), step('b', '1')], {
      ...TERMS,
      until: '2026-11-21T11:00:00.000Z',
    });
    const next = accept(old, [step('b', '2')], TERMS);
    expect(next.accepted.map(({ key, differences }) => [key, differences[0]?.have])).toEqual([['b', '2']]);
    expect(removeAcceptances(next, ['b']).accepted).toEqual([]);
    expect(removeAcceptances(next, ['a'])).toEqual(next);
  });
});
