import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { derive } from '../../reconciler/model/derive.ts';
import { notificationFilterOf } from '../../reconciler/model/notification-filter.ts';
import { ownershipOf } from '../../reconciler/model/ownership.ts';
import { toState } from '../../reconciler/model/state.ts';
import { expectationOf } from '../../reconciler/loop/watch/expectation.ts';
import type { Endpoint, VnetDocument } from '../../schemas/generated/vnet.ts';
import { documentOf, idOf, NETWORK, netnsOf } from '../support/node.ts';
import { longOr } from '../support/long.ts';

/** Changes that keep the document's other endpoints as the same objects. */
const CHANGES: readonly ((document: VnetDocument) => VnetDocument)[] = [
  (document) => ({ ...document, endpoints: without(document, idOf(0)) }),
  (document) => ({ ...document, endpoints: { ...document.endpoints, ...documentOf([3]).endpoints } }),
  (document) => withEndpoint(document, { mac: '0a:00:00:00:00:01' }),
  (document) => withEndpoint(document, { leaving: '2026-11-21T12:00:00.000Z' }),
  (document) => withEndpoint(document, { netnsInode: 1 }),
  (document) => ({
    ...document,
    networks: { azure: { ...NETWORK, bridge: { ...NETWORK.bridge, mtu: 1300 } } },
  }),
  (document) => ({
    ...document,
    networks: { azure: { ...NETWORK, bridge: { ...NETWORK.bridge, hairpin: false } } },
  }),
  (document) => document,
];

function without({ endpoints = {} }: VnetDocument, id: string): Readonly<Record<string, Endpoint>> {
  return Object.fromEntries(Object.entries(endpoints).filter(([key]) => key !== id));
}

function withEndpoint(document: VnetDocument, more: object): VnetDocument {
  const [id, endpoint] = Object.entries(document.endpoints ?? {})[0] ?? [];
  if (id === undefined || endpoint === undefined) return document;
  return { ...document, endpoints: { ...document.endpoints, [id]: { ...endpoint, ...more } } };
}

const seen = (mac: string | undefined) =>
  mac === undefined
    ? undefined
    : toState([
        { kind: 'link', netns: netnsOf(1), name: 'eth0', type: 'veth', up: true, mac, mtuBytes: 9000 },
      ]);

describe('the desired state of a document', () => {
  it('does not depend on earlier derivations, of the same or other endpoints', () => {
    const step = fc.record({
      change: fc.constantFrom(...CHANGES),
      mac: fc.constantFrom(undefined, '0a:00:00:00:00:02', '0a:00:00:00:00:03'),
      inode: fc.constantFrom(undefined, 1, 4026531999),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), (steps) => {
        let document = documentOf([0, 1, 2]);
        for (const { change, mac, inode } of steps) {
          document = change(document);
          const namespaces = new Map(inode === undefined ? [] : [[netnsOf(1), { inode }]]);
          const known = derive(document, namespaces, seen(mac));
          const fresh = derive(structuredClone(document), namespaces, seen(mac));
          expect([...known.state]).toEqual([...fresh.state]);
          expect([...known.owners]).toEqual([...fresh.owners]);
          expect(notificationFilterOf(known.state)).toEqual(notificationFilterOf(fresh.state));
          const expected = [known, fresh].map(
            ({ state }) => expectationOf(state, ownershipOf(document)).inPods,
          );
          expect(expected[0]).toEqual(expected[1]);
        }
      }),
      { numRuns: longOr(65, 200) },
    );
  });
});
