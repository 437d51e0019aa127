/** The part of the sets that a few pods of this node change. Pure. */
import type { Family } from '../../addresses/address.ts';
import type { ClassChanges, PeerClass } from './classes.ts';
import type { CountChange } from './counted.ts';
import type { PeerClasses } from './peers.ts';
import type { PlaceChanges } from './place.ts';
import { collectIsolation, type LocalChanges } from './policed.ts';
import { collectBlocks, collectGrants, partOfProfile, type PolicyProfile } from './profiles.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import {
  DIRECTION_WORDS,
  familyOfKey,
  type Place,
  type PolicyElements,
  type PolicySets,
  SetCollection,
} from './sets.ts';

/** Elements to add and to remove. Shape: an element with another value is in both. */
export type ElementChanges = {
  readonly added: readonly (readonly [set: string, key: string, value: string])[];
  readonly removed: readonly (readonly [set: string, key: string])[];
};

/** Names of chains or sets that came into use or no longer are. */
type NameChanges = { readonly added: readonly string[]; readonly removed: readonly string[] };

/**
 * A change of the sets. Shape: `chains` and `sets` are those of profiles; elements of sets that are no longer in use are not in
 * `removed`.
 */
export type PolicyChange = ElementChanges & { readonly chains: NameChanges; readonly sets: NameChanges };

/** A value for each direction and family. */
export type ByPlace<T> = Readonly<Record<Direction, Readonly<Record<Family, T>>>>;

/**
 * The inputs of a change. Shape: `profilesAt` are in use now; `places` have changed; `numbersBefore` by direction and address, of all addresses
 * that may have another class.
 */
export type ChangeInputs = {
  readonly peers: Readonly<Record<Direction, Pick<PeerClasses, 'usedIn' | 'numberOf' | 'numberAt'>>>;
  readonly profilesAt: (place: Place) => readonly PolicyProfile[];
  readonly places: ByPlace<PlaceChanges>;
  readonly numbersBefore: Readonly<Record<Direction, ReadonlyMap<string, string | undefined>>>;
};

const FAMILIES = [4, 6] as const;

/** The changes collected so far. */
type Collected = {
  readonly gone: SetCollection;
  readonly come: SetCollection;
  readonly chains: { readonly added: string[]; readonly removed: string[] };
  readonly sets: { readonly added: string[]; readonly removed: string[] };
};

/** Returns the change, if no two of these pods share an address. */
export function policyChangeOf(local: LocalChanges, inputs: ChangeInputs): PolicyChange {
  const collected: Collected = {
    gone: new SetCollection(),
    come: new SetCollection(),
    chains: { added: [], removed: [] },
    sets: { added: [], removed: [] },
  };
  const { gone, come, chains, sets } = collected;
  for (const one of local.removed) collectIsolation(one, () => true, gone);
  for (const one of local.added) collectIsolation(one, () => true, come);
  for (const direction of DIRECTIONS) {
    for (const family of FAMILIES) {
      collectPlace({ direction, family }, inputs, collected);
    }
  }
  const lost = new Set(sets.removed);
  const changes = differenceOf(gone.finish(), come.finish());
  const moved = movedPeers(inputs);
  return {
    added: [...changes.added, ...moved.added],
    removed: [...changes.removed.filter(([set]) => !lost.has(set)), ...moved.removed],
    chains,
    sets,
  };
}

/** Chains and sets of profiles, with the elements of the sets. */
function collectPlace(place: Place, inputs: ChangeInputs, { gone, come, chains, sets }: Collected): void {
  const { classes, profiles, chains: led, blocks } = inputs.places[place.direction][place.family];
  noteNames(led, chains);
  for (const change of profiles) noteGrants(place, change, sets);
  noteNames(blocks, sets);
  for (const { before, now } of blocks) {
    if (before === undefined && now !== undefined) collectBlocks(now, come);
  }
  const { fresh, lost } = classes;
  const peers = inputs.peers[place.direction];
  const numberOf = peers.numberOf.bind(peers);
  for (const { before, now } of profiles) {
    if (now === undefined) continue;
    const used = peers.usedIn(place.family);
    collectGrants(place, [now], used, { numberOf, sets: come });
    if (before === undefined) continue;
    collectGrants(place, [before], usedBefore(used, classes), { numberOf, sets: gone });
  }
  if (fresh.length + lost.length === 0) return;
  const changed = new Set(profiles.map(({ now }) => now));
  const lasting = inputs.profilesAt(place).filter((profile) => !changed.has(profile));
  collectGrants(place, lasting, fresh, { numberOf, sets: come });
  collectGrants(place, lasting, lost, { numberOf, sets: gone });
}

function usedBefore(used: readonly PeerClass[], { fresh, lost }: ClassChanges): readonly PeerClass[] {
  const isFresh = new Set(fresh);
  return [...lost, ...used.filter((one) => !isFresh.has(one))];
}

function noteNames<T>(changes: readonly CountChange<T>[], names: Collected['sets']): void {
  for (const { key, before, now } of changes) {
    if (before === undefined) names.added.push(key);
    if (now === undefined) names.removed.push(key);
  }
}

/** A profile with other policies of the same names may ask other sets. */
function noteGrants(
  place: Place,
  { before, now }: CountChange<PolicyProfile>,
  names: Collected['sets'],
): void {
  const [had, has] = [grantSetsOf(place, before), grantSetsOf(place, now)];
  names.added.push(...has.filter((name) => !had.includes(name)));
  names.removed.push(...had.filter((name) => !has.includes(name)));
}

function grantSetsOf(place: Place, profile: PolicyProfile | undefined): readonly string[] {
  if (profile === undefined) return [];
  const { ports, ranges } = partOfProfile(profile, place).names;
  return [ports, ranges].filter((name) => name !== undefined);
}

function differenceOf(gone: PolicySets, come: PolicySets): ElementChanges {
  const added: (readonly [string, string, string])[] = [];
  const removed: (readonly [string, string])[] = [];
  for (const [set, elements] of gone) {
    const kept = come.get(set);
    for (const [key, value] of elements) if (kept?.get(key) !== value) removed.push([set, key]);
  }
  for (const [set, elements] of come) {
    const known = gone.get(set);
    for (const [key, value] of elements) if (known?.get(key) !== value) added.push([set, key, value]);
  }
  return { added, removed };
}

/** Returns the sets after the change. Shape: those that it does not name are the same values; empty ones are left out. */
export function changedSets(before: PolicySets, { added, removed, sets }: PolicyChange): PolicySets {
  const now = new Map(before);
  for (const set of sets.removed) now.delete(set);
  const changed = new Map<string, Map<string, string>>();
  const change = (set: string): Map<string, string> => {
    const elements = changed.get(set) ?? new Map(now.get(set));
    changed.set(set, elements);
    return elements;
  };
  for (const [set, key] of removed) change(set).delete(key);
  for (const [set, key, value] of added) change(set).set(key, value);
  const all = new Map<string, PolicyElements>([...now, ...changed]);
  for (const [set, elements] of all) if (elements.size === 0) all.delete(set);
  return all;
}

/** Addresses of another class than before. */
function movedPeers({ peers, numbersBefore }: ChangeInputs): ElementChanges {
  const added: (readonly [string, string, string])[] = [];
  const removed: (readonly [string, string])[] = [];
  for (const direction of DIRECTIONS) {
    for (const [address, before] of numbersBefore[direction]) {
      const now = peers[direction].numberAt(address);
      if (now === before) continue;
      const set = `${DIRECTION_WORDS[direction].peers}${familyOfKey(address)}`;
      if (before !== undefined) removed.push([set, address]);
      if (now !== undefined) added.push([set, address, now]);
    }
  }
  return { added, removed };
}
