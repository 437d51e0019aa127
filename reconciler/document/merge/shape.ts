/**
 * How values of a document divide into parts that change independently: objects by key, lists by natural key.
 * Pure.
 */
import { isRecord } from '../../model/objects.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { MAIN_TABLE } from '../../model/kinds/route.ts';

/**
 * How a value divides. `atom`: not at all. `set`: a list of single values without order. `list`: a list of
 * objects identified by `keyOf`. `map`: an object; unnamed fields divide as plain objects, or not at all.
 */
export type Shape =
  | { readonly kind: 'atom' | 'set' }
  | { readonly kind: 'list'; readonly keyOf: (item: Fields) => string }
  | { readonly kind: 'map'; readonly fields: Readonly<Record<string, Shape>>; readonly every?: Shape };

/** An object of a document. */
export type Fields = Readonly<Record<string, unknown>>;

const ATOM: Shape = { kind: 'atom' };
const SET: Shape = { kind: 'set' };
const FREE: Shape = { kind: 'map', fields: {} };

const text = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' ? String(value) : '';

const ROUTES: Shape = {
  kind: 'list',
  keyOf: ({ to, table, metric }) =>
    [text(to), `table ${text(table ?? MAIN_TABLE)}`, text(metric)].join(' ').trim(),
};
const BY_ADDRESS: Shape = { kind: 'list', keyOf: ({ address }) => text(address) };
const RESERVATIONS: Shape = {
  kind: 'list',
  keyOf: ({ pod, ifName }) =>
    ifName === undefined || ifName === 'eth0' ? text(pod) : `${text(pod)} ${text(ifName)}`,
};

const NETWORK: Shape = {
  kind: 'map',
  fields: {
    uplink: { kind: 'map', fields: { addresses: BY_ADDRESS, routes: ROUTES } },
    arp: { kind: 'map', fields: { neighbours: BY_ADDRESS } },
    routes: ROUTES,
    pools: { kind: 'map', fields: {}, every: { kind: 'map', fields: { addresses: SET, exclude: SET } } },
    reservations: RESERVATIONS,
  },
};

/** The shape of a whole document. */
export const DOCUMENT_SHAPE: Shape = {
  kind: 'map',
  fields: {
    metadata: FREE,
    networks: { kind: 'map', fields: {}, every: NETWORK },
    endpoints: { kind: 'map', fields: {}, every: ATOM },
    released: { kind: 'map', fields: {}, every: ATOM },
  },
};

/** A part of a value. Shape: `path` is that of the part. */
export type Part = { readonly path: string; readonly value: unknown; readonly shape: Shape };

/**
 * Returns the parts of the value by key, in order; undefined if it does not divide: an atom, a set, a value
 * that does not match its shape, or a list with a duplicate key.
 */
export function partsOf(value: unknown, shape: Shape, path: string): ReadonlyMap<string, Part> | undefined {
  if (shape.kind === 'list') return itemsOf(value, shape.keyOf, path);
  if (shape.kind !== 'map' || !isRecord(value)) return undefined;
  const parts = new Map<string, Part>();
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined) continue;
    const cut = shape.fields[key] ?? shape.every ?? FREE;
    parts.set(key, { path: path === '' ? key : `${path}.${key}`, value: field, shape: cut });
  }
  return parts;
}

function itemsOf(
  value: unknown,
  keyOf: (item: Fields) => string,
  path: string,
): ReadonlyMap<string, Part> | undefined {
  if (!Array.isArray(value) || !value.every(isRecord)) return undefined;
  const parts = new Map<string, Part>();
  for (const item of value) {
    const key = keyOf(item);
    if (parts.has(key)) return undefined;
    parts.set(key, { path: `${path}[${key}]`, value: item, shape: FREE });
  }
  return parts;
}

/** Returns the value composed of these parts. */
export function composeParts(parts: ReadonlyMap<string, unknown>, shape: Shape): unknown {
  return shape.kind === 'list' ? Array.from(parts.values()) : Object.fromEntries(parts);
}

/** Returns the document in its form for comparison: without its generation, with all sections. */
export function comparable(document: VnetDocument): unknown {
  const { generation: _, ...metadata } = document.metadata;
  return { ...document, metadata, endpoints: document.endpoints ?? {}, released: document.released ?? {} };
}
