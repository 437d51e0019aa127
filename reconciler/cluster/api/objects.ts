/** Objects of the Kubernetes API and the cache of a collection. Pure: no clock, no network. */
import { isRecord } from '../../model/objects.ts';

/** The object that another one belongs to, and is deleted with. */
type OwnerReference = {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
};

/** The metadata that this program reads. */
export type ObjectMeta = {
  readonly name: string;
  readonly namespace?: string;
  readonly uid?: string;
  readonly resourceVersion?: string;
  readonly generation?: number;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly creationTimestamp?: string;
  readonly ownerReferences?: readonly OwnerReference[];
};

/** An object of any kind, as the server sends it. */
export type ApiObject = {
  readonly apiVersion?: string;
  readonly kind?: string;
  readonly metadata: ObjectMeta;
  readonly [field: string]: unknown;
};

/** Returns true for an object with a name. */
export function isApiObject(value: unknown): value is ApiObject {
  return isRecord(value) && isRecord(value['metadata']) && typeof value['metadata']['name'] === 'string';
}

/** Returns the key of an object in its collection: `namespace/name`, or `name` of a cluster-wide one. */
export function objectKey({ namespace, name }: Pick<ObjectMeta, 'namespace' | 'name'>): string {
  return namespace === undefined || namespace === '' ? name : `${namespace}/${name}`;
}

/** One change of a collection. Shape: `object` is the new value; of a deletion, the last known one. */
export type ObjectChange<T> = {
  readonly kind: 'add' | 'update' | 'delete';
  readonly key: string;
  readonly object: T;
};

/** One entry: the part that is kept of an object, and its version. */
export type CachedObject<T> = { readonly version: string; readonly object: T };

/** The kept objects of one collection by key. */
export type ObjectCache<T> = {
  readonly size: () => number;
  readonly get: (key: string) => T | undefined;
  readonly objects: () => IterableIterator<readonly [key: string, object: T]>;
  /** Takes over a complete list; returns the changes. Objects that it lacks are deleted. */
  readonly replace: (items: ReadonlyMap<string, CachedObject<T>>) => readonly ObjectChange<T>[];
  /** Takes over one object; returns undefined if this version is known. */
  readonly set: (key: string, item: CachedObject<T>) => ObjectChange<T> | undefined;
  /** Removes one object; returns undefined if it is not known. */
  readonly remove: (key: string) => ObjectChange<T> | undefined;
};

/** Returns an empty cache. Law: after replace(items), the cache holds exactly the items. */
export function createObjectCache<T>(): ObjectCache<T> {
  const known = new Map<string, CachedObject<T>>();
  const set = (key: string, item: CachedObject<T>): ObjectChange<T> | undefined => {
    const before = known.get(key);
    if (before?.version === item.version) return undefined;
    known.set(key, item);
    return { kind: before === undefined ? 'add' : 'update', key, object: item.object };
  };
  const remove = (key: string): ObjectChange<T> | undefined => {
    const before = known.get(key);
    if (before === undefined) return undefined;
    known.delete(key);
    return { kind: 'delete', key, object: before.object };
  };
  return {
    size: () => known.size,
    get: (key) => known.get(key)?.object,
    objects: function* objects() {
      for (const [key, { object }] of known) yield [key, object] as const;
    },
    set,
    remove,
    replace: (items) => {
      const gone = Array.from(known.keys()).filter((key) => !items.has(key));
      return [
        ...gone.flatMap((key) => remove(key) ?? []),
        ...Array.from(items).flatMap(([key, item]) => set(key, item) ?? []),
      ];
    },
  };
}
