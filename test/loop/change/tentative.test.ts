import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { expireTentative } from '../../../reconciler/loop/change/expire-tentative.ts';
import { isComplete, rollBackChange } from '../../../reconciler/loop/change/rollback.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Session } from '../../../reconciler/loop/node/session.ts';
import type { BridgeNetwork } from '../../../schemas/generated/vnet.ts';
import type { MemoryTentativeStore } from '../../support/memory-tentative-store.ts';
import {
  BEFORE,
  change,
  type ChangedNode,
  convergedNode,
  PODS,
  textWith,
  withBridge,
} from './change-support.ts';
import { endpointOf, idOf, netnsOf } from '../../support/node.ts';
import { longOr } from '../../support/long.ts';

const ANOTHER_BOOT = '99999999-1111-4222-8333-444455556666';

async function openWindow(network: BridgeNetwork, windowMs = 120_000): Promise<ChangedNode> {
  const node = convergedNode();
  const outcome = await change(node, textWith(node.session, network), { windowMs });
  expect(outcome).toMatchObject({ kind: 'applied', open: { state: 'open', id: 8 } });
  return node;
}

describe('endTentative', () => {
  it('keeps an open window, and rolls back when its time is over', async () => {
    const before = convergedNode().objects();
    const { session, tentativeStore, objects, networks } = await openWindow(withBridge({ mtu: 1400 }));
    expect(expireTentative(session, tentativeStore)).toEqual({ ok: true, value: undefined });
    tentativeStore.clock.uptimeMs += 119_999;
    expect(expireTentative(session, tentativeStore)).toEqual({ ok: true, value: undefined });
    expect(networks()).toEqual({ azure: withBridge({ mtu: 1400 }) });
    tentativeStore.clock.uptimeMs += 1;
    expect(expireTentative(session, tentativeStore)).toMatchObject({
      value: { id: 8, generation: 9, why: expect.stringContaining('2m'), remaining: [], failures: [] },
    });
    expect([objects(), networks()]).toEqual([before, { azure: BEFORE }]);
    expect(tentativeStore.announced).toEqual([expect.stringContaining('generation 8')]);
    expect(expireTentative(session, tentativeStore)).toEqual({ ok: true, value: undefined });
  });

  it('does not use the wall clock', async () => {
    const { session, tentativeStore, networks } = await openWindow(withBridge({ mtu: 1400 }));
    const later = { ...session, now: () => new Date('2030-01-01T00:00:00Z') };
    expect(expireTentative(later, tentativeStore)).toEqual({ ok: true, value: undefined });
    expect(networks()).toEqual({ azure: withBridge({ mtu: 1400 }) });
  });

  it('is rolled back after a reboot, at any time', async () => {
    const { session, tentativeStore, networks } = await openWindow(withBridge({ mtu: 1400, name: 'br0' }));
    session.kernel.reboot();
    tentativeStore.clock.uptimeMs = 5;
    const rebooted = { ...session, bootId: ANOTHER_BOOT };
    expect(expireTentative(rebooted, tentativeStore)).toMatchObject({
      value: { id: 8, generation: 9, remaining: [], failures: [] },
    });
    expect(networks()).toEqual({ azure: BEFORE });
    const round = runRound(rebooted, { limit: 'hitless' });
    expect(round).toMatchObject({ value: { remaining: [] } });
    const seen = session.kernel.observe({ whole: true, devices: [], pods: [], sysctls: [], entries: [] });
    expect(seen.ok && seen.value.state.get('link azure0')).toMatchObject({ mtuBytes: 1500 });
  });

  it('disturbs no running apply, and rolls back a dead one', async () => {
    const { session, tentativeStore, networks } = await openWindow(withBridge({ mtu: 1400 }));
    const open = tentativeStore.read();
    if (!open.ok || open.value === undefined) throw new Error('nothing open');
    tentativeStore.write({ ...open.value, state: 'applying' });
    const lock = tentativeStore.lock(0);
    expect(expireTentative(session, tentativeStore)).toEqual({ ok: true, value: undefined });
    if (lock.ok) lock.value();
    expect(expireTentative(session, tentativeStore)).toMatchObject({
      value: { id: 8, generation: 9, remaining: [], failures: [] },
    });
    expect(networks()).toEqual({ azure: BEFORE });
  });

  it('keeps the pods added and deleted meanwhile', async () => {
    const { session, tentativeStore } = await openWindow(withBridge({ mtu: 1400 }));
    session.kernel.addNamespace(netnsOf(5));
    const endpoints = new Map([
      [idOf(5), endpointOf(5)],
      [idOf(0), undefined],
    ] as const);
    session.store.transact('azure-vnet ADD', () => ({
      ok: true,
      value: { edit: { endpoints }, value: undefined },
    }));
    runRound(session, { limit: 'pod-outage' });
    tentativeStore.clock.uptimeMs += 200_000;
    const ended = expireTentative(session, tentativeStore);
    expect(ended.ok && ended.value !== undefined && isComplete(ended.value)).toBe(true);
    expect(Object.keys(session.store.document()?.endpoints ?? {})).toEqual([idOf(1), idOf(5)]);
    expect(runRound(session, { limit: 'hitless' })).toMatchObject({ value: { plan: { steps: [] } } });
  });
});

/** Dies at the nth write of any kind. */
class Killed extends Error {}

function withFuse(
  node: ChangedNode,
  length: number,
): { session: Session; tentativeStore: MemoryTentativeStore; burnt: () => number } {
  let burnt = 0;
  const step = <T>(work: () => T): T => {
    burnt += 1;
    if (burnt > length) throw new Killed();
    return work();
  };
  const { session, tentativeStore } = node;
  return {
    burnt: () => burnt,
    tentativeStore: {
      ...tentativeStore,
      write: (tentative) => step(() => tentativeStore.write(tentative)),
      clear: () => step(() => tentativeStore.clear()),
    },
    session: {
      ...session,
      kernel: {
        ...session.kernel,
        apply: (changes) => changes.flatMap((one) => step(() => session.kernel.apply([one]))),
      },
      store: {
        ...session.store,
        submit: (author, text, options) => step(() => session.store.submit(author, text, options)),
        transact: (who, edit) => step(() => session.store.transact(who, edit)),
      },
    },
  };
}

describe('an apply that is killed', () => {
  const network = { ...withBridge({ mtu: 1400, mac: '02:00:00:00:00:99', hairpin: false }), routes: [] };

  it('leaves the old or the new state after the next reconcile, at whichever write it died', async () => {
    const before = convergedNode().objects();
    const whole = convergedNode();
    const fuse = withFuse(whole, Infinity);
    await change(fuse, textWith(whole.session, network));
    const after = whole.objects();
    const writes = fuse.burnt();
    expect(writes).toBeGreaterThanOrEqual(10);
    const outcomes: string[] = [];
    for (let killedAt = 0; killedAt <= writes; killedAt += 1) {
      const node = convergedNode();
      const dying = withFuse(node, killedAt);
      await change(dying, textWith(node.session, network)).catch((error: unknown) => {
        if (!(error instanceof Killed)) throw error;
      });
      const ended = expireTentative(node.session, node.tentativeStore);
      expect([killedAt, ended.ok && (ended.value === undefined || isComplete(ended.value))]).toEqual([
        killedAt,
        true,
      ]);
      expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({
        value: { remaining: [], failures: [] },
      });
      expect([killedAt, [before, after].some((state) => String(state) === String(node.objects()))]).toEqual([
        killedAt,
        true,
      ]);
      expect(node.tentativeStore.read()).toEqual({ ok: true, value: undefined });
      outcomes.push(
        node.networks()?.['azure'] === undefined
          ? 'lost'
          : String(node.objects()) === String(before)
            ? 'old'
            : 'new',
      );
    }
    expect([...new Set(outcomes)]).toEqual(['old', 'new']);
  });

  it('is rolled back by the next process if the rollback is killed too, at any write', async () => {
    const before = convergedNode().objects();
    for (let killedAt = 0; killedAt < 30; killedAt += 1) {
      const node = await openWindow(network);
      node.tentativeStore.clock.uptimeMs += 200_000;
      const dying = withFuse(node, killedAt);
      try {
        expireTentative(dying.session, dying.tentativeStore);
      } catch (error) {
        if (!(error instanceof Killed)) throw error;
      }
      const ended = expireTentative(node.session, node.tentativeStore);
      expect([killedAt, ended.ok && (ended.value === undefined || isComplete(ended.value))]).toEqual([
        killedAt,
        true,
      ]);
      expect([killedAt, node.objects(), node.networks()]).toEqual([killedAt, before, { azure: BEFORE }]);
    }
  });
});

describe('apply and then revert', () => {
  const routes = fc.uniqueArray(
    fc.record({
      to: fc.constantFrom('10.7.0.0/16', '10.8.0.0/16', '10.9.0.0/16'),
      via: fc.constantFrom('10.240.0.1', '10.240.0.2'),
      metric: fc.constantFrom(0, 50, 100),
    }),
    { selector: ({ to, metric }) => `${to} ${metric}`, maxLength: 3 },
  );
  const edits = fc.record({
    bridge: fc.record(
      {
        name: fc.constantFrom('azure0', 'br0', 'cni0'),
        mac: fc.constantFrom('00:0d:3a:51:c4:90', '02:00:00:00:00:99'),
        mtu: fc.constantFrom(1400, 1500, 9000),
        hairpin: fc.boolean(),
        antiSpoofing: fc.boolean(),
      },
      { requiredKeys: ['name'] },
    ),
    routes,
    arp: fc.record({ pods: fc.boolean() }, { requiredKeys: [] }),
  });

  it('restores the kernel, for any edit', async () => {
    await fc.assert(
      fc.asyncProperty(edits, async (edit) => {
        const node = convergedNode();
        const before = node.objects();
        const outcome = await change(node, textWith(node.session, { ...BEFORE, ...edit }), {
          windowMs: 60_000,
        });
        fc.pre(outcome.kind !== 'unchanged');
        const open = node.tentativeStore.read();
        if (!open.ok || open.value === undefined) throw new Error(JSON.stringify(outcome));
        const ended = rollBackChange(node.session, node.tentativeStore, open.value, 'vnet revert');
        expect(ended.ok && isComplete(ended.value)).toBe(true);
        expect(node.objects()).toEqual(before);
        expect(node.networks()).toEqual({ azure: BEFORE });
        expect(Object.keys(node.session.store.document()?.endpoints ?? {})).toEqual(PODS.map(idOf));
      }),
      { numRuns: longOr(20, 60) },
    );
  });
});
