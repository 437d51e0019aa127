/** The elements that a few pods of this node contribute to the sets. Pure. */
import type { PeerClasses } from './peers.ts';
import {
  collectClasses,
  collectIsolated,
  collectPoliced,
  type LocalChanges,
  type PolicedPod,
} from './policed.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import { DIRECTION_WORDS, SetCollection } from './sets.ts';
import { familyOf } from '../../addresses/address.ts';

/** Elements to add and to remove. Shape: an element with another chain is in both. */
export type ElementChanges = {
  readonly added: readonly (readonly [set: string, key: string, value: string])[];
  readonly removed: readonly (readonly [set: string, key: string])[];
};

/** What the elements depend on. Shape: `chainsBefore` by direction and address, of all addresses that may have another class. */
export type ChangeInputs = {
  readonly peers: Readonly<Record<Direction, PeerClasses>>;
  readonly isPoliced: (one: PolicedPod) => boolean;
  readonly chainsBefore: Readonly<Record<Direction, ReadonlyMap<string, string | undefined>>>;
};

/** Returns the changes of the sets, if the classes are the same before and after, and no two of these pods share an address. */
export function elementChangesOf({ added, removed }: LocalChanges, inputs: ChangeInputs): ElementChanges {
  const [gone, come] = [elementsOf(removed, inputs), elementsOf(added, inputs)];
  const changes = {
    added: [] as (readonly [string, string, string])[],
    removed: [] as (readonly [string, string])[],
  };
  for (const [set, elements] of gone) {
    for (const key of elements.keys()) if (come.get(set)?.has(key) !== true) changes.removed.push([set, key]);
  }
  for (const [set, elements] of come) {
    for (const [key, value] of elements)
      if (gone.get(set)?.has(key) !== true) changes.added.push([set, key, value]);
  }
  for (const direction of DIRECTIONS) {
    const peers = inputs.peers[direction];
    for (const [address, before] of inputs.chainsBefore[direction]) {
      const now = peers.chainAt(address);
      if (now === before) continue;
      const set = `${DIRECTION_WORDS[direction].peers}${familyOf(address) ?? 4}`;
      if (before !== undefined) changes.removed.push([set, address]);
      if (now !== undefined) changes.added.push([set, address, now]);
    }
  }
  return changes;
}

function elementsOf(
  policed: readonly PolicedPod[],
  { peers, isPoliced }: ChangeInputs,
): ReturnType<SetCollection['finish']> {
  const sets = new SetCollection();
  if (policed.length === 0) return sets.finish();
  for (const direction of DIRECTIONS) {
    for (const family of [4, 6] as const) {
      const { used } = peers[direction].of(family);
      collectClasses({ direction, family, policed, isHolder: () => true }, used, sets);
    }
    collectIsolated(direction, policed, sets);
  }
  for (const one of policed) if (isPoliced(one)) collectPoliced(one.pod, sets);
  return sets.finish();
}
