import { describe, expect, it } from 'vitest';
import { endpointChanges, isSameHead } from '../../../reconciler/loop/report/endpoint-changes.ts';
import { documentOf, endpointOf, idOf, NETWORK } from '../../support/node.ts';

describe('what changed of endpoints', () => {
  it('lists added, removed and changed endpoints, and none that were only read again', () => {
    const before = documentOf([0, 1, 2]);
    const moved = { ...endpointOf(1), leaving: '2026-11-21T12:00:00.000Z' };
    const after = documentOf([0, 3]);
    const document = { ...after, endpoints: { ...after.endpoints, [idOf(1)]: moved } };
    expect(endpointChanges(before, structuredClone(document))).toEqual(
      new Map([
        [idOf(1), { before: endpointOf(1), after: moved }],
        [idOf(2), { before: endpointOf(2) }],
        [idOf(3), { after: endpointOf(3) }],
      ]),
    );
    expect(endpointChanges(before, structuredClone(before))).toEqual(new Map());
  });

  it('leaves what people edit the same, which a route does not', () => {
    const [before, after] = [documentOf([0]), documentOf([0, 1])];
    const { metadata } = after;
    expect(isSameHead(before, { ...after, metadata: { ...metadata, generation: 9 } })).toBe(true);
    const routes = [{ to: '10.9.0.0/16', via: '10.240.0.1' }];
    expect(isSameHead(before, documentOf([0], { ...NETWORK, routes }))).toBe(false);
  });
});
