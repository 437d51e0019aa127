import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EVERY_LINK, localPods, withoutEndpoints } from '../../../reconciler/model/policy/local-pods.ts';
import type { Members, PolicyPod } from '../../../reconciler/model/policy/members.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, endpointOf } from '../../support/node.ts';

type World = {
  readonly document: VnetDocument;
  readonly members: Members;
  readonly lacks: readonly string[];
};

/** Few names, so that pods have several endpoints, and members are of pods that run here, or are to. */
const NAMES = ['shop/a', 'shop/b', 'shop/c', 'x/a'] as const;

const endpoints = fc.array(
  fc.record({ pod: fc.constantFrom(...NAMES), isLeaving: fc.boolean(), isLacking: fc.boolean() }),
  { maxLength: 8 },
);

const members = fc.array(
  fc.record({ pod: fc.constantFrom(...NAMES), isExpected: fc.boolean(), app: fc.constantFrom('web', 'db') }),
  { maxLength: 6 },
);

const worlds = fc.tuple(endpoints, members).map(([some, others]): World => {
  const entries = some.map(({ pod, isLeaving }, at): [string, Endpoint] => [
    `azure/c${at}/eth0`,
    { ...endpointOf(at), pod, ...(isLeaving ? { leaving: '2026-11-30T12:00:00.000Z' } : {}) },
  ]);
  const pods = others.map(({ pod, isExpected, app }): PolicyPod => {
    const [namespace = '', name = ''] = pod.split('/');
    return { namespace, name, labels: { app }, addresses: [], ...(isExpected ? { isExpected: true } : {}) };
  });
  return {
    document: { ...documentOf([]), endpoints: Object.fromEntries(entries) },
    members: { policies: {}, namespaces: new Map(), pods },
    lacks: some.flatMap(({ isLacking }, at) => (isLacking ? [`azure/c${at}/eth0`] : [])),
  };
});

function inOrder(pods: readonly PolicyPod[]): readonly string[] {
  return pods.map((pod) => JSON.stringify(pod)).toSorted();
}

describe('the pods of a document without some of its endpoints', () => {
  it('are those of any document with the same endpoints', () => {
    fc.assert(
      fc.property(worlds, fc.boolean(), ({ document, members: known, lacks }, isEvery) => {
        const seen = isEvery ? EVERY_LINK : undefined;
        const part = withoutEndpoints(document, lacks).endpoints ?? {};
        const again = Object.fromEntries(Object.entries(part));
        for (const id of lacks) expect(part).not.toHaveProperty([id]);
        expect(inOrder(localPods(part, known, seen))).toEqual(inOrder(localPods(again, known, seen)));
      }),
    );
  });

  it('are the same values', () => {
    const { endpoints: all = {}, ...rest } = documentOf([0, 1, 2]);
    const document = { ...rest, endpoints: all };
    const none: Members = { policies: {}, namespaces: new Map(), pods: [] };
    const [first] = Object.keys(all);
    const whole = localPods(all, none, EVERY_LINK);
    const part = localPods(withoutEndpoints(document, [first ?? '']).endpoints ?? {}, none, EVERY_LINK);
    expect(part).toHaveLength(2);
    for (const pod of part) expect(whole).toContain(pod);
  });
});

it('a pod whose endpoint is marked as leaving is the same value', () => {
  const none: Members = { policies: {}, namespaces: new Map(), pods: [] };
  const endpoint = endpointOf(0, { pod: 'shop/leaves' });
  const [before] = localPods({ one: endpoint }, none, EVERY_LINK);
  const [after] = localPods({ one: { ...endpoint, leaving: '2026-11-30T12:00:00.000Z' } }, none, EVERY_LINK);
  expect(after).toBe(before);
  const [moved] = localPods({ one: { ...endpoint, addresses: ['10.240.0.99/16'] } }, none, EVERY_LINK);
  expect(moved).not.toBe(before);
});
