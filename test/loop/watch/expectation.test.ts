import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointChanges } from '../../../reconciler/loop/report/endpoint-changes.ts';
import {
  type Expectation,
  expectationOf,
  reviseExpectation,
} from '../../../reconciler/loop/watch/expectation.ts';
import { ScanCache } from '../../../reconciler/loop/watch/scan-cache.ts';
import { planNodeFrom } from '../../../reconciler/loop/node/plan-node.ts';
import { derive } from '../../../reconciler/model/derive.ts';
import { ownershipOf } from '../../../reconciler/model/ownership.ts';
import { keyOf } from '../../../reconciler/model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf, endpointOf } from '../../support/node.ts';

const PODS = [0, 1, 2, 3];
const ALL = [...derive(documentOf(PODS), new Map()).state.values()];
const IN_PODS = ALL.flatMap((object) =>
  object.netns !== '' && (object.kind === 'address' || object.kind === 'route')
    ? [keyOf({ ...object, netns: '*', dev: '' })]
    : [],
);

/** All queries of an expectation about these pods. */
function answersOf({ desired, owns, inPods, exclusive }: Expectation): unknown {
  return {
    desired: ALL.map((object) => [desired.has(keyOf(object)), desired.get(keyOf(object))]),
    owned: ALL.map(owns),
    inPods: IN_PODS.map((key) => inPods.has(key)),
    exclusive: PODS.map((pod) => exclusive.has(`fdb ${endpointOf(pod).mac ?? ''}`)),
  };
}

function whole(document: VnetDocument): Expectation {
  return expectationOf(derive(document, new Map()).state, ownershipOf(document));
}

describe('an expectation that is revised', () => {
  it('equals that of the whole document, with any pods added and deleted', () => {
    expect(IN_PODS.length).toBeGreaterThan(4);
    fc.assert(
      fc.property(fc.array(fc.subarray(PODS), { minLength: 1, maxLength: 6 }), ([first = [], ...others]) => {
        let seen = documentOf(first);
        const cache = new ScanCache();
        cache.store(planNodeFrom(seen, { state: new Map(), namespaces: new Map() }));
        let expectation = whole(seen);
        for (const pods of others) {
          const document = documentOf(pods);
          const revision = cache.revise({ seen, document }, endpointChanges(seen, document));
          expectation = reviseExpectation(expectation, revision, ownershipOf(document));
          expect(answersOf(expectation)).toEqual(answersOf(whole(document)));
          seen = document;
        }
      }),
      { numRuns: 50 },
    );
  });
});
