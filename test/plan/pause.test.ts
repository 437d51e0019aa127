import { describe, expect, it } from 'vitest';
import { planNodeFrom } from '../../reconciler/loop/node/plan-node.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import {
  addPause,
  endPauses,
  nextExpiry,
  type Pause,
  pauseOf,
  validPauses,
} from '../../reconciler/plan/pause.ts';
import type { Plan } from '../../reconciler/plan/step.ts';
import { bootedKernel, documentOf, idOf } from '../support/node.ts';

function wholePlan(): Plan {
  const document = documentOf([0, 1]);
  const seen = bootedKernel([0, 1]).observe(scopeOfNode(document));
  if (!seen.ok) throw new Error('unreadable');
  return planNodeFrom(document, seen.value).plan;
}

const PLAN = wholePlan();

describe('pauses', () => {
  const now = new Date('2026-11-21T12:00:00.000Z');
  const pause = (object: string | undefined, minutes: number): Pause => ({
    ...(object === undefined ? {} : { object }),
    until: new Date(now.getTime() + minutes * 60_000).toISOString(),
    who: 'ana',
    time: now.toISOString(),
  });
  const [step] = PLAN.steps.filter(({ key }) => key === 'neighbour 10.240.0.36 dev azure0');

  it.each(['neighbour 10.240.0.36 dev azure0', 'default/web-0', idOf(0), undefined])(
    'of %s are about the neighbour of a pod',
    (object) => {
      if (step === undefined) throw new Error('no such step');
      expect(pauseOf([pause(object, 5)], step)?.state).toBe('paused');
    },
  );

  it('of other objects do not match, nor do words within a key', () => {
    if (step === undefined) throw new Error('no such step');
    for (const object of ['10.240.0.36', 'default/web-1', idOf(1), 'azure', 'dev', 'neighbour', 'azure0'])
      expect(pauseOf([pause(object, 5)], step)).toBeUndefined();
  });

  it('of a network cover its own objects, and not those of its pods', () => {
    const held = PLAN.steps.filter((one) => pauseOf([pause('azure', 5)], one) !== undefined);
    expect(held.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['link azure0', 'link eth0', 'nft-table bridge vnet']),
    );
    expect(held.map(({ owner }) => owner)).toEqual(held.map(() => 'azure'));
  });

  it('replace an earlier one of the same object, expire, and end', () => {
    const both = addPause([pause('a', 5), pause('b', 5), pause('c', -1)], pause('a', 9), now);
    expect(both).toEqual([pause('b', 5), pause('a', 9)]);
    expect(nextExpiry(both)?.toISOString()).toBe(pause('b', 5).until);
    expect(validPauses(both, new Date(now.getTime() + 6 * 60_000))).toEqual([pause('a', 9)]);
    expect(endPauses(both, 'a', now)).toEqual([pause('b', 5)]);
    expect([endPauses(both, undefined, now), nextExpiry([])]).toEqual([[], undefined]);
  });
});
