/** The changes that pods of this node make, found from a summary of the cluster: no other pod is looked at. Pure. */
import { type ByPlace, type PolicyChange, policyChangeOf } from './changes.ts';
import { ClassBook, GrantIndex, type Membership, type PeerClass } from './classes.ts';
import { ClassNumbers } from './class-numbers.ts';
import type { PolicyFacts } from './compile.ts';
import { type ClusterSummary, inEach, inUse, type Near } from '../cluster-summary.ts';
import type { Grant } from './grants.ts';
import type { Family } from '../../addresses/address.ts';
import { nameOfPod, type PolicyPod } from '../members.ts';
import type { PlaceChanges } from './place.ts';
import { type RememberedProfiles, Selections } from './selections.ts';
import { type Direction, DIRECTIONS } from '../rules.ts';
import { familyOfKey, type Place } from './sets.ts';

/**
 * The pods of the cluster. Shape: no two have one name or one address; `since` are those that have changed after the summary: as they were
 * then, and as they are.
 */
export type PodLookup = {
  podNamed(name: string): PolicyPod | undefined;
  nameAt(address: string): string | undefined;
  readonly since: { readonly before: readonly PolicyPod[]; readonly now: readonly PolicyPod[] };
};

/** One state of the node. */
type NearState = {
  readonly used: ByPlace<readonly PeerClass[]>;
  readonly numberAt: (direction: Direction, address: string) => string | undefined;
};

/** Finds changes of one state after another. */
export class NearCompiler {
  readonly #summary: ClusterSummary;
  readonly #pods: PodLookup;
  readonly #selections: Selections;
  readonly #books: Near<ClassBook> = { ingress: new ClassBook(), egress: new ClassBook() };
  readonly #numbers: Near<ClassNumbers> = { ingress: new ClassNumbers(), egress: new ClassNumbers() };
  #classes: Near<readonly PeerClass[]> | undefined;
  #index: Near<GrantIndex> | undefined;
  #isBegun = false;

  /** Shape: `remembered` are profiles of the policies of the summary. */
  constructor(summary: ClusterSummary, pods: PodLookup, remembered?: RememberedProfiles) {
    this.#selections = new Selections(remembered);
    this.#summary = summary;
    this.#pods = pods;
  }

  /**
   * Returns the changes from the sets of one state to those of another; undefined if more than the summary has is to be known: then the
   * whole is to be compiled. Shape: of the cluster's pods, `others` may lack any.
   * Law: as PolicyCompiler.change(), where it is not undefined.
   */
  change(from: PolicyFacts, to: PolicyFacts): PolicyChange | undefined {
    const { policies, namespaces, unknown } = from;
    if (policies !== to.policies || namespaces !== to.namespaces || unknown !== to.unknown) return undefined;
    this.#select(from);
    const before = this.#hasGrants() ? this.#stateOf(from) : undefined;
    const numberings = this.#numberings;
    const local = this.#selections.update(to, { isSameWorld: true });
    if (before === undefined || this.#haveGrantsChanged()) return undefined;
    const after = this.#stateOf(to);
    if (after === undefined || numberings !== this.#numberings) return undefined;
    const places = placesOf((direction, family): PlaceChanges => {
      const [had, has] = [before.used[direction][family], after.used[direction][family]];
      return {
        ...this.#selections.places[direction][family].takeChanges(),
        classes: { fresh: without(has, had), lost: without(had, has) },
      };
    });
    const touched = [...local.added, ...local.removed].flatMap(({ pod }) => [
      ...pod.addresses,
      ...(this.#pods.podNamed(nameOfPod(pod))?.addresses ?? []),
    ]);
    const numbersBefore = inEach(
      (direction) => new Map(touched.map((address) => [address, before.numberAt(direction, address)])),
    );
    const peers = inEach((direction) => ({
      usedIn: (family: Family) => after.used[direction][family],
      numberOf: (one: PeerClass) => this.#numbers[direction].of(one),
      numberAt: (address: string) => after.numberAt(direction, address),
    }));
    const profilesAt = ({ direction, family }: Place) => this.#selections.places[direction][family].profiles;
    return policyChangeOf(local, { peers, profilesAt, places, numbersBefore });
  }

  /** Ensures the state, as if nothing had been before. */
  #select(facts: PolicyFacts): void {
    this.#selections.update(facts, { isSameWorld: this.#isBegun });
    this.#isBegun = true;
    for (const direction of DIRECTIONS) {
      this.#selections.granted[direction].takeChanges();
      for (const family of [4, 6] as const) this.#selections.places[direction][family].takeChanges();
    }
  }

  /** Whether the pods of this node have the grants that the classes of the summary were made for. */
  #hasGrants(): boolean {
    return DIRECTIONS.every((direction) => {
      const { grants } = this.#summary[direction];
      const granted = this.#selections.granted[direction];
      return granted.size === grants.length && grants.every((id) => granted.has(id));
    });
  }

  #haveGrantsChanged(): boolean {
    const changes = DIRECTIONS.map((direction) => this.#selections.granted[direction].takeChanges());
    return changes.some(({ fresh, lost }) => lost.length + fresh.length > 0);
  }

  get #numberings(): number {
    return DIRECTIONS.reduce((sum, direction) => sum + this.#numbers[direction].numberings, 0);
  }

  #stateOf({ local, namespaces, unknown }: PolicyFacts): NearState | undefined {
    const names = new Set(local.map(nameOfPod));
    const holders = new Map<string, PolicyPod>();
    for (const pod of local) {
      for (const address of pod.addresses) {
        const other = this.#pods.nameAt(address);
        if (holders.has(address) || (other !== undefined && !names.has(other))) return undefined;
        holders.set(address, pod);
      }
    }
    const index = (this.#index ??= inEach(
      (direction) => new GrantIndex(this.#selections.granted[direction].all, namespaces),
    ));
    const classOf = (direction: Direction, pod: PolicyPod, address: string): PeerClass | undefined => {
      const isShut = unknown === 'deny' && pod.labels === undefined;
      return isShut ? undefined : this.#books[direction].classOf(index[direction].grantsOf(pod, address));
    };
    const shadowed = [...names].flatMap((name) => this.#pods.podNamed(name) ?? []);
    const used = inEach((direction) => this.#usedIn(direction, { local, shadowed, classOf }));
    for (const direction of DIRECTIONS) {
      this.#numbers[direction].update([...used[direction][4], ...used[direction][6]]);
    }
    const numberAt = (direction: Direction, address: string): string | undefined => {
      const name = this.#pods.nameAt(address);
      const other = name === undefined || names.has(name) ? undefined : this.#pods.podNamed(name);
      const holder = holders.get(address) ?? other;
      const one = holder && classOf(direction, holder, address);
      return one && this.#numbers[direction].of(one);
    };
    return { used, numberAt };
  }

  /** The classes of the summary, but for pods that have changed since, and those whose place a pod of this node takes. */
  #usedIn(
    direction: Direction,
    { local, shadowed, classOf }: CountedPods,
  ): Readonly<Record<Family, readonly PeerClass[]>> {
    const known = this.#adopt()[direction];
    const { addresses } = this.#summary[direction];
    const counts = {
      4: new Map(known.map((one, at) => [one, addresses[4][at] ?? 0])),
      6: new Map(known.map((one, at) => [one, addresses[6][at] ?? 0])),
    };
    const count = (pods: readonly PolicyPod[], by: 1 | -1): void => {
      for (const pod of pods) {
        for (const address of pod.addresses) {
          const one = classOf(direction, pod, address);
          if (one === undefined) continue;
          const of = counts[familyOfKey(address)];
          of.set(one, (of.get(one) ?? 0) + by);
        }
      }
    };
    count(this.#pods.since.before, -1);
    count(this.#pods.since.now, 1);
    count(shadowed, -1);
    count(local, 1);
    return { 4: inUse(counts[4]), 6: inUse(counts[6]) };
  }

  #adopt(): Near<readonly PeerClass[]> {
    return (this.#classes ??= inEach((direction) => {
      const grants = new Map([...this.#selections.granted[direction].all].map((grant) => [grant.id, grant]));
      const { grants: ids, classes } = this.#summary[direction];
      return classes.map(({ digest, grants: own }) =>
        this.#books[direction].adopt({
          digest,
          grants: own.flatMap(([at, port]) => membershipOf(grants.get(ids[at] ?? ''), port)),
        }),
      );
    }));
  }
}

type CountedPods = {
  readonly local: readonly PolicyPod[];
  readonly shadowed: readonly PolicyPod[];
  readonly classOf: (direction: Direction, pod: PolicyPod, address: string) => PeerClass | undefined;
};

function membershipOf(grant: Grant | undefined, port: number | undefined): readonly Membership[] {
  if (grant === undefined) return [];
  return [port === undefined ? { grant } : { grant, port }];
}

function placesOf<T>(of: (direction: Direction, family: Family) => T): ByPlace<T> {
  return inEach((direction) => ({ 4: of(direction, 4), 6: of(direction, 6) }));
}

function without(these: readonly PeerClass[], those: readonly PeerClass[]): readonly PeerClass[] {
  const known = new Set(those);
  return these.filter((one) => !known.has(one));
}
