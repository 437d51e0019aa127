/**
 * Reads JSON as Go's encoding/json does, which runtimes rely on: keys match case-insensitively (an exact
 * match wins), and `null` means absent. Pure.
 */
import { isRecord } from '../../reconciler/model/objects.ts';

/** Any JSON value. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json };

/** Returns true for an object that is neither an array nor null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isRecord(value);
}

/** Returns the value of the key; undefined if absent or null. */
export function field(object: JsonObject | undefined, name: string): Json | undefined {
  if (object === undefined) return undefined;
  const exact = Object.hasOwn(object, name) ? object[name] : undefined;
  return exact ?? folded(object).get(name.toLowerCase());
}

/**
 * The values of each object by lower-case key. Cached: most lookups are for keys that the object has in no
 * spelling.
 */
const FOLDED = new WeakMap<JsonObject, ReadonlyMap<string, Json>>();

function folded(object: JsonObject): ReadonlyMap<string, Json> {
  const known = FOLDED.get(object);
  if (known !== undefined) return known;
  const values = new Map<string, Json>();
  for (const key of Object.keys(object)) {
    const [small, value] = [key.toLowerCase(), object[key]];
    if (value !== undefined && value !== null && !values.has(small)) values.set(small, value);
  }
  FOLDED.set(object, values);
  return values;
}

/** Returns a Reader that appends every problem to `wrong`, so that one call reports all bad keys. */
export function createReader(object: JsonObject | undefined, prefix: string, wrong: string[]): FieldReader {
  const at = (name: string): string => (prefix === '' ? name : `${prefix}.${name}`);
  const expected = (name: string, what: string): undefined => {
    wrong.push(`${at(name)} must be ${what}`);
    return undefined;
  };
  return {
    text(name) {
      const value = field(object, name);
      if (value === undefined || typeof value === 'string') return value;
      return expected(name, 'a string');
    },
    texts(name) {
      const value = field(object, name);
      if (value === undefined) return undefined;
      if (Array.isArray(value) && value.every((item): item is string => typeof item === 'string'))
        return value;
      return expected(name, 'a list of strings');
    },
    object(name) {
      const value = field(object, name);
      if (value === undefined || isJsonObject(value)) return value;
      return expected(name, 'an object');
    },
    list(name) {
      const value = field(object, name);
      if (value === undefined) return undefined;
      if (Array.isArray(value)) return value as readonly Json[];
      return expected(name, 'a list');
    },
    number(name) {
      const value = field(object, name);
      if (value === undefined || (typeof value === 'number' && Number.isSafeInteger(value))) return value;
      return expected(name, 'a whole number');
    },
  };
}

/**
 * Reads the fields of one object. A field that is absent is undefined; so is one of another type, which is
 * also reported.
 */
export type FieldReader = {
  text(name: string): string | undefined;
  texts(name: string): readonly string[] | undefined;
  object(name: string): JsonObject | undefined;
  list(name: string): readonly Json[] | undefined;
  number(name: string): number | undefined;
};
