/** Plain objects, and JSON of other programs. Pure. */

/** Returns the fields that are not undefined, as exactOptionalPropertyTypes requires. */
export function omitUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.assign(kept, Object.fromEntries(set));
}

/** Returns true for an object that is not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the value of the JSON text if it is valid; undefined otherwise. */
export function parseJson<T>(text: string, isValid: (value: unknown) => value is T): T | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isValid(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the first of the values with equal JSON, and notes it in `all`: equal values take the memory of one. */
export function firstOfEqual<T>(all: Map<string, T>, value: T): T {
  const text = JSON.stringify(value);
  const known = all.get(text) ?? value;
  all.set(text, known);
  return known;
}
