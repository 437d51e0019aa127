/** Side effects of renaming a link or changing its MAC in the kernel: the plan accounts for them. Pure. */
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
 * The kernel after the renaming of bridges and the change of their MACs.
 * Shape: `renamed` has the present bridge by its future key.
 */
export type PredictedState = { readonly state: State; readonly renamed: ReadonlyMap<ObjectKey, LinkObject> };

/**
 * Returns the observed state with the side effects: a renamed bridge keeps its ports, addresses, routes and
 * neighbours; a bridge with a new MAC loses its neighbours, permanent ones too.
 * A bridge is renamed if it carries our mark, holds the uplink of the desired one, and is itself not desired.
 * Source: dev_change_name() and neigh_changeaddr() of Linux; measured on 6.18. A bridge that is up can be renamed since 6.2.
 */
export function predictEffects(desired: State, observed: State): PredictedState {
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
  const later = dev === undefined ? object : { ...object, dev };
  if (later.kind !== 'route' || later.nextHops === undefined) return later;
  return {
    ...later,
    nextHops: later.nextHops.map((hop) => ({ ...hop, dev: names.get(hop.dev) ?? hop.dev })),
  };
}
