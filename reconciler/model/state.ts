/**
 * State: desired state (of the document) and observed state (of the kernel), as values of one type. Pure.
 */
import { HOST, type ObjectKey } from './kinds/kind.ts';
import { kindOf, type NetObject } from './kinds/registry.ts';

export { HOST, type NetnsPath, type ObjectKey } from './kinds/kind.ts';
export type { AddressObject } from './kinds/address.ts';
export type { FdbObject } from './kinds/fdb.ts';
export type { FilterObject } from './kinds/filter.ts';
export { linkKeyOf, type LinkObject } from './kinds/link.ts';
export type { NeighbourObject } from './kinds/neighbour.ts';
export type { NexthopObject } from './kinds/nexthop.ts';
export type { NftElementObject } from './kinds/nft-element.ts';
export type { NftTableObject } from './kinds/nft-table.ts';
export type { QdiscObject } from './kinds/qdisc.ts';
export type { NextHop, RouteObject } from './kinds/route.ts';
export type { SysctlObject } from './kinds/sysctl.ts';
export type { NetObject } from './kinds/registry.ts';

/** A set of kernel objects by key, normalised and in key order. Desired and observed are both of this type. */
export type State = ReadonlyMap<ObjectKey, NetObject>;

/** Returns the readable identity of the object: `neighbour 10.240.0.36 dev azure0`. Total. */
export function keyOf(object: NetObject): ObjectKey {
  const key = kindOf(object).key(object);
  return object.netns === HOST ? key : `${key} netns ${object.netns}`;
}

/**
 * Returns the object in its normal form, in which both sides are compared: MACs in lower case, prefixes
 * without host bits.
 */
export function normaliseObject(object: NetObject): NetObject {
  return kindOf(object).normalise?.(object) ?? object;
}

/**
 * Returns the State of the objects: each normalised, the last of one key kept, in key order.
 * Law: toState(toState(x).values()) equals toState(x); the order of the input does not matter for distinct keys.
 */
export function toState(objects: Iterable<NetObject>): State {
  const found = new KeyOrdered();
  for (const object of objects) {
    const normal = normaliseObject(object);
    found.set(keyOf(normal), normal);
  }
  return found;
}

/**
 * Calls `visit` with every object of the State, in no particular order: cheaper where the order is irrelevant, since sorting ten
 * thousand keys takes as long as comparing their objects.
 */
export function forEachIn(state: State, visit: (object: NetObject, key: ObjectKey) => void): void {
  Map.prototype.forEach.call(state, visit);
}

/**
 * A State to be filled with normalised objects before it is iterated. Keys are sorted at the first iteration:
 * lookups alone need no order.
 */
export class KeyOrdered extends Map<ObjectKey, NetObject> {
  #ordered: Map<ObjectKey, NetObject> | undefined;

  override [Symbol.iterator](): MapIterator<[ObjectKey, NetObject]> {
    return this.#inOrder()[Symbol.iterator]();
  }

  override entries(): MapIterator<[ObjectKey, NetObject]> {
    return this.#inOrder().entries();
  }

  override keys(): MapIterator<ObjectKey> {
    return this.#inOrder().keys();
  }

  override values(): MapIterator<NetObject> {
    return this.#inOrder().values();
  }

  override forEach(
    visit: (object: NetObject, key: ObjectKey, state: Map<ObjectKey, NetObject>) => void,
  ): void {
    this.#inOrder().forEach(visit);
  }

  #inOrder(): Map<ObjectKey, NetObject> {
    if (this.#ordered !== undefined) return this.#ordered;
    const ordered = new Map<ObjectKey, NetObject>();
    // The built-in sort, by code units, takes a fraction of the time of one with a comparison function.
    for (const key of [...super.keys()].toSorted()) {
      const object = this.get(key);
      if (object !== undefined) ordered.set(key, object);
    }
    this.#ordered = ordered;
    return ordered;
  }
}
