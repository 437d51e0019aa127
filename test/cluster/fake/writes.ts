/** Writes of the fake API server: create, replace, merge patch, server-side apply. */
import { randomUUID } from 'node:crypto';
import { isApiObject, type ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import { isRecord, parseJson } from '../../../reconciler/model/objects.ts';
import { applyFields, leavesOf, takeFields } from './managed-fields.ts';
import type { Storage, Stored } from './storage.ts';
import { type FakeAnswer, type FakeRequest, refuse, type Selected } from './types.ts';

type Fields = Readonly<Record<string, unknown>>;

export function createObject(storage: Storage, selected: Selected, request: FakeRequest): FakeAnswer {
  const object = parseJson(request.body, isApiObject);
  if (object === undefined) return refuse(400, 'BadRequest', 'no object');
  const key = keyOf(object, selected);
  const { name } = object.metadata;
  if (storage.get(selected.collection, key) !== undefined)
    return refuse(409, 'AlreadyExists', `${selected.resource.plural} "${name}" already exists`);
  const manager = request.query.get('fieldManager') ?? 'unknown';
  const made = born(withoutStatus(object, selected));
  const managers = new Map([[manager, new Set(leavesOf(partOf(made)).map((path) => path.join('\0')))]]);
  return save(storage, selected, {
    key,
    next: { object: made, managers },
    before: undefined,
    status: 201,
    request,
  });
}

export function replaceObject(storage: Storage, selected: Selected, request: FakeRequest): FakeAnswer {
  const object = parseJson(request.body, isApiObject);
  const { key = '' } = selected;
  const before = storage.get(selected.collection, key);
  if (object === undefined || before === undefined) return refuse(400, 'BadRequest', 'no object');
  const { resourceVersion } = object.metadata;
  if (resourceVersion !== undefined && resourceVersion !== before.object.metadata.resourceVersion)
    return refuse(
      409,
      'Conflict',
      'the object has been modified; please apply your changes to the latest version',
    );
  return change(storage, selected, request, {
    ...object,
    metadata: { ...before.object.metadata, ...object.metadata },
  });
}

export function patchObject(storage: Storage, selected: Selected, request: FakeRequest): FakeAnswer {
  const patch = parseJson(request.body, isRecord);
  const { key = '', name = '' } = selected;
  const before = storage.get(selected.collection, key);
  if (patch === undefined) return refuse(400, 'BadRequest', 'no object');
  const missing = refuse(404, 'NotFound', `${selected.resource.plural} "${name}" not found`);
  if (request.contentType.startsWith('application/apply-patch+yaml')) {
    if (before === undefined && selected.isStatus) return missing;
    return applyPatch(storage, selected, request, patch);
  }
  if (before === undefined) return missing;
  if (!request.contentType.startsWith('application/merge-patch+json'))
    return refuse(415, 'UnsupportedMediaType', request.contentType);
  return change(storage, selected, request, merged(before.object, patch) as ApiObject);
}

function applyPatch(storage: Storage, selected: Selected, request: FakeRequest, patch: Fields): FakeAnswer {
  const { key = '', name = '', namespace, isStatus } = selected;
  const manager = request.query.get('fieldManager');
  if (manager === null) return refuse(400, 'BadRequest', 'fieldManager is required for apply patch');
  const stored = storage.get(selected.collection, key);
  const metadata = { name, ...(namespace === undefined ? {} : { namespace }) };
  const empty = born({ metadata, apiVersion: String(patch['apiVersion']), kind: String(patch['kind']) });
  const before: Stored = stored ?? { object: empty, managers: new Map() };
  const wanted = partOf(patch);
  // Only the part that this path writes; the status subresource keeps a manager of its own.
  const part = isStatus
    ? { status: wanted['status'] ?? {} }
    : Object.fromEntries(
        Object.entries(wanted).filter(([field]) => field !== 'status' || !selected.hasStatus),
      );
  const owner = isStatus ? `${manager}/status` : manager;
  const isForced = request.query.get('force') === 'true';
  const applied = applyFields(before.object, before.managers, part, { manager: owner, isForced });
  if (applied.kind === 'conflict') return refuse(409, 'Conflict', applied.message);
  const next = { object: applied.value as ApiObject, managers: applied.managers };
  const status = stored === undefined ? 201 : 200;
  return save(storage, selected, { key, next, before: stored, status, request });
}

function change(storage: Storage, selected: Selected, request: FakeRequest, wanted: ApiObject): FakeAnswer {
  const { key = '', isStatus, hasStatus } = selected;
  const before = storage.get(selected.collection, key);
  if (before === undefined) return refuse(404, 'NotFound', 'not found');
  const { status: newStatus } = wanted;
  const { status: oldStatus } = before.object;
  const object: ApiObject = isStatus
    ? { ...before.object, status: newStatus }
    : { ...wanted, ...(hasStatus && oldStatus !== undefined ? { status: oldStatus } : {}) };
  const manager = request.query.get('fieldManager') ?? 'unknown';
  const managers = takeFields(before.object, object, before.managers, manager);
  return save(storage, selected, { key, next: { object, managers }, before, status: 200, request });
}

type Save = {
  readonly key: string;
  readonly next: Stored;
  readonly before: Stored | undefined;
  readonly status: number;
  readonly request: FakeRequest;
};

function save(
  storage: Storage,
  selected: Selected,
  { key, next, before, status, request }: Save,
): FakeAnswer {
  const errors = selected.check?.(next.object, before?.object) ?? [];
  if (errors.length > 0) return refuse(422, 'Invalid', errors.join(', '));
  const isSame = before !== undefined && JSON.stringify(before.object) === JSON.stringify(next.object);
  const isSpecChanged = JSON.stringify(before?.object['spec']) !== JSON.stringify(next.object['spec']);
  const { generation = 1 } = before?.object.metadata ?? {};
  const counted = before !== undefined && isSpecChanged ? generation + 1 : generation;
  const object = { ...next.object, metadata: { ...next.object.metadata, generation: counted } };
  if (request.query.get('dryRun') === 'All') return { status, body: JSON.stringify(object) };
  // A write without effect makes no version.
  if (isSame && before !== undefined) return { status, body: JSON.stringify(before.object) };
  const kept = storage.put(selected.collection, key, { object, managers: next.managers });
  return { status, body: JSON.stringify(kept) };
}

function keyOf({ metadata: { name } }: ApiObject, { namespace }: Selected): string {
  return namespace === undefined ? name : `${namespace}/${name}`;
}

function born(object: ApiObject): ApiObject {
  const creationTimestamp = '2026-11-30T00:00:00Z';
  return { ...object, metadata: { ...object.metadata, uid: randomUUID(), creationTimestamp, generation: 1 } };
}

function withoutStatus(object: ApiObject, { hasStatus }: Selected): ApiObject {
  if (!hasStatus) return object;
  const { status: _, ...rest } = object;
  return rest;
}

/** The fields that managers own: all but identity. */
function partOf(object: Fields): Fields {
  const { apiVersion: _a, kind: _k, metadata, ...rest } = object;
  const { labels, annotations, ownerReferences } = isRecord(metadata) ? metadata : {};
  const meta = Object.entries({ labels, annotations, ownerReferences }).filter(
    ([, value]) => value !== undefined,
  );
  return meta.length === 0 ? rest : { ...rest, metadata: Object.fromEntries(meta) };
}

function merged(before: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const base = isRecord(before) ? before : {};
  const fields = Object.entries(patch).map(([key, value]) => [
    key,
    value === null ? undefined : merged(base[key], value),
  ]);
  return Object.fromEntries(
    Object.entries({ ...base, ...Object.fromEntries(fields) }).filter(([, value]) => value !== undefined),
  );
}
