/**
 * Keeps a local copy of one collection of the Kubernetes API: a list, then a watch that continues it. Nothing is removed from
 * the copy because something could not be read.
 */
import type { ApiFailure, ApiClock, Transport } from './transport.ts';
import { failure } from '../../model/result.ts';
import { nextDelayMs, watchSeconds } from './backoff.ts';
import { listCollection } from './list.ts';
import { createObjectCache, type ObjectCache, type ObjectChange } from './objects.ts';
import { collectionPath, type Resource } from './resources.ts';
import { isVersionGone } from './status.ts';
import { type CollectionPlace, type KeepPart, watchCollection } from './watch.ts';

/**
 * The collection and the parts of it to keep.
 * Shape: `keep` returns the part of an object that is kept, undefined if none; `query` may have `fieldSelector` and
 * `labelSelector`.
 */
export type ReflectorOptions<T> = {
  readonly resource: Resource;
  readonly namespace?: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly keep: KeepPart<T>;
};

/** Receives the changes of the copy. */
export type ReflectorListener<T> = {
  readonly changed: (change: ObjectChange<T>) => void;
  /** Called after each complete list, with its changes already reported. */
  readonly synced?: () => void;
  /** Called when a watch begins: the copy follows the server. */
  readonly followed?: () => void;
  /** Called for each failed attempt; the copy is unchanged. */
  readonly failed?: (failure: ApiFailure) => void;
};

/** A local copy. Shape: `isSynced` after the first complete list, and for ever then. */
export interface Reflector<T> {
  readonly cache: Pick<ObjectCache<T>, 'get' | 'objects' | 'size'>;
  isSynced(): boolean;
  /** Keeps the copy up to date; resolves when the signal is aborted. */
  run(signal: AbortSignal): Promise<void>;
}

/** The network and the time of a reflector. */
export type ReflectorPorts = { readonly transport: Transport; readonly clock: ApiClock };

/** A watch that lasted this long was in order, however it ended. Units: milliseconds. */
const HEALTHY_MS = 30_000;

/**
 * A watch that was in order and ends before its time has ended for other clients too, as when a server stops: its return is spread like the third
 * attempt, over eight seconds. Units: failures.
 */
const SPREAD = 3;

/** Of two clocks. Units: milliseconds. */
const EARLY_MS = 1000;

/** Returns the reflector; it does nothing before run(). */
export function createReflector<T>(
  ports: ReflectorPorts,
  options: ReflectorOptions<T>,
  listener: ReflectorListener<T>,
): Reflector<T> {
  return new ListAndWatch(ports, options, listener);
}

class ListAndWatch<T> implements Reflector<T> {
  readonly cache: ObjectCache<T> = createObjectCache<T>();
  readonly #ports: ReflectorPorts;
  readonly #place: CollectionPlace<T>;
  readonly #listener: ReflectorListener<T>;
  #isSynced = false;
  #failures = 0;
  /** The version up to which the copy is complete; undefined before a list is needed. */
  #version: string | undefined;
  /** After an expired or empty list: read from the store of the cluster instead of a server's cache. */
  #isExact = false;

  constructor(ports: ReflectorPorts, options: ReflectorOptions<T>, listener: ReflectorListener<T>) {
    const { resource, namespace, query = {}, keep } = options;
    this.#ports = ports;
    this.#place = { path: collectionPath(resource, namespace), query, keep };
    this.#listener = listener;
  }

  isSynced(): boolean {
    return this.#isSynced;
  }

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const failed = this.#version === undefined ? await this.#list(signal) : await this.#watch(signal);
      if (failed === undefined || signal.aborted) continue;
      this.#failures += 1;
      this.#listener.failed?.(failed);
      const { clock } = this.#ports;
      await clock.sleep(nextDelayMs(this.#failures, clock.chance(), failed.retryAfterMs), signal);
    }
  }

  async #list(signal: AbortSignal): Promise<ApiFailure | undefined> {
    const listed = await listCollection(this.#ports.transport, this.#place, {
      isExact: this.#isExact,
      signal,
    });
    if (!listed.ok) {
      this.#isExact ||= isVersionGone(listed.error);
      return listed.error;
    }
    const { items, version } = listed.value;
    // A server that has just started, or lost its store, may have nothing yet: ask for the truth before everything is removed.
    if (items.size === 0 && this.cache.size() > 0 && !this.#isExact) {
      this.#isExact = true;
      return undefined;
    }
    this.#isExact = false;
    this.#failures = 0;
    this.#version = version;
    const changes = this.cache.replace(items);
    for (const change of changes) this.#listener.changed(change);
    this.#isSynced = true;
    this.#listener.synced?.();
    return undefined;
  }

  async #watch(signal: AbortSignal): Promise<ApiFailure | undefined> {
    const { clock } = this.#ports;
    const startMs = clock.nowMs();
    const seconds = watchSeconds(clock.chance());
    const ended = await watchCollection(this.#ports, this.#place, {
      version: this.#version ?? '',
      seconds,
      signal,
      opened: () => this.#listener.followed?.(),
      seen: (version) => {
        this.#version = version;
      },
      set: (key, item) => this.#tell(this.cache.set(key, item)),
      remove: (key) => this.#tell(this.cache.remove(key)),
    });
    const lastedMs = clock.nowMs() - startMs;
    if (lastedMs >= HEALTHY_MS) this.#failures = SPREAD - 1;
    // Asked again at once only if its time was over: neither in a loop, nor together with all others.
    const isOver = lastedMs >= seconds * 1000 - EARLY_MS;
    if (ended === undefined)
      return isOver || signal.aborted
        ? undefined
        : failure('interrupted', 'watch', 'the server ended the watch early');
    if (isVersionGone(ended)) this.#version = undefined;
    return ended;
  }

  #tell(change: ObjectChange<T> | undefined): void {
    if (change !== undefined) this.#listener.changed(change);
  }
}
