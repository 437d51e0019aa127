/** The sets that network policies compile to. Pure. */
import type { Family } from '../../addresses/address.ts';
import type { Direction } from '../rules.ts';

/** The elements of a set: keys in nft's text, with the value of a map's element, '' in a set. */
export type PolicyElements = ReadonlyMap<string, string>;

/** All sets by name. Shape: a set without elements may be left out. */
export type PolicySets = ReadonlyMap<string, PolicyElements>;

/**
 * The words of a direction in names of sets and chains.
 * Shape: `pods` is the map from the address of an isolated pod to the chain of its profile, `peers` that from the address of a peer to the
 * number of its class. A chain asks a set `ports` of single ports, by class, a set `ranges`, by class, and a set `blocks`, by the peer's address.
 */
export const DIRECTION_WORDS = {
  ingress: { pods: 'pod_in', peers: 'peer_in', ports: 'port_in', ranges: 'range_in', blocks: 'cidr_in' },
  egress: { pods: 'pod_eg', peers: 'peer_eg', ports: 'port_eg', ranges: 'range_eg', blocks: 'cidr_eg' },
} as const satisfies Readonly<Record<Direction, unknown>>;

/** Returns the family of an address that is one. */
export function familyOfKey(address: string): Family {
  return address.includes(':') ? 6 : 4;
}

/** A direction and a family. */
export type Place = { readonly direction: Direction; readonly family: Family };

/** The chain of a profile and the sets that it asks; all exist while a pod of this node has the profile. Shape: a set that has no use is absent. */
export type ProfileNames = Place & {
  readonly chain: string;
  readonly ports: string | undefined;
  readonly ranges: string | undefined;
  readonly blocks: string | undefined;
};

/** The parts of a profile's names. Shape: `digest` of the profile, `blocks` that of its blocks, '' without any. */
type ProfileTraits = {
  readonly digest: string;
  readonly hasPorts: boolean;
  readonly hasRanges: boolean;
  readonly blocks: string;
};

/** Returns the names: that of the chain tells which sets there are. */
export function namesOfProfile(
  { direction, family }: Place,
  { digest, hasPorts, hasRanges, blocks }: ProfileTraits,
): ProfileNames {
  const words = DIRECTION_WORDS[direction];
  const asked = [hasPorts ? '_p' : '', hasRanges ? '_r' : '', blocks === '' ? '' : `_${blocks}`].join('');
  return {
    direction,
    family,
    chain: `${words.pods}${family}_${digest}${asked}`,
    ports: hasPorts ? `${words.ports}${family}_${digest}` : undefined,
    ranges: hasRanges ? `${words.ranges}${family}_${digest}` : undefined,
    blocks: blocks === '' ? undefined : `${words.blocks}${family}_${blocks}`,
  };
}

/** Returns the names behind a chain such as `pod_in4_1f0c2d3e4b5a_p` or `pod_in4_1f0c2d3e4b5a_p_r_0c2d3e4b5a1f`; undefined for other names. */
export function namesOfChain(chain: string): ProfileNames | undefined {
  const [, side, digit, digest = '', ports, ranges, blocks = ''] =
    /^pod_(in|eg)([46])_([0-9a-f]+)(_p)?(_r)?(?:_([0-9a-f]+))?$/.exec(chain) ?? [];
  if (side === undefined) return undefined;
  const place: Place = { direction: side === 'in' ? 'ingress' : 'egress', family: digit === '4' ? 4 : 6 };
  return namesOfProfile(place, {
    digest,
    hasPorts: ports !== undefined,
    hasRanges: ranges !== undefined,
    blocks,
  });
}

/** Returns the sets that the chain asks. */
export function setsOfProfile({ ports, ranges, blocks }: ProfileNames): readonly string[] {
  return [ports, ranges, blocks].filter((name) => name !== undefined);
}

/** Returns true for the name of a chain or set of a profile. */
export function isOfProfile(name: string): boolean {
  return /^(pod|port|range|cidr)_(in|eg)[46]_/.test(name);
}

/** The sets of pods whose frames pass the IP layer, of the bridge's table. */
export const POLICED = { 4: 'policed4', 6: 'policed6' } as const;

/** Returns true for a set that is not part of the table of policies: its elements are in a rule, or in the bridge's table. */
export function isOfBridge(set: string): boolean {
  return /^(node|policed)[46]$/.test(set);
}

/** Sets that are being filled. */
export class SetCollection {
  readonly #sets = new Map<string, Map<string, string>>();
  readonly #shared = new Map<string, PolicyElements>();

  /** Adds a set that is kept by others, and not to be changed. */
  share(set: string, elements: PolicyElements): void {
    this.#shared.set(set, elements);
  }

  /** Returns the set, empty at first. */
  declare(set: string): Map<string, string> {
    const known = this.#sets.get(set);
    if (known !== undefined) return known;
    const made = new Map<string, string>();
    this.#sets.set(set, made);
    return made;
  }

  /** Adds an element to the set of the family. */
  add(name: string, family: Family, key: string): void {
    this.declare(`${name}${family}`).set(key, '');
  }

  /** Returns the sets by name. */
  finish(): PolicySets {
    return new Map<string, PolicyElements>([...this.#shared, ...this.#sets]);
  }
}
