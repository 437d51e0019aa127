/** The profiles in use on this node, at one direction and family. Pure. */
import { Counted, type CountChange } from './counted.ts';
import type { ClassChanges } from './classes.ts';
import type { PolicyProfile, ProfilePart } from './profiles.ts';

/** Parts that came into use at a place, or went out of use: profiles by name, by those of their chains, and by those of their sets of blocks. */
export type PlaceChanges = {
  readonly classes: ClassChanges;
  readonly profiles: readonly CountChange<PolicyProfile>[];
  readonly chains: readonly CountChange<ProfilePart>[];
  readonly blocks: readonly CountChange<ProfilePart>[];
};

/** Counts the pods of each profile. */
export class PlaceUse {
  readonly #profiles = new Counted<PolicyProfile>();
  readonly #chains = new Counted<ProfilePart>();
  readonly #blocks = new Counted<ProfilePart>();

  /** Counts a pod of the profile that appears (1) or disappears (-1). */
  count(profile: PolicyProfile, part: ProfilePart, by: 1 | -1): void {
    this.#profiles.count(profile.name, profile, by);
    this.#chains.count(part.names.chain, part, by);
    if (part.names.blocks !== undefined) this.#blocks.count(part.names.blocks, part, by);
  }

  get profiles(): readonly PolicyProfile[] {
    return this.#profiles.all;
  }

  /** Returns the changes since the last call. */
  takeChanges(): Omit<PlaceChanges, 'classes'> {
    return {
      profiles: this.#profiles.takeChanges(),
      chains: onlyInUse(this.#chains.takeChanges()),
      blocks: onlyInUse(this.#blocks.takeChanges()),
    };
  }
}

/** Equal names have equal contents. */
function onlyInUse<T>(changes: readonly CountChange<T>[]): readonly CountChange<T>[] {
  return changes.filter(({ before, now }) => (before === undefined) !== (now === undefined));
}
