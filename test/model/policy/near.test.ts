/** Changes of this node's pods that are found from a summary of the cluster. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cachedPodsOf, lookUpPods } from '../../../reconciler/model/policy/cached-pods.ts';
import { changedSets } from '../../../reconciler/model/policy/compiler/changes.ts';
import { PolicyCompiler, type PolicyFacts } from '../../../reconciler/model/policy/compiler/compile.ts';
import { NearCompiler } from '../../../reconciler/model/policy/compiler/near.ts';
import { keepSelections, rememberedProfiles } from '../../../reconciler/model/policy/kept-selections.ts';
import { nameOfPod, type PolicyPod } from '../../../reconciler/model/policy/members.ts';
import { applyChange, withoutEmpty } from './apply-change.ts';
import type { NaiveWorld } from './naive.ts';
import { inputOf, plainSets, policyWorld } from './worlds.ts';
import { longOr } from '../../support/long.ts';

const copy = <T>(value: T): T => JSON.parse(JSON.stringify(value));

/** The summary of these facts, as it comes back from a file. */
function nearOf(facts: PolicyFacts, changed: ReadonlyMap<string, PolicyPod | undefined>) {
  const compiler = new PolicyCompiler();
  const summary = copy(compiler.summarise(facts));
  const selections = keepSelections(compiler.select(facts));
  const cached = cachedPodsOf(facts.others);
  const found = cached && lookUpPods(copy(cached), changed);
  if (found === undefined || summary === undefined) throw new Error('two pods share a name or an address');
  return new NearCompiler(summary, found.pods, selections && rememberedProfiles(copy(selections)));
}

/** The pods of the cluster on two nodes: the first ones here. Shape: `isCopied`: the cluster also knows those, at other addresses, the first one with other labels. */
function factsOf(of: NaiveWorld, isCopied: boolean): PolicyFacts {
  const { pods, ...rest } = inputOf(of);
  const local = pods.filter(({ isLocal }) => isLocal === true);
  const others = pods.filter(({ isLocal }) => isLocal !== true);
  const twins = local.map(({ isLocal: _isLocal, ...pod }, at): PolicyPod => {
    return { ...pod, addresses: [`10.1.0.${at}`], ...(at === 0 ? { labels: { app: 'b' } } : {}) };
  });
  return { ...rest, local, others: isCopied ? [...others, ...twins] : others };
}

function without({ local, ...facts }: PolicyFacts, at: number): PolicyFacts {
  return { ...facts, local: local.filter((_, index) => index !== at % Math.max(1, local.length)) };
}

describe('a change found from a summary', () => {
  it('is the difference of both states compiled, where it is found', () => {
    let found = 0;
    const input = fc.record({
      of: policyWorld,
      at: fc.nat(4),
      isComing: fc.boolean(),
      isCopied: fc.boolean(),
      base: fc.constantFrom('least' as const, 'less' as const, 'more' as const),
      lost: fc.boolean(),
    });
    fc.assert(
      fc.property(input, ({ of, at, isComing, isCopied, base, lost }) => {
        const more = factsOf(of, isCopied);
        const less = without(more, at);
        // After the summary, one pod of the cluster left, and came back as another one.
        const [gone] = lost ? more.others : [];
        const come = gone && { ...gone, labels: { app: 'b' }, addresses: ['10.2.0.1'] };
        const changed = new Map(gone === undefined ? [] : [[nameOfPod(gone), come]]);
        const near = nearOf({ least: without(less, 0), less, more }[base], changed);
        const others = more.others.map((pod) => (pod === gone && come !== undefined ? come : pod));
        const states = [
          { ...less, others },
          { ...more, others },
        ] as const;
        const [from, to] = isComing ? states : [states[1], states[0]];
        const change = near.change(from, to);
        const [before, after] = [from, to].map((facts) => new PolicyCompiler().compileFacts(facts, []));
        if (before === undefined || after === undefined) throw new Error('not compiled');
        // Without a change, all is compiled.
        const sets = plainSets(change === undefined ? after : before);
        if (change !== undefined) {
          applyChange(sets, change);
          expect(plainSets(changedSets(before, change))).toEqual(withoutEmpty(plainSets(after)));
        }
        expect(withoutEmpty(sets)).toEqual(withoutEmpty(plainSets(after)));
        // One after the other, as a server for a burst asks.
        expect(near.change(to, from) === undefined).toBe(change === undefined);
        expect(near.change(from, to)).toEqual(change);
        if (change !== undefined && more.local.length > 0) found += 1;
      }),
      { numRuns: longOr(200, 600) },
    );
    expect(found).toBeGreaterThan(longOr(50, 150));
  });

  it('does not count the pods whose place a pod of this node has', () => {
    const pod = (name: string, port: number): PolicyPod => {
      const addresses = [`10.0.0.${port}`];
      const ports = [{ name: 'web', port, protocol: 'TCP' as const }];
      return { namespace: 'x', name, labels: { app: 'a' }, ports, addresses, isLocal: true };
    };
    const from = [{ namespaceSelector: {}, podSelector: { matchLabels: { app: 'b' } } }];
    const twin: PolicyPod = { namespace: 'x', name: 'one', labels: { app: 'b' }, addresses: ['10.1.0.1'] };
    const less: PolicyFacts = {
      policies: { 'x/p': { podSelector: {}, ingress: [{ from, ports: [{ port: 80 }] }] } },
      namespaces: new Map(),
      unknown: 'deny',
      others: [twin],
      local: [pod('one', 1)],
    };
    const more = { ...less, local: [...less.local, pod('two', 2)] };
    const change = nearOf(less, new Map()).change(less, more);
    expect(change?.chains.added).toHaveLength(1);
    expect(change?.added.filter(([set]) => set.startsWith('port_in4'))).toEqual([]);
  });
});
