/** The common part of pods with the same policies, and its elements of the sets. Pure. */
import { familyOfAddress } from '../../addresses/address.ts';
import { sha1Hex } from '../../sha1.ts';
import { blockText, disjointBlocks } from './blocks.ts';
import type { PeerClass } from './classes.ts';
import type { OwnGrants } from './grants.ts';
import { hasSingles, hasWide, portKeys, portsOf, splitKeys, unionOfPorts } from './port-set.ts';
import { type Direction, DIRECTIONS, type ParsedPolicy } from '../rules.ts';
import { namesOfProfile, type Place, type ProfileNames, type SetCollection } from './sets.ts';
import { addToList } from '../../objects.ts';

/**
 * The grants of the same policies to pods with the same named ports.
 * Shape: `key` has the names of policies and ports, `name` is its digest; `isolates` by direction.
 */
export type PolicyProfile = {
  readonly key: string;
  readonly name: string;
  readonly policies: readonly ParsedPolicy[];
  readonly isolates: Readonly<Record<Direction, boolean>>;
  readonly own: Readonly<Record<Direction, OwnGrants>>;
  /** Elements by class, made on demand. */
  readonly keys: Readonly<Record<Direction, WeakMap<PeerClass, PortElements>>>;
  /** Parts by family, made on demand. */
  readonly parts: { readonly [D in Direction]: { 4?: ProfilePart; 6?: ProfilePart } };
};

/** The ports that a class is granted, as keys of the set of single ports and of the set of ranges. */
type PortElements = { readonly ports: readonly string[]; readonly ranges: readonly string[] };

/** The names of a profile's chain and sets, and the elements of its set of blocks. */
export type ProfilePart = { readonly names: ProfileNames; readonly blocks: readonly string[] };

/** Units: hexadecimal digits. */
const DIGEST_DIGITS = 12;

/** Returns the profile. Shape: `key` has the names of policies and ports. */
export function makeProfile(
  key: string,
  policies: readonly ParsedPolicy[],
  own: PolicyProfile['own'],
): PolicyProfile {
  const isolates = (direction: Direction): boolean =>
    policies.some(({ rules }) => rules[direction] !== undefined);
  return {
    key,
    name: sha1Hex(key).slice(0, DIGEST_DIGITS),
    policies,
    isolates: { ingress: isolates('ingress'), egress: isolates('egress') },
    own,
    keys: { ingress: new WeakMap(), egress: new WeakMap() },
    parts: { ingress: {}, egress: {} },
  };
}

const NOTHING: OwnGrants = { grants: new Map(), ports: new Map(), blocks: [] };

/** The profile of pods with unknown labels, and of an address that an isolated pod shares with one that is not. */
export const SHUT_PROFILE: PolicyProfile = {
  ...makeProfile('shut', [], { ingress: NOTHING, egress: NOTHING }),
  isolates: { ingress: true, egress: true },
};

/** Returns the part of the profile, whether or not it isolates there. */
export function partOfProfile(profile: PolicyProfile, { direction, family }: Place): ProfilePart {
  const known = profile.parts[direction][family];
  if (known !== undefined) return known;
  const { grants, ports: granted, blocks: all } = profile.own[direction];
  const own = all.filter(({ range }) => familyOfAddress(range.first) === family);
  const blocks = disjointBlocks(own).flatMap(({ range, ports }) =>
    portKeys(ports).map((key) => `${blockText(range)} . ${key}`),
  );
  const isNamed = [...grants.values()].some(({ named }) => named !== undefined);
  const traits = {
    digest: profile.name,
    hasPorts: isNamed || [...granted.values()].some(hasSingles),
    hasRanges: [...granted.values()].some(hasWide),
    blocks: blocks.length === 0 ? '' : sha1Hex(blocks.join('\n')).slice(0, DIGEST_DIGITS),
  };
  const made = { names: namesOfProfile({ direction, family }, traits), blocks };
  profile.parts[direction][family] = made;
  return made;
}

/** Adds the elements of the classes in the profiles' sets: the ports that each is granted. */
export function collectGrants(
  place: Place,
  profiles: readonly PolicyProfile[],
  classes: readonly PeerClass[],
  { numberOf, sets }: { readonly numberOf: (one: PeerClass) => string; readonly sets: SetCollection },
): void {
  if (classes.length === 0) return;
  const granting = new Map<string, PolicyProfile[]>();
  for (const profile of profiles) {
    for (const id of profile.own[place.direction].grants.keys()) addToList(granting, id, profile);
  }
  for (const one of granting.size === 0 ? [] : classes) {
    const found = new Set<PolicyProfile>();
    for (const { grant } of one.grants) {
      for (const profile of granting.get(grant.id) ?? NONE) found.add(profile);
    }
    for (const profile of found) {
      const { names } = partOfProfile(profile, place);
      const { ports, ranges } = keysOfClass(profile, place, one);
      addKeys(sets, names.ports, numberOf(one), ports);
      addKeys(sets, names.ranges, numberOf(one), ranges);
    }
  }
}

const NONE: readonly PolicyProfile[] = [];

function addKeys(
  sets: SetCollection,
  name: string | undefined,
  number: string,
  keys: readonly string[],
): void {
  if (name === undefined || keys.length === 0) return;
  const set = sets.declare(name);
  for (const key of keys) set.set(`${number} . ${key}`, '');
}

/** Shape: equal in both families. */
function keysOfClass(profile: PolicyProfile, place: Place, one: PeerClass): PortElements {
  const { own, keys } = profile;
  const { direction } = place;
  const known = keys[direction].get(one);
  if (known !== undefined) return known;
  const granted = one.grants.flatMap(({ grant, port }) => {
    const ports = own[direction].ports.get(grant.id);
    if (ports === undefined || grant.named === undefined || port === undefined) return ports ?? [];
    return [portsOf(grant.named.protocol, { first: port, last: port })];
  });
  const { names } = partOfProfile(profile, place);
  const made = splitKeys(unionOfPorts(granted), {
    hasPorts: names.ports !== undefined,
    hasRanges: names.ranges !== undefined,
  });
  keys[direction].set(one, made);
  return made;
}

/** Adds the blocks of the profile. */
export function collectBlocks({ names, blocks }: ProfilePart, sets: SetCollection): void {
  if (names.blocks === undefined) return;
  const elements = sets.declare(names.blocks);
  if (elements.size === 0) for (const key of blocks) elements.set(key, '');
}

/** Calls `visit` with each direction in which the profile isolates. */
export function forEachIsolated({ isolates }: PolicyProfile, visit: (direction: Direction) => void): void {
  for (const direction of DIRECTIONS) if (isolates[direction]) visit(direction);
}
