/** The pods of a node as network policies see them: interfaces, leaving endpoints, addresses that pass from pod to pod. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import type { Members } from '../../../reconciler/model/policy/members.ts';
import {
  enforcedPolicies,
  isPolicedEndpoint,
  policyChange,
} from '../../../reconciler/model/policy/policy-input.ts';
import { documentOf } from '../../support/node.ts';

const DENY_ALL = { 'shop/deny': { podSelector: {} } };

function endpoint(pod: string, address: string, more: Partial<Endpoint> = {}): Endpoint {
  return {
    pod,
    addresses: [`${address}/16`],
    added: '2026-11-30T12:00:00.000Z',
    hostVeth: `v${address}`,
    netns: '/run/netns/x',
    ...more,
  };
}

function nodeWith(endpoints: NonNullable<VnetDocument['endpoints']>): VnetDocument {
  return {
    ...documentOf([]),
    policy: { enforce: true, unknownPods: 'allow' },
    networkPolicies: DENY_ALL,
    endpoints,
  };
}

const isolatedIn = (document: VnetDocument, members?: Members): readonly string[] => [
  ...(enforcedPolicies(document, members)?.sets.get('pod_in4')?.keys() ?? []),
];

describe('the pods of a node', () => {
  it('are isolated on each of their interfaces', () => {
    const document = nodeWith({
      'azure/c1/eth0': endpoint('shop/db', '10.240.1.1'),
      'azure/c1/net1': endpoint('shop/db', '10.240.1.2'),
      'azure/c2/eth0': endpoint('office/desk', '10.240.1.3'),
    });
    expect(isolatedIn(document)).toEqual(['10.240.1.1', '10.240.1.2']);
  });

  it('leave their address to the next pod, whose policies hold there', () => {
    const before = nodeWith({ 'azure/c1/eth0': endpoint('office/desk', '10.240.1.1') });
    const after = nodeWith({ 'azure/c2/eth0': endpoint('shop/db', '10.240.1.1') });
    expect([isolatedIn(before), isolatedIn(after)]).toEqual([[], ['10.240.1.1']]);
    const change = policyChange([before, after], undefined);
    expect(change?.added.map(([set, key]) => `${set} ${key}`)).toContain('pod_in4 10.240.1.1');
  });

  it('are isolated while they leave, until their interface is gone', () => {
    const leaving = endpoint('shop/db', '10.240.1.1', { leaving: '2026-11-30T12:01:00.000Z' });
    const document = nodeWith({ 'azure/c1/eth0': leaving });
    const seen = { has: (key: string) => key.includes('v10.240.1.1') };
    expect([...(enforcedPolicies(document, undefined, seen)?.sets.get('pod_in4')?.keys() ?? [])]).toEqual([
      '10.240.1.1',
    ]);
    expect(isolatedIn(document)).toEqual([]);
  });

  it('have their address, whatever the cluster still says of others', () => {
    const document: VnetDocument = {
      ...nodeWith({ 'azure/c1/eth0': endpoint('shop/db', '10.240.1.1') }),
      networkPolicies: { 'shop/open': { podSelector: {}, ingress: [{}] } },
    };
    const stale = { namespace: 'aaa', name: 'gone', labels: {}, addresses: ['10.240.1.1'] };
    const members = { policies: {}, namespaces: new Map(), pods: [stale] };
    expect(enforcedPolicies(document, members)?.sets).toEqual(enforcedPolicies(document, undefined)?.sets);
  });

  it('are policed as the compiled sets say, without compiling', () => {
    const space = fc.constantFrom('shop', 'office');
    const labels = fc.option(fc.constant({ app: 'a' }), { nil: undefined });
    const pod = fc.record({ space, name: fc.constantFrom('one', 'two'), own: labels, known: labels });
    const given = fc.record({
      pods: fc.array(pod, { maxLength: 4 }),
      own: fc.subarray(['shop', 'office']),
      others: fc.subarray(['shop', 'office']),
      unknownPods: fc.constantFrom('allow' as const, 'deny' as const),
    });
    const policiesIn = (spaces: readonly string[]) =>
      Object.fromEntries(spaces.map((one) => [`${one}/p`, { podSelector: {} }]));
    fc.assert(
      fc.property(given, ({ pods, own, others, unknownPods }) => {
        const entries = pods.map((one, at) => {
          const more = one.own === undefined ? {} : { labels: one.own };
          return [`azure/c${at}/eth0`, endpoint(`${one.space}/${one.name}`, `10.240.1.${at}`, more)] as const;
        });
        const document: VnetDocument = {
          ...nodeWith(Object.fromEntries(entries)),
          policy: { enforce: true, unknownPods },
          networkPolicies: policiesIn(own),
        };
        const members: Members = {
          policies: policiesIn(others),
          namespaces: new Map(),
          pods: pods.flatMap(({ space: namespace, name, known }) =>
            known === undefined ? [] : [{ namespace, name, labels: known, addresses: [] }],
          ),
        };
        const policed = enforcedPolicies(document, members)?.sets.get('policed4');
        for (const [at, [id]] of entries.entries())
          expect(isPolicedEndpoint(document, id, members)).toBe(policed?.has(`10.240.1.${at}`) ?? false);
      }),
    );
  });
});
