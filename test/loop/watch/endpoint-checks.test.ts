import { describe, expect, it } from 'vitest';
import { convergeEndpoint } from '../../support/converge-endpoint.ts';
import type { Scope } from '../../../reconciler/model/ports/kernel.ts';
import { notLoaded } from '../../../reconciler/document/library.ts';
import { err } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { createMemorySession, type MemorySession } from '../../support/memory-session.ts';
import { bootedKernel, documentOf, endpointOf, idOf, netnsOf, hostNeighbourOf } from '../../support/node.ts';
import { play, type Played, hasObject } from './watch-support.ts';

type Watched = { readonly played: Played; readonly scopes: Scope[]; readonly session: MemorySession };

/** A converged node with two pods; `scopes` records later observations. */
async function watched(
  change: (session: MemorySession) => MemorySession = (session) => session,
): Promise<Watched> {
  const scopes: Scope[] = [];
  const session = createMemorySession(bootedKernel([0, 1]), documentOf([0, 1]));
  const { observe } = session.kernel;
  const kernel: MemorySession['kernel'] = {
    ...session.kernel,
    observe: (scope) => {
      scopes.push(scope);
      return observe(scope);
    },
  };
  const played = await play({ session: change({ ...session, kernel }) });
  await played.pass(2000);
  scopes.length = 0;
  return { played, scopes, session };
}

function generation(number: number, document: VnetDocument): VnetDocument {
  return { ...document, metadata: { ...document.metadata, generation: number } };
}

/** The effect of an ADD of the third pod by another process. */
async function add({ played, session }: Watched): Promise<void> {
  const document = generation(8, documentOf([0, 1, 2]));
  session.kernel.addNamespace(netnsOf(2));
  played.save(document);
  expect((await convergeEndpoint(session, document, idOf(2))).ok).toBe(true);
}

/** The namespaces that were entered. */
function enteredIn({ scopes }: Watched): ReadonlySet<string> {
  return new Set(scopes.flatMap(({ pods }) => pods.map(({ netns }) => netns)));
}

describe('a second after an ADD or DEL', () => {
  it('only its endpoint is read, and the node is known to match the document', async () => {
    const here = await watched();
    const rounds = here.played.reports.length;
    await add(here);
    await here.played.pass(1100);
    expect(here.played.reports.slice(rounds).map(({ triggers }) => triggers)).toEqual([['settled']]);
    expect(here.scopes.map(({ whole, pods }) => [whole, pods.map(({ netns }) => netns)])).toEqual([
      [false, [netnsOf(2)]],
    ]);
    expect(here.played.status()).toMatchObject({ observedGeneration: 8, convergedGeneration: 8 });
  });

  it('a missing object triggers a full scan, which creates it', async () => {
    const here = await watched();
    await add(here);
    here.session.kernel.tamper({ verb: 'delete', have: hostNeighbourOf(2) });
    await here.played.pass(1100);
    expect(here.scopes.some(({ whole }) => whole)).toBe(true);
    expect(hasObject(here, 'neighbour 10.240.0.38 dev azure0')).toBe(true);
    expect(here.played.status()?.convergedGeneration).toBe(8);
  });

  it('an object left by a DEL triggers a full scan, which removes it', async () => {
    const here = await watched();
    here.session.kernel.tamper({
      verb: 'delete',
      have: { kind: 'link', netns: '', name: endpointOf(1).hostVeth ?? '', type: 'veth' },
    });
    here.played.save(generation(8, documentOf([0])));
    await here.played.pass(1100);
    expect(hasObject(here, 'neighbour 10.240.0.37 dev azure0')).toBe(false);
    expect(here.played.status()?.convergedGeneration).toBe(8);
  });

  it('what a slow DEL has not removed yet is no drift: it is removed as a change of the document', async () => {
    const here = await watched();
    const leaving = endpointOf(1, { leaving: '2026-11-21T12:00:00.000Z' });
    const told = here.played.events.length;
    here.played.save(
      generation(8, { ...documentOf([0]), endpoints: { [idOf(0)]: endpointOf(0), [idOf(1)]: leaving } }),
    );
    const name = endpointOf(1).hostVeth ?? '';
    const have = { kind: 'link', netns: '', name, type: 'veth' } as const;
    here.played.tamper({ verb: 'delete', have: hostNeighbourOf(1) });
    here.played.tamper({ verb: 'update', have, want: { ...have, up: false }, fields: ['up'] });
    await here.played.pass(1100);
    expect(hasObject(here, `link ${name}`)).toBe(false);
    expect(here.played.events.slice(told).map(({ type }) => type)).toEqual(['Applied', 'Released']);
  });

  it.each([0, 2])('the new pod is known: nothing but pod %i is entered when that is broken', async (pod) => {
    const here = await watched();
    await add(here);
    await here.played.pass(1100);
    here.scopes.length = 0;
    const name = endpointOf(pod).hostVeth ?? '';
    const have = { kind: 'link', netns: '', name, type: 'veth' } as const;
    here.played.tamper({ verb: 'update', have, want: { ...have, master: '' }, fields: ['master'] });
    await here.played.pass(10);
    expect(enteredIn(here)).toEqual(new Set([netnsOf(pod)]));
    expect(here.played.events.at(-1)).toMatchObject({ type: 'Repaired' });
  });

  it('every pod is entered when a veth is deleted: some pod lost its address, and Linux does not announce which', async () => {
    const here = await watched();
    here.scopes.length = 0;
    const name = endpointOf(0).hostVeth ?? '';
    here.played.tamper({ verb: 'delete', have: { kind: 'link', netns: '', name, type: 'veth' } });
    await here.played.pass(10);
    expect(enteredIn(here)).toEqual(new Set([netnsOf(0), netnsOf(1)]));
    expect(here.played.events.at(-1)).toMatchObject({ type: 'Repaired' });
  });

  it('a pod that is gone by then is found to be missing', async () => {
    const here = await watched();
    await add(here);
    here.session.kernel.removeNamespace(netnsOf(2));
    await here.played.pass(1100);
    expect(here.played.events.at(-1)).toMatchObject({ type: 'Missing', key: `endpoint ${idOf(2)}` });
  });
});

describe('a second after a repair', () => {
  it('no pod is entered but those in which something was changed', async () => {
    const { played, scopes } = await watched();
    played.tamper({
      verb: 'delete',
      have: { kind: 'link', netns: '', name: endpointOf(1).hostVeth ?? '', type: 'veth' },
    });
    await played.pass(10);
    scopes.length = 0;
    await played.pass(1100);
    expect(played.reports.at(-1)?.triggers).toEqual(['recheck']);
    expect(scopes.map(({ whole, pods }) => [whole, pods.map(({ netns }) => netns)])).toEqual([
      [true, [netnsOf(1)]],
    ]);
  });
});

/** The library of a process: `lacking` a part, which is `needed` from the next change of the kernel on. */
type Loading = { state: 'loaded' | 'lacking' | 'needed' };

function lazily(loading: Loading): (session: MemorySession) => MemorySession {
  return ({ kernel, store, ...session }) => ({
    ...session,
    kernel: {
      ...kernel,
      apply: (changes) => {
        if (loading.state === 'lacking') loading.state = 'needed';
        return kernel.apply(changes);
      },
    },
    store: {
      ...store,
      read: () =>
        loading.state === 'needed' ? err(notLoaded('read the document', 'recovery')) : store.read(),
    },
    library: {
      ...session.library,
      load: () => {
        loading.state = 'loaded';
        return Promise.resolve();
      },
    },
  });
}

describe('a round restarted for code that was not loaded', () => {
  const rules = { kind: 'nft-table', netns: '', family: 'bridge', name: 'vnet', rules: [] } as const;

  it('enters the pods announced during the first attempt', async () => {
    const loading: Loading = { state: 'loaded' };
    const { played, scopes } = await watched(lazily(loading));
    loading.state = 'lacking';
    const name = endpointOf(1).hostVeth ?? '';
    const lonely: NetObject = { kind: 'link', netns: '*', name, type: 'veth' };
    played.announce({ verb: 'touched', object: lonely, portId: 0 });
    played.tamper({ verb: 'delete', have: rules });
    await played.pass(100);
    const ready = played.status()?.conditions.find(({ type }) => type === 'Ready')?.status;
    expect([loading.state, ready]).toEqual(['loaded', true]);
    const entered = scopes.flatMap(({ pods }) => pods.map(({ netns }) => netns));
    expect(entered).toContain(netnsOf(1));
  });

  it('reports repairs made before the first attempt', async () => {
    const loading: Loading = { state: 'loaded' };
    const { played } = await watched(lazily(loading));
    loading.state = 'lacking';
    played.tamper({ verb: 'delete', have: hostNeighbourOf(0) });
    await played.pass(100);
    expect(loading.state).toBe('loaded');
    const told = played.events.filter(({ key }) => key === keyOf(hostNeighbourOf(0)));
    expect(told.map(({ type }) => type)).toEqual(['Drift', 'Repaired']);
  });
});

describe('while calls are answered', () => {
  it('their announcements are compared with the document at their end, without reads', async () => {
    const asked: number[] = [];
    const played = await play({ ports: { processOf: (pid) => void asked.push(pid) } });
    await played.pass(2000);
    const rounds = played.reports.length;
    const end = played.call();
    const [name, mac] = [endpointOf(2).hostVeth ?? '', endpointOf(2).mac ?? ''];
    const object = { kind: 'link', netns: '', name, type: 'veth', alias: `vnet:${idOf(2)}` } as const;
    played.announce({ verb: 'set', object: { ...object, up: false }, fields: ['up', 'alias'], portId: 4 });
    played.announce({
      verb: 'set',
      object: { kind: 'link', netns: '', name, type: 'device', port: { hairpin: false } },
      fields: ['port'],
      portId: 4,
    });
    played.save(generation(8, documentOf([0, 1, 2])));
    played.announce({
      verb: 'set',
      object: { ...object, up: true, port: { hairpin: true } },
      fields: ['up', 'alias', 'port'],
      portId: 4,
    });
    played.announce({ verb: 'set', object: { ...hostNeighbourOf(2), mac }, portId: 4 });
    end();
    await played.pass(500);
    expect(asked).toEqual([]);
    expect(played.reports).toHaveLength(rounds);
  });

  it('drift during the call is repaired right after it, with its cause', async () => {
    const played = await play({ processes: { 811: 'systemd-networkd' } });
    await played.pass(2000);
    const end = played.call();
    played.tamper({ verb: 'delete', have: hostNeighbourOf(0) }, { portId: 811 });
    await played.pass(50);
    end();
    await played.pass(20);
    expect(played.events.slice(-2)).toMatchObject([
      { type: 'Drift', message: expect.stringContaining('systemd-networkd') },
      { type: 'Repaired' },
    ]);
  });
});
