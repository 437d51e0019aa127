/** The pods of this node with the policies that select them, and their grants. Pure. */
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import type { Family } from '../../addresses/address.ts';
import { type Grant, grantsOf, type OwnGrants } from './grants.ts';
import { nameOfPod, type PolicyPod } from '../members.ts';
import { Counted } from './counted.ts';
import { PlaceUse } from './place.ts';
import { forEachPlaceOf, type LocalChanges, type PolicedPod } from './policed.ts';
import { makeProfile, partOfProfile, type PolicyProfile, SHUT_PROFILE } from './profiles.ts';
import {
  type Direction,
  DIRECTIONS,
  type NetworkPolicies,
  type ParsedPolicy,
  parsePolicy,
  selectsPod,
} from '../rules.ts';
import { addToList } from '../../objects.ts';

/** The inputs of selections. */
type SelectionFacts = {
  readonly policies: NetworkPolicies;
  readonly local: readonly PolicyPod[];
  readonly unknown: 'deny' | 'allow';
};

/** The grants of all profiles of this node in one direction. */
export class GrantCounts {
  readonly #grants = new Counted<Grant>();

  /** Counts the grants of a profile that comes into use (1) or no longer is (-1). */
  count({ grants }: OwnGrants, by: 1 | -1): void {
    for (const [id, grant] of grants) this.#grants.count(id, grant, by);
  }

  has(id: string): boolean {
    return this.#grants.has(id);
  }

  get size(): number {
    return this.#grants.size;
  }

  get all(): Iterable<Grant> {
    return this.#grants.all;
  }

  /** Returns the grants that appeared since the last call, and those that disappeared. */
  takeChanges(): { readonly fresh: readonly Grant[]; readonly lost: readonly Grant[] } {
    const changes = this.#grants.takeChanges();
    return {
      fresh: changes.flatMap(({ before, now }) => (before === undefined && now !== undefined ? [now] : [])),
      lost: changes.flatMap(({ before, now }) => (now === undefined && before !== undefined ? [before] : [])),
    };
  }
}

/** A policy as given. */
type NamedPolicy = { readonly name: string; readonly spec: NetworkPolicy };

const NONE: readonly NamedPolicy[] = [];

/** Profiles that are known before a policy was parsed. Shape: by their keys, and by the pods that have them. */
export type RememberedProfiles = {
  readonly byKey: ReadonlyMap<string, PolicyProfile>;
  readonly ofPod: (pod: PolicyPod) => PolicyProfile | undefined;
};

/** The inputs of the profile of a pod, besides its name, and the profile. */
type Selected = {
  readonly list: readonly NamedPolicy[];
  readonly labels: PolicyPod['labels'];
  readonly ports: PolicyPod['ports'];
  readonly profile: PolicyProfile;
};

/** Beyond it, the pods that were selected are forgotten. */
const MOST_SELECTED = 4096;

const NO_CHANGES: LocalChanges = { added: [], removed: [] };

/** Selects policies for one state of the node after another. */
export class Selections {
  readonly #parsed = new WeakMap<NetworkPolicy, ParsedPolicy>();
  readonly granted: Readonly<Record<Direction, GrantCounts>> = {
    ingress: new GrantCounts(),
    egress: new GrantCounts(),
  };
  readonly places: Readonly<Record<Direction, Readonly<Record<Family, PlaceUse>>>> = {
    ingress: { 4: new PlaceUse(), 6: new PlaceUse() },
    egress: { 4: new PlaceUse(), 6: new PlaceUse() },
  };
  #policies: NetworkPolicies = {};
  /** By namespace; parsed once a pod of this node is there. */
  #lists: ReadonlyMap<string, readonly NamedPolicy[]> | undefined;
  /** By policies and named ports: pods of one workload share it. */
  #profiles = new Map<string, PolicyProfile>();
  #remembered: RememberedProfiles | undefined;
  readonly #policed = new Map<string, PolicedPod>();
  /** The same pods. */
  readonly #pods = new Set<PolicyPod>();
  /** The number of pods with a profile: its grants count once. */
  readonly #uses = new Map<PolicyProfile, number>();
  /** The last by name: a pod that comes has the policies of the one that was expected. */
  readonly #selected = new Map<string, Selected>();

  /** Shape: `remembered` are those of the first policies. */
  constructor(remembered?: RememberedProfiles) {
    this.#remembered = remembered;
  }

  /** The pods of this node by namespace/name. */
  get policed(): ReadonlyMap<string, PolicedPod> {
    return this.#policed;
  }

  /** Replaces the facts. Shape: unless `isSameWorld`, each pod is selected again. */
  update(facts: SelectionFacts, { isSameWorld }: { readonly isSameWorld: boolean }): LocalChanges {
    const isSame = isSameWorld && facts.policies === this.#policies;
    const changes = isSame ? this.#changesOfPods(facts) : this.#changes(facts, isSameWorld);
    for (const one of changes.removed) this.#count(one, -1);
    for (const one of changes.added) this.#count(one, 1);
    return changes;
  }

  /** With the same policies, pods that stay are recognised by identity. */
  #changesOfPods({ local, unknown }: SelectionFacts): LocalChanges {
    const fresh = local.filter((pod) => !this.#pods.has(pod));
    if (fresh.length === 0 && local.length === this.#pods.size) return NO_CHANGES;
    const now = new Set(local);
    const gone = [...this.#pods].filter((pod) => !now.has(pod));
    return {
      added: fresh.map((pod) => this.#select(pod, unknown)),
      removed: gone.flatMap((pod) => this.#policed.get(nameOfPod(pod)) ?? []),
    };
  }

  #changes({ policies, local, unknown }: SelectionFacts, isSameWorld: boolean): LocalChanges {
    const before = this.#lists;
    if (policies !== this.#policies) this.#list(policies);
    const added: PolicedPod[] = [];
    const removed: PolicedPod[] = [];
    const names = new Set<string>();
    for (const pod of local) {
      const name = nameOfPod(pod);
      names.add(name);
      const known = this.#policed.get(name);
      const isSamePod = isSameWorld && known?.pod === pod;
      const listBefore = before?.get(pod.namespace) ?? NONE;
      if (isSamePod && listBefore === this.#listOf(pod)) continue;
      const now = this.#select(pod, unknown);
      const isSame =
        known?.isPoliced === now.isPoliced && isSameList(known.profile.policies, now.profile.policies);
      if (isSamePod && isSame) continue;
      if (known !== undefined) removed.push(known);
      added.push(now);
    }
    if (this.#policed.size > names.size - added.length + removed.length) {
      for (const [name, one] of this.#policed) if (!names.has(name)) removed.push(one);
    }
    return { added, removed };
  }

  #count(one: PolicedPod, by: 1 | -1): void {
    const { profile } = one;
    const before = this.#uses.get(profile) ?? 0;
    if (before + by === 0) this.#uses.delete(profile);
    else this.#uses.set(profile, before + by);
    if (before === 0 || before + by === 0)
      for (const direction of DIRECTIONS) this.granted[direction].count(profile.own[direction], by);
    forEachPlaceOf(one, (place) => {
      this.places[place.direction][place.family].count(profile, partOfProfile(profile, place), by);
    });
    if (by === 1) {
      this.#pods.add(one.pod);
      this.#policed.set(nameOfPod(one.pod), one);
    } else {
      this.#pods.delete(one.pod);
      this.#policed.delete(nameOfPod(one.pod));
    }
  }

  #listOf({ namespace }: PolicyPod): readonly NamedPolicy[] {
    return this.#lists?.get(namespace) ?? NONE;
  }

  #list(policies: NetworkPolicies): void {
    const lists = new Map<string, NamedPolicy[]>();
    for (const [name, spec] of Object.entries(policies)) {
      addToList(lists, name.slice(0, name.indexOf('/')), { name, spec });
    }
    const last = this.#lists;
    let isSame = lists.size === last?.size;
    const kept = new Map<string, readonly NamedPolicy[]>();
    for (const [namespace, list] of lists) {
      const before = last?.get(namespace);
      const isSameHere = before !== undefined && areSamePolicies(before, list);
      isSame &&= isSameHere;
      kept.set(namespace, isSameHere ? before : list);
    }
    this.#policies = policies;
    this.#lists = kept;
    if (isSame) return;
    if (last !== undefined) this.#remembered = undefined;
    this.#selected.clear();
    this.#profiles = new Map(this.#remembered?.byKey);
  }

  #parse({ name, spec }: NamedPolicy): ParsedPolicy {
    const known = this.#parsed.get(spec);
    const parsed = known?.name === name ? known : parsePolicy(name, spec);
    this.#parsed.set(spec, parsed);
    return parsed;
  }

  #select(pod: PolicyPod, unknown: 'deny' | 'allow'): PolicedPod {
    const list = this.#listOf(pod);
    const isShut = pod.labels === undefined && unknown === 'deny';
    const isPoliced = isShut || list.length > 0;
    if (isShut) return { pod, isPoliced, profile: SHUT_PROFILE };
    const remembered = this.#remembered?.ofPod(pod);
    if (remembered !== undefined) return { pod, isPoliced, profile: remembered };
    const name = nameOfPod(pod);
    const last = this.#selected.get(name);
    const { labels, ports } = pod;
    if (last?.list === list && last.labels === labels && last.ports === ports)
      return { pod, isPoliced, profile: last.profile };
    const profile = this.#profileOf(pod, list);
    if (this.#selected.size >= MOST_SELECTED) this.#selected.clear();
    this.#selected.set(name, { list, labels, ports, profile });
    return { pod, isPoliced, profile };
  }

  #profileOf(pod: PolicyPod, list: readonly NamedPolicy[]): PolicyProfile {
    const policies = list.map((one) => this.#parse(one)).filter((policy) => selectsPod(policy, pod));
    const ports = (pod.ports ?? []).map(({ name, port, protocol }) => `${name}/${port}/${protocol}`);
    const key = [...policies.map(({ name }) => name).toSorted(), '', ...ports].join('\n');
    const known = this.#profiles.get(key);
    if (known !== undefined) return known;
    const own = { ingress: grantsOf('ingress', pod, policies), egress: grantsOf('egress', pod, policies) };
    const profile = makeProfile(key, policies, own);
    this.#profiles.set(key, profile);
    return profile;
  }
}

function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}

function areSamePolicies(left: readonly NamedPolicy[], right: readonly NamedPolicy[]): boolean {
  const isSame = ({ name, spec }: NamedPolicy, at: number): boolean =>
    right[at]?.name === name && right[at].spec === spec;
  return left.length === right.length && left.every(isSame);
}
