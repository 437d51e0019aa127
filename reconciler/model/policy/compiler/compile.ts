/** Compiles network policies to the sets of our table. Pure and incremental. */
import { familyOfAddress } from '../../addresses/address.ts';
import { AddressBook } from './address-book.ts';
import { blockText, rangesOfBlock } from './blocks.ts';
import { type ByPlace, type PolicyChange, policyChangeOf } from './changes.ts';
import { comparePods, nameOfPod, type NamespaceLabels, type PolicyPod } from '../members.ts';
import type { Labels } from '../../../../schemas/generated/vnet.ts';
import type { Grant } from './grants.ts';
import { PeerClasses } from './peers.ts';
import type { PlaceChanges } from './place.ts';
import { collectIsolation, type LocalChanges, type PolicedPod } from './policed.ts';
import { collectBlocks, collectGrants, partOfProfile } from './profiles.ts';
import { Selections } from './selections.ts';
import { changesBetween, type PodChanges, podsNamed } from '../pod-lists.ts';
import { type Direction, DIRECTIONS, type NetworkPolicies } from '../rules.ts';
import { type ClusterSummary, summaryOf } from '../cluster-summary.ts';
import { DIRECTION_WORDS, familyOfKey, type Place, type PolicySets, SetCollection } from './sets.ts';

/**
 * The input of the compiler.
 * Shape: `unknown` decides for pods of this node without known labels: `deny` isolates them. `nodeCidrs` are further
 * prefixes of this node.
 */
export type PolicyInput = {
  readonly policies: NetworkPolicies;
  readonly namespaces: NamespaceLabels;
  readonly pods: readonly PolicyPod[];
  readonly unknown: 'deny' | 'allow';
  readonly nodeCidrs: readonly string[];
};

/**
 * The same, with the pods of this node apart.
 * Shape: of `others`, those with the name of a local pod do not count. Values that have not changed are recognised by identity.
 */
export type PolicyFacts = Pick<PolicyInput, 'policies' | 'namespaces' | 'unknown'> & {
  readonly others: readonly PolicyPod[];
  readonly local: readonly PolicyPod[];
};

/** The policies that isolate pods in a direction. */
export type PoliciesOfChain = { readonly direction: Direction; readonly policies: readonly string[] };

/** The pods of this node, and the grants of all of them, both in order. */
export type SelectedPods = {
  readonly policed: readonly PolicedPod[];
  readonly grants: Readonly<Record<Direction, readonly Grant[]>>;
};

/** The effect of a change of the facts. Shape: `isWhole`: all classes were computed again. */
type Followed = {
  readonly isWhole: boolean;
  readonly local: LocalChanges;
  readonly places: ByPlace<PlaceChanges>;
};

/** Compiles one input after another, incrementally. */
export class PolicyCompiler {
  readonly #addresses = new AddressBook();
  readonly #peers: Readonly<Record<Direction, PeerClasses>> = {
    ingress: new PeerClasses(),
    egress: new PeerClasses(),
  };
  readonly #selections = new Selections();
  #last: PolicyFacts | undefined;

  /** Returns the sets. Law: depends on the input only, not on earlier inputs or the order of pods and policies. */
  compile(input: PolicyInput): PolicySets {
    const local = input.pods.filter(({ isLocal }) => isLocal === true);
    const others = input.pods.filter(({ isLocal }) => isLocal !== true);
    return this.compileFacts({ ...input, others, local }, input.nodeCidrs);
  }

  /** Returns the sets. Law: as compile(). */
  compileFacts(facts: PolicyFacts, nodeCidrs: readonly string[]): PolicySets {
    this.#follow(facts);
    const sets = new SetCollection();
    const policed = Array.from(this.#selections.policed.values()).toSorted((left, right) =>
      comparePods(left.pod, right.pod),
    );
    const isHolder = (address: string, pod: PolicyPod): boolean => this.#addresses.holderOf(address) === pod;
    for (const one of policed) collectIsolation(one, isHolder, sets);
    forEachPlace((place) => {
      const peers = this.#peers[place.direction];
      const elements = peers.elementsOf(place.family);
      if (elements.size > 0) sets.share(`${DIRECTION_WORDS[place.direction].peers}${place.family}`, elements);
      const { profiles } = this.#selections.places[place.direction][place.family];
      const numberOf = peers.numberOf.bind(peers);
      collectGrants(place, profiles, peers.usedIn(place.family), { numberOf, sets });
      for (const profile of profiles) collectBlocks(partOfProfile(profile, place), sets);
    });
    for (const range of nodeCidrs.flatMap((cidr) => rangesOfBlock(cidr))) {
      sets.add('node', familyOfAddress(range.first), blockText(range));
    }
    return sets.finish();
  }

  /**
   * Returns the changes from the sets of one state to those of another; undefined if pods share an address, if pods without known labels
   * count differently, or if classes get other numbers: then both are to be compiled.
   * Law: as the difference of both compiled. Pods of this node, and those of a list that descends from the other (pod-lists.ts), take no
   * longer with more policies, pods or endpoints.
   */
  change(from: PolicyFacts, to: PolicyFacts): PolicyChange | undefined {
    this.#follow(from);
    const wasShared = this.#addresses.hasShared;
    const numberings = this.#numberings;
    const numbersBefore = {
      ingress: new Map<string, string | undefined>(),
      egress: new Map<string, string | undefined>(),
    };
    const { isWhole, local, places } = this.#follow(to, (direction, address) => {
      numbersBefore[direction].set(address, this.#peers[direction].numberAt(address));
    });
    const isShared = wasShared || this.#addresses.hasShared;
    if (isWhole || isShared || numberings !== this.#numberings) return undefined;
    const profilesAt = ({ direction, family }: Place) => this.#selections.places[direction][family].profiles;
    return policyChangeOf(local, { peers: this.#peers, profilesAt, places, numbersBefore });
  }

  get #numberings(): number {
    return DIRECTIONS.reduce((sum, direction) => sum + this.#peers[direction].numberings, 0);
  }

  /** Returns the pods of this node, and their grants. Law: as compile(). */
  select(facts: PolicyFacts): SelectedPods {
    this.#follow(facts);
    const { ingress, egress } = this.#selections.granted;
    const policed = Array.from(this.#selections.policed.values());
    return {
      policed: policed.toSorted((left, right) => comparePods(left.pod, right.pod)),
      grants: { ingress: byId(ingress.all), egress: byId(egress.all) },
    };
  }

  /**
   * Returns the summary of the cluster's pods for the pods of this node; undefined while two pods have one address. Shape: pods of this node
   * take no place in it.
   */
  summarise(facts: PolicyFacts): ClusterSummary | undefined {
    const { policed, grants } = this.select(facts);
    if (this.#addresses.hasShared) return undefined;
    const isShut = (pod: PolicyPod): boolean => facts.unknown === 'deny' && pod.labels === undefined;
    const local = policed.map(({ pod }) => pod);
    const shadowed = local.flatMap((pod) => podsNamed(facts.others, nameOfPod(pod)));
    return summaryOf(grants, (direction, family) => {
      const peers = this.#peers[direction];
      const counts = new Map(peers.countsIn(family));
      const count = (pod: PolicyPod, by: 1 | -1): void => {
        for (const address of pod.addresses) {
          const one = familyOfKey(address) === family ? peers.classAt(address, pod, { isShut }) : undefined;
          if (one !== undefined) counts.set(one, (counts.get(one) ?? 0) + by);
        }
      };
      for (const pod of local) count(pod, -1);
      for (const pod of shadowed) count(pod, 1);
      return counts;
    });
  }

  /** Returns the policies behind the chain of each profile of the pods of this node. */
  policiesByChain(facts: PolicyFacts): ReadonlyMap<string, PoliciesOfChain> {
    this.#follow(facts);
    const found = new Map<string, PoliciesOfChain>();
    forEachPlace((place) => {
      const { direction } = place;
      for (const profile of this.#selections.places[direction][place.family].profiles) {
        const isolating = profile.policies.filter(({ rules }) => rules[direction] !== undefined);
        const policies = isolating.map(({ name }) => name);
        found.set(partOfProfile(profile, place).names.chain, { direction, policies });
      }
    });
    return found;
  }

  #follow(facts: PolicyFacts, visit?: (direction: Direction, address: string) => void): Followed {
    const last = this.#last;
    this.#last = facts;
    const { namespaces, unknown } = facts;
    if (last !== undefined && isSameFacts(last, facts)) return NOTHING_DONE;
    const isWhole = last?.unknown !== unknown;
    const local = this.#selections.update(facts, { isSameWorld: !isWhole });
    const near = { added: local.added.map(({ pod }) => pod), removed: local.removed.map(({ pod }) => pod) };
    const far = last && changesBetween(last.others, facts.others);
    const pods =
      far === undefined
        ? this.#addresses.replace(shadowless(facts))
        : this.#addresses.change(seenChanges(facts.others, far, near, this.#selections.policed));
    const changes = { ...pods, relabelled: changedNames(last?.namespaces ?? namespaces, namespaces) };
    const isShut = (pod: PolicyPod): boolean => unknown === 'deny' && pod.labels === undefined;
    const inputs = { addresses: this.#addresses, namespaces, isShut };
    for (const direction of DIRECTIONS) {
      const granted = this.#selections.granted[direction];
      const peers = this.#peers[direction];
      if (isWhole) peers.renew(granted, inputs);
      else peers.update(granted, inputs, changes, (address) => visit?.(direction, address));
    }
    const places = forEachPlace(({ direction, family }) => ({
      ...this.#selections.places[direction][family].takeChanges(),
      classes: this.#peers[direction].takeChanges(family),
    }));
    return { isWhole, local, places };
  }
}

/** As a document is asked about more than once: nothing is done again. */
function isSameFacts(left: PolicyFacts, right: PolicyFacts): boolean {
  const isSameWorld = left.policies === right.policies && left.namespaces === right.namespaces;
  return isSameWorld && left.unknown === right.unknown && isSameLists(left, right);
}

function isSameLists(left: PolicyFacts, right: PolicyFacts): boolean {
  const isSame = left.local.length === right.local.length && left.others === right.others;
  return isSame && left.local.every((pod, at) => pod === right.local[at]);
}

const NO_USE = {
  profiles: [],
  chains: [],
  blocks: [],
  classes: { fresh: [], lost: [] },
};

const NOTHING_DONE: Followed = {
  isWhole: false,
  local: { added: [], removed: [] },
  places: { ingress: { 4: NO_USE, 6: NO_USE }, egress: { 4: NO_USE, 6: NO_USE } },
};

function byId(grants: Iterable<Grant>): readonly Grant[] {
  return [...grants].toSorted((left, right) => (left.id < right.id ? -1 : Number(left.id > right.id)));
}

/** Returns the namespaces whose labels differ. */
function changedNames(before: NamespaceLabels, now: NamespaceLabels): ReadonlySet<string> {
  if (before === now) return new Set();
  const names = [...before.keys(), ...now.keys()];
  return new Set(names.filter((name) => !isSameLabels(before.get(name), now.get(name))));
}

function isSameLabels(left: Labels = {}, right: Labels = {}): boolean {
  const keys = Object.keys(left);
  return (
    left === right ||
    (keys.length === Object.keys(right).length && keys.every((key) => left[key] === right[key]))
  );
}

function forEachPlace<T>(work: (place: Place) => T): ByPlace<T> {
  return {
    ingress: { 4: work({ direction: 'ingress', family: 4 }), 6: work({ direction: 'ingress', family: 6 }) },
    egress: { 4: work({ direction: 'egress', family: 4 }), 6: work({ direction: 'egress', family: 6 }) },
  };
}

/** A pod of this node takes the place of those with its name, until it is gone. Shape: `far` are the changes of the others. */
function seenChanges(
  others: readonly PolicyPod[],
  far: PodChanges,
  near: PodChanges,
  policed: ReadonlyMap<string, PolicedPod>,
): PodChanges {
  const [came, went] = [new Set(near.added.map(nameOfPod)), new Set(near.removed.map(nameOfPod))];
  const [fresh, lost] = [new Set(far.added), new Set(far.removed)];
  const names = new Set([...came, ...went].filter((name) => came.has(name) !== went.has(name)));
  const touched = new Set([...lost, ...fresh, ...[...names].flatMap((name) => podsNamed(others, name))]);
  const added = [...near.added];
  const removed = [...near.removed];
  for (const pod of touched) {
    const name = nameOfPod(pod);
    const isLocal = policed.has(name);
    const wasLocal = went.has(name) || (isLocal && !came.has(name));
    const [was, is] = [!fresh.has(pod) && !wasLocal, !lost.has(pod) && !isLocal];
    if (was && !is) removed.push(pod);
    if (is && !was) added.push(pod);
  }
  return { added, removed };
}

function shadowless({ others, local }: PolicyFacts): readonly PolicyPod[] {
  const names = new Set(local.map(nameOfPod));
  const seen = names.size === 0 ? others : others.filter((pod) => !names.has(nameOfPod(pod)));
  return [...seen, ...local.toSorted(comparePods)];
}
