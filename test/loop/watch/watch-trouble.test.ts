import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { MAX_DELETIONS } from '../../../reconciler/loop/report/repair-limits.ts';
import type { Kernel } from '../../../reconciler/model/ports/kernel.ts';
import { err, failure } from '../../../reconciler/model/result.ts';
import { keyOf, type NeighbourObject } from '../../../reconciler/model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, NETWORK, hostNeighbourOf } from '../../support/node.ts';
import { hasObject, play, type Played } from './watch-support.ts';

const [FIRST, SECOND] = [hostNeighbourOf(0), hostNeighbourOf(1)];
const [KEY, OTHER] = [keyOf(FIRST), keyOf(SECOND)];

function conditionOf(played: Played, type: string) {
  return played.status()?.conditions.find((condition) => condition.type === type);
}

/** Makes the next changes of this object fail. */
function failNext({ session }: Played, address: string, times: number): void {
  for (let time = 0; time < times; time += 1) {
    session.kernel.failNext(
      (change) =>
        change.verb === 'create' && change.want.kind === 'neighbour' && change.want.address === address,
      failure('busy', 'add neighbour', 'made to fail'),
    );
  }
}

describe('an object whose repair fails', () => {
  it('is retried with backoff, delays no other, and is reset when something has changed', async () => {
    const played = await play();
    await played.pass(2000);
    failNext(played, FIRST.address, 100);
    played.tamper({ verb: 'delete', have: FIRST });
    played.tamper({ verb: 'delete', have: SECOND });
    await played.pass(2);
    expect([hasObject(played, keyOf(FIRST)), hasObject(played, keyOf(SECOND))]).toEqual([false, true]);
    const first = played.object(KEY);
    expect(first).toMatchObject({ state: 'error', reason: expect.stringContaining('made to fail') });
    await played.pass(60_000);
    const later = played.object(KEY);
    expect(later?.attempts).toBeGreaterThan(8);
    expect(later?.attempts).toBeLessThan(16);
    expect(later?.since).toBe(first?.since);
    expect(Date.parse(later?.nextTry ?? '') - played.now().getTime()).toBeLessThanOrEqual(60_000);
    expect(conditionOf(played, 'Degraded')).toMatchObject({ status: true, reason: 'RepairFailing' });
    expect(conditionOf(played, 'Ready')).toMatchObject({ status: false, reason: 'RepairFailing' });
    played.tamper({ verb: 'create', want: { ...FIRST, mac: '02:00:00:00:00:01' } });
    await played.pass(2);
    expect(played.object(KEY)).toBeUndefined();
    expect(conditionOf(played, 'Ready')?.status).toBe(true);
  });

  it('is never given up: it is repaired by the first attempt that succeeds', async () => {
    const played = await play();
    await played.pass(2000);
    failNext(played, FIRST.address, 7);
    played.tamper({ verb: 'delete', have: FIRST });
    await played.pass(30_000);
    expect(hasObject(played, keyOf(FIRST))).toBe(true);
    expect(played.events.filter(({ type }) => type === 'Backoff').length).toBeGreaterThan(2);
    expect(played.status()?.objects).toEqual([]);
  });
});

describe('contention', () => {
  it('is detected, named, slowed down, and over when repairs are no longer reverted', async () => {
    const played = await play({ processes: { 900: 'NetworkManager' } });
    await played.pass(2000);
    const undo = async (times: number): Promise<void> => {
      for (let time = 0; time < times; time += 1) {
        if (hasObject(played, keyOf(FIRST))) played.tamper({ verb: 'delete', have: FIRST }, { portId: 900 });
        await played.pass(100);
      }
    };
    await undo(100);
    const repairs = played.events.filter(({ type, key }) => type === 'Repaired' && key === KEY).length;
    expect(repairs).toBeGreaterThanOrEqual(5);
    expect(repairs).toBeLessThan(10);
    const fight = played.events.filter(({ type }) => type === 'Contended');
    expect(fight).toHaveLength(1);
    expect(fight[0]).toMatchObject({ key: KEY, by: 'likely pid 900 NetworkManager' });
    expect(fight[0]?.message).toContain('unmanaged-devices=interface-name:azure0;interface-name:azv*');
    expect(conditionOf(played, 'Contended')).toMatchObject({ status: true, message: KEY });
    expect(played.object(KEY)).toMatchObject({ state: 'contended', nextTry: expect.any(String) });
    await played.pass(130_000);
    expect(hasObject(played, keyOf(FIRST))).toBe(true);
    expect(played.events.at(-1)).toMatchObject({ type: 'Calm', key: KEY });
    expect(conditionOf(played, 'Contended')?.status).toBe(false);
  });

  it('over one object delays no other', async () => {
    const played = await play();
    await played.pass(2000);
    for (let time = 0; time < 20; time += 1) {
      if (hasObject(played, keyOf(FIRST))) played.tamper({ verb: 'delete', have: FIRST });
      await played.pass(100);
    }
    played.tamper({ verb: 'delete', have: SECOND });
    await played.pass(2);
    expect([hasObject(played, keyOf(SECOND)), played.object(OTHER)]).toEqual([true, undefined]);
  });
});

describe('a pause', () => {
  it('leaves an object unchanged, shows it, and expires', async () => {
    const played = await play();
    await played.pass(2000);
    const until = new Date(played.now().getTime() + 30_000).toISOString();
    played.pauses.push({
      object: 'neighbour 10.240.0.36 dev azure0',
      until,
      who: 'ana',
      time: played.now().toISOString(),
      reason: 'tests',
    });
    played.tamper({ verb: 'delete', have: FIRST });
    played.tamper({ verb: 'delete', have: SECOND });
    await played.pass(10_000);
    expect([hasObject(played, keyOf(FIRST)), hasObject(played, keyOf(SECOND))]).toEqual([false, true]);
    expect(played.object(KEY)).toMatchObject({
      state: 'paused',
      reason: expect.stringContaining('vnet resume'),
    });
    expect(conditionOf(played, 'Paused')?.status).toBe(true);
    expect(conditionOf(played, 'Ready')).toMatchObject({ status: false, reason: 'Paused' });
    await played.pass(21_000);
    expect([hasObject(played, keyOf(FIRST)), conditionOf(played, 'Paused')?.status]).toEqual([true, false]);
  });

  it('of everything leaves everything', async () => {
    const played = await play();
    await played.pass(2000);
    const until = new Date(played.now().getTime() + 30_000).toISOString();
    played.pauses.push({ until, who: 'ana', time: played.now().toISOString() });
    played.tamper({ verb: 'delete', have: FIRST });
    played.tamper({ verb: 'delete', have: SECOND });
    await played.pass(10_000);
    expect([hasObject(played, keyOf(FIRST)), hasObject(played, keyOf(SECOND))]).toEqual([false, false]);
    await played.pass(21_000);
    expect([hasObject(played, keyOf(FIRST)), hasObject(played, keyOf(SECOND))]).toEqual([true, true]);
  });
});

describe('the policy of the document', () => {
  const withPolicy = (action: 'report' | 'ignore'): VnetDocument => ({
    ...documentOf([0, 1]),
    policy: { neighbours: action },
  });

  it('report: lists drift without repairing it, but applies pending changes', async () => {
    const session = createMemorySession(bootedKernel([0, 1]), withPolicy('report'));
    const at = { now: new Date('2026-11-21T12:00:00.000Z') };
    const played = await play({ session: { ...session, now: () => at.now }, at });
    expect(hasObject(played, keyOf(FIRST))).toBe(true);
    await played.pass(2000);
    played.tamper({ verb: 'delete', have: FIRST });
    await played.pass(5000);
    expect(hasObject(played, keyOf(FIRST))).toBe(false);
    expect(played.object(KEY)).toMatchObject({
      state: 'reported',
      reason: expect.stringContaining('--override'),
    });
    expect(played.events.filter(({ type }) => type === 'Reported')).toHaveLength(1);
    expect(conditionOf(played, 'Drifted')?.status).toBe(true);
  });

  it('ignore: neither repairs nor lists it', async () => {
    const session = createMemorySession(bootedKernel([0, 1]), withPolicy('ignore'));
    const played = await play({ session });
    await played.pass(2000);
    const told = played.events.length;
    played.tamper({ verb: 'delete', have: FIRST });
    await played.pass(5000);
    expect([hasObject(played, keyOf(FIRST)), played.status()?.objects, played.events.length]).toEqual([
      false,
      [],
      told,
    ]);
  });
});

describe('deletions', () => {
  it('are bounded in a round; the next one continues', async () => {
    const played = await play();
    await played.pass(2000);
    const strays = Array.from({ length: MAX_DELETIONS + 20 }, (_, index): NeighbourObject => {
      return { ...FIRST, address: `10.241.0.${index}`, mac: '02:00:00:00:00:01' };
    });
    for (const stray of strays) played.session.kernel.tamper({ verb: 'create', want: stray });
    played.scan();
    await played.pass(2);
    const rounds = played.reports.slice(-2).map(({ round }) => round?.outcomes.length);
    expect(rounds).toEqual([MAX_DELETIONS, 20]);
    expect(strays.filter((stray) => hasObject(played, keyOf(stray)))).toEqual([]);
  });
});

describe('a loop that ends anywhere', () => {
  /** Ends like a killed process: in the middle, without clean-up. */
  function dying(kernel: Kernel, changes: number): Kernel {
    let left = changes;
    return {
      ...kernel,
      apply: (wanted) =>
        wanted.map((change) => {
          if (left === 0) throw new Error('killed');
          left -= 1;
          const [result] = kernel.apply([change]);
          if (result === undefined) throw new Error('no answer');
          return result;
        }),
    };
  }

  it('is continued by the next one, which leaves nothing to do', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: 45 }), async (changes) => {
        const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1], NETWORK));
        const { kernel } = session;
        const first = await play({
          session: { ...session, kernel: { ...kernel, ...dying(kernel, changes) } },
        });
        await first.stop();
        const second = await play({ session });
        expect(second.failures).toEqual([]);
        expect(second.status()).toMatchObject({ convergedGeneration: 7, objects: [] });
      }),
      { numRuns: 25 },
    );
  });
});

describe('a check of an endpoint that CNI wrote, when the document cannot be read', () => {
  it.each(['is removed', 'cannot be read'])('causes no endless rounds: it %s', async (how) => {
    const played = await play();
    await played.pass(2000);
    const { session } = played;
    played.save(documentOf([0]));
    await played.pass(100);
    const rounds = played.reports.length;
    if (how === 'is removed') session.store.replace(undefined);
    else session.store.read = () => err(failure('permission', 'read vnet.yaml', 'made to fail'));
    await played.pass(50_000);
    // Failed rounds are tried again, with growing delays.
    expect(played.reports.length - rounds).toBeLessThan(20);
    expect(played.failures).toEqual([]);
  });
});
