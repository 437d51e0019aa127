/** The change made by a transaction, and its effective part for a given document. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';
import { ownValue } from '../model/objects.ts';

/** New values by key; undefined removes. An Edit without effect writes nothing. */
export type Edit = {
  readonly endpoints?: ReadonlyMap<string, Endpoint | undefined>;
  readonly released?: ReadonlyMap<string, string | undefined>;
  /** Rare: a new network, refreshed pool addresses, a taken-over uplink. */
  readonly networks?: ReadonlyMap<string, Network | undefined>;
  readonly bootId?: string;
};

/** Returns the result of a transaction that writes nothing. */
export function unchanged<T>(value: T): { readonly edit: Edit; readonly value: T } {
  return { edit: {}, value };
}

/**
 * The part of an Edit that differs from the document, and the new generation.
 * Shape: `fields` are other hand-edited fields of the document, such as `policy`; only submitted texts change
 * them.
 */
export type EffectiveEdit = {
  readonly endpoints: ReadonlyMap<string, Endpoint | undefined>;
  readonly released: ReadonlyMap<string, string | undefined>;
  readonly networks: ReadonlyMap<string, Network | undefined>;
  readonly bootId: string | undefined;
  /** The identity of the machine, for a document that does not name it yet. */
  readonly machine?: string | undefined;
  readonly generation: number;
  readonly fields?: ReadonlyMap<string, unknown>;
};

/** An edit that only makes a new generation. */
export const NO_CHANGE: Omit<EffectiveEdit, 'generation'> = {
  endpoints: new Map(),
  released: new Map(),
  networks: new Map(),
  bootId: undefined,
};

/** Returns the effective part of the edit for the document; undefined if it changes nothing. */
export function effectiveEdit(document: VnetDocument, edit: Edit): EffectiveEdit | undefined {
  const effective: EffectiveEdit = {
    endpoints: changes(document.endpoints, edit.endpoints),
    released: changes(document.released, edit.released),
    networks: changes(document.networks, edit.networks),
    bootId: edit.bootId === document.metadata.bootId ? undefined : edit.bootId,
    generation: document.metadata.generation + 1,
  };
  const count = effective.endpoints.size + effective.released.size + effective.networks.size;
  return count === 0 && effective.bootId === undefined ? undefined : effective;
}

function changes<T>(
  entries: Readonly<Record<string, T>> | undefined,
  edit: ReadonlyMap<string, T | undefined> | undefined,
): ReadonlyMap<string, T | undefined> {
  const real = new Map<string, T | undefined>();
  for (const [key, value] of edit ?? []) {
    if (!sameValue(ownValue(entries, key), value)) real.set(key, value);
  }
  return real;
}

/** Returns the edited document. Law: equal to reading the edited text. */
export function applyEdit(document: VnetDocument, edit: EffectiveEdit): VnetDocument {
  const metadata = {
    ...document.metadata,
    generation: edit.generation,
    ...(edit.bootId === undefined ? {} : { bootId: edit.bootId }),
    ...(edit.machine === undefined ? {} : { machine: edit.machine }),
  };
  const networks = applied(document.networks, edit.networks);
  const endpoints =
    edit.endpoints.size === 0 ? document.endpoints : applied(document.endpoints, edit.endpoints);
  const released = edit.released.size === 0 ? document.released : applied(document.released, edit.released);
  return {
    ...document,
    ...(edit.fields === undefined ? {} : Object.fromEntries(edit.fields)),
    metadata,
    networks,
    ...(endpoints === undefined ? {} : { endpoints }),
    ...(released === undefined ? {} : { released }),
  };
}

/** Returns an empty record for many keys: without a prototype, engines use a hash table from the start. */
export function createRecord<T>(): Record<string, T> {
  return Object.create(null);
}

function applied<T>(
  entries: Readonly<Record<string, T>> | undefined,
  edit: ReadonlyMap<string, T | undefined>,
): Readonly<Record<string, T>> {
  const result: Record<string, T> = Object.assign(createRecord<T>(), entries);
  for (const [key, value] of edit) {
    if (value === undefined) Reflect.deleteProperty(result, key);
    else result[key] = value;
  }
  if (entries !== undefined) origins.set(result, { before: new WeakRef(entries), keys: [...edit.keys()] });
  return result;
}

/** The record that each edited one was made from, and the keys of the edit. Weak: it keeps no former document. */
const origins = new WeakMap<object, { readonly before: WeakRef<object>; readonly keys: readonly string[] }>();

/** More edits are not followed: comparing all entries is then no slower. */
const MAX_EDITS = 64;

/**
 * Returns the keys that may have other values in `after`, which edits have made from `before`; undefined if it is not known to come
 * from it.
 * Law: all other keys have the same values in both.
 */
export function editedKeys(before: object, after: object): readonly string[] | undefined {
  const keys = new Set<string>();
  let at: object | undefined = after;
  for (let count = 0; at !== before; count += 1) {
    const origin: ReturnType<typeof origins.get> = count < MAX_EDITS ? origins.get(at) : undefined;
    at = origin?.before.deref();
    if (origin === undefined || at === undefined) return undefined;
    for (const key of origin.keys) keys.add(key);
  }
  return [...keys];
}

/**
 * Returns true if both are the same JSON value; key order is irrelevant, an undefined field counts as absent.
 */
export function sameValue(left: unknown, right: unknown): boolean {
  if (left === right) return true;
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false;
  if (Array.isArray(left) || Array.isArray(right)) {
    if (!Array.isArray(left) || !Array.isArray(right) || left.length !== right.length) return false;
    return left.every((item, index) => sameValue(item, right[index]));
  }
  const ours = new Map(definedFields(left));
  const theirs = definedFields(right);
  return (
    ours.size === theirs.length &&
    theirs.every(([key, value]) => ours.has(key) && sameValue(ours.get(key), value))
  );
}

function definedFields(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, field]) => field !== undefined);
}
