/** The desired State with its owners, and its construction. Pure. */
import { KeyOrdered, keyOf, type NetObject, normaliseObject, type ObjectKey, type State } from './state.ts';

/**
 * The desired State with the owner of each object.
 * Shape: `owners` has an endpoint ID or network name for every key of `state`, and for the remaining objects
 * of leaving and dead endpoints.
 */
export type Desired = { readonly state: State; readonly owners: ReadonlyMap<ObjectKey, string> };

/** Objects in their normal form, and the key of each. */
export type Entries = { readonly keys: readonly ObjectKey[]; readonly objects: readonly NetObject[] };

/** Returns the objects in their normal form, with their keys. */
export function entriesOf(derived: readonly NetObject[]): Entries {
  const objects = derived.map(normaliseObject);
  return { keys: objects.map(keyOf), objects };
}

/** Collects desired objects and their owners. */
export class Collection {
  readonly #objects = new KeyOrdered();
  readonly #owned: {
    readonly owner: string;
    readonly keys: readonly ObjectKey[];
    readonly isWanted: boolean;
  }[] = [];
  #owners: ReadonlyMap<ObjectKey, string> | undefined;

  /** Adds a desired object of the owner. */
  add(owner: string, derived: readonly NetObject[]): void {
    this.addEntries(owner, entriesOf(derived));
  }

  /** As add(), for objects with known keys. */
  addEntries(owner: string, { keys, objects }: Entries): void {
    for (const [index, key] of keys.entries()) {
      const object = objects[index];
      if (object !== undefined) this.#objects.set(key, object);
    }
    this.#owned.push({ owner, keys, isWanted: true });
  }

  /** Objects of a leaving or dead endpoint are claimed, but not desired; a new owner of the key takes precedence. */
  claim(owner: string, { keys }: Entries): void {
    this.#owned.push({ owner, keys, isWanted: false });
  }

  /** Returns the result. The list of owners is built on demand, since it is needed only if there are steps. */
  finish(): Desired {
    const state = this.#objects;
    const ownersOf = (): ReadonlyMap<ObjectKey, string> => (this.#owners ??= this.#listOwners());
    return {
      state,
      get owners() {
        return ownersOf();
      },
    };
  }

  #listOwners(): ReadonlyMap<ObjectKey, string> {
    const owners = new Map<ObjectKey, string>();
    for (const { owner, keys, isWanted } of this.#owned) {
      for (const key of keys) if (isWanted || !owners.has(key)) owners.set(key, owner);
    }
    return owners;
  }
}
