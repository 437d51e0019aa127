import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit, NO_CHANGE } from '../../../reconciler/document/edit.ts';
import { endpointChanges, isSameHead } from '../../../reconciler/loop/report/endpoint-changes.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, endpointOf, idOf, NETWORK } from '../../support/node.ts';

function valueOf(pod: number, how: string): Endpoint {
  return how === 'new' ? endpointOf(pod) : { ...endpointOf(pod), leaving: '2026-11-21T12:00:00.000Z' };
}

function edited(document: VnetDocument, id: string, value: Endpoint | undefined): VnetDocument {
  const { generation } = document.metadata;
  return applyEdit(document, {
    ...NO_CHANGE,
    generation: generation + 1,
    endpoints: new Map([[id, value]]),
  });
}

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

  it('law: are the same after edits of the document as after it was read again', () => {
    const edit = fc.tuple(fc.nat({ max: 5 }), fc.constantFrom('gone', 'new', 'leaving'));
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 8 }), (edits) => {
        const before = documentOf([0, 1, 2]);
        const after = edits.reduce(
          (document, [pod, how]) =>
            edited(document, idOf(pod), how === 'gone' ? undefined : valueOf(pod, how)),
          before,
        );
        expect(endpointChanges(before, after)).toEqual(endpointChanges(before, structuredClone(after)));
      }),
    );
  });

  it('reads only the entries that were edited', () => {
    const document = documentOf([0, 1, 2, 3]);
    const read: string[] = [];
    const endpoints = new Proxy(document.endpoints ?? {}, {
      get: (target, key) => {
        read.push(String(key));
        return target[String(key)];
      },
    });
    const before = { ...document, endpoints };
    const after = edited(before, idOf(3), undefined);
    read.length = 0;
    expect([...endpointChanges(before, after).keys()]).toEqual([idOf(3)]);
    expect(new Set(read)).toEqual(new Set([idOf(3)]));
  });

  it('leaves what people edit the same, which a route does not', () => {
    const [before, after] = [documentOf([0]), documentOf([0, 1])];
    const { metadata } = after;
    expect(isSameHead(before, { ...after, metadata: { ...metadata, generation: 9 } })).toBe(true);
    const routes = [{ to: '10.9.0.0/16', via: '10.240.0.1' }];
    expect(isSameHead(before, documentOf([0], { ...NETWORK, routes }))).toBe(false);
  });
});
