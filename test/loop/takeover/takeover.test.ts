import { describe, expect, it } from 'vitest';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import { executeSteps } from '../../../reconciler/loop/node/execute.ts';
import { planNetworks, planNode } from '../../../reconciler/loop/node/plan-node.ts';
import { ensureNetworks } from '../../../reconciler/loop/takeover/takeover.ts';
import type { SimulatedKernel } from '../../../reconciler/kernel/simulated/simulated.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import type { Change, Kernel, Scope } from '../../../reconciler/model/ports/kernel.ts';
import { failure, ok } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import { invertSteps } from '../../../reconciler/plan/invert.ts';
import { subjectOf } from '../../../reconciler/model/ports/kernel.ts';
import type { Plan } from '../../../reconciler/plan/step.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, idOf } from '../../support/node.ts';

const document = documentOf([]);

function stepKeys(): readonly string[] {
  return planOfTakeover().steps.map(({ change }) => `${change.verb} ${keyOf(subjectOf(change))}`);
}

function objectsOf(dump: string): readonly NetObject[] {
  const { objects } = JSON.parse(dump) as { objects: NetObject[] };
  return objects.toSorted((left, right) => (keyOf(left) < keyOf(right) ? -1 : 1));
}

describe('ensureNetworks', () => {
  it('moves all objects of the uplink, and ends with its journal closed', () => {
    const session = createMemorySession(bootedKernel([]), document);
    expect(ensureNetworks(session, document)).toMatchObject({ ok: true });
    expect(session.journal.wasOpened()).toBe(true);
    expect(session.journal.pending()).toEqual({ ok: true, value: undefined });
    expect(ensureNetworks(session, document)).toEqual({ ok: true, value: [] });
  });

  it.each<[string, Change, string]>([
    [
      'an address that is missing',
      { verb: 'delete', have: { kind: 'address', netns: '', dev: 'azure0', address: '10.240.0.35/16' } },
      'address 10.240.0.35/16 dev azure0',
    ],
    [
      'a bridge that is down',
      {
        verb: 'update',
        have: { kind: 'link', netns: '', name: 'azure0', type: 'bridge', up: true },
        want: { kind: 'link', netns: '', name: 'azure0', type: 'bridge', up: false },
        fields: ['up'],
      },
      'link azure0',
    ],
  ])('creates %s without an undo plan: nothing is moved', (_what, change, key) => {
    const session = createMemorySession(bootedKernel([]), document);
    expect(ensureNetworks(session, document)).toMatchObject({ ok: true });
    const journal = { ...session.journal, open: () => expect.unreachable('a journal was opened') };
    expect(session.kernel.tamper(change)).toEqual({ ok: true, value: 'changed' });
    const result = ensureNetworks({ ...session, journal }, document);
    expect(result.ok && result.value.map(({ step }) => step.key)).toContain(key);
    expect(ensureNetworks(session, document)).toEqual({ ok: true, value: [] });
  });

  it.each(stepKeys())('rolls back completely when this fails: %s', (key) => {
    const kernel = bootedKernel([]);
    const before = objectsOf(kernel.dump());
    const session = createMemorySession(kernel, document);
    kernel.failNext(
      (change) => `${change.verb} ${keyOf(subjectOf(change))}` === key,
      failure('io', key, 'made to fail by the test'),
    );
    const result = ensureNetworks(session, document);
    expect(result).toMatchObject({ ok: false, error: { message: 'made to fail by the test' } });
    expect(objectsOf(kernel.dump())).toEqual(before);
    expect(session.journal.pending()).toEqual({ ok: true, value: undefined });
    expect(ensureNetworks(session, document)).toMatchObject({ ok: true });
  });

  /** Another program takes the uplink out of its bridge before each of the first `times` verifications. */
  function meddled(times: number, master = '') {
    const kernel = bootedKernel([]);
    if (master !== '')
      kernel.tamper({
        verb: 'create',
        want: { kind: 'link', netns: '', name: master, type: 'bridge', up: true },
      });
    const before = objectsOf(kernel.dump());
    const session = createMemorySession(kernel, document);
    let [looks, left] = [0, times];
    const observe = (scope: Scope) => {
      looks += 1;
      const eth0 = objectsOf(kernel.dump()).find((object) => keyOf(object) === 'link eth0');
      if (looks > 1 && left > 0 && eth0?.kind === 'link') {
        left -= 1;
        kernel.tamper({ verb: 'update', have: eth0, want: { ...eth0, master }, fields: ['master'] });
      }
      return kernel.observe(scope);
    };
    const apply = (changes: readonly Change[]) => kernel.apply(changes);
    const meddling = {
      ...session,
      kernel: { ...kernel, observe, apply },
    };
    return { session, before, kernel, result: ensureNetworks(meddling, document) };
  }

  it.each([1, 2])('applies concurrently reverted steps again, %i times', (times) => {
    const { session, result } = meddled(times);
    expect(result).toMatchObject({ ok: true });
    expect(session.journal.pending()).toEqual({ ok: true, value: undefined });
    expect(ensureNetworks(session, document)).toEqual({ ok: true, value: [] });
  });

  it('returns what the verification repaired, too', () => {
    const session = createMemorySession(bootedKernel([]), document);
    const { kernel } = session;
    ensureNetworks(session, document);
    const eth0 = { kind: 'link', netns: '', name: 'eth0', type: 'device', up: true } as const;
    kernel.tamper({ verb: 'update', have: eth0, want: { ...eth0, master: '' }, fields: ['master'] });
    const address = { kind: 'address', netns: '', dev: 'azure0', address: '10.240.0.35/16' } as const;
    let looks = 0;
    const observe = (scope: Scope) => {
      looks += 1;
      if (looks === 2) kernel.tamper({ verb: 'delete', have: address });
      return kernel.observe(scope);
    };
    const apply = (changes: readonly Change[]) => kernel.apply(changes);
    const result = ensureNetworks({ ...session, kernel: { ...kernel, observe, apply } }, document);
    const keys = result.ok ? result.value.map(({ step }) => step.key) : [];
    expect(keys).toEqual(expect.arrayContaining(['link eth0', keyOf(address)]));
    expect(new Set(keys).size).toBe(keys.length);
  });

  it('does not take over an uplink that has meanwhile joined a foreign bridge', () => {
    const { result } = meddled(1, 'br9');
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'refused', message: expect.stringContaining('br9') },
    });
  });

  it('rolls back, and reports the differences, if steps are reverted repeatedly', () => {
    const { before, kernel, result } = meddled(Infinity);
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'conflict', message: expect.stringContaining('link eth0 (master)') },
    });
    expect(objectsOf(kernel.dump())).toEqual(before);
  });

  it('restores an address that the DHCP client adds during a takeover that is rolled back', () => {
    const lease: NetObject = { kind: 'address', netns: '', dev: 'eth0', address: '10.240.0.35/16', scope: 0 };
    const kernel = bootedKernel([]);
    expect(kernel.tamper({ verb: 'delete', have: lease })).toEqual({ ok: true, value: 'changed' });
    const session = createMemorySession(kernel, document);
    const undoPlans: (readonly Change[])[] = [];
    let looks = 0;
    const observe = (scope: Scope) => {
      looks += 1;
      if (looks === 2) kernel.tamper({ verb: 'create', want: lease });
      // Another program removes a route before each verification.
      for (const object of looks > 1 ? objectsOf(kernel.dump()) : [])
        if (object.kind === 'route' && object.to === 'default')
          kernel.tamper({ verb: 'delete', have: object });
      return kernel.observe(scope);
    };
    const journal = {
      ...session.journal,
      open: (undoPlan: readonly Change[]) => {
        undoPlans.push(undoPlan);
        return session.journal.open(undoPlan);
      },
    };
    const apply = (changes: readonly Change[]) => kernel.apply(changes);
    const result = ensureNetworks({ ...session, journal, kernel: { ...kernel, observe, apply } }, document);
    expect(result).toMatchObject({ ok: false, error: { code: 'conflict' } });
    const addresses = objectsOf(kernel.dump()).filter(({ kind }) => kind === 'address');
    expect(addresses.map(keyOf)).toContain(keyOf(lease));
    // On disk before the address is moved.
    expect(undoPlans.length).toBeGreaterThan(1);
    expect(undoPlans.at(-1)).toContainEqual(
      expect.objectContaining({ verb: 'create', want: expect.objectContaining({ dev: 'eth0' }) }),
    );
  });

  it('reports a failed rollback, and can be run again', () => {
    const kernel = bootedKernel([]);
    const session = createMemorySession(kernel, document);
    const fails = (picks: (change: Change) => boolean): void =>
      kernel.failNext(picks, failure('io', 'test', 'no'));
    fails((change) => change.verb === 'delete' && change.have.kind === 'address');
    fails(
      ({ verb, ...change }) =>
        verb === 'update' && 'want' in change && 'master' in change.want && change.want.master === '',
    );
    const result = ensureNetworks(session, document);
    expect(result.ok).toBe(false);
    expect(session.journal.pending()).toMatchObject({ ok: true, value: expect.any(Array) });
    expect(ensureNetworks(session, document)).toMatchObject({ ok: true });
    expect(session.journal.pending()).toEqual({ ok: true, value: undefined });
  });

  it('touches nothing if the uplink is missing or foreign', () => {
    const kernel = bootedKernel([]);
    const eth9 = { ...document.networks['azure']!, uplink: { name: 'eth9', mac: '02:00:00:00:00:09' } };
    const before = kernel.dump();
    const missing = documentOf([], eth9);
    expect(ensureNetworks(createMemorySession(kernel, missing), missing)).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
    expect(kernel.dump()).toBe(before);
    kernel.tamper({
      verb: 'create',
      want: { kind: 'link', netns: '', name: 'br9', type: 'bridge', up: true },
    });
    const eth0 = objectsOf(kernel.dump()).find((object) => keyOf(object) === 'link eth0');
    if (eth0?.kind !== 'link') throw new Error('no eth0');
    kernel.tamper({ verb: 'update', have: eth0, want: { ...eth0, master: 'br9' }, fields: ['master'] });
    const taken = kernel.dump();
    expect(ensureNetworks(createMemorySession(kernel, document), document)).toMatchObject({
      ok: false,
      error: { code: 'refused' },
    });
    expect(kernel.dump()).toBe(taken);
  });
});

describe('the rollback', () => {
  it('keeps correct rules: the previous ones cannot be recreated from their observation', () => {
    const making = planOfTakeover().steps.find(({ key }) => key === 'nft-table bridge vnet');
    if (making?.change.verb !== 'create') throw new Error('no table is made');
    const { want } = making.change;
    if (want.kind !== 'nft-table') throw new Error('no table');
    const { script: _, ...seen } = want;
    const update: Change = { verb: 'update', have: { ...seen, rules: [] }, want, fields: ['rules'] };
    expect(invertSteps([{ ...making, change: update }])).toEqual([]);
    expect(invertSteps([making])).toEqual([{ verb: 'delete', have: want }]);
  });
});

describe('convergeEndpoint', () => {
  it('goes on when all tables are flushed before any of its changes, takeover and pod alike', async () => {
    const counted = await convergedWithFlushAt(Infinity);
    expect(counted.result).toMatchObject({ ok: true });
    for (let at = 0; at <= counted.changes; at += 1) {
      const { result, left, journal } = await convergedWithFlushAt(at);
      expect([at, result, left, journal]).toEqual([at, ok(undefined), [], ok(undefined)]);
    }
  });

  /** Converges a pod on a node without its network; before the change of this number every table is deleted. */
  async function convergedWithFlushAt(flushAt: number) {
    const kernel = bootedKernel([0]);
    const withPod = documentOf([0]);
    const memory = createMemorySession(kernel, withPod);
    let changes = 0;
    const apply: Kernel['apply'] = (batch) =>
      batch.map((change) => {
        if (changes === flushAt) flushTables(kernel);
        changes += 1;
        return kernel.apply([change])[0] ?? ok('unchanged');
      });
    const session = { ...memory, kernel: { ...kernel, apply } };
    const result = await convergeEndpoint(session, withPod, idOf(0));
    // What went after the last change that needs it is made again by the next round.
    const round = runRound(memory, { limit: 'hitless' });
    const left = round.ok ? round.value?.remaining : undefined;
    return { result, left, changes, journal: session.journal.pending() };
  }

  function flushTables(kernel: SimulatedKernel): void {
    const seen = kernel.observe(scopeOfNode(documentOf([0])));
    for (const object of seen.ok ? seen.value.state.values() : [])
      if (object.kind === 'nft-table') kernel.tamper({ verb: 'delete', have: object });
  }

  it('finishes a takeover killed after any of its steps, with the next pod', async () => {
    const { steps } = planOfTakeover();
    for (let killedAfter = 0; killedAfter <= steps.length; killedAfter += 1) {
      const kernel = bootedKernel([0]);
      const withPod = documentOf([0]);
      const session = createMemorySession(kernel, withPod);
      session.journal.open(invertSteps(steps));
      executeSteps(kernel, steps.slice(0, killedAfter));
      expect(await convergeEndpoint(session, withPod, idOf(0))).toMatchObject({ ok: true });
      const after = planNode(kernel, withPod);
      expect([killedAfter, after.ok && after.value.plan.steps]).toEqual([killedAfter, []]);
      expect(session.journal.pending()).toEqual({ ok: true, value: undefined });
    }
  });
});

function planOfTakeover(): Plan {
  const planned = planNetworks(bootedKernel([]), document);
  if (!planned.ok) throw new Error('no plan');
  return planned.value.plan;
}
