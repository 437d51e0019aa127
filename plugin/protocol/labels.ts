/** The labels of a pod in a configuration. Pure. Source: CONVENTIONS.md of CNI, `args.cni.labels`: a list of keys and values. */
import type { Labels } from '../../schemas/generated/vnet.ts';
import { field, isJsonObject, type Json, type JsonObject } from './json.ts';

/** Returns the labels; undefined if the configuration gives none. Entries without a key and a value as text are left out. */
export function readLabels(raw: JsonObject): Labels | undefined {
  const list = inside(inside(raw, 'args'), 'cni', 'labels');
  if (!Array.isArray(list)) return undefined;
  const labels: Record<string, string> = {};
  for (const entry of list) {
    const [key, value] = [inside(entry, 'key'), inside(entry, 'value')];
    if (typeof key === 'string' && typeof value === 'string') labels[key] = value;
  }
  return labels;
}

function inside(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  return path.reduce<Json | undefined>((at, name) => (isJsonObject(at) ? field(at, name) : undefined), value);
}
