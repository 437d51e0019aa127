/** What a saved plan was made against: the kernel's objects that it depends on, as digests. Pure. */
import { kindOf } from '../model/kinds/registry.ts';
import { sha1Hex } from '../model/sha1.ts';
import type { NetObject, ObjectKey, State } from '../model/state.ts';

/** The objects a plan depends on. Shape: a digest for each key; `fingerprint` is one for all of them. */
export type LiveState = {
  readonly fingerprint: string;
  readonly objects: Readonly<Record<ObjectKey, string>>;
};

/**
 * Returns the digests of the observed objects that `matters` picks. What the kernel learns by itself (the MACs that pods
 * give themselves) never matters.
 * Law: the same objects give the same fingerprint, whatever order they come in.
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

/** Returns what is not as it was, one line for each object: `link azure0 changed`. */
export function describeLiveChange(then: LiveState, now: LiveState): readonly string[] {
  if (then.fingerprint === now.fingerprint) return [];
  const keys = new Set([...Object.keys(then.objects), ...Object.keys(now.objects)]);
  return [...keys].toSorted().flatMap((key) => {
    const [before, after] = [then.objects[key], now.objects[key]];
    if (before === after) return [];
    return [`${key} ${before === undefined ? 'appeared' : after === undefined ? 'is gone' : 'changed'}`];
  });
}

/** Returns the object without what changes by itself. */
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
