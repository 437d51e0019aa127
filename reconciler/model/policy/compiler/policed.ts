/** The pods that are policed on this node, and their part of the sets. Pure. */
import { type Family, familyOf, familyOfAddress } from '../../addresses/address.ts';
import { blockText, disjointBlocks } from './blocks.ts';
import type { PeerClass } from './classes.ts';
import type { OwnGrants } from './grants.ts';
import type { PolicyPod } from '../members.ts';
import { sha1Hex } from '../../sha1.ts';
import { portKeys, portsOf, unionOfPorts } from './port-set.ts';
import type { Direction, ParsedPolicy } from '../rules.ts';
import { DIRECTION_WORDS, type SetCollection } from './sets.ts';

/** What the same policies grant to pods with the same named ports. */
export type PolicyProfile = {
  readonly policies: readonly ParsedPolicy[];
  readonly own: Readonly<Record<Direction, OwnGrants>>;
  /** Elements by class: the ports that the class is granted on these pods. */
  readonly keys: Readonly<Record<Direction, WeakMap<PeerClass, readonly string[]>>>;
  /** Blocks by family, made on demand. */
  readonly blocks: { readonly [D in Direction]: { 4?: ProfileBlocks; 6?: ProfileBlocks } };
};

/** The blocks that a profile is granted in one direction, with their ports. Shape: of no keys, nothing is made. */
export type ProfileBlocks = {
  readonly chain: string;
  readonly set: string;
  readonly keys: readonly string[];
};

/**
 * A pod of this node, with what its policies grant.
 * Shape: a shut one has unknown labels, and no policies. `isPoliced`: its frames are judged; those of a namespace without any policy never
 * are.
 */
export type PolicedPod = {
  readonly pod: PolicyPod;
  readonly isShut: boolean;
  readonly isPoliced: boolean;
  readonly profile: PolicyProfile;
};

/** Pods of this node that appeared and disappeared. Shape: a pod with other policies is in both. */
export type LocalChanges = { readonly added: readonly PolicedPod[]; readonly removed: readonly PolicedPod[] };

/** One direction and family of the compilation. Shape: `isHolder`: the pod counts at the address. */
export type CompileScope = {
  readonly direction: Direction;
  readonly family: Family;
  readonly policed: readonly PolicedPod[];
  readonly isHolder: (address: string, pod: PolicyPod) => boolean;
};

/** Adds the elements of the pods: the ports that classes are granted. */
export function collectClasses(place: CompileScope, used: Iterable<PeerClass>, sets: SetCollection): void {
  const { direction, family, policed } = place;
  const words = DIRECTION_WORDS[direction];
  const granting = new Map<string, PolicedPod[]>();
  for (const one of policed) {
    for (const id of one.profile.own[direction].grants.keys()) {
      const list = granting.get(id);
      if (list === undefined) granting.set(id, [one]);
      else list.push(one);
    }
  }
  for (const one of granting.size === 0 ? [] : used) {
    const found = new Set<PolicedPod>();
    for (const { grant } of one.grants) {
      for (const policedPod of granting.get(grant.id) ?? NO_PODS) found.add(policedPod);
    }
    if (found.size === 0) continue;
    const set = sets.declare(`${words.class}${family}_${one.name}`);
    for (const policedPod of found)
      addElements(set, policedPod, place, keysOfClass(policedPod, direction, one));
  }
}

/** Calls `visit` with the blocks of each address of the pods that has any. */
export function forEachBlocks(
  { direction, family, policed, isHolder }: CompileScope,
  visit: (address: string, blocks: ProfileBlocks) => void,
): void {
  for (const { pod, profile } of policed) {
    const blocks = blocksOf(profile, direction, family);
    if (blocks.keys.length === 0) continue;
    for (const address of pod.addresses) {
      if (familyOf(address) === family && isHolder(address, pod)) visit(address, blocks);
    }
  }
}

const NO_PODS: readonly PolicedPod[] = [];

/** Of two pods with one address, the first by name is granted something there; both are isolated. */
function addElements(
  set: Map<string, string>,
  { pod }: PolicedPod,
  { family, isHolder }: CompileScope,
  keys: readonly string[],
): void {
  for (const address of pod.addresses) {
    if (familyOf(address) !== family || !isHolder(address, pod)) continue;
    for (const key of keys) set.set(`${address} . ${key}`, '');
  }
}

function keysOfClass(
  { profile: { own, keys } }: PolicedPod,
  direction: Direction,
  one: PeerClass,
): readonly string[] {
  const known = keys[direction].get(one);
  if (known !== undefined) return known;
  const granted = one.grants.flatMap(({ grant, port }) => {
    const ports = own[direction].ports.get(grant.id);
    if (ports === undefined || grant.named === undefined || port === undefined) return ports ?? [];
    return [portsOf(grant.named.protocol, { first: port, last: port })];
  });
  const made = portKeys(unionOfPorts(granted));
  keys[direction].set(one, made);
  return made;
}

function blocksOf({ own, blocks }: PolicyProfile, direction: Direction, family: Family): ProfileBlocks {
  const known = blocks[direction][family];
  if (known !== undefined) return known;
  const ofFamily = own[direction].blocks.filter(({ range }) => familyOfAddress(range.first) === family);
  const keys = disjointBlocks(ofFamily).flatMap(({ range, ports }) =>
    portKeys(ports).map((key) => `${blockText(range)} . ${key}`),
  );
  const name = keys.length === 0 ? '' : sha1Hex(keys.join('\n')).slice(0, 12);
  const words = DIRECTION_WORDS[direction];
  const made = { chain: `${words.blocks}${family}_${name}`, set: `${words.block}${family}_${name}`, keys };
  blocks[direction][family] = made;
  return made;
}

/** Adds the blocks of the address: the chain, and the elements of its set. */
export function collectBlocks(
  { direction, family }: Pick<CompileScope, 'direction' | 'family'>,
  address: string,
  { chain, set, keys }: ProfileBlocks,
  sets: SetCollection,
): void {
  sets.declare(`${DIRECTION_WORDS[direction].blocks}${family}`).set(address, chain);
  const elements = sets.declare(set);
  if (elements.size === 0) for (const key of keys) elements.set(key, '');
}

/** Adds the elements that isolate the pods. */
export function collectIsolated(
  direction: Direction,
  policed: readonly PolicedPod[],
  sets: SetCollection,
): void {
  for (const { pod, profile, isShut } of policed) {
    if (!isShut && !profile.policies.some(({ rules }) => rules[direction] !== undefined)) continue;
    for (const address of pod.addresses) {
      const family = familyOf(address);
      if (family === undefined) continue;
      sets.add(DIRECTION_WORDS[direction].isolated, family, address);
      sets.add('self', family, `${address} . ${address}`);
    }
  }
}

/** Adds the pod to those whose frames pass the IP layer. */
export function collectPoliced({ addresses }: PolicyPod, sets: SetCollection): void {
  for (const address of addresses) sets.add('policed', familyOf(address) ?? 4, address);
}
