import { describe, expect, it } from 'vitest';
import { accept, EMPTY_BASELINE, forget, withoutAccepted } from '../../reconciler/plan/baseline.ts';
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

const created = (key: string, needs: readonly string[] = []): Step => ({
  ...step(key, 'absent', { needs }),
  change: { verb: 'create', want: { kind: 'link', netns: '', name: key, type: 'device' } },
});

const keysOf = (steps: readonly Step[]): readonly string[] => steps.map(({ key }) => key);

describe('withoutAccepted', () => {
  const steps = [step('a', '1400'), step('b', '1400'), step('c', '1400')];
  const baseline = accept(EMPTY_BASELINE, [step('b', '1400')], TERMS);

  it('takes out what is accepted, keeps the order of the rest, and loses nothing', () => {
    const open = withoutAccepted(steps, baseline, NOW);
    expect(keysOf(open.steps)).toEqual(['a', 'c']);
    expect(open.accepted).toEqual([{ step: steps[1], acceptance: expect.objectContaining(TERMS) }]);
  });

  it('covers exactly what was seen: another value is drift again', () => {
    expect(keysOf(withoutAccepted([step('b', '1300')], baseline, NOW).steps)).toEqual(['b']);
    expect(keysOf(withoutAccepted([created('b')], baseline, NOW).steps)).toEqual(['b']);
    const link = { kind: 'link', netns: '', name: 'b', type: 'device' } as const;
    const removal = step('b', '1400', { change: { verb: 'delete', have: link } });
    expect(keysOf(withoutAccepted([removal], baseline, NOW).steps)).toEqual(['b']);
  });

  it('ends when its time is over', () => {
    const later = new Date(TERMS.until);
    expect(keysOf(withoutAccepted(steps, baseline, new Date(later.getTime() - 1)).steps)).toEqual(['a', 'c']);
    expect(keysOf(withoutAccepted(steps, baseline, later).steps)).toEqual(['a', 'b', 'c']);
  });

  it('leaves with what is missing also what needs it', () => {
    const chain = [
      created('link'),
      created('address', ['link']),
      created('route', ['address']),
      created('free'),
    ];
    const open = withoutAccepted(chain, accept(EMPTY_BASELINE, [created('link')], TERMS), NOW);
    expect(keysOf(open.steps)).toEqual(['free']);
    expect(open.accepted).toHaveLength(3);
  });

  it('covers nothing without a baseline', () => {
    expect(withoutAccepted(steps, undefined, NOW)).toEqual({ steps, accepted: [] });
  });
});

describe('accept and forget', () => {
  it('a new acceptance takes the place of the old one, and what is over goes', () => {
    const old = accept(EMPTY_BASELINE, [step('a', '1'), step('b', '1')], {
      ...TERMS,
      until: '2026-11-21T11:00:00.000Z',
    });
    const next = accept(old, [step('b', '2')], TERMS);
    expect(next.accepted.map(({ key, differences }) => [key, differences[0]?.have])).toEqual([['b', '2']]);
    expect(forget(next, ['b']).accepted).toEqual([]);
    expect(forget(next, ['a'])).toEqual(next);
  });
});
