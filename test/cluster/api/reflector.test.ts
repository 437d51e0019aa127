import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { must } from '../../support/must.ts';
import { follow } from '../contract/follow.ts';
import { WIDGETS } from '../contract/contract.ts';
import { FakeCluster } from '../fake/cluster.ts';
import { inProcess } from '../fake/in-process.ts';
import type { FakeRequest } from '../fake/types.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';

async function openFollowed() {
  const clock = new VirtualClock();
  const cluster = new FakeCluster([{ resource: WIDGETS }], clock);
  const network = { isDown: false, isSilent: false };
  const transport = inProcess(cluster, network);
  const client = createApiClient(transport);
  for (const name of ['a', 'b', 'c']) must(await client.create(WIDGETS, { metadata: { name }, spec: {} }));
  const followed = follow(transport, WIDGETS, { clock });
  await settle();
  expect(followed.reflector.cache.size()).toBe(3);
  return { clock, cluster, network, client, followed };
}

const isList = ({ query }: FakeRequest): boolean => query.get('watch') !== '1';

describe('a reflector', () => {
  it.each([403, 404, 500, 503])(
    'keeps its copy while the server answers %i, and then goes on',
    async (status) => {
      const { clock, cluster, client, followed } = await openFollowed();
      cluster.fault = ({ method }) => (method === 'GET' ? status : undefined);
      cluster.storage.compact();
      cluster.endWatches();
      await clock.advance(600_000);
      expect(followed.failures.length).toBeGreaterThan(3);
      expect(followed.changes.filter(({ kind }) => kind === 'delete')).toEqual([]);
      expect(followed.reflector.isSynced()).toBe(true);
      cluster.fault = () => undefined;
      must(await client.delete(WIDGETS, { name: 'b' }));
      await clock.advance(60_000);
      expect(followed.changes.filter(({ kind }) => kind === 'delete').map(({ key }) => key)).toEqual(['b']);
      await followed.stop();
    },
  );

  it('asks again less and less often, and never in a loop', async () => {
    const { clock, cluster, network, followed } = await openFollowed();
    network.isDown = true;
    cluster.endWatches();
    await clock.advance(3_600_000);
    // Half the jitter: 15.5 s a try at the end.
    expect(followed.failures.length).toBeGreaterThan(100);
    expect(followed.failures.length).toBeLessThan(300);
    await followed.stop();
  });

  it('does not ask in a loop a server that ends each watch at once', async () => {
    const { clock, cluster, followed } = await openFollowed();
    for (let turn = 0; turn < 600; turn += 1) {
      cluster.endWatches();
      await clock.advance(1000);
    }
    expect(cluster.requests.filter((request) => !isList(request)).length).toBeLessThan(100);
    expect(cluster.requests.filter(isList)).toHaveLength(4);
    await followed.stop();
  });

  it('lists again after 410, as a status and as an event, and tells only the differences', async () => {
    const { clock, cluster, client, network, followed } = await openFollowed();
    for (const expire of [() => undefined, (request: FakeRequest) => (isList(request) ? undefined : 410)]) {
      const lists = followed.lists();
      network.isDown = true;
      cluster.endWatches();
      await settle();
      network.isDown = false;
      cluster.fault = expire;
      must(await client.create(WIDGETS, { metadata: { name: `d-${lists}` }, spec: {} }));
      cluster.storage.compact();
      await clock.advance(5000);
      cluster.fault = () => undefined;
      await clock.advance(60_000);
      expect(followed.lists()).toBeGreaterThan(lists);
    }
    expect(followed.changes.map(({ kind, key }) => `${kind} ${key}`)).toEqual([
      'add a',
      'add b',
      'add c',
      'add d-1',
      'add d-2',
    ]);
    await followed.stop();
  });

  it('believes an empty list only when the store of the cluster says the same', async () => {
    const { clock, cluster, client, followed } = await openFollowed();
    const handle = cluster.handle.bind(cluster);
    let isStoreEmpty = false;
    cluster.handle = (request) => {
      const isCached = request.query.get('resourceVersion') === '0';
      const isEmpty = isList(request) && request.method === 'GET' && (isCached || isStoreEmpty);
      return isEmpty
        ? { status: 200, body: '{"metadata":{"resourceVersion":"100"},"items":[]}' }
        : handle(request);
    };
    cluster.storage.compact();
    must(await client.create(WIDGETS, { metadata: { name: 'd' }, spec: {} }));
    await settle();
    cluster.fault = (request) => (isList(request) ? undefined : 410);
    cluster.endWatches();
    await clock.advance(10_000);
    expect(followed.lists()).toBeGreaterThan(1);
    expect(followed.changes.filter(({ kind }) => kind === 'delete')).toEqual([]);
    isStoreEmpty = true;
    await clock.advance(60_000);
    expect(followed.reflector.cache.size()).toBe(0);
    await followed.stop();
  });

  it('notices a connection on which nothing arrives, and goes on without a list', async () => {
    const { clock, cluster, client, network, followed } = await openFollowed();
    cluster.endWatches();
    network.isSilent = true;
    await clock.advance(30_000);
    network.isSilent = false;
    must(await client.create(WIDGETS, { metadata: { name: 'd' }, spec: {} }));
    await clock.advance(110_000);
    expect(followed.reflector.cache.get('d')).toBeUndefined();
    await clock.advance(20_000);
    expect(followed.failures.some(({ code }) => code === 'timeout')).toBe(true);
    expect(followed.reflector.cache.get('d')).toBeDefined();
    expect(followed.lists()).toBe(1);
    await followed.stop();
  });

  it('needs one list and no write in a day of silence, by bookmarks', async () => {
    const { clock, cluster, followed } = await openFollowed();
    await clock.advance(86_400_000);
    expect(followed.failures).toEqual([]);
    expect(cluster.requests.filter((request) => isList(request) && request.method === 'GET')).toHaveLength(1);
    await followed.stop();
  });
});
