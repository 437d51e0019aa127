import { describe, expect, it } from 'vitest';
import { gatePlan, type Hold, MAX_DELETIONS } from '../../../reconciler/loop/round/gate.ts';
import {
  addPause,
  canBePaused,
  endPauses,
  nextExpiry,
  type Pause,
  pauseOf,
  validPauses,
} from '../../../reconciler/loop/files/pause.ts';
import { planNodeFrom } from '../../../reconciler/loop/round/plan-node.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import { policyOf } from '../../../reconciler/model/policy.ts';
import type { Plan, Step } from '../../../reconciler/plan/step.ts';
import { bootedKernel, documentOf, endpointOf, idOf } from '../../support/node.ts';

const DOCUMENT = documentOf([0, 1]);
const HOLD: Hold = { state: 'paused', reason: 'asked for' };

function wholePlan(): Plan {
  const seen = bootedKernel([0, 1]).observe(scopeOfNode(DOCUMENT));
  if (!seen.ok) throw new Error('unreadable');
  return planNodeFrom(DOCUMENT, seen.value).plan;
}

const PLAN = wholePlan();
const veth = `link ${endpointOf(0).hostVeth ?? ''}`;

describe('the gate', () => {
  it('lets everything pass that nobody holds, in order', () => {
    expect(gatePlan(PLAN, () => undefined)).toEqual({ plan: PLAN, held: [] });
  });

  it('holds with a step what needs it, and says why', () => {
    const { plan, held } = gatePlan(PLAN, ({ key }) => (key === veth ? HOLD : undefined));
    const fdb = held.find(({ step }) => step.key.startsWith('fdb'));
    expect(fdb?.hold.reason).toBe(`needs ${veth}: asked for`);
    expect(plan.steps.some(({ key }) => key.includes(endpointOf(1).hostVeth ?? ''))).toBe(true);
    const keys = new Set(held.map(({ step }) => step.key));
    expect(
      plan.steps.filter(({ key, needs }) => keys.has(key) || needs.some((need) => keys.has(need))),
    ).toEqual([]);
    expect(plan.steps.length + held.length).toBe(PLAN.steps.length);
  });

  it('moves an uplink as a whole or not at all', () => {
    const { plan, held } = gatePlan(PLAN, ({ key }) =>
      key === 'route default metric 100' ? HOLD : undefined,
    );
    const moved = held.map(({ step }) => step.key);
    expect(moved).toEqual(
      expect.arrayContaining(['link eth0', 'link azure0', 'address 10.240.0.35/16 dev azure0']),
    );
    expect(plan.steps.some(({ key }) => key === 'link eth0')).toBe(false);
  });

  it('leaves what is ignored out of both lists, with what needs it', () => {
    const { plan, held } = gatePlan(PLAN, ({ key }) => (key === veth ? 'ignore' : undefined));
    expect(held).toEqual([]);
    const about = plan.steps.filter(({ key }) => /^(link|fdb) /.test(key));
    expect(about.some(({ key }) => key.includes(endpointOf(0).hostVeth ?? ''))).toBe(false);
    expect(about.some(({ key }) => key.includes(endpointOf(1).hostVeth ?? ''))).toBe(true);
  });

  it('bounds the deletions of a round', () => {
    const deletion = (index: number): Step => ({
      key: `neighbour 10.9.0.${index} dev azure0`,
      change: {
        verb: 'delete',
        have: { kind: 'neighbour', netns: '', dev: 'azure0', address: `10.9.0.${index}`, mac: '' },
      },
      differences: [],
      reason: '',
      disruption: 'hitless',
      pods: [],
      needs: [],
    });
    const steps = Array.from({ length: MAX_DELETIONS + 3 }, (_, index) => deletion(index));
    const { plan, held } = gatePlan({ ...PLAN, steps }, () => undefined);
    expect([plan.steps.length, held.map(({ hold }) => hold.state)]).toEqual([
      MAX_DELETIONS,
      ['pending', 'pending', 'pending'],
    ]);
  });
});

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

  it('of something else are not, nor those of a word that a key has', () => {
    if (step === undefined) throw new Error('no such step');
    for (const object of ['10.240.0.36', 'default/web-1', idOf(1), 'azure', 'dev', 'neighbour', 'azure0'])
      expect(pauseOf([pause(object, 5)], step)).toBeUndefined();
  });

  it('of a network are about what is the network s, and not about its pods', () => {
    const held = PLAN.steps.filter((one) => pauseOf([pause('azure', 5)], one) !== undefined);
    expect(held.map(({ key }) => key)).toEqual(
      expect.arrayContaining(['link azure0', 'link eth0', 'nft-table bridge vnet']),
    );
    expect(held.map(({ owner }) => owner)).toEqual(held.map(() => 'azure'));
  });

  it('are refused where they can be about nothing', () => {
    const all = [
      'link azv1',
      'azure',
      'default/web-1',
      idOf(1),
      'dev',
      '10.240.0.36',
      'default/web-7',
      'azure0',
    ];
    expect(all.filter((object) => canBePaused(object, DOCUMENT))).toEqual(all.slice(0, 4));
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

describe('a policy', () => {
  it('is that of the class of the object, else to repair', () => {
    const policy = { rules: 'report', fdb: 'ignore' } as const;
    const table = { kind: 'nft-table', netns: '', family: 'bridge', name: 'vnet', rules: [] } as const;
    expect(policyOf({ policy }, table)).toBe('report');
    expect(policyOf({ policy }, { kind: 'fdb', netns: '', dev: 'x', mac: '' })).toBe('ignore');
    expect(policyOf({ policy }, { kind: 'sysctl', netns: '', name: 'x', value: '' })).toBe('repair');
    expect(policyOf({}, table)).toBe('repair');
  });
});
