/** Compiles network policies to the sets of our table. Pure and incremental. */
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import { familyOfAddress } from '../../addresses/address.ts';
import { blockText, rangesOfBlock } from './blocks.ts';
import { grantsOf } from './grants.ts';
import { comparePods, type NamespaceLabels, type PolicyPod } from '../members.ts';
import { AddressBook, PeerClasses } from './peers.ts';
import { collectIsolated, collectPeers, collectPoliced, type PolicedPod } from './policed.ts';
import {
  type Direction,
  DIRECTIONS,
  type NetworkPolicies,
  type ParsedPolicy,
  parsePolicy,
  selectsPod,
} from '../rules.ts';
import { type PolicySets, SetCollection } from './sets.ts';

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

/** Compiles one input after another: what has not changed is not done again. */
export class PolicyCompiler {
  readonly #parsed = new WeakMap<NetworkPolicy, ParsedPolicy>();
  readonly #addresses = new AddressBook();
  readonly #peers: Readonly<Record<Direction, PeerClasses>> = {
    ingress: new PeerClasses('from'),
    egress: new PeerClasses('to'),
  };
  #selections = new WeakMap<PolicyPod, PolicedPod>();
  #lists: ReadonlyMap<string, readonly ParsedPolicy[]> = new Map();
  #last: Pick<PolicyInput, 'namespaces' | 'unknown'> | undefined;

  /** Returns the sets. Law: depends on the input only, not on earlier inputs or the order of pods and policies. */
  compile(input: PolicyInput): PolicySets {
    const { namespaces, unknown, pods } = input;
    const isUnchanged = this.#last?.namespaces === namespaces && this.#last.unknown === unknown;
    if (!isUnchanged) this.#selections = new WeakMap();
    this.#last = { namespaces, unknown };
    const lists = this.#listPolicies(input.policies);
    const policed = this.#policedPods(pods, lists, unknown);
    this.#lists = lists;
    const changes = this.#addresses.update(pods);
    const isShut = (pod: PolicyPod): boolean => unknown === 'deny' && pod.labels === undefined;
    const inputs = { addresses: this.#addresses, namespaces, isShut };
    const sets = new SetCollection();
    for (const direction of DIRECTIONS) {
      const peers = this.#peers[direction];
      const grants = new Map(policed.flatMap(({ own }) => [...own[direction].grants]));
      if (isUnchanged) peers.update(grants, inputs, changes);
      else peers.renew(grants, inputs);
      for (const family of [4, 6] as const)
        collectPeers({ direction, family, policed, addresses: this.#addresses }, peers.of(family), sets);
      collectIsolated(direction, policed, sets);
    }
    for (const { pod, isShut: isClosed } of policed) {
      // Pods of a namespace without any policy are never judged, and do not pay for it.
      if (isClosed || lists.has(pod.namespace)) collectPoliced(pod, sets);
    }
    for (const range of input.nodeCidrs.flatMap((cidr) => rangesOfBlock(cidr))) {
      sets.add('node', familyOfAddress(range.first), blockText(range));
    }
    return sets.finish();
  }

  #policedPods(
    pods: readonly PolicyPod[],
    lists: ReadonlyMap<string, readonly ParsedPolicy[]>,
    unknown: PolicyInput['unknown'],
  ): readonly PolicedPod[] {
    const local = pods.filter(({ isLocal }) => isLocal === true).toSorted(comparePods);
    return local.map((pod) => this.#select(pod, lists.get(pod.namespace) ?? NONE, unknown));
  }

  #listPolicies(policies: NetworkPolicies): ReadonlyMap<string, readonly ParsedPolicy[]> {
    const lists = new Map<string, ParsedPolicy[]>();
    for (const [name, spec] of Object.entries(policies)) {
      const known = this.#parsed.get(spec);
      const parsed = known?.name === name ? known : parsePolicy(name, spec);
      this.#parsed.set(spec, parsed);
      const list = lists.get(parsed.namespace);
      if (list === undefined) lists.set(parsed.namespace, [parsed]);
      else list.push(parsed);
    }
    return new Map(
      Array.from(lists, ([namespace, list]) => {
        const before = this.#lists.get(namespace);
        return [namespace, before !== undefined && isSameList(before, list) ? before : list];
      }),
    );
  }

  #select(pod: PolicyPod, list: readonly ParsedPolicy[], unknown: PolicyInput['unknown']): PolicedPod {
    const known = this.#selections.get(pod);
    if (known !== undefined && (this.#lists.get(pod.namespace) ?? NONE) === list) return known;
    const isShut = pod.labels === undefined && unknown === 'deny';
    const policies = isShut ? NONE : list.filter((policy) => selectsPod(policy, pod));
    if (known !== undefined && isSameList(policies, known.policies)) return known;
    const selected: PolicedPod = {
      pod,
      isShut,
      policies,
      own: { ingress: grantsOf('ingress', pod, policies), egress: grantsOf('egress', pod, policies) },
      keys: { ingress: new WeakMap(), egress: new WeakMap() },
      blocks: { ingress: {}, egress: {} },
    };
    this.#selections.set(pod, selected);
    return selected;
  }
}

const NONE: readonly ParsedPolicy[] = [];

function isSameList<T>(left: readonly T[], right: readonly T[]): boolean {
  return left.length === right.length && left.every((item, index) => item === right[index]);
}
