/** The work of an ADD and a DEL on a node that knows its cluster: as much with few pods, and with few policies, as with many. */
import { describe, expect, it } from 'vitest';
import type { Members, PolicyPod } from '../../../reconciler/model/policy/members.ts';
import { withoutEndpoints } from '../../../reconciler/model/policy/local-pods.ts';
import { policyChange } from '../../../reconciler/model/policy/policy-input.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf } from '../../support/node.ts';

/** Ten pods are the peers of one workload, all others those of the other one. Shape: `policies` select each workload. */
function clusterOf(pods: number, policies = 1): Members {
  const workloads = ['usual', 'first'];
  const allowed = (app: string, port: number) => ({
    podSelector: { matchLabels: { app } },
    ingress: [{ from: [{ podSelector: { matchLabels: { peer: app } } }], ports: [{ port }] }],
  });
  const named = (app: string) =>
    Array.from({ length: policies }, (_, at) => [`shop/${app}${at}`, allowed(app, 80 + at)] as const);
  return {
    policies: Object.fromEntries(workloads.flatMap(named)),
    namespaces: new Map(),
    pods: Array.from({ length: pods }, (_, at): PolicyPod => {
      const peer = at < 10 ? 'first' : 'usual';
      const addresses = [`10.${at >> 16}.${(at >> 8) & 255}.${at & 255}`];
      return { namespace: 'shop', name: `pod${at}`, labels: { peer }, addresses };
    }),
  };
}

function nodeWith(...apps: readonly string[]): VnetDocument {
  const endpoints = apps.map((app, at) => [
    `azure/${app}${at}/eth0`,
    {
      pod: `shop/${app}${at}`,
      labels: { app },
      addresses: [`10.240.1.${at + 1}/16`],
      added: '2026-11-30T12:00:00.000Z',
      hostVeth: `v${at}`,
      netns: `/run/netns/p${at}`,
    },
  ]);
  return { ...documentOf([]), policy: { enforce: true }, endpoints: Object.fromEntries(endpoints) };
}

/** Returns the sum of the sizes of all collections that the work goes through. */
function visitedBy(work: () => void): number {
  let visited = 0;
  const ofCollections = ['keys', 'values', 'entries', 'forEach', Symbol.iterator] as const;
  const ways = [
    [Map.prototype, ofCollections],
    [Set.prototype, ofCollections],
    [Array.prototype, ['map', 'filter', 'flatMap', 'toSorted']],
  ] as const;
  const spies = ways.flatMap(([prototype, names]) =>
    names.map((name) => {
      const original: unknown = Reflect.get(prototype, name);
      if (typeof original !== 'function') throw new Error(`no ${String(name)}`);
      const counting = function (
        this: { readonly size?: number; readonly length?: number },
        ...args: readonly unknown[]
      ): unknown {
        visited += this.size ?? this.length ?? 0;
        return Reflect.apply(original, this, args);
      };
      Reflect.defineProperty(prototype, name, { value: counting, configurable: true, writable: true });
      return () =>
        Reflect.defineProperty(prototype, name, { value: original, configurable: true, writable: true });
    }),
  );
  try {
    work();
  } finally {
    for (const restore of spies) restore();
  }
  return visited;
}

describe('an ADD and a DEL', () => {
  it.each(['usual', 'first'])('of the %s pod of a workload go through no more for more pods', (app) => {
    const [without, having] = [nodeWith('usual'), nodeWith('usual', app)];
    const workOf = (pods: number): readonly number[] => {
      const members = clusterOf(pods);
      const add = (): unknown => policyChange([without, having], members);
      const del = (): unknown => policyChange([having, without], members);
      // The first ones compile, and index pods by label.
      expect([add(), del()]).not.toContain(undefined);
      return [visitedBy(add), visitedBy(del)];
    };
    const [few, many] = [workOf(100), workOf(3000)];
    expect(Math.min(...few)).toBeGreaterThan(5);
    expect(many).toEqual(few);
  });

  it('of a pod with known policies go through no more for more policies', () => {
    const having = nodeWith('usual', 'usual');
    const without = withoutEndpoints(having, ['azure/usual1/eth0']);
    const workOf = (policies: number): readonly number[] => {
      const members = clusterOf(100, policies);
      const add = (): unknown => policyChange([without, having], members);
      const del = (): unknown => policyChange([having, without], members);
      expect([add(), del()]).not.toContain(undefined);
      return [visitedBy(add), visitedBy(del)];
    };
    expect(workOf(300)).toEqual(workOf(3));
  });
});
