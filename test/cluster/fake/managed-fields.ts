/** Server-side apply: which manager has which fields, and what an apply changes. Pure. */
import { isRecord } from '../../../reconciler/model/objects.ts';

type Value = Readonly<Record<string, unknown>>;

/** The fields of each manager, as paths of leaves. Shape: a list is one leaf, but `conditions` of nodes are by `type`. */
export type Managers = ReadonlyMap<string, ReadonlySet<string>>;

export type Applied =
  | { readonly kind: 'applied'; readonly value: Value; readonly managers: Managers }
  | { readonly kind: 'conflict'; readonly message: string };

const BY_TYPE = '[type=';

/** Paths of leaves below the value; separator NUL, since names may have dots. */
export function leavesOf(value: unknown, path: readonly string[] = []): readonly string[][] {
  if (isKeyedList(value)) {
    return value.flatMap((item) => leavesOf(item, [...path, `${BY_TYPE}${String(item['type'])}]`]));
  }
  if (!isRecord(value) || Object.keys(value).length === 0) return [[...path]];
  return Object.entries(value).flatMap(([key, field]) => leavesOf(field, [...path, key]));
}

function isKeyedList(value: unknown): value is readonly Value[] {
  return (
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((item) => isRecord(item) && typeof item['type'] === 'string' && 'status' in item)
  );
}

const join = (path: readonly string[]): string => path.join('\0');

export function applyFields(
  live: Value,
  managers: Managers,
  wanted: Value,
  { manager, isForced }: { manager: string; isForced: boolean },
): Applied {
  const leaves = leavesOf(wanted).map((path) => ({ path, value: valueAt(wanted, path) }));
  const others = [...managers].filter(([name]) => name !== manager);
  const conflicts = leaves.flatMap(({ path, value }) =>
    others
      .filter(([, fields]) => fields.has(join(path)) && !isSame(valueAt(live, path), value))
      .map(([name]) => ({ name, path })),
  );
  if (conflicts.length > 0 && !isForced) {
    const text = conflicts.map(({ name, path }) => `conflict with "${name}": .${path.join('.')}`).join('; ');
    return { kind: 'conflict', message: `Apply failed with ${conflicts.length} conflict(s): ${text}` };
  }
  const next = new Map(managers);
  for (const { name, path } of conflicts) {
    next.set(name, new Set([...(next.get(name) ?? [])].filter((field) => field !== join(path))));
  }
  const mine = new Set(leaves.map(({ path }) => join(path)));
  const dropped = [...(managers.get(manager) ?? [])].filter(
    (field) => !mine.has(field) && !others.some(([, fields]) => fields.has(field)),
  );
  next.set(manager, mine);
  let value = live;
  for (const field of dropped) value = withValue(value, field.split('\0'), undefined) as Value;
  for (const leaf of leaves) {
    // An empty object is no claim on the fields of others in it.
    const isClaim = !isRecord(leaf.value) || !isRecord(valueAt(value, leaf.path));
    if (isClaim) value = withValue(value, leaf.path, leaf.value) as Value;
  }
  return { kind: 'applied', value, managers: next };
}

/** The fields that a plain write changes go to its manager. */
export function takeFields(before: Value, after: Value, managers: Managers, manager: string): Managers {
  const changed = leavesOf(after)
    .filter((path) => !isSame(valueAt(before, path), valueAt(after, path)))
    .map(join);
  if (changed.length === 0) return managers;
  const next = new Map([...managers].map(([name, fields]) => [name, new Set(fields)] as const));
  for (const fields of next.values()) for (const field of changed) fields.delete(field);
  next.set(manager, new Set([...(next.get(manager) ?? []), ...changed]));
  return next;
}

function isSame(left: unknown, right: unknown): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

function valueAt(value: unknown, [key, ...rest]: readonly string[]): unknown {
  if (key === undefined) return value;
  if (key.startsWith(BY_TYPE) && Array.isArray(value)) {
    return valueAt(
      value.find((item) => isRecord(item) && item['type'] === key.slice(BY_TYPE.length, -1)),
      rest,
    );
  }
  return isRecord(value) ? valueAt(value[key], rest) : undefined;
}

function withValue(value: unknown, [key, ...rest]: readonly string[], leaf: unknown): unknown {
  if (key === undefined) return leaf;
  if (key.startsWith(BY_TYPE)) {
    const type = key.slice(BY_TYPE.length, -1);
    const list = (Array.isArray(value) ? value : []) as readonly unknown[];
    const old = list.find((item) => isRecord(item) && item['type'] === type);
    const made = withValue(old ?? { type }, rest, leaf);
    return old === undefined ? [...list, made] : list.map((item) => (item === old ? made : item));
  }
  const record = isRecord(value) ? value : {};
  const made = withValue(record[key], rest, leaf);
  if (made === undefined) {
    const { [key]: _gone, ...others } = record;
    return others;
  }
  return { ...record, [key]: made };
}
