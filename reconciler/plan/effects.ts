/** What the kernel does by itself when a link is renamed or given another MAC: the plan is made for what is then. Pure. */
import { kindOf } from '../model/kinds/registry.ts';
import { isMark } from '../model/names.ts';
import {
  forEachIn,
  HOST,
  KeyOrdered,
  keyOf,
  type LinkObject,
  linkKeyOf,
  type NetObject,
  type ObjectKey,
  type State,
} from '../model/state.ts';

/**
 * The kernel as it will be when its bridges are renamed and have their MACs.
 * Shape: `renamed` has the bridge as it is now, by the key it will have.
 */
export type Anticipated = { readonly state: State; readonly renamed: ReadonlyMap<ObjectKey, LinkObject> };

/**
 * Returns the observed state with what follows by itself: a renamed bridge keeps its ports, addresses, routes and
 * neighbours; a bridge that gets another MAC loses its neighbours, permanent ones too.
 * A bridge is renamed when it carries our mark, holds the uplink that the wanted one is to hold, and is wanted no more.
 * Source: dev_change_name() and neigh_changeaddr() of Linux; measured on 6.18. A bridge that is up can be renamed since 6.2.
 */
export function anticipate(desired: State, observed: State): Anticipated {
  const renamed = new Map<ObjectKey, LinkObject>();
  const names = new Map<string, string>();
  const flushed = new Set<string>();
  forEachIn(desired, (want, key) => {
    if (want.kind !== 'link' || want.type !== 'bridge') return;
    const have = observed.get(key) ?? predecessorOf(want, desired, observed);
    if (have?.kind !== 'link') return;
    if (have.name !== want.name) {
      renamed.set(key, have);
      names.set(have.name, want.name);
    }
    if (want.mac !== undefined && want.mac !== have.mac) flushed.add(want.name);
  });
  if (names.size + flushed.size === 0) return { state: observed, renamed };
  const state = new KeyOrdered();
  for (const object of observed.values()) {
    const later = withNames(object, names);
    if (isFlushed(later, flushed)) continue;
    state.set(keyOf(later), later);
  }
  return { state, renamed };
}

function isFlushed(object: NetObject, bridges: ReadonlySet<string>): boolean {
  if (object.netns !== HOST || !('dev' in object) || !bridges.has(object.dev)) return false;
  return kindOf(object).goesWith?.(object, 'mac') === true;
}

function predecessorOf(want: LinkObject, desired: State, observed: State): LinkObject | undefined {
  for (const [key, port] of desired) {
    if (port.kind !== 'link' || port.type !== 'device' || port.master !== want.name) continue;
    const uplink = observed.get(key);
    const master = uplink?.kind === 'link' ? (uplink.master ?? '') : '';
    const have = observed.get(linkKeyOf(master));
    const isOurs = have?.kind === 'link' && have.type === 'bridge' && isMark(have.alias);
    if (isOurs && !desired.has(keyOf(have))) return have;
  }
  return undefined;
}

function withNames(object: NetObject, names: ReadonlyMap<string, string>): NetObject {
  if (object.netns !== HOST) return object;
  if (object.kind === 'link') {
    const name = names.get(object.name) ?? object.name;
    const master = names.get(object.master ?? '');
    return { ...object, name, ...(master === undefined ? {} : { master }) };
  }
  if (!('dev' in object)) return object;
  const dev = names.get(object.dev);
  return dev === undefined ? object : { ...object, dev };
}
