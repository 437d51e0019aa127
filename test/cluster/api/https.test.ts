import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import { openTransport } from '../../../reconciler/cluster/api/https.ts';
import { must } from '../../support/must.ts';
import { findCommand } from '../../support/tools.ts';
import { follow } from '../contract/follow.ts';
import { WIDGETS } from '../contract/contract.ts';
import { FakeCluster } from '../fake/cluster.ts';
import { serveFake } from '../fake/http.ts';

const openssl = findCommand('openssl');

async function openServer(tls?: { key: string; cert: string }) {
  const cluster = new FakeCluster([{ resource: WIDGETS }], createApiClock());
  const server = await serveFake(cluster, tls);
  return { cluster, server };
}

const named = (name: string, text = '') => ({ metadata: { name }, spec: { text } });

describe('the transport', () => {
  it('puts characters together that are divided between chunks', async () => {
    const { server } = await openServer();
    const transport = openTransport({ server: server.url }, 'test');
    const client = createApiClient(transport);
    must(await client.create(WIDGETS, named('a', 'Zürich → 東京 🚀')));
    server.faults.chunkBytes = 1;
    expect(must(await client.get(WIDGETS, { name: 'a' }))['spec']).toEqual({ text: 'Zürich → 東京 🚀' });
    const followed = follow(transport, WIDGETS);
    await followed.until(() => followed.reflector.isSynced());
    must(await client.create(WIDGETS, named('b', 'ß €')));
    await followed.until(() => followed.changes.length === 2);
    expect(followed.changes.map(({ object }) => object['spec'])).toEqual([
      { text: 'Zürich → 東京 🚀' },
      { text: 'ß €' },
    ]);
    await followed.stop();
    transport.close();
    await server.close();
  });

  it('goes on after all connections were dropped, and after a cut list', async () => {
    const { server } = await openServer();
    const transport = openTransport({ server: server.url }, 'test');
    const client = createApiClient(transport);
    for (const name of ['a', 'b']) must(await client.create(WIDGETS, named(name)));
    server.faults.cutAfterBytes = 100;
    const followed = follow(transport, WIDGETS);
    await followed.until(() => followed.failures.length > 0);
    expect(followed.changes).toEqual([]);
    delete server.faults.cutAfterBytes;
    await followed.until(() => followed.reflector.isSynced());
    server.drop();
    await followed.until(() => followed.failures.length > 1);
    must(await client.create(WIDGETS, named('c')));
    await followed.until(() => followed.changes.length === 3);
    expect(followed.lists()).toBe(1);
    await followed.stop();
    transport.close();
    await server.close();
  });

  it('reads a renewed token once, and asks no further with one that stays refused', async () => {
    const { cluster, server } = await openServer();
    const folder = mkdtempSync(join(tmpdir(), 'vnet-token-'));
    const file = join(folder, 'token');
    writeFileSync(file, 'old');
    cluster.tokens = new Set(['old']);
    const transport = openTransport({ server: server.url, token: { file } }, 'test');
    const client = createApiClient(transport);
    must(await client.list(WIDGETS));
    cluster.tokens = new Set(['new']);
    const before = cluster.requests.length;
    expect(await client.list(WIDGETS)).toMatchObject({ ok: false, error: { status: 401 } });
    expect(cluster.requests.length - before).toBe(1);
    writeFileSync(file, 'new\n');
    must(await client.list(WIDGETS));
    transport.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });

  it('asks over a new connection where one is wanted, and gives up on silence and late answers', async () => {
    const { server } = await openServer();
    const transport = openTransport({ server: server.url }, 'test');
    const client = createApiClient(transport);
    must(await client.create(WIDGETS, named('a')));
    must(await client.get(WIDGETS, { name: 'a' }));
    expect(server.connections()).toBe(1);
    must(await client.get(WIDGETS, { name: 'a' }, { isFresh: true }));
    expect(server.connections()).toBe(2);
    server.faults.latencyMs = 1000;
    const late = await transport.send({ method: 'GET', path: '/api/v1/nodes', timeoutMs: 50 });
    expect(late).toMatchObject({ ok: false, error: { code: 'timeout' } });
    server.faults.latencyMs = 20;
    must(await client.get(WIDGETS, { name: 'a' }));
    server.faults.isSilent = true;
    const answer = await transport.send({ method: 'GET', path: '/api/v1/nodes', timeoutMs: 50 });
    expect(answer).toMatchObject({ ok: false, error: { code: 'timeout' } });
    transport.close();
    await server.close();
    const refused = await openTransport({ server: server.url }, 'test').send({ method: 'GET', path: '/' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'io' } });
  });

  it.skipIf(openssl === undefined)('trusts only the authority that it was given', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'vnet-tls-'));
    const [keyFile, certFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request = [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-days',
      '2',
    ];
    const subject = ['-subj', '/CN=fake', '-addext', 'subjectAltName=IP:127.0.0.1'];
    execFileSync('openssl', [...request, ...subject, '-keyout', keyFile, '-out', certFile], {
      stdio: 'ignore',
    });
    const cert = readFileSync(certFile, 'utf8');
    const { server } = await openServer({ key: readFileSync(keyFile, 'utf8'), cert });
    const [trusting, doubting] = [{ authority: { file: certFile } }, {}].map((trust) =>
      openTransport({ server: server.url, ...trust }, 'test'),
    );
    const path = '/apis/contract.vnet.azure/v1/widgets';
    expect(await trusting?.send({ method: 'GET', path })).toMatchObject({ ok: true, value: { status: 200 } });
    expect(await doubting?.send({ method: 'GET', path })).toMatchObject({ ok: false, error: { code: 'io' } });
    trusting?.close();
    await server.close();
    rmSync(folder, { recursive: true });
  });
});
