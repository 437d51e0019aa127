/** The objects of the fake API server, their versions, and the events that watches read. */
import type { ApiObject } from '../../../reconciler/cluster/api/objects.ts';
import type { Managers } from './managed-fields.ts';

export type Stored = { readonly object: ApiObject; readonly managers: Managers };

export type StoredEvent = {
  readonly version: number;
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly collection: string;
  readonly object: ApiObject;
  /** Its text in a watch, made once for all of them. */
  readonly line: () => string;
};

/** A store like etcd: one counter for all changes, a bounded past. */
export class Storage {
  readonly #collections = new Map<string, Map<string, Stored>>();
  /** Listeners by collection, and by collection and name: 5000 agents watch one object each. */
  readonly #listeners = new Map<string, Set<(event: StoredEvent) => void>>();
  #events: StoredEvent[] = [];
  #version = 100;
  #oldest = 100;

  version(): number {
    return this.#version;
  }

  oldest(): number {
    return this.#oldest;
  }

  /** Forgets the past: watches from an earlier version expire. */
  compact(): void {
    this.#events = [];
    this.#oldest = this.#version;
  }

  get(collection: string, key: string): Stored | undefined {
    return this.#collections.get(collection)?.get(key);
  }

  entries(collection: string): readonly Stored[] {
    const entries = [...(this.#collections.get(collection) ?? [])];
    return entries.toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([, stored]) => stored);
  }

  put(collection: string, key: string, { object, managers }: Stored): ApiObject {
    this.#version += 1;
    const kept = this.#collections.get(collection) ?? new Map<string, Stored>();
    const type = kept.has(key) ? 'MODIFIED' : 'ADDED';
    const made = {
      ...object,
      metadata: { ...object.metadata, resourceVersion: String(this.#version) },
    };
    kept.set(key, { object: made, managers });
    this.#collections.set(collection, kept);
    this.#tell({ version: this.#version, type, collection, object: made });
    return made;
  }

  delete(collection: string, key: string): boolean {
    const kept = this.#collections.get(collection);
    const stored = kept?.get(key);
    if (kept === undefined || stored === undefined) return false;
    this.#version += 1;
    kept.delete(key);
    const metadata = { ...stored.object.metadata, resourceVersion: String(this.#version) };
    const object = { ...stored.object, metadata };
    this.#tell({ version: this.#version, type: 'DELETED', collection, object });
    return true;
  }

  since(version: number): readonly StoredEvent[] {
    return this.#events.slice(this.#events.findLastIndex((event) => event.version <= version) + 1);
  }

  listen(listener: (event: StoredEvent) => void, collection: string, name?: string): () => void {
    const key = name === undefined ? collection : `${collection} ${name}`;
    const listeners = this.#listeners.get(key) ?? new Set();
    this.#listeners.set(key, listeners.add(listener));
    return () => void listeners.delete(listener);
  }

  #tell({ version, type, collection, object }: Omit<StoredEvent, 'line'>): void {
    let text: string | undefined;
    const line = (): string => (text ??= JSON.stringify({ type, object }));
    const event = { version, type, collection, object, line };
    this.#events.push(event);
    if (this.#events.length > 20_000) {
      this.#events = this.#events.slice(10_000);
      this.#oldest = this.#events[0]?.version ?? this.#version;
    }
    for (const key of [event.collection, `${event.collection} ${event.object.metadata.name}`])
      for (const listener of this.#listeners.get(key) ?? []) listener(event);
  }
}
