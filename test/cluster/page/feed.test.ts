import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { PageFeed, type PageMessage } from '../../../reconciler/cluster/page/feed.ts';
import { keepPage } from '../../../reconciler/cluster/page/keep-page.ts';
import { renderMessage, servePage } from '../../../reconciler/cluster/page/serve-page.ts';
import { nodeRowOf, type OwnNodeView } from '../../../reconciler/cluster/page/view.ts';
import { NETWORK_ROLLOUTS, NODE_NETWORKS } from '../../../reconciler/cluster/custom-resources.ts';
import { must } from '../../support/must.ts';
import { freePort } from '../contract/free-port.ts';
import { inProcess } from '../fake/in-process.ts';
import { adminOf, openVnetCluster, want } from '../fake/vnet-cluster.ts';
import { settle, VirtualClock } from '../virtual-clock.ts';

const OWN: OwnNodeView = { name: 'a', generation: 1, networks: [], policy: '', pods: [], plan: '' };
const row = (name: string) => nodeRowOf({ metadata: { name } });

const ends: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0)) await end();
});

function read(feed: PageFeed) {
  const messages: PageMessage[] = [];
  const end = feed.follow((message) => void messages.push(message));
  return { messages, end, take: () => messages.splice(0).map(({ name, data }) => [name, data]) };
}

describe('the feed of the page', () => {
  it('gives a new reader the whole, then each change once; a value that stays is not told', () => {
    const feed = new PageFeed();
    feed.node('a', row('a'));
    const reader = read(feed);
    expect(reader.take()).toEqual([
      ['link', { isSynced: false, problem: '' }],
      ['nodes', { set: [row('a')], gone: [] }],
      ['rollouts', []],
    ]);
    feed.flush();
    reader.take();
    feed.node('a', row('a'));
    feed.node('b', row('b'));
    feed.flush();
    feed.node('a', undefined);
    feed.flush();
    feed.own(OWN);
    feed.own({ ...OWN });
    expect(reader.take()).toEqual([
      ['nodes', { set: [row('b')], gone: [] }],
      ['nodes', { set: [], gone: ['a'] }],
      ['own', OWN],
    ]);
    reader.end();
    feed.own({ ...OWN, generation: 2 });
    expect(reader.take()).toEqual([]);
  });

  it('follows the cluster, reads this node only for open pages, and says when the server is away', async () => {
    const clock = new VirtualClock();
    const cluster = openVnetCluster(clock);
    const admin = adminOf(cluster);
    const network = { isDown: false, isSilent: false };
    const feed = new PageFeed();
    const stop = new AbortController();
    let looks = 0;
    const own = (): Promise<OwnNodeView> => {
      looks += 1;
      return Promise.resolve(OWN);
    };
    const ports = { transport: inProcess(cluster, network), clock, log: () => undefined, own };
    const keeping = keepPage(ports, feed, stop.signal);
    ends.push(async () => {
      stop.abort();
      await keeping;
    });
    await want(admin, 'a', { desiredRevision: 'r' });
    must(await admin.create(NETWORK_ROLLOUTS, { metadata: { name: 'r' }, spec: { revision: 'r' } }));
    await settle();
    await clock.advance(60_000);
    expect(looks).toBe(0);
    const reader = read(feed);
    await clock.advance(10_000);
    expect(looks).toBeGreaterThan(2);
    const names = reader.messages.flatMap(({ name, data }) =>
      name === 'nodes' ? data.set.map((node) => node.name) : [],
    );
    expect(new Set(names)).toEqual(new Set(['a']));
    expect(reader.messages.findLast(({ name }) => name === 'rollouts')?.data).toMatchObject([{ name: 'r' }]);
    const link = () => reader.messages.findLast(({ name }) => name === 'link')?.data;
    expect(link()).toEqual({ isSynced: true, problem: '' });
    network.isDown = true;
    cluster.endWatches();
    await clock.advance(60_000);
    expect(link()).toMatchObject({ isSynced: true, problem: expect.stringContaining('ECONNREFUSED') });
    network.isDown = false;
    await clock.advance(120_000);
    expect(link()).toEqual({ isSynced: true, problem: '' });
    must(await admin.delete(NODE_NETWORKS, { name: 'a' }));
    await clock.advance(1000);
    expect(reader.messages.at(-1)).toEqual({ name: 'nodes', data: { set: [], gone: ['a'] } });
  });
});

describe('the server of the page', () => {
  const page = { html: '<!doctype html>', policy: "default-src 'none'" };

  function ask(port: number, path: string, options: { method?: string; host?: string } = {}) {
    const headers = options.host === undefined ? {} : { host: options.host };
    return new Promise<{ status: number; headers: NodeJS.Dict<string | string[]> }>((resolve, reject) => {
      request({ host: '127.0.0.1', port, path, method: options.method ?? 'GET', headers }, (answer) => {
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers });
        answer.destroy();
      })
        .on('error', reject)
        .end();
    });
  }

  it('answers only reading, by a loopback name: a page of another site that rebinds its name gets nothing', async () => {
    const port = await freePort();
    ends.push(await servePage({ kind: 'tcp', host: '127.0.0.1', port }, new PageFeed(), page));
    const whole = await ask(port, '/');
    expect([whole.status, whole.headers['content-security-policy']]).toEqual([200, page.policy]);
    expect((await ask(port, '/events')).headers['content-type']).toBe('text/event-stream');
    expect((await ask(port, '/', { method: 'POST' })).status).toBe(405);
    expect((await ask(port, '/other')).status).toBe(404);
    for (const path of ['/', '/events'])
      expect((await ask(port, path, { host: 'evil.example:9469' })).status).toBe(403);
    expect((await ask(port, '/', { host: `localhost:${port}` })).status).toBe(200);
  });

  it('writes one line for each message, whatever its texts have', () => {
    const message: PageMessage = { name: 'own', data: { ...OWN, plan: 'a\n\nevent: x\r\n' } };
    expect(renderMessage(message).split('\n')).toHaveLength(4);
  });
});
