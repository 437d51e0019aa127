/** The pods that are policed on this node, and their part of the sets. Pure. */
import { type Family, familyOf, familyOfAddress } from '../../addresses/address.ts';
import { blockText, disjointBlocks } from './blocks.ts';
import type { PeerClass } from './classes.ts';
import type { OwnGrants } from './grants.ts';
import type { PolicyPod } from '../members.ts';
import type { AddressBook, PeerClasses } from './peers.ts';
import { portKeys, portsOf, unionOfPorts } from './port-set.ts';
import type { Direction, ParsedPolicy } from '../rules.ts';
import { DIRECTION_WORDS, type SetCollection } from './sets.ts';

/** A pod of this node, the policies that select it, and what they grant. Cached by identity. */
export type PolicedPod = {
  readonly pod: PolicyPod;
  readonly isShut: boolean;
  readonly policies: readonly ParsedPolicy[];
  readonly own: Readonly<Record<Direction, OwnGrants>>;
  /** Elements by class: the ports that the class is granted on this pod. */
  readonly keys: Readonly<Record<Direction, WeakMap<PeerClass, readonly string[]>>>;
  /** Elements of blocks by family, made on demand. */
  readonly blocks: { readonly [D in Direction]: { 4?: readonly string[]; 6?: readonly string[] } };
};

/** One direction and family of the compilation. */
export type Place = {
  readonly direction: Direction;
  readonly family: Family;
  readonly policed: readonly PolicedPod[];
  readonly addresses: AddressBook;
};

/** Adds the elements of peers: the class of each, the ports that classes are granted, and blocks. */
export function collectPeers(place: Place, peers: ReturnType<PeerClasses['of']>, sets: SetCollection): void {
  const { direction, family, policed } = place;
  const words = DIRECTION_WORDS[direction];
  const { elements, used } = peers;
  if (elements.size > 0) sets.share(`${words.peers}${family}`, elements);
  const granting = new Map<string, PolicedPod[]>();
  for (const one of policed) {
    for (const id of one.own[direction].grants.keys()) {
      const list = granting.get(id);
      if (list === undefined) granting.set(id, [one]);
      else list.push(one);
    }
  }
  for (const one of used) {
    const set = sets.declare(`${words.class}${family}_${one.name}`);
    for (const policedPod of new Set(one.grants.flatMap(({ grant }) => granting.get(grant.id) ?? []))) {
      addElements(set, policedPod, place, keysOfClass(policedPod, direction, one));
    }
  }
  for (const one of policed) {
    const keys = keysOfBlocks(one, direction, family);
    if (keys.length > 0) addElements(sets.declare(`${words.blocks}${family}`), one, place, keys);
  }
}

/** Of two pods with one address, the first by name is granted something there; both are isolated. */
function addElements(
  set: Map<string, string>,
  { pod }: PolicedPod,
  { family, addresses }: Place,
  keys: readonly string[],
): void {
  for (const address of pod.addresses) {
    if (familyOf(address) !== family || addresses.holderOf(address) !== pod) continue;
    for (const key of keys) set.set(`${address} . ${key}`, '');
  }
}

function keysOfClass({ own, keys }: PolicedPod, direction: Direction, one: PeerClass): readonly string[] {
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

function keysOfBlocks({ own, blocks }: PolicedPod, direction: Direction, family: Family): readonly string[] {
  const known = blocks[direction][family];
  if (known !== undefined) return known;
  const ofFamily = own[direction].blocks.filter(({ range }) => familyOfAddress(range.first) === family);
  const made = disjointBlocks(ofFamily).flatMap(({ range, ports }) =>
    portKeys(ports).map((key) => `${blockText(range)} . ${key}`),
  );
  blocks[direction][family] = made;
  return made;
}

/** Adds the elements that isolate the pods. */
export function collectIsolated(
  direction: Direction,
  policed: readonly PolicedPod[],
  sets: SetCollection,
): void {
  for (const { pod, policies, isShut } of policed) {
    if (!isShut && !policies.some(({ rules }) => rules[direction] !== undefined)) continue;
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
