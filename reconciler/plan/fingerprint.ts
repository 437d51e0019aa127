/** The basis of a saved plan: digests of the kernel objects that it depends on. Pure. */
import { kindOf } from '../model/kinds/registry.ts';
import { sha1Hex } from '../model/sha1.ts';
import type { NetObject, ObjectKey, State } from '../model/state.ts';

/** The objects a plan depends on. Shape: a digest for each key; `fingerprint` is one for all of them. */
export type LiveState = {
  readonly fingerprint: string;
  readonly objects: Readonly<Record<ObjectKey, string>>;
};

/**
 * Returns the digests of the observed objects selected by `matters`. Entries learned by the kernel (MACs set inside
 * pods) never matter.
 * Law: the same objects give the same fingerprint in any order.
 */
export function fingerprintOf(
  observed: State,
  matters: (key: ObjectKey, object: NetObject) => boolean,
): LiveState {
  const objects: Record<ObjectKey, string> = {};
  for (const [key, object] of observed) {
    const isLearned = kindOf(object).isLearned?.(object) === true;
    if (!isLearned && matters(key, object)) objects[key] = sha1Hex(canonical(lasting(object))).slice(0, 12);
  }
  const lines = Object.entries(objects).map(([key, digest]) => `${key} ${digest}`);
  return { fingerprint: sha1Hex(lines.toSorted().join('\n')), objects };
}

/** Returns the changed objects, one line each: `link azure0 changed`. */
export function describeLiveChange(then: LiveState, now: LiveState): readonly string[] {
  if (then.fingerprint === now.fingerprint) return [];
  const keys = new Set([...Object.keys(then.objects), ...Object.keys(now.objects)]);
  return [...keys].toSorted().flatMap((key) => {
    const [before, after] = [then.objects[key], now.objects[key]];
    if (before === after) return [];
    return [`${key} ${before === undefined ? 'appeared' : after === undefined ? 'is gone' : 'changed'}`];
  });
}

/** Returns the object without fields that the kernel changes on its own. */
function lasting(object: NetObject): Readonly<Record<string, unknown>> {
  const { volatile = [] } = kindOf(object);
  return Object.fromEntries(Object.entries(object).filter(([field]) => !volatile.includes(field)));
}

function canonical(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? '';
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  const fields = Object.entries(value).filter(([, inner]) => inner !== undefined);
  const sorted = fields.toSorted(([left], [right]) => (left < right ? -1 : 1));
  return `{${sorted.map(([name, inner]) => `${JSON.stringify(name)}:${canonical(inner)}`).join(',')}}`;
}
