/** Plain objects, JSON of other programs, and checks of its shape. Pure. */

/** Returns the fields that are not undefined, as exactOptionalPropertyTypes requires. */
export function omitUndefined<T extends object>(fields: T): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const kept: { [K in keyof T]?: Exclude<T[K], undefined> } = {};
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.assign(kept, Object.fromEntries(set));
}

/** Returns the value of the key; undefined if absent, also for names such as `constructor`. */
export function ownValue<T>(object: Readonly<Record<string, T>> | undefined, key: string): T | undefined {
  return object !== undefined && Object.hasOwn(object, key) ? object[key] : undefined;
}

/** Returns true for an object that is not a list. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Returns the object; an empty one for any other value. */
export function asRecord(value: unknown): Readonly<Record<string, unknown>> {
  return isRecord(value) ? value : {};
}

/** Returns the objects in the list; none for any other value. */
export function recordsIn(value: unknown): readonly Readonly<Record<string, unknown>>[] {
  return Array.isArray(value) ? value.filter(isRecord) : [];
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

/** Adds the item to the list of the key. */
export function addToList<K, T>(lists: Map<K, T[]>, key: K, item: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [item]);
  else list.push(item);
}

/** Returns the first of the values with equal JSON, and notes it in `all`: equal values take the memory of one. */
export function firstOfEqual<T>(all: Map<string, T>, value: T): T {
  const text = JSON.stringify(value);
  const known = all.get(text) ?? value;
  all.set(text, known);
  return known;
}

/** Returns true for a value of the shape. */
export type ShapeCheck = (value: unknown) => boolean;

/** Checks of fields of the type. */
type FieldChecks<T> = { readonly [K in keyof T]?: ShapeCheck };

/** Returns true for a text, also the empty one. */
export function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** Returns true for a number. */
export function isNumber(value: unknown): value is number {
  return typeof value === 'number';
}

/** Returns true for a time that Date can parse. */
export function isTime(value: unknown): boolean {
  return isText(value) && !Number.isNaN(Date.parse(value));
}

/** Returns true for any value of a field that is not absent. */
export function isPresent(value: unknown): boolean {
  return value !== undefined;
}

/** Returns true for a list of any values. */
export function isAnyList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Returns the check for a list of such items. */
export function listOf(isItem: ShapeCheck): ShapeCheck {
  return (value) => Array.isArray(value) && value.every((item) => isItem(item));
}

/** Returns the check for an object with any keys and such values. */
export function mapOf(isValue: ShapeCheck): ShapeCheck {
  return (value) => isRecord(value) && Object.values(value).every((one) => isValue(one));
}

/** Returns the check for a field that may be absent. */
export function optional(isValid: ShapeCheck): ShapeCheck {
  return (value) => value === undefined || isValid(value);
}

/** Returns the check for an object with these fields; others may exist. */
export function withFields<T>(fields: FieldChecks<T>): (value: unknown) => value is T {
  const checks: [string, ShapeCheck][] = Object.entries(fields);
  return (value): value is T => isRecord(value) && checks.every(([name, isValid]) => isValid(value[name]));
}

/** Returns the check for a file of this format: enough where only vnet writes it, as a whole, in a directory of root. */
export function ofFormat<T>(
  format: string | number,
  fields?: FieldChecks<T>,
): (value: unknown) => value is T {
  const isFormat = withFields({ format: (value) => value === format });
  const isRest = withFields<T>(fields ?? {});
  return (value): value is T => isFormat(value) && isRest(value);
}
