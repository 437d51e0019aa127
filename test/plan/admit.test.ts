import { describe, expect, it } from 'vitest';
import { planNodeFrom } from '../../reconciler/loop/node/plan-node.ts';
import { MAX_DELETIONS } from '../../reconciler/loop/report/repair-limits.ts';
import { scopeOfNode } from '../../reconciler/model/scope.ts';
import { admit, type Admission, keysLeft, type AdmissionRules } from '../../reconciler/plan/admit.ts';
import { accept, acceptancesAt, EMPTY_BASELINE } from '../../reconciler/plan/baseline.ts';
import type { Hold, Plan, Step } from '../../reconciler/plan/step.ts';
import { bootedKernel, documentOf, endpointOf } from '../support/node.ts';

const DOCUMENT = documentOf([0, 1]);
const HOLD: Hold = { state: 'paused', reason: 'by an operator' };
const NOW = new Date('2026-11-21T12:00:00.000Z');

function wholePlan(): Plan {
  const seen = bootedKernel([0, 1]).observe(scopeOfNode(DOCUMENT));
  if (!seen.ok) throw new Error('unreadable');
  return planNodeFrom(DOCUMENT, seen.value).plan;
}

const PLAN = wholePlan();
const veth = `link ${endpointOf(0).hostVeth ?? ''}`;

/** The verdicts on the whole plan with these objects held. */
function holding(...keys: readonly string[]): Admission {
  return admit(PLAN, { backoff: ({ key }) => (keys.includes(key) ? HOLD : undefined) });
}

function keysOf(steps: readonly Step[]): readonly string[] {
  return steps.map(({ key }) => key);
}

function stepOf(key: string, verb: 'create' | 'update' | 'delete', more: Partial<Step> = {}): Step {
  const link = { kind: 'link', netns: '', name: key, type: 'veth' } as const;
  const change = {
    create: { verb: 'create', want: link },
    update: { verb: 'update', want: link, have: link, fields: ['mtuBytes'] },
    delete: { verb: 'delete', have: link },
  } as const;
  return {
    key,
    change: change[verb],
    differences: [],
    reason: '',
    disruption: 'hitless',
    pods: [],
    needs: [],
    ...more,
  };
}

function planOf(...steps: readonly Step[]): Plan {
  return { generation: 1, steps, foreign: [] };
}

describe('admitted steps', () => {
  it('is everything without terms, in order', () => {
    const { verdicts, ...admission } = admit(PLAN, {});
    const nothing = { withheld: [], accepted: [], held: [] };
    expect(admission).toEqual({ plan: PLAN, todo: PLAN.steps, ...nothing });
    expect([...verdicts.keys()]).toEqual(PLAN.steps);
  });

  it('excludes steps that need a held one: they wait for it by name', () => {
    const { plan, held, verdicts } = holding(veth);
    const fdb = held.find(({ step }) => step.change.verb === 'create' && step.change.want.kind === 'fdb');
    expect(fdb?.hold.reason).toContain(veth);
    expect(fdb && verdicts.get(fdb.step)).toMatchObject({ kind: 'waits-for', need: veth });
    expect(plan.steps.some(({ key }) => key.includes(endpointOf(1).hostVeth ?? ''))).toBe(true);
    const keys = new Set(held.map(({ step }) => step.key));
    expect(
      plan.steps.filter(({ key, needs }) => keys.has(key) || needs.some((need) => keys.has(need))),
    ).toEqual([]);
    expect(plan.steps.length + held.length).toBe(PLAN.steps.length);
  });

  it('is an uplink as a whole or not at all, and nothing that needs it', () => {
    const { plan, held } = holding('route default metric 100');
    const moved = held.map(({ step }) => step.key);
    expect(moved).toEqual(
      expect.arrayContaining(['link eth0', 'link azure0', 'address 10.240.0.35/16 dev azure0', veth]),
    );
    expect(keysOf(plan.steps)).not.toContain('link eth0');
  });

  it('is in no list where the policy ignores it, with what needs it', () => {
    const policy = { policy: { links: 'ignore' } } as const;
    const { plan, held, accepted, verdicts } = admit(PLAN, { policy, isDrift: ({ key }) => key === veth });
    expect([held, accepted]).toEqual([[], []]);
    const ignored = [...verdicts].filter(([, { kind }]) => kind === 'ignored');
    expect(ignored.map(([{ key }]) => key)).toEqual([veth]);
    const left = plan.steps.filter(({ owner }) => owner?.includes('c00000000000') === true);
    expect(keysOf(left).filter((key) => /^(link|fdb) /.test(key))).toEqual([]);
  });

  it('include pending changes, under any policy for drift', () => {
    const policy = { policy: { links: 'report' } } as const;
    expect(admit(PLAN, { policy, isDrift: () => false }).held).toEqual([]);
    expect(admit(PLAN, { policy, isDrift: ({ key }) => key === veth }).held[0]).toMatchObject({
      hold: { state: 'reported' },
    });
  });

  it('is bounded in deletions: so many objects are removed at once', () => {
    const steps = Array.from({ length: MAX_DELETIONS + 3 }, (_, index) => stepOf(`${index}`, 'delete'));
    const { todo, held } = admit(planOf(...steps), { deletions: MAX_DELETIONS });
    expect([todo.length, held.map(({ hold }) => hold.state)]).toEqual([
      MAX_DELETIONS,
      ['pending', 'pending', 'pending'],
    ]);
  });
});

describe('the limit of disruption', () => {
  const worse = stepOf('bridge', 'create', { disruption: 'flow-reset' });
  const plan = planOf(worse, stepOf('port', 'create', { needs: ['bridge'] }), stepOf('other', 'create'));

  it('withholds worse steps, and lets their dependents wait; both remain to be done', () => {
    const { todo, withheld, plan: left, verdicts } = admit(plan, { limit: 'hitless' });
    expect([keysOf(todo), keysOf(withheld), left]).toEqual([['other'], ['bridge'], plan]);
    expect([...verdicts.values()].map(({ kind }) => kind)).toEqual(['withheld', 'waits-for', 'do']);
    expect(keysLeft({ verdicts })).toEqual(new Set(['bridge', 'port']));
  });

  it('does not apply to exempt steps, nor to its own class', () => {
    expect(admit(plan, { limit: 'hitless', exempt: new Set(['bridge']) }).todo).toEqual(plan.steps);
    expect(admit(plan, { limit: 'flow-reset' }).todo).toEqual(plan.steps);
  });

  it('is no reason to wait for a changed value: the object exists', () => {
    const changed = planOf(
      stepOf('bridge', 'update', { disruption: 'flow-reset' }),
      stepOf('port', 'create', { needs: ['bridge'] }),
    );
    expect(keysOf(admit(changed, { limit: 'hitless' }).todo)).toEqual(['port']);
  });
});

describe('recreated objects', () => {
  it('are not deleted if they would not be recreated', () => {
    const plan = planOf(stepOf('veth', 'delete'), stepOf('veth', 'create'));
    const terms: AdmissionRules = { backoff: ({ change }) => (change.verb === 'create' ? HOLD : undefined) };
    const { todo, held } = admit(plan, terms);
    expect([todo, held.map(({ step }) => step.change.verb)]).toEqual([[], ['delete', 'create']]);
  });
});

describe('accepted drift', () => {
  const accepted = (step: Step): AdmissionRules['accepted'] =>
    acceptancesAt(
      accept(EMPTY_BASELINE, [step], {
        until: '2026-11-22T12:00:00.000Z',
        time: NOW.toISOString(),
        who: 'ana',
      }),
      NOW,
    );

  it('is not repaired, nor are the steps that need the missing object', () => {
    const chain = planOf(
      stepOf('link', 'create'),
      stepOf('address', 'create', { needs: ['link'] }),
      stepOf('route', 'create', { needs: ['address'] }),
      stepOf('free', 'create'),
    );
    const admission = admit(chain, { accepted: accepted(stepOf('link', 'create')) });
    expect([keysOf(admission.todo), keysOf(admission.plan.steps)]).toEqual([['free'], ['free']]);
    expect(admission.accepted.map(({ step }) => step.key)).toEqual(['link', 'address', 'route']);
  });
});
