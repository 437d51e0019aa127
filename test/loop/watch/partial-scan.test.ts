import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { repairFast, ownersOf } from '../../../reconciler/loop/watch/fast-repair.ts';
import {
  completeScan,
  partialScope,
  podsToEnter,
  type PreviousScan,
} from '../../../reconciler/loop/watch/partial-scan.ts';
import { planNodeFrom } from '../../../reconciler/loop/node/plan-node.ts';
import { ScanCache } from '../../../reconciler/loop/watch/scan-cache.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Observation } from '../../../reconciler/model/ports/kernel.ts';
import { ok } from '../../../reconciler/model/result.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf, idOf, netnsOf, hostNeighbourOf } from '../../support/node.ts';

const PODS = [0, 1, 2, 3];
const NOTHING = ok({ outcomes: [], tried: [] });
const DOCUMENT = documentOf(PODS);

function converged(): MemorySession {
  const session = createMemorySession(bootedKernel(PODS), DOCUMENT);
  expect(runRound(session, { limit: 'hitless' }).ok).toBe(true);
  return session;
}

function look({ kernel }: MemorySession, document: VnetDocument = DOCUMENT): Observation {
  const seen = kernel.observe(scopeOfNode(document));
  if (!seen.ok) throw new Error('unreadable');
  return seen.value;
}

function remember(before: Observation): PreviousScan {
  const cache = new ScanCache();
  cache.store(planNodeFrom(DOCUMENT, before));
  const { previous } = cache;
  if (previous === undefined) throw new Error('nothing was seen');
  return previous;
}

function glance(session: MemorySession, before: Observation, suspects: readonly string[]): Observation {
  const scope = scopeOfNode(DOCUMENT);
  const remembered = remember(before);
  const seen = session.kernel.observe(partialScope(scope, podsToEnter(DOCUMENT, remembered, suspects)));
  if (!seen.ok) throw new Error('unreadable');
  return completeScan(seen.value, remembered, scope);
}

const vethOf = (pod: number): string => endpointOf(pod).hostVeth ?? '';

describe('a glance', () => {
  it('equals a full scan if the changes were announced', () => {
    fc.assert(
      fc.property(fc.subarray(PODS), fc.subarray(PODS), (deleted, forgotten) => {
        const session = converged();
        const before = look(session);
        for (const pod of deleted) {
          session.kernel.tamper({
            verb: 'delete',
            have: { kind: 'link', netns: '', name: vethOf(pod), type: 'veth' },
          });
        }
        for (const pod of forgotten) session.kernel.tamper({ verb: 'delete', have: hostNeighbourOf(pod) });
        const suspects = [
          ...deleted.map((pod) => `link ${vethOf(pod)}`),
          ...forgotten.map((pod) => `neighbour 10.240.0.${36 + pod} dev azure0`),
        ];
        expect(glance(session, before, suspects)).toEqual(look(session));
      }),
    );
  });

  it('enters the announced pods, new ones, and those not seen alive', () => {
    const session = converged();
    const before = look(session);
    const remembered = remember(before);
    expect(podsToEnter(DOCUMENT, remembered, [])).toEqual(new Set());
    expect(podsToEnter(DOCUMENT, remembered, [`link ${vethOf(1)}`, 'link azure0'])).toEqual(
      new Set([netnsOf(1)]),
    );
    const onNode = ['neighbour 10.240.0.36 dev azure0', `fdb ${endpointOf(1).mac ?? ''} dev ${vethOf(1)}`];
    expect(podsToEnter(DOCUMENT, remembered, onNode)).toEqual(new Set());
    expect(podsToEnter(documentOf([...PODS, 4]), remembered, [])).toEqual(new Set([netnsOf(4)]));
    session.kernel.removeNamespace(netnsOf(2));
    const later = remember(look(session));
    expect(podsToEnter(DOCUMENT, later, [])).toEqual(new Set([netnsOf(2)]));
  });
});

describe('first aid', () => {
  it('repairs what belongs to the endpoints it is called for, and nothing of others', () => {
    const session = converged();
    for (const pod of [0, 1]) session.kernel.tamper({ verb: 'delete', have: hostNeighbourOf(pod) });
    const { desired } = planNodeFrom(DOCUMENT, look(session));
    const owners = ownersOf([`neighbour 10.240.0.36 dev azure0`], desired.owners);
    expect(owners).toEqual(new Set([idOf(0)]));
    const done = repairFast(session, DOCUMENT, owners);
    expect(done.ok && done.value.outcomes.map(({ step, status }) => [step.key, status])).toEqual([
      ['neighbour 10.240.0.36 dev azure0', 'changed'],
    ]);
    const { state } = look(session);
    expect([0, 1].map((pod) => state.has(`neighbour 10.240.0.${36 + pod} dev azure0`))).toEqual([
      true,
      false,
    ]);
  });

  it('creates nothing for an endpoint that a call has removed since the document was read', () => {
    const session = converged();
    session.store.replace(documentOf(PODS.filter((pod) => pod !== 0)));
    expect(runRound(session, { limit: 'pod-outage' }).ok).toBe(true);
    const before = look(session).state;
    expect(repairFast(session, DOCUMENT, new Set([idOf(0)]))).toEqual(NOTHING);
    expect([...look(session).state.keys()]).toEqual([...before.keys()]);
  });

  it('repairs the network below first, however many endpoints need it', () => {
    const many = Array.from({ length: 20 }, (_, index) => index);
    const document = documentOf(many);
    const session = createMemorySession(bootedKernel(many), document);
    expect(runRound(session, { limit: 'hitless' }).ok).toBe(true);
    const have = { kind: 'link', netns: '', name: 'azure0', type: 'bridge', up: true } as const;
    session.kernel.tamper({ verb: 'update', have, want: { ...have, up: false }, fields: ['up'] });
    const done = repairFast(session, document, new Set(['azure', ...many.map(idOf)]));
    const keys = done.ok ? done.value.outcomes.map(({ step }) => step.key) : [];
    expect(keys).toContain('link azure0');
    expect(keys.filter((key) => key.startsWith('neighbour'))).toEqual([]);
    expect(repairFast(session, document, new Set(many.map(idOf)))).toEqual(NOTHING);
  });

  it('repairs the network below, and does nothing held or unannounced', () => {
    const session = converged();
    session.kernel.tamper({
      verb: 'delete',
      have: { kind: 'address', netns: '', dev: 'azure0', address: '10.240.0.35/16' },
    });
    const pauses = [{ until: '2030-01-01T00:00:00.000Z', who: 'ana', time: '2026-11-21T12:00:00.000Z' }];
    expect(repairFast(session, DOCUMENT, new Set(['azure']), { pauses })).toEqual(NOTHING);
    expect(repairFast(session, DOCUMENT, new Set())).toEqual(NOTHING);
    expect(look(session).state.has('address 10.240.0.35/16 dev azure0')).toBe(false);
    expect(repairFast(session, DOCUMENT, new Set(['azure'])).ok).toBe(true);
    expect(look(session).state.has('address 10.240.0.35/16 dev azure0')).toBe(true);
  });
});
