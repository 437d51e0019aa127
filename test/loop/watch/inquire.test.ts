import { describe, expect, it } from 'vitest';
import { roundIfConverged } from '../../../reconciler/loop/round/preview.ts';
import { runRound } from '../../../reconciler/loop/round/round.ts';
import type { Scope } from '../../../reconciler/model/ports/kernel.ts';
import { scopeOfNode } from '../../../reconciler/model/scope.ts';
import type { NetObject } from '../../../reconciler/model/state.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import {
  bootedKernel,
  documentOf,
  endpointOf,
  idOf,
  netnsOf,
  NETWORK,
  hostNeighbourOf,
} from '../../support/node.ts';
import { play, type Played } from './watch-support.ts';

const DOCUMENT = documentOf([0, 1]);
const NEIGHBOUR = hostNeighbourOf(0);

/** A converged node; `entered` records the pods entered afterwards. */
async function rested(): Promise<{ played: Played; session: MemorySession; entered: string[] }> {
  const entered: string[] = [];
  const session = createMemorySession(bootedKernel([0, 1]), DOCUMENT);
  const { observe } = session.kernel;
  const looked = (scope: Scope): ReturnType<typeof observe> => {
    entered.push(...scope.pods.map(({ netns }) => netns));
    return observe(scope);
  };
  const played = await play({ session: { ...session, kernel: { ...session.kernel, observe: looked } } });
  await played.pass(2000);
  entered.length = 0;
  return { played, session, entered };
}

describe('an inquiry to the loop', () => {
  it('gets the result of a full scan, without entering pods that announced nothing', async () => {
    const { played, session, entered } = await rested();
    const observer = await played.inquire();
    const seen = observer?.observe(scopeOfNode(DOCUMENT));
    expect(entered).toEqual([]);
    expect(seen).toEqual(session.kernel.observe(scopeOfNode(DOCUMENT)));
  });

  it('sees drift, and the loop repairs it as well', async () => {
    const { played, session } = await rested();
    played.tamper({ verb: 'delete', have: NEIGHBOUR });
    const observer = await played.inquire();
    const seen = observer?.observe(scopeOfNode(DOCUMENT));
    expect(seen?.ok === true && seen.value.state.has('neighbour 10.240.0.36 dev azure0')).toBe(false);
    expect(seen).toEqual(session.kernel.observe(scopeOfNode(DOCUMENT)));
    await played.pass(10);
    expect(played.events.at(-1)).toMatchObject({ type: 'Repaired' });
  });

  it('sees every pod after an announcement from an unknown one', async () => {
    const { played, entered } = await rested();
    const name = endpointOf(1).hostVeth ?? '';
    const lonely: NetObject = { kind: 'link', netns: '*', name, type: 'veth' };
    played.announce({ verb: 'touched', object: lonely, portId: 0 });
    const observer = await played.inquire();
    expect(observer?.observe(scopeOfNode(DOCUMENT)).ok).toBe(true);
    expect(entered).toEqual([netnsOf(0), netnsOf(1)]);
    await played.pass(1000);
  });

  it('must read everything itself when announcements were lost, or the document was edited', async () => {
    const { played } = await rested();
    played.lose();
    expect(await played.inquire()).toBeUndefined();
    await played.pass(1000);
    expect(await played.inquire()).toBeDefined();
    const routes = [{ to: '10.9.0.0/16', via: '10.240.0.1' }];
    const edited = documentOf([0, 1], { ...NETWORK, routes });
    played.session.store.replace({ ...edited, metadata: { ...edited.metadata, generation: 8 } });
    expect(await played.inquire()).toBeUndefined();
    await played.pass(10);
    expect(played.status()?.convergedGeneration).toBe(8);
  });
});

describe('a round that has nothing to do', () => {
  const converged = (): MemorySession => {
    const session = createMemorySession(bootedKernel([0, 1]), DOCUMENT);
    expect(runRound(session, { limit: 'hitless' }).ok).toBe(true);
    return session;
  };

  it('is known in advance, and equals that of the round', () => {
    const session = converged();
    const [found, run] = [
      roundIfConverged(session, { limit: 'hitless' }),
      runRound(session, { limit: 'hitless' }),
    ];
    expect(found).toEqual(run);
    expect(found.ok && found.value?.outcomes).toEqual([]);
  });

  const CASES: readonly (readonly [string, (session: MemorySession) => void])[] = [
    ['something is missing', ({ kernel }) => void kernel.tamper({ verb: 'delete', have: NEIGHBOUR })],
    ['a pod is gone', ({ kernel }) => kernel.removeNamespace(netnsOf(1))],
    [
      'an endpoint is leaving',
      ({ store }) => {
        const leaving = { ...endpointOf(3), leaving: '2026-11-21T12:00:00.000Z' };
        store.replace({ ...DOCUMENT, endpoints: { ...DOCUMENT.endpoints, [idOf(3)]: leaving } });
      },
    ],
    [
      'a pod that was missed is there again',
      ({ store }) => {
        const missed = { ...endpointOf(1), missing: '2026-11-21T12:00:00.000Z' };
        store.replace({ ...DOCUMENT, endpoints: { ...DOCUMENT.endpoints, [idOf(1)]: missed } });
      },
    ],
    [
      'the node has booted since',
      ({ store }) => store.replace({ ...DOCUMENT, metadata: { ...DOCUMENT.metadata, bootId: 'another' } }),
    ],
  ];
  it.each(CASES)('is none when %s', (_, change) => {
    const session = converged();
    change(session);
    expect(roundIfConverged(session, { limit: 'hitless' })).toEqual({ ok: true, value: undefined });
  });

  it('is none when a save by hand is not written down, or is not in force', () => {
    const session = converged();
    const { read } = session.store;
    const refused = { file: 'x', time: 'y', base: 1, issues: [], conflicts: [] };
    for (const more of [{ isUnrecorded: true }, { refused }]) {
      const store = {
        ...session.store,
        read: (): ReturnType<typeof read> => {
          const snapshot = read();
          return snapshot.ok && snapshot.value !== undefined
            ? { ok: true, value: { ...snapshot.value, ...more } }
            : snapshot;
        },
      };
      expect(roundIfConverged({ ...session, store }, { limit: 'hitless' })).toEqual({
        ok: true,
        value: undefined,
      });
    }
  });
});
