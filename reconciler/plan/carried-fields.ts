/** Fields that an object takes over from the one it replaces. Pure. */
import { kindOf, type NetObject } from '../model/kinds/registry.ts';
import type { Change } from '../model/ports/kernel.ts';
import { keyOf, type ObjectKey, type State } from '../model/state.ts';
import { fieldOf } from './compare.ts';

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
type StatePair = { readonly desired: State; readonly observed: State };

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

function keyOnAnyDevice(object: NetObject): ObjectKey {
  return keyOf('dev' in object ? { ...object, dev: '' } : object);
}
