/** The sets that network policies compile to. Pure. */
import type { Family } from '../../addresses/address.ts';
import type { Direction } from '../rules.ts';

/** The elements of a set: keys in nft's text, with the chain of a map's element, '' in a set. */
export type PolicyElements = ReadonlyMap<string, string>;

/** All sets by name. Shape: see `sets.ts`; a class that is granted nothing has no set. */
export type PolicySets = ReadonlyMap<string, PolicyElements>;

/**
 * The words of a direction in names of sets and chains.
 * Shape: `peers` and `blocks` are maps from an address to the chain of its class or of its blocks; `class` and `block` are the sets that
 * these chains ask.
 */
export const DIRECTION_WORDS = {
  ingress: { isolated: 'iso_in', peers: 'from', class: 'in', blocks: 'blocks_in', block: 'block_in' },
  egress: { isolated: 'iso_eg', peers: 'to', class: 'eg', blocks: 'blocks_eg', block: 'block_eg' },
} as const satisfies Readonly<Record<Direction, unknown>>;

/** Returns the chain of a class of peers. */
export function chainOfClass(direction: Direction, family: Family, name: string): string {
  return `${DIRECTION_WORDS[direction].peers}${family}_${name}`;
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
