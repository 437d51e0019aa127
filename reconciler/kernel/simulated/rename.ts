/**
 * Renames an interface of the simulated kernel.
 * Source: dev_change_name() of Linux, which accepts a link that is up since 6.2.
 */
import { keyOf, type LinkObject, type NetObject } from '../../model/state.ts';
import { CHANGED, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

/**
 * Ensures the name of `want` for the link `have`; objects on it are kept.
 * Errors: exists, not-found, invalid.
 */
export function renameLink(tables: SimulatedTables, have: LinkObject, want: LinkObject): Outcome {
  const [old, taken] = [tables.linkAt(have.netns, have.name), tables.linkAt(want.netns, want.name)];
  if (have.name === want.name || (old === undefined && taken !== undefined)) return UNCHANGED;
  if (old === undefined) return refuse('not-found', have, 'No such device');
  if (taken !== undefined) return refuse('exists', want, 'File exists', 'Another interface has this name.');
  if (want.name.length > 15 || want.name.length === 0 || /[\s/:]/.test(want.name)) {
    return refuse('invalid', want, `"${want.name}" is not a name for an interface`);
  }
  const objects = Array.from(tables.objects.values(), (object) => renamed(object, old, want.name));
  tables.objects.clear();
  for (const object of objects) tables.objects.set(keyOf(object), object);
  for (const field of ['mac', 'mtu']) {
    if (tables.pinned.delete(`${field} ${keyOf(old)}`)) tables.pinned.add(`${field} ${keyOf(want)}`);
  }
  return CHANGED;
}

/** Keeps the order of objects: the first address of a subnet is its primary one. */
function renamed(object: NetObject, old: LinkObject, name: string): NetObject {
  const isHere = object.netns === old.netns;
  if (object.kind === 'link') {
    const own = isHere && object.name === old.name ? { ...object, name } : object;
    const master = isHere && own.master === old.name ? { master: name } : {};
    const isPeer = own.peer?.netns === old.netns && own.peer.name === old.name;
    return { ...own, ...master, ...(isPeer ? { peer: { netns: old.netns, name } } : {}) };
  }
  if (object.kind === 'sysctl' && isHere) {
    return { ...object, name: object.name.replace(`/${old.name}/`, `/${name}/`) };
  }
  return isHere && 'dev' in object && object.dev === old.name ? { ...object, dev: name } : object;
}
