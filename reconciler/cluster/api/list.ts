/** A complete list of a collection, in pages. */
import { isRecord, parseJson } from '../../model/objects.ts';
import { err, failure, ok, type Result, thrownMessage } from '../../model/result.ts';
import { type ListReader, readListItems } from './list-items.ts';
import { type CachedObject, isApiObject, objectKey } from './objects.ts';
import { apiFailure } from './status.ts';
import type { ApiAnswer, ApiFailure, Transport } from './transport.ts';
import type { CollectionPlace } from './watch.ts';

/** Number of objects in a page. */
const PAGE_SIZE = 500;

/** How to list. Shape: `isExact` reads the store of the cluster, not the cache of one server. */
export type ListOptions = { readonly isExact: boolean; readonly signal: AbortSignal };

/** A whole list at one version. */
export type CollectionList<T> = {
  readonly items: ReadonlyMap<string, CachedObject<T>>;
  readonly version: string;
};

type Page = { readonly version: string; readonly next: string | undefined };

/**
 * Resolves to the list once every page has arrived whole.
 * Errors: a status of the server (410 if the pages expired), `io` for a cut page; no part of the list is returned then.
 */
export async function listCollection<T>(
  transport: Transport,
  place: CollectionPlace<T>,
  { isExact, signal }: ListOptions,
): Promise<Result<CollectionList<T>, ApiFailure>> {
  const items = new Map<string, CachedObject<T>>();
  let next: string | undefined;
  for (;;) {
    // A server's cache answers version 0; continued pages are of the first page's version.
    const from = next === undefined ? (isExact ? {} : { resourceVersion: '0' }) : { continue: next };
    const query = { ...place.query, limit: String(PAGE_SIZE), ...from };
    const answer = await transport.send({ method: 'GET', path: place.path, query }, signal);
    if (!answer.ok) return answer;
    const page = await readPage(answer.value, place, items);
    if (!page.ok) return page;
    if (page.value.next === undefined) return ok({ items, version: page.value.version });
    next = page.value.next;
  }
}

async function readPage<T>(
  { status, chunks, retryAfterMs }: ApiAnswer,
  { path, keep }: CollectionPlace<T>,
  items: Map<string, CachedObject<T>>,
): Promise<Result<Page, ApiFailure>> {
  const step = `GET ${path}`;
  const reader = readListItems();
  let rest: string;
  try {
    for await (const text of textsOf(chunks, reader)) {
      const object = parseJson(text, isApiObject);
      if (object === undefined) return err(cut(step, 'an item is no object'));
      const kept = keep(object);
      const version = object.metadata.resourceVersion ?? '';
      if (kept !== undefined) items.set(objectKey(object.metadata), { version, object: kept });
    }
    rest = reader.end() ?? '';
  } catch (error) {
    return err(cut(step, thrownMessage(error)));
  }
  if (status !== 200) return err(apiFailure(step, status, rest, retryAfterMs));
  const list = parseJson(rest, isRecord);
  const metadata = list?.['metadata'];
  const version = isRecord(metadata) ? metadata['resourceVersion'] : undefined;
  if (typeof version !== 'string' || !isRecord(metadata)) return err(cut(step, 'the list is cut'));
  const more = metadata['continue'];
  return ok({ version, next: typeof more === 'string' && more !== '' ? more : undefined });
}

async function* textsOf(chunks: AsyncIterable<Uint8Array>, reader: ListReader): AsyncGenerator<string> {
  for await (const chunk of chunks) yield* reader.push(chunk);
}

function cut(step: string, message: string): ApiFailure {
  const hint = 'The list is read again; the present copy stays.';
  return failure('io', step, message, { hint });
}
