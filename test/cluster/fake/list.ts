/** Lists of the fake API server, with limit, continue and selectors. */
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { isRecord } from '../../../reconciler/model/objects.ts';
import { apiVersionOf } from '../../../reconciler/cluster/api/resources.ts';
import type { Storage, Stored } from './storage.ts';
import { type FakeAnswer, refuse, type Selected } from './types.ts';

export function listPage(storage: Storage, selected: Selected, query: URLSearchParams): FakeAnswer {
  const token = query.get('continue');
  const from = token === null ? undefined : (JSON.parse(atob(token)) as { after: number; version: number });
  if (from !== undefined && from.version < storage.oldest())
    return refuse(410, 'Expired', 'The provided continue parameter is too old');
  const all = entriesOf(storage, selected, query).filter(({ object }) => matches(object, selected, query));
  const start = from?.after ?? 0;
  // A server's cache answers version 0 with everything, whatever the limit.
  const isCached = query.get('resourceVersion') === '0';
  const limit = isCached ? all.length : Number(query.get('limit') ?? '0') || all.length;
  const items = all.slice(start, start + limit).map(({ object }) => object);
  const version = from?.version ?? storage.version();
  const more =
    start + limit < all.length ? { continue: btoa(JSON.stringify({ after: start + limit, version })) } : {};
  const list = {
    kind: `${selected.resource.kind}List`,
    apiVersion: apiVersionOf(selected.resource),
    metadata: { resourceVersion: String(version), ...more },
    items,
  };
  return { status: 200, body: JSON.stringify(list) };
}

/** As a server does: the list of one name is a look-up. */
function entriesOf(storage: Storage, selected: Selected, query: URLSearchParams): readonly Stored[] {
  const name = /^metadata\.name=([^,]*)$/.exec(query.get('fieldSelector') ?? '')?.[1];
  if (name === undefined || selected.resource.isNamespaced) return storage.entries(selected.collection);
  const stored = storage.get(selected.collection, name);
  return stored === undefined ? [] : [stored];
}

export function matches(object: ApiObject, selected: Selected, query: URLSearchParams): boolean {
  const { namespace, labels = {} } = object.metadata;
  if (selected.namespace !== undefined && namespace !== selected.namespace) return false;
  const fields = termsOf(query.get('fieldSelector')).every(
    ([path = '', value]) => (at(object, path.split('.')) ?? '') === value,
  );
  return (
    fields && termsOf(query.get('labelSelector')).every(([label = '', value]) => labels[label] === value)
  );
}

function termsOf(selector: string | null): readonly string[][] {
  return (selector ?? '')
    .split(',')
    .filter((term) => term !== '')
    .map((term) => term.split('='));
}

function at(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  return isRecord(value) ? at(value[key], rest) : undefined;
}
