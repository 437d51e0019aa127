/** Single requests to the Kubernetes API: read, create, server-side apply, delete. */
import { asRecord, isRecord, parseJson } from '../../model/objects.ts';
import { err, fail, failure, ok, type Result, thrownMessage } from '../../model/result.ts';
import { type ApiObject, isApiObject } from './objects.ts';
import { apiVersionOf, collectionPath, type ObjectPlace, objectPath, type Resource } from './resources.ts';
import { apiFailure } from './status.ts';
import type { ApiFailure, ApiRequest, Transport } from './transport.ts';

/** Who applies fields, and whether fields of others are taken over. */
export type ApplyOptions = {
  readonly manager: string;
  readonly isForced?: boolean;
  readonly isDryRun?: boolean;
};

/** One page of a list. */
export type ObjectList = { readonly items: readonly ApiObject[]; readonly continue: string | undefined };

/** Requests about single objects. Errors: an ApiFailure with the status of the answer. */
export interface ApiClient {
  get(
    resource: Resource,
    place: ObjectPlace,
    options?: { isFresh: boolean },
  ): Promise<Result<ApiObject, ApiFailure>>;
  list(
    resource: Resource,
    query?: Readonly<Record<string, string>>,
    namespace?: string,
  ): Promise<Result<ObjectList, ApiFailure>>;
  create(resource: Resource, object: ApiObject): Promise<Result<ApiObject, ApiFailure>>;
  /** Replaces an object whose resourceVersion is still the given one. Errors: `conflict`. */
  replace(resource: Resource, object: ApiObject): Promise<Result<ApiObject, ApiFailure>>;
  /**
   * Ensures by server-side apply that the object has these fields, and none that the manager applied before.
   * Errors: `conflict` for a field of another manager.
   */
  apply(
    resource: Resource,
    object: ApiObject,
    options: ApplyOptions & Pick<ObjectPlace, 'subresource'>,
  ): Promise<Result<ApiObject, ApiFailure>>;
  /** Sets the fields of the patch (JSON merge patch); null removes one. */
  patch(
    resource: Resource,
    place: ObjectPlace,
    fields: Readonly<Record<string, unknown>>,
    manager: string,
  ): Promise<Result<ApiObject, ApiFailure>>;
  delete(resource: Resource, place: ObjectPlace): Promise<Result<void, ApiFailure>>;
}

/** Returns the client over the transport. */
export function createApiClient(transport: Transport): ApiClient {
  const objectFrom = async (request: ApiRequest): Promise<Result<ApiObject, ApiFailure>> => {
    const text = await textOf(transport, request);
    if (!text.ok) return text;
    const object = parseJson(text.value, isApiObject);
    return object === undefined ? err(notAnObject(request)) : ok(object);
  };
  return {
    get: (resource, place, { isFresh } = { isFresh: false }) =>
      objectFrom({ method: 'GET', path: objectPath(resource, place), isFresh }),
    list: async (resource, query = {}, namespace) => {
      const request: ApiRequest = { method: 'GET', path: collectionPath(resource, namespace), query };
      const text = await textOf(transport, request);
      return text.ok ? pageOf(text.value, request) : text;
    },
    create: (resource, object) =>
      objectFrom({
        method: 'POST',
        path: collectionPath(resource, object.metadata.namespace),
        body: JSON.stringify(typed(resource, object)),
      }),
    replace: (resource, object) =>
      objectFrom({
        method: 'PUT',
        path: objectPath(resource, object.metadata),
        body: JSON.stringify(typed(resource, object)),
      }),
    apply: (resource, object, { manager, isForced = false, isDryRun = false, subresource }) =>
      objectFrom({
        method: 'PATCH',
        path: objectPath(resource, { ...placeOf(object), ...(subresource && { subresource }) }),
        query: { fieldManager: manager, force: String(isForced), ...(isDryRun ? { dryRun: 'All' } : {}) },
        contentType: 'application/apply-patch+yaml',
        body: JSON.stringify(typed(resource, object)),
      }),
    patch: (resource, place, fields, manager) =>
      objectFrom({
        method: 'PATCH',
        path: objectPath(resource, place),
        query: { fieldManager: manager },
        contentType: 'application/merge-patch+json',
        body: JSON.stringify(fields),
      }),
    delete: async (resource, place) => {
      const done = await textOf(transport, { method: 'DELETE', path: objectPath(resource, place) });
      return done.ok ? ok(undefined) : done;
    },
  };
}

function placeOf({ metadata: { name, namespace } }: ApiObject): ObjectPlace {
  return namespace === undefined ? { name } : { name, namespace };
}

function typed(resource: Resource, object: ApiObject): ApiObject {
  return { ...object, apiVersion: apiVersionOf(resource), kind: resource.kind };
}

/** Resolves to the body of an answer of status 2xx; all others are failures. */
async function textOf(transport: Transport, request: ApiRequest): Promise<Result<string, ApiFailure>> {
  const step = `${request.method} ${request.path}`;
  const sent = await transport.send(request);
  if (!sent.ok) return sent;
  const { status, chunks, retryAfterMs } = sent.value;
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let text = '';
  try {
    for await (const chunk of chunks) text += decoder.decode(chunk, { stream: true });
    text += decoder.decode();
  } catch (error) {
    return fail('io', step, thrownMessage(error));
  }
  return status >= 200 && status < 300 ? ok(text) : err(apiFailure(step, status, text, retryAfterMs));
}

function pageOf(text: string, request: ApiRequest): Result<ObjectList, ApiFailure> {
  const list = parseJson(text, isRecord);
  const items: unknown = list?.['items'] ?? [];
  if (list === undefined || !Array.isArray(items)) return err(notAnObject(request));
  const metadata = asRecord(list['metadata']);
  const more = metadata['continue'];
  return ok({
    items: items.filter((item): item is ApiObject => isApiObject(item)),
    continue: typeof more === 'string' && more !== '' ? more : undefined,
  });
}

function notAnObject({ method, path }: ApiRequest): ApiFailure {
  return failure('invalid', `${method} ${path}`, 'the answer is not an object of the Kubernetes API', {
    hint: 'Check the URL of the server in the kubeconfig.',
  });
}
