/** A fake API server without sockets: takes a request, returns an answer or a stream of events. */
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import type { Resource } from '../../../reconciler/cluster/api/resources.ts';
import type { ApiClock } from '../../../reconciler/cluster/api/transport.ts';
import { objectKey } from '../../../reconciler/cluster/api/objects.ts';
import { listPage, matches } from './list.ts';
import { Storage, type StoredEvent } from './storage.ts';
import { refuse, type FakeAnswer, type FakeRequest, type Selected } from './types.ts';
import { createObject, patchObject, replaceObject } from './writes.ts';

/** A resource that the fake server has. Shape: `check` returns the errors of an object, as a schema would. */
export type FakeResource = {
  readonly resource: Resource;
  readonly hasStatus?: boolean;
  readonly check?: (object: ApiObject, before: ApiObject | undefined) => readonly string[];
};

export class FakeCluster {
  readonly storage = new Storage();
  /** Tokens that are accepted; undefined: all requests are. */
  tokens: ReadonlySet<string> | undefined;
  /** Returns a status instead of an answer. */
  fault: (request: FakeRequest) => number | undefined = () => undefined;
  /** The time between bookmarks. Units: milliseconds. */
  bookmarkMs = 60_000;
  readonly #resources: readonly FakeResource[];
  readonly clock: ApiClock;
  readonly #watches = new Set<() => void>();
  readonly requests: FakeRequest[] = [];

  constructor(resources: readonly FakeResource[], clock: ApiClock) {
    this.#resources = resources;
    this.clock = clock;
  }

  handle(request: FakeRequest): FakeAnswer {
    this.requests.push(request);
    const fault = this.fault(request);
    if (fault !== undefined) return refuse(fault, 'Fault', 'a fault of the test');
    if (this.tokens !== undefined && !this.tokens.has(request.token ?? ''))
      return refuse(401, 'Unauthorized', 'Unauthorized');
    const selected = this.#select(request.path);
    if (selected === undefined)
      return refuse(404, 'NotFound', 'the server could not find the requested resource');
    const { query, method } = request;
    if (selected.name === undefined) {
      if (method === 'POST') return createObject(this.storage, selected, request);
      if (method !== 'GET') return refuse(405, 'MethodNotAllowed', 'not supported here');
      return query.get('watch') === '1'
        ? this.#watch(selected, query)
        : listPage(this.storage, selected, query);
    }
    return this.#object(selected, request);
  }

  /** Ends all watches, as a restart of the server does. */
  endWatches(): void {
    for (const end of this.#watches) end();
  }

  watchCount(): number {
    return this.#watches.size;
  }

  #object(selected: Selected, request: FakeRequest): FakeAnswer {
    const { storage } = this;
    const { collection, key = '', name = '' } = selected;
    const stored = storage.get(collection, key);
    const missing = refuse(404, 'NotFound', `${selected.resource.plural} "${name}" not found`);
    switch (request.method) {
      case 'GET':
        return stored === undefined ? missing : { status: 200, body: JSON.stringify(stored.object) };
      case 'PATCH':
        return patchObject(storage, selected, request);
      case 'PUT':
        return stored === undefined ? missing : replaceObject(storage, selected, request);
      case 'DELETE':
        return storage.delete(collection, key)
          ? { status: 200, body: '{"kind":"Status","status":"Success"}' }
          : missing;
      default:
        return refuse(405, 'MethodNotAllowed', 'not supported here');
    }
  }

  #select(path: string): Selected | undefined {
    const parts = path
      .split('/')
      .filter((part) => part !== '')
      .map(decodeURIComponent);
    const [group = '', version = '', ...rest] = parts[0] === 'api' ? ['', ...parts.slice(1)] : parts.slice(1);
    const namespace = rest[0] === 'namespaces' && rest.length > 2 ? rest[1] : undefined;
    const [plural = '', name, subresource] = namespace === undefined ? rest : rest.slice(2);
    const found = this.#resources.find(
      ({ resource }) =>
        resource.group === group && resource.version === version && resource.plural === plural,
    );
    if (found === undefined) return undefined;
    if (subresource !== undefined && (subresource !== 'status' || found.hasStatus !== true)) return undefined;
    const collection = `${group}/${plural}`;
    const key =
      name === undefined ? undefined : objectKey({ name, ...(namespace === undefined ? {} : { namespace }) });
    return {
      ...found,
      hasStatus: found.hasStatus === true,
      collection,
      namespace,
      name,
      key,
      isStatus: subresource === 'status',
    };
  }

  #watch(selected: Selected, query: URLSearchParams): FakeAnswer {
    const from = Number(query.get('resourceVersion') ?? '0');
    const { storage } = this;
    const expired = from !== 0 && from < storage.oldest();
    return {
      status: 200,
      stream: (send, end) => {
        if (expired) {
          const status = { kind: 'Status', status: 'Failure', reason: 'Expired', code: 410 };
          const message = `too old resource version: ${from} (${storage.oldest()})`;
          send(JSON.stringify({ type: 'ERROR', object: { ...status, message } }));
          end();
          return () => undefined;
        }
        return this.#stream({ selected, query, from }, send, end);
      },
    };
  }

  #stream(
    { selected, query, from }: { selected: Selected; query: URLSearchParams; from: number },
    send: (line: string) => void,
    end: () => void,
  ): () => void {
    const { storage } = this;
    const stop = new AbortController();
    const tell = (event: StoredEvent): void => {
      if (event.collection === selected.collection && matches(event.object, selected, query))
        send(event.line());
    };
    const bookmark = (): void => {
      if (query.get('allowWatchBookmarks') !== 'true') return;
      const metadata = { resourceVersion: String(storage.version()) };
      send(JSON.stringify({ type: 'BOOKMARK', object: { kind: selected.resource.kind, metadata } }));
    };
    for (const event of storage.since(from)) tell(event);
    const name = /^metadata\.name=(.*)$/.exec(query.get('fieldSelector') ?? '')?.[1];
    const silence = storage.listen(tell, selected.collection, name);
    const close = (): void => {
      stop.abort();
      silence();
      this.#watches.delete(abort);
    };
    const abort = (): void => {
      close();
      end();
    };
    this.#watches.add(abort);
    const lengthMs = Number(query.get('timeoutSeconds') ?? '300') * 1000;
    void this.#time(lengthMs, stop.signal, { bookmark, over: abort });
    return close;
  }

  async #time(
    lengthMs: number,
    signal: AbortSignal,
    { bookmark, over }: { bookmark: () => void; over: () => void },
  ): Promise<void> {
    for (let leftMs = lengthMs; leftMs > 0 && !signal.aborted; leftMs -= this.bookmarkMs) {
      await this.clock.sleep(Math.min(leftMs, this.bookmarkMs), signal);
      if (!signal.aborted) bookmark();
    }
    if (!signal.aborted) over();
  }
}
