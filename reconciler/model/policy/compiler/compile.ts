/** Compiles network policies to the sets of our table. Pure and incremental. */
import { type Family, familyOfAddress } from '../../addresses/address.ts';
import { AddressBook, type PodChanges } from './address-book.ts';
import { blockText, rangesOfBlock } from './blocks.ts';
import { type ByPlace, type PolicyChange, policyChangeOf } from './changes.ts';
import { comparePods, nameOfPod, type NamespaceLabels, type PolicyPod } from '../members.ts';
import { PeerClasses } from './peers.ts';
import {
  collectBlocks,
  collectClasses,
  collectIsolated,
  collectPoliced,
  forEachBlocks,
  type LocalChanges,
  type PolicedPod,
} from './policed.ts';
import { Selections } from './selections.ts';
import { type Direction, DIRECTIONS, type NetworkPolicies } from '../rules.ts';
import { DIRECTION_WORDS, type PolicySets, SetCollection } from './sets.ts';

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

/** What a change of the facts did. Shape: `pods` is undefined if all classes were found anew. */
type Followed = { readonly pods: PodChanges | undefined; readonly local: LocalChanges };

/** Compiles one input after another, incrementally. */
export class PolicyCompiler {
  readonly #addresses = new AddressBook();
  readonly #peers: Readonly<Record<Direction, PeerClasses>> = {
    ingress: new PeerClasses('from'),
    egress: new PeerClasses('to'),
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
    for (const direction of DIRECTIONS) {
      for (const family of [4, 6] as const) {
        const { elements, used } = this.#peers[direction].of(family);
        if (elements.size > 0) sets.share(`${DIRECTION_WORDS[direction].peers}${family}`, elements);
        const place = { direction, family, policed, isHolder };
        collectClasses(place, used, sets);
        forEachBlocks(place, (address, blocks) => collectBlocks(place, address, blocks, sets));
      }
      collectIsolated(direction, policed, sets);
    }
    for (const one of policed) if (one.isPoliced) collectPoliced(one.pod, sets);
    for (const range of nodeCidrs.flatMap((cidr) => rangesOfBlock(cidr))) {
      sets.add('node', familyOfAddress(range.first), blockText(range));
    }
    return sets.finish();
  }

  /**
   * Returns what leads from the sets of one state to those of another; undefined if labels of namespaces differ, or if pods that differ
   * share an address: then both are to be compiled.
   * Law: as the difference of both compiled. For pods of this node it takes no longer with more policies, pods or endpoints.
   */
  change(from: PolicyFacts, to: PolicyFacts): PolicyChange | undefined {
    this.#follow(from);
    const wasShared = this.#addresses.hasShared;
    forEachPlace((direction, family) => this.#peers[direction].takeChanges(family));
    const before = Array.from(this.#selections.policed.values());
    const chainsBefore = {
      ingress: new Map<string, string | undefined>(),
      egress: new Map<string, string | undefined>(),
    };
    const { pods, local } = this.#follow(to, (direction, address) => {
      chainsBefore[direction].set(address, this.#peers[direction].chainAt(address));
    });
    if (pods === undefined || wasShared || this.#addresses.hasShared) return undefined;
    return policyChangeOf(local, {
      peers: this.#peers,
      addresses: this.#addresses,
      policed: { before, now: Array.from(this.#selections.policed.values()) },
      classes: forEachPlace((direction, family) => this.#peers[direction].takeChanges(family)),
      chainsBefore,
    });
  }

  /** Returns the addresses of the policed pods of this node. */
  policed(facts: PolicyFacts): ReadonlySet<string> {
    this.#follow(facts);
    const policed = [...this.#selections.policed.values()].filter(({ isPoliced }) => isPoliced);
    return new Set(policed.flatMap(({ pod }) => pod.addresses));
  }

  #follow(facts: PolicyFacts, visit?: (direction: Direction, address: string) => void): Followed {
    const last = this.#last;
    this.#last = facts;
    const { namespaces, unknown, others } = facts;
    const isSameWorld = last?.namespaces === namespaces && last.unknown === unknown;
    const local = this.#selections.update(facts, isSameWorld);
    const near = { added: local.added.map(({ pod }) => pod), removed: local.removed.map(({ pod }) => pod) };
    const isNear = last?.others === others;
    const changes = isNear
      ? this.#addresses.change(shadowed(others, near, this.#selections.policed))
      : this.#addresses.replace(shadowless(facts));
    const isShut = (pod: PolicyPod): boolean => unknown === 'deny' && pod.labels === undefined;
    const inputs = { addresses: this.#addresses, namespaces, isShut };
    for (const direction of DIRECTIONS) {
      const granted = this.#selections.granted[direction];
      const peers = this.#peers[direction];
      if (isSameWorld) peers.update(granted, inputs, changes, (address) => visit?.(direction, address));
      else peers.renew(granted, inputs);
    }
    return { pods: isSameWorld ? changes : undefined, local };
  }
}

function forEachPlace<T>(work: (direction: Direction, family: Family) => T): ByPlace<T> {
  return {
    ingress: { 4: work('ingress', 4), 6: work('ingress', 6) },
    egress: { 4: work('egress', 4), 6: work('egress', 6) },
  };
}

/** Cached by identity: the pods of the cluster. */
const byName = new WeakMap<readonly PolicyPod[], ReadonlyMap<string, readonly PolicyPod[]>>();

function namesOf(others: readonly PolicyPod[]): ReadonlyMap<string, readonly PolicyPod[]> {
  const known = byName.get(others);
  if (known !== undefined) return known;
  const made = new Map<string, PolicyPod[]>();
  for (const pod of others) {
    const name = nameOfPod(pod);
    const list = made.get(name);
    if (list === undefined) made.set(name, [pod]);
    else list.push(pod);
  }
  byName.set(others, made);
  return made;
}

/** A pod of this node takes the place of those with its name, until it is gone. */
function shadowed(
  others: readonly PolicyPod[],
  { added, removed }: PodChanges,
  policed: ReadonlyMap<string, PolicedPod>,
): PodChanges {
  if (added.length + removed.length === 0) return { added, removed };
  const names = namesOf(others);
  const [before, now] = [new Set(removed.map(nameOfPod)), new Set(added.map(nameOfPod))];
  const hidden = [...now].filter((name) => !before.has(name)).flatMap((name) => names.get(name) ?? []);
  const shown = [...before].filter((name) => !policed.has(name)).flatMap((name) => names.get(name) ?? []);
  return { added: [...added, ...shown], removed: [...removed, ...hidden] };
}

function shadowless({ others, local }: PolicyFacts): readonly PolicyPod[] {
  const names = new Set(local.map(nameOfPod));
  const seen = names.size === 0 ? others : others.filter((pod) => !names.has(nameOfPod(pod)));
  return [...seen, ...local.toSorted(comparePods)];
}
