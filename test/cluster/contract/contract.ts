/** The contract between client and API server, for the fake server and a real one. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClusterAccess } from '../../../reconciler/cluster/api/access.ts';
import { type ApiClient, createApiClient } from '../../../reconciler/cluster/api/client.ts';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import { openTransport } from '../../../reconciler/cluster/api/https.ts';
import { splitLines } from '../../../reconciler/cluster/api/lines.ts';
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { collectionPath, type Resource } from '../../../reconciler/cluster/api/resources.ts';
import { isVersionGone } from '../../../reconciler/cluster/api/status.ts';
import type { Transport } from '../../../reconciler/cluster/api/transport.ts';
import { watchCollection } from '../../../reconciler/cluster/api/watch.ts';
import { must } from '../../support/must.ts';
import { follow } from './follow.ts';

/** A custom resource of the suite, with a status of its own. */
export const WIDGETS: Resource = {
  group: 'contract.vnet.azure',
  version: 'v1',
  plural: 'widgets',
  kind: 'Widget',
  isNamespaced: false,
};

export type ContractServer = { readonly access: ClusterAccess; readonly close: () => Promise<void> };

export function describeApi(name: string, open: () => Promise<ContractServer>): void {
  describe(`the API contract: ${name}`, () => {
    let server: ContractServer;
    let transport: Transport;
    let client: ApiClient;
    beforeAll(async () => {
      server = await open();
      transport = openTransport(server.access, 'vnet-contract');
      client = createApiClient(transport);
    });
    afterAll(async () => {
      transport.close();
      await server.close();
    });
    describeObjects(() => client);
    describeApply(() => client);
    describeCollections(() => ({ client, transport }));
    it('refuses a wrong token', async () => {
      const { certificate: _c, key: _k, ...access } = server.access;
      const stranger = openTransport({ ...access, token: { text: 'wrong' } }, 'vnet-contract');
      const answer = await createApiClient(stranger).list(WIDGETS);
      stranger.close();
      expect(answer).toMatchObject({ ok: false, error: { code: 'permission', status: 401 } });
    });
  });
}

let count = 0;

function widget(spec: object, prefix = 'w'): ApiObject {
  count += 1;
  return { metadata: { name: `${prefix}-${count}` }, spec: { ...spec } };
}

function describeObjects(given: () => ApiClient): void {
  it('creates, reads and deletes an object', async () => {
    const client = given();
    const object = widget({ size: 1 });
    const { name } = object.metadata;
    const made = must(await client.create(WIDGETS, object));
    expect(made).toMatchObject({ spec: { size: 1 }, metadata: { name, generation: 1 } });
    expect(must(await client.get(WIDGETS, { name }, { isFresh: true })).metadata.uid).toBe(made.metadata.uid);
    expect(await client.create(WIDGETS, object)).toMatchObject({ ok: false, error: { code: 'exists' } });
    must(await client.delete(WIDGETS, { name }));
    expect(await client.get(WIDGETS, { name })).toMatchObject({
      ok: false,
      error: { code: 'not-found', status: 404, reason: 'NotFound' },
    });
    expect(await client.delete(WIDGETS, { name })).toMatchObject({ ok: false, error: { code: 'not-found' } });
  });

  it('replaces only the version that was read', async () => {
    const client = given();
    const made = must(await client.create(WIDGETS, widget({ size: 1 })));
    const second = must(await client.replace(WIDGETS, { ...made, spec: { size: 2 } }));
    expect(second.metadata.generation).toBe(2);
    expect(await client.replace(WIDGETS, { ...made, spec: { size: 3 } })).toMatchObject({
      ok: false,
      error: { code: 'conflict', reason: 'Conflict' },
    });
  });

  it('sets single fields, and removes one that is null', async () => {
    const client = given();
    const { metadata } = must(await client.create(WIDGETS, widget({ size: 1, color: 'red' })));
    const { name } = metadata;
    const patched = must(await client.patch(WIDGETS, { name }, { spec: { size: 2, color: null } }, 'person'));
    expect([patched['spec'], patched.metadata.generation]).toEqual([{ size: 2 }, 2]);
    expect(await client.patch(WIDGETS, { name: 'never-made' }, {}, 'person')).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
  });

  it('refuses what the schema does not allow, and names the field', async () => {
    const answer = await given().create(WIDGETS, widget({ size: 'large' }));
    expect(answer).toMatchObject({ ok: false, error: { code: 'invalid', status: 422 } });
    expect(answer.ok ? '' : answer.error.message).toContain('spec.size');
  });
}

function describeApply(given: () => ApiClient): void {
  it('gives each manager its fields; another one conflicts, forces, and drops what it no longer applies', async () => {
    const client = given();
    const { metadata } = widget({});
    const admin = { manager: 'admin' };
    must(await client.apply(WIDGETS, { metadata, spec: { size: 1, color: 'red' } }, admin));
    const refused = await client.apply(WIDGETS, { metadata, spec: { size: 2 } }, { manager: 'controller' });
    expect(refused).toMatchObject({ ok: false, error: { code: 'conflict', status: 409 } });
    expect(refused.ok ? '' : refused.error.message).toContain('admin');
    const forced = { manager: 'controller', isForced: true };
    expect(must(await client.apply(WIDGETS, { metadata, spec: { size: 2 } }, forced))['spec']).toEqual({
      size: 2,
      color: 'red',
    });
    // The admin's next apply has neither: the colour goes, the size stays with its new manager.
    expect(must(await client.apply(WIDGETS, { metadata, spec: {} }, admin))['spec']).toEqual({ size: 2 });
  });

  it('keeps spec and status apart', async () => {
    const client = given();
    const { metadata } = widget({});
    const { name } = metadata;
    must(
      await client.apply(WIDGETS, { metadata, spec: { size: 1 }, status: { phase: 'x' } }, { manager: 'a' }),
    );
    expect(must(await client.get(WIDGETS, { name }))['status']).toBeUndefined();
    // Servers before 1.22 count a status that the main resource ignored as applied: a status is always forced.
    const agent = { manager: 'agent', subresource: 'status', isForced: true } as const;
    const after = must(await client.apply(WIDGETS, { metadata, status: { phase: 'ready' } }, agent));
    expect(after).toMatchObject({
      spec: { size: 1 },
      status: { phase: 'ready' },
      metadata: { generation: 1 },
    });
    const version = after.metadata.resourceVersion;
    const again = must(await client.apply(WIDGETS, { metadata, status: { phase: 'ready' } }, agent));
    expect(again.metadata.resourceVersion).toBe(version);
    const missing = { metadata: { name: 'never-made' }, status: { phase: 'ready' } };
    expect(await client.apply(WIDGETS, missing, agent)).toMatchObject({
      ok: false,
      error: { code: 'not-found' },
    });
  });

  it('writes nothing in a dry run', async () => {
    const client = given();
    const object = widget({ size: 1 });
    must(await client.apply(WIDGETS, object, { manager: 'a', isDryRun: true }));
    expect(await client.get(WIDGETS, { name: object.metadata.name })).toMatchObject({ ok: false });
  });
}

function describeCollections(given: () => { client: ApiClient; transport: Transport }): void {
  it('lists in pages', async () => {
    const { client } = given();
    for (let made = 0; made < 5; made += 1)
      must(await client.create(WIDGETS, widget({ size: made }, 'page')));
    const pages: string[][] = [];
    let next: string | undefined;
    do {
      const page = must(
        await client.list(WIDGETS, { limit: '2', ...(next === undefined ? {} : { continue: next }) }),
      );
      pages.push(page.items.map(({ metadata }) => metadata.name));
      next = page.continue;
    } while (next !== undefined);
    expect(pages.length).toBeGreaterThan(2);
    expect(pages.every((names) => names.length <= 2)).toBe(true);
    expect(pages.flat().filter((name) => name.startsWith('page-'))).toHaveLength(5);
  });

  it('follows a collection: list, then additions, changes and deletions in order', async () => {
    const { client, transport } = given();
    const before = must(await client.create(WIDGETS, widget({ size: 1 }, 'followed')));
    const followed = follow(transport, WIDGETS);
    await followed.until(() => followed.reflector.isSynced());
    expect(followed.reflector.cache.get(before.metadata.name)).toMatchObject({ spec: { size: 1 } });
    const object = widget({ size: 1 }, 'followed');
    const { name } = object.metadata;
    const made = must(await client.create(WIDGETS, object));
    must(await client.replace(WIDGETS, { ...made, spec: { size: 2 } }));
    must(await client.delete(WIDGETS, { name }));
    await followed.until(() => followed.changes.some(({ kind, key }) => kind === 'delete' && key === name));
    const kinds = followed.changes.filter(({ key }) => key === name).map(({ kind }) => kind);
    expect(kinds).toEqual(['add', 'update', 'delete']);
    expect(followed.reflector.cache.get(name)).toBeUndefined();
    expect(followed.failures).toEqual([]);
    await followed.stop();
  });

  it('follows only the objects that a selector names', async () => {
    const { client, transport } = given();
    const wanted = widget({ size: 1 }, 'selected');
    const followed = follow(transport, WIDGETS, {
      query: { fieldSelector: `metadata.name=${wanted.metadata.name}` },
    });
    await followed.until(() => followed.reflector.isSynced());
    must(await client.create(WIDGETS, widget({ size: 1 }, 'other')));
    must(await client.create(WIDGETS, wanted));
    await followed.until(() => followed.changes.length > 0);
    expect(followed.changes.map(({ key }) => key)).toEqual([wanted.metadata.name]);
    await followed.stop();
  });

  it('answers a watch from a version that is gone with the event 410', async () => {
    const { transport } = given();
    const signal = new AbortController().signal;
    const nothing = (): void => undefined;
    const place = { path: collectionPath(WIDGETS), query: {}, keep: (object: ApiObject) => object };
    const told = { opened: nothing, seen: nothing, set: nothing, remove: nothing };
    const session = { version: '1', seconds: 300, signal, ...told };
    const ended = await watchCollection({ transport, clock: createApiClock() }, place, session);
    expect(ended !== undefined && isVersionGone(ended)).toBe(true);
  });

  // Servers before 1.22 send bookmarks only shortly before the end, and none in a collection where nothing happened.
  it('sends a bookmark after events', async () => {
    const { client, transport } = given();
    const { metadata } = must(await client.create(WIDGETS, widget({ size: 1 })));
    const watching = watchedTypes(transport, metadata.resourceVersion, { seconds: 8, until: 'BOOKMARK' });
    must(await client.create(WIDGETS, widget({ size: 2 })));
    const types = await watching;
    expect([types.filter((type) => type !== 'BOOKMARK'), types.includes('BOOKMARK')]).toEqual([
      ['ADDED'],
      true,
    ]);
  });

  it('ends a watch whose time is over', async () => {
    const { client, transport } = given();
    const { metadata } = must(await client.create(WIDGETS, widget({ size: 1 })));
    const types = await watchedTypes(transport, metadata.resourceVersion, { seconds: 2, until: undefined });
    expect(types.filter((type) => type !== 'BOOKMARK')).toEqual([]);
  });
}

/** The types of the events of a watch, until the first of one type, or to its end. */
async function watchedTypes(
  transport: Transport,
  version: string | undefined,
  { seconds, until }: { seconds: number; until: string | undefined },
): Promise<readonly string[]> {
  const query = {
    watch: '1',
    allowWatchBookmarks: 'true',
    resourceVersion: version ?? '',
    timeoutSeconds: String(seconds),
  };
  const answer = must(await transport.send({ method: 'GET', path: collectionPath(WIDGETS), query }));
  const splitter = splitLines();
  const types: string[] = [];
  for await (const chunk of answer.chunks) {
    for (const line of splitter.push(chunk)) types.push((JSON.parse(line) as { type: string }).type);
    if (until !== undefined && types.includes(until)) break;
  }
  return types;
}
