/** The pods of this node with the policies that select them, and what these grant. Pure. */
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import { type Grant, grantsOf, type OwnGrants } from './grants.ts';
import { nameOfPod, type PolicyPod } from '../members.ts';
import type { LocalChanges, PolicedPod, PolicyProfile } from './policed.ts';
import {
  type Direction,
  DIRECTIONS,
  type NetworkPolicies,
  type ParsedPolicy,
  parsePolicy,
  selectsPod,
} from '../rules.ts';

/** What selections depend on. */
type SelectionFacts = {
  readonly policies: NetworkPolicies;
  readonly local: readonly PolicyPod[];
  readonly unknown: 'deny' | 'allow';
};

/** The grants of all pods of this node in one direction, each with the number of pods that have it. */
export class GrantCounts {
  readonly #counts = new Map<string, { readonly grant: Grant; count: number }>();
  /** Whether a grant existed when changes were taken last, by its id; only of those changed since. */
  #before = new Map<string, boolean>();

  /** Counts the grants of a pod that appears (1) or disappears (-1). */
  count({ grants }: OwnGrants, by: 1 | -1): void {
    for (const [id, grant] of grants) {
      const entry = this.#counts.get(id) ?? { grant, count: 0 };
      if (!this.#before.has(id)) this.#before.set(id, entry.count > 0);
      entry.count += by;
      if (entry.count > 0) this.#counts.set(id, entry);
      else this.#counts.delete(id);
    }
  }

  has(id: string): boolean {
    return this.#counts.has(id);
  }

  get all(): Iterable<Grant> {
    return Array.from(this.#counts.values(), ({ grant }) => grant);
  }

  /** Returns the grants that appeared since the last call, and whether one has disappeared. */
  takeChanges(): { readonly fresh: readonly Grant[]; readonly isLost: boolean } {
    const fresh: Grant[] = [];
    let isLost = false;
    for (const [id, existed] of this.#before) {
      const grant = this.#counts.get(id)?.grant;
      if (grant !== undefined && !existed) fresh.push(grant);
      if (grant === undefined && existed) isLost = true;
    }
    if (this.#before.size > 0) this.#before = new Map();
    return { fresh, isLost };
  }
}

const NONE: readonly ParsedPolicy[] = [];

/** Selects policies for one state of the node after another. */
export class Selections {
  readonly #parsed = new WeakMap<NetworkPolicy, ParsedPolicy>();
  readonly granted: Readonly<Record<Direction, GrantCounts>> = {
    ingress: new GrantCounts(),
    egress: new GrantCounts(),
  };
  #policies: NetworkPolicies = {};
  #lists: ReadonlyMap<string, readonly ParsedPolicy[]> = new Map();
  /** By policies and named ports: pods of one workload share it. */
  #profiles = new Map<string, PolicyProfile>();
  readonly #policed = new Map<string, PolicedPod>();

  /** The pods of this node by namespace/name. */
  get policed(): ReadonlyMap<string, PolicedPod> {
    return this.#policed;
  }

  /** Replaces the facts. Shape: unless `isSameWorld`, each pod is selected anew. */
  update({ policies, local, unknown }: SelectionFacts, isSameWorld: boolean): LocalChanges {
    const before = this.#lists;
    if (policies !== this.#policies) this.#list(policies);
    const added: PolicedPod[] = [];
    const removed: PolicedPod[] = [];
    const names = new Set<string>();
    for (const pod of local) {
      const name = nameOfPod(pod);
      names.add(name);
      const list = this.#lists.get(pod.namespace) ?? NONE;
      const known = this.#policed.get(name);
      const isSamePod = isSameWorld && known?.pod === pod;
      if (isSamePod && (before.get(pod.namespace) ?? NONE) === list) continue;
      const now = this.#select(pod, list, unknown);
      const isSame =
        known?.isPoliced === now.isPoliced && isSameList(known.profile.policies, now.profile.policies);
      if (isSamePod && isSame) continue;
      if (known !== undefined) removed.push(known);
      added.push(now);
    }
    if (this.#policed.size > names.size - added.length + removed.length) {
      for (const [name, one] of this.#policed) if (!names.has(name)) removed.push(one);
    }
    for (const one of removed) this.#count(one, -1);
    for (const one of added) this.#count(one, 1);
    return { added, removed };
  }

  #count(one: PolicedPod, by: 1 | -1): void {
    for (const direction of DIRECTIONS) this.granted[direction].count(one.profile.own[direction], by);
    if (by === 1) this.#policed.set(nameOfPod(one.pod), one);
    else this.#policed.delete(nameOfPod(one.pod));
  }

  #list(policies: NetworkPolicies): void {
    const lists = new Map<string, ParsedPolicy[]>();
    for (const [name, spec] of Object.entries(policies)) {
      const known = this.#parsed.get(spec);
      const parsed = known?.name === name ? known : parsePolicy(name, spec);
      this.#parsed.set(spec, parsed);
      const list = lists.get(parsed.namespace);
      if (list === undefined) lists.set(parsed.namespace, [parsed]);
      else list.push(parsed);
    }
    let isSame = lists.size === this.#lists.size;
    const kept = new Map<string, readonly ParsedPolicy[]>();
    for (const [namespace, list] of lists) {
      const before = this.#lists.get(namespace);
      const isSameHere = before !== undefined && isSameList(before, list);
      isSame &&= isSameHere;
      kept.set(namespace, isSameHere ? before : list);
    }
    this.#policies = policies;
    this.#lists = kept;
    if (!isSame) this.#profiles = new Map();
  }

  #select(pod: PolicyPod, list: readonly ParsedPolicy[], unknown: 'deny' | 'allow'): PolicedPod {
    const isShut = pod.labels === undefined && unknown === 'deny';
    const isPoliced = isShut || list.length > 0;
    const policies = isShut ? NONE : list.filter((policy) => selectsPod(policy, pod));
    const ports = (pod.ports ?? []).map(({ name, port, protocol }) => `${name}/${port}/${protocol}`);
    const key = [...policies.map(({ name }) => name), ...ports].join('\n');
    const known = this.#profiles.get(key);
    if (known !== undefined) return { pod, isShut, isPoliced, profile: known };
    const profile: PolicyProfile = {
      policies,
      own: { ingress: grantsOf('ingress', pod, policies), egress: grantsOf('egress', pod, policies) },
      keys: { ingress: new WeakMap(), egress: new WeakMap() },
      blocks: { ingress: {}, egress: {} },
    };
    this.#profiles.set(key, profile);
    return { pod, isShut, isPoliced, profile };
  }
}

function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
