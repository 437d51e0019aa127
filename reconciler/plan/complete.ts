/**
 * Completes the changes of a plan: sysctls that deletions need, and fields carried over from replaced
 * objects. Pure.
 */
import { HOST, type KernelObject } from '../model/kinds/kind.ts';
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import { keyOf, type ObjectKey, type State } from '../model/state.ts';

/** A sysctl, and the object whose deletion must not remove others. */
export type DeletionSetting = { readonly change: Change; readonly of: NetObject };

/** Returns the sysctls needed by the deletions among the changes: see `settingsForDeletion` of the kinds. */
export function deletionSettings(changes: readonly Change[], desired: State): readonly DeletionSetting[] {
  const settings = new Map<string, { readonly value: string; readonly of: NetObject }>();
  for (const change of changes) {
    if (change.verb === 'create') continue;
    // An address that is added again is deleted before.
    if (change.verb === 'update' && !change.fields.includes('place')) continue;
    for (const [name, value] of kindOf(change.have).settingsForDeletion?.(change.have, desired) ?? []) {
      settings.set(name, { value, of: change.have });
    }
  }
  return Array.from(settings, ([name, { value, of }]) => ({
    change: { verb: 'create', want: { kind: 'sysctl', netns: HOST, name, value } },
    of,
  }));
}

/**
 * Returns the changes with the carried fields (`carried` of the kinds) of the replaced objects: those with
 * the same key, or deleted from another interface. Fields in the document have precedence. If an object
 * exists and its twin is deleted from another interface, it gets the twin's lifetimes: the lease is renewed
 * there.
 */
export function inheritCarriedFields(changes: readonly Change[], present: StatePair): readonly Change[] {
  const left = new Map<ObjectKey, NetObject>();
  for (const change of changes) {
    if (change.verb === 'delete' && kindOf(change.have).carried !== undefined) {
      left.set(keyOnAnyDevice(change.have), change.have);
    }
  }
  const carried = changes.map((change) => {
    if (change.verb === 'delete') return change;
    const source = change.verb === 'update' ? change.have : left.get(keyOnAnyDevice(change.want));
    return source === undefined ? change : { ...change, want: withCarried(change.want, source) };
  });
  return left.size === 0 ? carried : [...carried, ...renewals(changes, left, present)];
}

/** The desired and the observed objects. */
export type StatePair = { readonly desired: State; readonly observed: State };

function withCarried(want: NetObject, source: NetObject): NetObject {
  const fields = (kindOf(want).carried ?? []).filter(
    (field) => fieldOf(want, field) === undefined && fieldOf(source, field) !== undefined,
  );
  const kept = isEnding(want) ? fields : fields.filter((field) => field === 'rest');
  return kept.reduce<NetObject>((object, field) => ({ ...object, [field]: fieldOf(source, field) }), want);
}

/** Lifetimes are carried if the object expires according to the document. */
function isEnding(want: NetObject): boolean {
  return fieldOf(want, 'dynamic') === true;
}

function renewals(
  changes: readonly Change[],
  left: ReadonlyMap<ObjectKey, NetObject>,
  { desired, observed }: StatePair,
): readonly Change[] {
  const touched = new Set(
    changes.map((change) => keyOf(change.verb === 'delete' ? change.have : change.want)),
  );
  return Array.from(desired).flatMap(([key, want]): Change[] => {
    const [have, source] = [observed.get(key), left.get(keyOnAnyDevice(want))];
    if (have === undefined || touched.has(key) || !isEnding(want)) return [];
    if (source?.kind !== 'address' || source.lifetimes === undefined) return [];
    return [{ verb: 'update', want: withCarried(want, source), have, fields: ['lifetimes'] }];
  });
}

function fieldOf(object: KernelObject & Readonly<Record<string, unknown>>, field: string): unknown {
  return object[field];
}

function keyOnAnyDevice(object: NetObject): ObjectKey {
  return keyOf('dev' in object ? { ...object, dev: '' } : object);
}
