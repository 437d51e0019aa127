/** What a transaction changes, and what is left of that when it meets a document. Pure. */
import type { Endpoint, Network, VnetDocument } from '../../schemas/generated/vnet.ts';

/** What a transaction changes, by key; an undefined value removes. An Edit that changes nothing writes nothing. */
export type Edit = {
  readonly endpoints?: ReadonlyMap<string, Endpoint | undefined>;
  readonly released?: ReadonlyMap<string, string | undefined>;
  /** Rare: a new network, refreshed pool addresses, a taken-over uplink. */
  readonly networks?: ReadonlyMap<string, Network | undefined>;
  readonly bootId?: string;
};

/**
 * An Edit without what is so already, and the generation it makes. Shape: `fields` are other fields of the document that
 * people edit, `policy` for one; no transaction has any.
 */
export type EffectiveEdit = {
  readonly endpoints: ReadonlyMap<string, Endpoint | undefined>;
  readonly released: ReadonlyMap<string, string | undefined>;
  readonly networks: ReadonlyMap<string, Network | undefined>;
  readonly bootId: string | undefined;
  readonly generation: number;
  readonly fields?: ReadonlyMap<string, unknown>;
};

/** An edit that makes a generation and changes nothing else. */
export const NO_CHANGE: Omit<EffectiveEdit, 'generation'> = {
  endpoints: new Map(),
  released: new Map(),
  networks: new Map(),
  bootId: undefined,
};

/** Returns what the edit really changes in the document, or undefined when that is nothing. */
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
    const have = entries !== undefined && Object.hasOwn(entries, key) ? entries[key] : undefined;
    if (!sameValue(have, value)) real.set(key, value);
  }
  return real;
}

/** Returns the document with the edit done. Law: what the edited text means, read again. */
export function applyEdit(document: VnetDocument, edit: EffectiveEdit): VnetDocument {
  const metadata = {
    ...document.metadata,
    generation: edit.generation,
    ...(edit.bootId === undefined ? {} : { bootId: edit.bootId }),
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

/** Returns an empty record for many keys: without a prototype, engines make it a hash table from the beginning. */
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
  return result;
}

/** Returns true when both are the same JSON value; the order of keys does not matter, an undefined field is absent. */
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
