/** The difference that the compiler finds without compiling. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolicyCompiler, type PolicyFacts } from '../../../reconciler/model/policy/compiler/compile.ts';
import type { PolicyPod } from '../../../reconciler/model/policy/members.ts';
import { applyChange, withoutEmpty } from './apply-change.ts';
import type { NaiveWorld } from './naive.ts';
import { inputOf, plainSets, policyWorld } from './worlds.ts';
import { longOr } from '../../support/long.ts';

/** A state of the node without one of the pods, and the same with it. */
function statesOf(of: NaiveWorld, at: number): readonly [PolicyFacts, PolicyFacts] {
  const { pods, ...rest } = inputOf(of);
  const index = at % pods.length;
  const others = pods.filter(({ isLocal }, one) => isLocal !== true && one !== index);
  const local = pods.filter(({ isLocal }, one) => isLocal === true && one !== index);
  const [subject] = pods.slice(index, index + 1);
  if (subject === undefined) throw new Error('no pod');
  // The cluster also knows the pod, at another address.
  const less = { ...rest, others: [...others, elsewhere(subject, { addresses: ['10.0.0.9'] })], local };
  return [less, { ...less, local: [...local, { ...subject, isLocal: true }] }];
}

function elsewhere({ isLocal: _isLocal, ...pod }: PolicyPod, more: Partial<PolicyPod>): PolicyPod {
  return { ...pod, ...more };
}

describe('a change of compiled policies', () => {
  it('is the difference, when pods appear or disappear and when policies change', () => {
    let known = 0;
    const other = fc.option(policyWorld);
    fc.assert(
      fc.property(policyWorld, fc.nat(4), fc.boolean(), other, (of, at, isComing, world) => {
        const [less, more] = statesOf(of, at);
        const near = isComing ? [less, more] : [more, less];
        const others = world?.pods.map((pod) => elsewhere(pod, { namespace: 'y' }));
        const far = world === null ? {} : { policies: world.policies, others: others ?? [] };
        const [from, to] = [near[0] ?? less, { ...(near[1] ?? more), ...far }];
        const compiler = new PolicyCompiler();
        const change = compiler.change(from, to);
        const [sets, after] = [from, to].map((facts) => new PolicyCompiler().compileFacts(facts, []));
        if (sets === undefined || after === undefined) throw new Error('not compiled');
        expect(plainSets(compiler.compileFacts(to, []))).toEqual(plainSets(after));
        // Without a change, both are compiled.
        const changed = plainSets(change === undefined ? after : sets);
        if (change !== undefined) applyChange(changed, change);
        expect(withoutEmpty(changed)).toEqual(withoutEmpty(plainSets(after)));
        known += change === undefined ? 0 : 1;
      }),
      { numRuns: longOr(200, 600) },
    );
    expect(known).toBeGreaterThan(longOr(100, 300));
  });
});
