/**
 * Canonical text of CNI's part of the document: one block per endpoint, one line per released address. Pure.
 */
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import { renderFlow, renderString } from './scalar.ts';

/** The fields of an endpoint's block, in the order of the text. */
export const FIELD_ORDER = [
  'pod',
  'labels',
  'netns',
  'netnsInode',
  'hostVeth',
  'mac',
  'addresses',
  'gateway',
  'ipv6Gateway',
  'ipam',
  'routes',
  'dns',
  'bandwidth',
  'added',
  'missing',
  'leaving',
] as const satisfies readonly (keyof Endpoint)[];

/** The name of a field of an endpoint. */
export type FieldName = (typeof FIELD_ORDER)[number];

/** Indentation of a section's keys in canonical form. Units: columns. */
export const CANONICAL_INDENT = 2;

/** Indentation and newlines. Shape: `indent` is the column of the section's keys; `eol` ends each line. */
export type LineStyle = { readonly indent: number; readonly eol: string };

/** Returns the lines of the endpoint's fields by name, in order, without newlines. */
export function fieldLines(endpoint: Endpoint, indent: number): ReadonlyMap<FieldName, string> {
  const lines = new Map<FieldName, string>();
  for (const name of FIELD_ORDER) {
    const value = endpoint[name];
    if (value !== undefined) lines.set(name, `${' '.repeat(indent + 2)}${name}: ${renderFlow(value)}`);
  }
  return lines;
}

/** Returns the endpoint's block: the line of its key and one line per field. */
export function renderEndpoint(id: string, endpoint: Endpoint, { indent, eol }: LineStyle): string {
  const lines = [`${' '.repeat(indent)}${renderString(id)}:`, ...fieldLines(endpoint, indent).values()];
  return lines.map((line) => line + eol).join('');
}

/** Returns the line of a released address. */
export function renderReleased(key: string, time: string, { indent, eol }: LineStyle): string {
  return `${' '.repeat(indent)}${renderString(key)}: ${renderString(time)}${eol}`;
}
