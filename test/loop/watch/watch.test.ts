import { describe, expect, it } from 'vitest';
import { err, failure, ok } from '../../../reconciler/model/result.ts';
import { keyOf, type NetObject } from '../../../reconciler/model/state.ts';
import {
  endpointOf,
  documentOf,
  idOf,
  netnsOf,
  NETWORK,
  bootedKernel,
  hostNeighbourOf,
} from '../../support/node.ts';
import { createMemorySession } from '../../support/memory-session.ts';
import { hasObject, play, type Played } from './watch-support.ts';
import { hostRoute } from '../../support/objects.ts';

const NEIGHBOUR = hostNeighbourOf(0);
const KEY = keyOf(NEIGHBOUR);

function typesOf({ events }: Played): readonly string[] {
  return events.map(({ type }) => type);
}

describe('the loop', () => {
  it('scans everything at start, creates missing objects, and then waits for the next full scan', async () => {
    const played = await play();
    expect(typesOf(played)).toEqual(['Started', 'Applied']);
    expect(played.status()).toMatchObject({ observedGeneration: 7, convergedGeneration: 7, objects: [] });
    await played.pass(1500);
    const rounds = played.reports.length;
    await played.pass(50_000);
    expect(played.reports).toHaveLength(rounds);
    await played.pass(15_000);
    expect(played.reports.at(-1)?.triggers).toEqual(['scan']);
    expect(played.failures).toEqual([]);
  });

  it('repairs an announced deletion, and names its cause', async () => {
    const played = await play({ processes: { 811: 'systemd-networkd' } });
    await played.pass(2000);
    played.tamper({ verb: 'delete', have: NEIGHBOUR }, { portId: 811 });
    await played.pass(2);
    expect(hasObject(played, KEY)).toBe(true);
    expect(played.events.slice(-2)).toMatchObject([
      {
        type: 'Drift',
        key: KEY,
        message: 'deleted 12:00:02, likely pid 811 systemd-networkd',
        cause: 'drift',
      },
      { type: 'Repaired', key: KEY, message: 'recreated in 2.0 ms' },
    ]);
  });

  it('receives the loss of a prefix route, repairs it, and names the cause for its address', async () => {
    const played = await play({ processes: { 811: 'systemd-networkd' } });
    await played.pass(2000);
    const route = hostRoute('10.240.0.0/16', 'azure0', { protocol: 2 });
    played.tamper({ verb: 'delete', have: route }, { portId: 811 });
    await played.pass(2);
    const key = 'address 10.240.0.35/16 dev azure0';
    expect(played.events.slice(-2)).toMatchObject([
      { type: 'Drift', key, message: 'changed 12:00:02, likely pid 811 systemd-networkd', cause: 'drift' },
      { type: 'Repaired', key, message: 'restored (prefixRoute) in 2.0 ms' },
    ]);
  });

  it('makes one round of a burst, at most 20 ms after its begin', async () => {
    const played = await play();
    await played.pass(2000);
    const rounds = played.reports.length;
    for (let time = 0; time < 19; time += 1) {
      played.announce({ verb: 'gone', object: NEIGHBOUR, portId: 0 });
      await played.pass(1);
    }
    expect(played.reports).toHaveLength(rounds);
    await played.pass(1);
    expect(played.reports).toHaveLength(rounds + 1);
  });

  it('does not scan when announcements agree with the document: an ADD, a DEL, or its own round', async () => {
    const played = await play();
    await played.pass(2000);
    const rounds = played.reports.length;
    played.announce({ verb: 'set', object: NEIGHBOUR, portId: 5 });
    played.announce({ verb: 'gone', object: { ...hostNeighbourOf(0), address: '172.17.0.2' }, portId: 5 });
    await played.pass(1000);
    expect(played.reports).toHaveLength(rounds);
  });

  it('knows an ADD from its document beforehand, and checks when the ADD is over', async () => {
    const played = await play();
    await played.pass(2000);
    const rounds = played.reports.length;
    played.session.kernel.addNamespace(netnsOf(2));
    const document = documentOf([0, 1, 2]);
    const next = { ...document, metadata: { ...document.metadata, generation: 8 } };
    played.announce({ verb: 'set', object: hostNeighbourOf(2), portId: 77 });
    played.save(next);
    await played.pass(500);
    expect(played.reports).toHaveLength(rounds);
    await played.pass(600);
    expect(played.reports.at(-1)?.triggers).toEqual(['settled']);
    expect(played.status()?.convergedGeneration).toBe(8);
  });

  it('lets pods that start go first, and repairs just after the last of them', async () => {
    const played = await play();
    await played.pass(2000);
    const end = played.call();
    played.tamper({ verb: 'delete', have: NEIGHBOUR });
    await played.pass(100);
    expect(hasObject(played, KEY)).toBe(false);
    end();
    await played.pass(9);
    expect(hasObject(played, KEY)).toBe(false);
    await played.pass(1);
    expect(hasObject(played, KEY)).toBe(true);
  });

  it('repairs within a quarter of a second however many pods start', async () => {
    const played = await play();
    await played.pass(2000);
    played.tamper({ verb: 'delete', have: NEIGHBOUR });
    for (let time = 0; time < 252; time += 1) {
      const end = played.call();
      await played.pass(1);
      if (time % 2 === 0) end();
    }
    expect(hasObject(played, KEY)).toBe(true);
  });

  it('applies a saved edit immediately', async () => {
    const played = await play();
    await played.pass(2000);
    const routes = [{ to: '10.9.0.0/16', via: '10.240.0.1' }];
    const document = documentOf([0, 1], { ...NETWORK, routes });
    played.save({ ...document, metadata: { ...document.metadata, generation: 8 } });
    await played.pass(2);
    expect(hasObject(played, 'route 10.9.0.0/16')).toBe(true);
    expect(played.events.at(-1)).toMatchObject({
      type: 'Applied',
      message: 'generation 8: route 10.9.0.0/16',
    });
  });

  it('scans everything when announcements were lost, and on request', async () => {
    const played = await play();
    await played.pass(2000);
    played.session.kernel.tamper({ verb: 'delete', have: NEIGHBOUR });
    played.lose();
    await played.pass(2);
    expect(hasObject(played, KEY)).toBe(true);
    expect(typesOf(played)).toContain('Overflow');
    played.session.kernel.tamper({ verb: 'delete', have: NEIGHBOUR });
    played.scan();
    await played.pass(2);
    expect(hasObject(played, KEY)).toBe(true);
  });

  it('scans again a second after a repair, and detects an unannounced revert', async () => {
    const played = await play();
    await played.pass(2000);
    played.tamper({ verb: 'delete', have: NEIGHBOUR });
    await played.pass(2);
    played.session.kernel.tamper({ verb: 'delete', have: NEIGHBOUR });
    await played.pass(1000);
    expect(hasObject(played, KEY)).toBe(true);
    expect(played.reports.at(-1)?.triggers).toEqual(['recheck']);
  });

  it('leaves plugins that work in a pod in peace for half a second', async () => {
    const played = await play();
    await played.pass(2000);
    const rounds = played.reports.length;
    const route: NetObject = {
      kind: 'route',
      netns: '*',
      family: 4,
      to: 'default',
      table: 254,
      metric: 0,
      dev: '',
    };
    played.announce({ verb: 'gone', object: route, portId: 9 });
    await played.pass(499);
    expect(played.reports).toHaveLength(rounds);
    await played.pass(1);
    expect(played.reports.at(-1)?.triggers).toEqual(['pods']);
  });

  it('releases the endpoint of a namespace that is gone, when it is gone still some seconds later', async () => {
    const played = await play();
    await played.pass(2000);
    played.session.kernel.removeNamespace(netnsOf(0));
    const veth: NetObject = { kind: 'link', netns: '', name: endpointOf(0).hostVeth ?? '', type: 'veth' };
    played.announce({ verb: 'gone', object: veth, portId: 0 });
    await played.pass(10);
    expect(played.events.at(-1)).toMatchObject({ type: 'Missing', key: `endpoint ${idOf(0)}` });
    await played.pass(6000);
    expect(Object.keys(played.session.store.document()?.endpoints ?? {})).toEqual([idOf(1)]);
    expect(typesOf(played)).toContain('Released');
  });

  it('waits for the lock silently, and reports only a long wait', async () => {
    const session = createMemorySession(bootedKernel([0]), documentOf([0]));
    let isHeld = true;
    const busy = err(
      failure('timeout', 'lock round.lock', 'not free after 50 ms: held by process 7 (azure-vnet ADD)'),
    );
    const played = await play({
      session: { ...session, rounds: { hold: (_mode, work) => (isHeld ? busy : work()) } },
    });
    await played.pass(4000);
    expect(typesOf(played)).toEqual(['Started']);
    await played.pass(2000);
    expect(played.events.at(-1)).toMatchObject({
      type: 'Failed',
      message: expect.stringContaining('azure-vnet ADD'),
    });
    expect(played.status()?.conditions.find(({ type }) => type === 'Degraded')?.status).toBe(true);
    isHeld = false;
    await played.pass(100);
    expect(typesOf(played)).toContain('Recovered');
    expect(played.status()?.convergedGeneration).toBe(7);
  });

  it('does nothing after it was stopped', async () => {
    const played = await play();
    await played.stop();
    const rounds = played.reports.length;
    played.tamper({ verb: 'delete', have: NEIGHBOUR });
    await played.pass(120_000);
    expect(played.reports).toHaveLength(rounds);
    expect(typesOf(played).at(-1)).toBe('Stopped');
  });

  it('rolls back an unconfirmed change before it scans, and returns when its window is over', async () => {
    const until = new Date('2026-11-21T12:00:30.000Z');
    const asked: string[] = [];
    const played = await play({
      ports: {
        prepare: ({ now }) => {
          asked.push(now().toISOString());
          return ok(
            now() < until ? { reason: 'AwaitsConfirmation', message: 'generation 8', until } : undefined,
          );
        },
      },
    });
    expect(played.status()?.conditions.find(({ type }) => type === 'Tentative')?.status).toBe(true);
    await played.pass(31_000);
    expect(asked.some((time) => time >= until.toISOString())).toBe(true);
    expect(played.status()?.conditions.find(({ type }) => type === 'Tentative')?.status).toBe(false);
  });
});
