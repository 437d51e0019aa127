/** The part of the sets that a few pods of this node change. Pure. */
import { type Family, familyOf } from '../../addresses/address.ts';
import type { AddressBook } from './address-book.ts';
import type { PeerClass } from './classes.ts';
import type { ClassChanges, PeerClasses } from './peers.ts';
import {
  collectClasses,
  collectIsolated,
  collectPoliced,
  forEachBlocks,
  type LocalChanges,
  type CompileScope,
  type PolicedPod,
  type ProfileBlocks,
} from './policed.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import { chainOfClass, DIRECTION_WORDS, type PolicySets, SetCollection } from './sets.ts';

/** Elements to add and to remove. Shape: an element with another chain is in both. */
export type ElementChanges = {
  readonly added: readonly (readonly [set: string, key: string, value: string])[];
  readonly removed: readonly (readonly [set: string, key: string])[];
};

/**
 * A change of the sets. Shape: `chains` are those of classes that came into use or no longer are; elements of the sets of the latter are not
 * in `removed`.
 */
export type PolicyChange = ElementChanges & {
  readonly chains: { readonly added: readonly string[]; readonly removed: readonly string[] };
};

/** A value for each direction and family. */
export type ByPlace<T> = Readonly<Record<Direction, Readonly<Record<Family, T>>>>;

/** What a change depends on. Shape: `chainsBefore` by direction and address, of all addresses that may have another class. */
export type ChangeInputs = {
  readonly peers: Readonly<Record<Direction, PeerClasses>>;
  readonly addresses: AddressBook;
  readonly policed: { readonly before: readonly PolicedPod[]; readonly now: readonly PolicedPod[] };
  readonly classes: ByPlace<ClassChanges>;
  readonly chainsBefore: Readonly<Record<Direction, ReadonlyMap<string, string | undefined>>>;
};

const FAMILIES = [4, 6] as const;

/** Returns the change, if no two of these pods share an address. */
export function policyChangeOf({ added, removed }: LocalChanges, inputs: ChangeInputs): PolicyChange {
  const [gone, come] = [new SetCollection(), new SetCollection()];
  collectPods(removed, inputs, gone);
  collectPods(added, inputs, come);
  const chains = { added: [] as string[], removed: [] as string[] };
  for (const direction of DIRECTIONS) {
    for (const family of FAMILIES) {
      const { fresh, lost } = inputs.classes[direction][family];
      chains.added.push(...fresh.map(({ name }) => chainOfClass(direction, family, name)));
      chains.removed.push(...lost.map(({ name }) => chainOfClass(direction, family, name)));
      collectFresh({ direction, family }, fresh, inputs, come);
      const blocks = changeBlocks({ direction, family }, { added, removed }, inputs, { gone, come });
      chains.added.push(...blocks.added);
      chains.removed.push(...blocks.removed);
    }
  }
  const changes = differenceOf(gone.finish(), come.finish());
  const moved = movedPeers(inputs);
  return {
    added: [...changes.added, ...moved.added],
    removed: [...changes.removed, ...moved.removed],
    chains,
  };
}

/** The elements of these pods, except in classes that appear or disappear. */
function collectPods(pods: readonly PolicedPod[], inputs: ChangeInputs, sets: SetCollection): void {
  if (pods.length === 0) return;
  for (const direction of DIRECTIONS) {
    for (const family of FAMILIES) {
      const fresh = new Set(inputs.classes[direction][family].fresh);
      const { used } = inputs.peers[direction].of(family);
      const lasting = fresh.size === 0 ? used : [...used].filter((one) => !fresh.has(one));
      collectClasses({ direction, family, policed: pods, isHolder: () => true }, lasting, sets);
    }
    collectIsolated(direction, pods, sets);
  }
  for (const one of pods) if (one.isPoliced) collectPoliced(one.pod, sets);
}

/** The elements of all pods in classes that appear. */
function collectFresh(
  place: { readonly direction: Direction; readonly family: Family },
  fresh: readonly PeerClass[],
  { addresses, policed }: ChangeInputs,
  sets: SetCollection,
): void {
  if (fresh.length === 0) return;
  const isHolder = (address: string, pod: PolicedPod['pod']): boolean => addresses.holderOf(address) === pod;
  collectClasses({ ...place, policed: policed.now, isHolder }, fresh, sets);
}

/** Adds the chains of the pods' addresses, and the blocks of chains that appear. Returns the chains that appear or disappear. */
function changeBlocks(
  place: Pick<CompileScope, 'direction' | 'family'>,
  { added, removed }: LocalChanges,
  { policed }: ChangeInputs,
  { gone, come }: { readonly gone: SetCollection; readonly come: SetCollection },
): PolicyChange['chains'] {
  const map = `${DIRECTION_WORDS[place.direction].blocks}${place.family}`;
  const ofPods = (pods: readonly PolicedPod[]): CompileScope => ({
    ...place,
    policed: pods,
    isHolder: () => true,
  });
  const lost = new Set<string>();
  forEachBlocks(ofPods(removed), (address, { chain }) => {
    gone.declare(map).set(address, chain);
    lost.add(chain);
  });
  const fresh = new Map<string, ProfileBlocks>();
  forEachBlocks(ofPods(added), (address, blocks) => {
    come.declare(map).set(address, blocks.chain);
    fresh.set(blocks.chain, blocks);
  });
  if (lost.size > 0) forEachBlocks(ofPods(policed.now), (_, { chain }) => lost.delete(chain));
  if (fresh.size > 0) forEachBlocks(ofPods(policed.before), (_, { chain }) => fresh.delete(chain));
  for (const { set, keys } of fresh.values()) for (const key of keys) come.declare(set).set(key, '');
  return { added: [...fresh.keys()], removed: [...lost] };
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

/** Addresses of another class than before. */
function movedPeers({ peers, chainsBefore }: ChangeInputs): ElementChanges {
  const added: (readonly [string, string, string])[] = [];
  const removed: (readonly [string, string])[] = [];
  for (const direction of DIRECTIONS) {
    for (const [address, before] of chainsBefore[direction]) {
      const now = peers[direction].chainAt(address);
      if (now === before) continue;
      const set = `${DIRECTION_WORDS[direction].peers}${familyOf(address) ?? 4}`;
      if (before !== undefined) removed.push([set, address]);
      if (now !== undefined) added.push([set, address, now]);
    }
  }
  return { added, removed };
}
