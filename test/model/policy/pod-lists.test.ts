/** Lists of pods that descend from each other, and what the compiler makes of a change of one. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PolicyCompiler, type PolicyFacts } from '../../../reconciler/model/policy/compiler/compile.ts';
import { nameOfPod, type PolicyPod } from '../../../reconciler/model/policy/members.ts';
import {
  changePods,
  changesBetween,
  expectedIn,
  podsNamed,
} from '../../../reconciler/model/policy/pod-lists.ts';
import { applyChange, withoutEmpty } from './apply-change.ts';
import { inputOf, plainSets, policyWorld } from './worlds.ts';
import { longOr } from '../../support/long.ts';

const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('a', 'b'), {
  maxKeys: 2,
  noNullPrototype: true,
});
const move = fc.record({
  at: fc.nat(6),
  kind: fc.constantFrom('gone', 'set', 'set', 'expected', 'namespace', 'local'),
  address: fc.nat(8),
  labels,
});
type Move = Parameters<Parameters<typeof move.map>[0]>[0];

function podOf({ at, address, labels: own, kind }: Move): PolicyPod {
  const pod = {
    namespace: at % 2 === 0 ? 'x' : 'y',
    name: `far${at}`,
    labels: own,
    addresses: [`10.0.1.${address}`],
  };
  return kind === 'expected' ? { ...pod, isExpected: true } : pod;
}

function moved(facts: PolicyFacts, one: Move): PolicyFacts {
  const pod = podOf(one);
  switch (one.kind) {
    case 'namespace':
      return { ...facts, namespaces: new Map([...facts.namespaces, [pod.namespace, one.labels]]) };
    case 'local': {
      // An endpoint of its name takes the place of the pod, or no longer does.
      const others = facts.local.filter((local) => nameOfPod(local) !== nameOfPod(pod));
      const isThere = others.length < facts.local.length;
      const near: PolicyPod = { ...pod, addresses: [`10.0.2.${one.address}`], isLocal: true };
      return { ...facts, local: isThere ? others : [...others, near] };
    }
    case 'expected':
    case 'gone':
    case 'set': {
      const now = one.kind === 'gone' ? undefined : pod;
      return { ...facts, others: changePods(facts.others, new Map([[nameOfPod(pod), now]])) };
    }
  }
}

describe('a list of pods', () => {
  it('has the last value, in the place of the one it replaced', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 30 }), (moves) => {
        const start: readonly PolicyPod[] = [];
        const plain = new Map<string, PolicyPod>();
        let list = start;
        for (const one of moves) {
          const pod = podOf(one);
          if (one.kind === 'gone') plain.delete(nameOfPod(pod));
          else plain.set(nameOfPod(pod), pod);
          list = changePods(list, new Map([[nameOfPod(pod), one.kind === 'gone' ? undefined : pod]]));
        }
        expect(list).toEqual([...plain.values()]);
        for (const name of plain.keys()) expect(podsNamed(list, name)).toEqual([plain.get(name)]);
        expect([...expectedIn(list)].map(nameOfPod).toSorted()).toEqual(
          list
            .filter(({ isExpected }) => isExpected)
            .map(nameOfPod)
            .toSorted(),
        );
        // Another list in between, and back.
        expect(podsNamed(start, 'x/far0')).toEqual([]);
        for (const name of plain.keys()) expect(podsNamed(list, name)).toEqual([plain.get(name)]);
      }),
    );
  });

  it('knows what leads to a descendant and back, and nothing of other lists', () => {
    const [one, other] = [
      podOf({ at: 0, address: 1, kind: 'set', labels: {} }),
      podOf({ at: 2, address: 1, kind: 'set', labels: {} }),
    ];
    const start = [one];
    const next = changePods(start, new Map([['x/far2', other]]));
    const last = changePods(
      next,
      new Map([
        ['x/far0', undefined],
        ['x/far2', undefined],
      ]),
    );
    expect(changesBetween(start, next)).toEqual({ added: [other], removed: [] });
    expect(changesBetween(start, last)).toEqual({ added: [], removed: [one] });
    expect(changesBetween(last, next)).toEqual({ added: [one, other], removed: [] });
    expect(changesBetween(start, [one])).toBeUndefined();
    let far: readonly PolicyPod[] = last;
    for (let at = 0; at < 30; at += 1)
      far = changePods(far, new Map([['x/far4', { ...other, name: `far4` }]]));
    expect(changesBetween(last, far)).toBeUndefined();
  });
});

describe('a compiler that follows a list', () => {
  it('finds the difference of both compiled, and ends where another begins', () => {
    let known = 0;
    fc.assert(
      fc.property(policyWorld, fc.array(move, { minLength: 1, maxLength: 8 }), (of, moves) => {
        const { pods, ...rest } = inputOf(of);
        const compiler = new PolicyCompiler();
        let facts: PolicyFacts = {
          ...rest,
          others: pods.filter(({ isLocal }) => isLocal !== true),
          local: pods.filter(({ isLocal }) => isLocal === true),
        };
        for (const one of moves) {
          const to = moved(facts, one);
          const change = compiler.change(facts, to);
          const [before, after] = [facts, to].map((each) => new PolicyCompiler().compileFacts(each, []));
          if (before === undefined || after === undefined) throw new Error('not compiled');
          expect(plainSets(compiler.compileFacts(to, []))).toEqual(plainSets(after));
          if (change !== undefined) {
            const sets = plainSets(before);
            applyChange(sets, change);
            expect(withoutEmpty(sets)).toEqual(withoutEmpty(plainSets(after)));
            known += 1;
          }
          facts = to;
        }
      }),
      { numRuns: longOr(165, 500) },
    );
    expect(known).toBeGreaterThan(longOr(300, 1000));
  });
});
