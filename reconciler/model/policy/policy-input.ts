/** The input of the compiler, of the document and the members; and the desired objects. Pure. */
import type { Endpoint, Labels, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { podNameOf } from '../names.ts';
import { Bug } from '../result.ts';
import type { NftTableObject, State } from '../state.ts';
import type { PolicyChange } from './compiler/changes.ts';
import {
  type PoliciesOfChain,
  PolicyCompiler,
  type PolicyFacts,
  type PolicyInput,
} from './compiler/compile.ts';
import { localPods } from './local-pods.ts';
import { type Members, nameOfPod, type NamespaceLabels } from './members.ts';
import type { PolicySets } from './compiler/sets.ts';
import { podsNamed } from './pod-lists.ts';
import type { NetworkPolicies } from './rules.ts';
import { policyTable } from './table/table.ts';

/** Network policies as enforced: the sets, and the table with them. */
export type EnforcedPolicies = { readonly sets: PolicySets; readonly table: NftTableObject };

/** The same, to be derived without the table where that is left alone. */
export type DerivedPolicies = Pick<EnforcedPolicies, 'sets'> & Partial<EnforcedPolicies>;

/** The compiler of this process: keeps the common part of its inputs. Results depend on the input only. */
export const policyCompiler = new PolicyCompiler();

/**
 * Sets that need no compiling. Shape: `find` returns undefined for a document whose sets are to be compiled; `names` are those of the policies of
 * the members. Law: the sets are those compiled. `seen` as in policyInputOf().
 */
export type CompiledBefore = {
  readonly find: (document: VnetDocument, seen: Pick<State, 'has'> | undefined) => PolicySets | undefined;
  readonly names: readonly string[];
};

const compiledBefore = new WeakMap<Members, CompiledBefore>();

/** Ensures that the sets of these members are looked for there first. */
export function offerCompiled(members: Members, found: CompiledBefore): void {
  compiledBefore.set(members, found);
}

/** Returns the sets of the document, where they need no compiling. `members` and `seen` as in policyInputOf(). */
export function findCompiled(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): PolicySets | undefined {
  return members && compiledBefore.get(members)?.find(document, seen);
}

/** Returns the names of the policies of the members. */
export function policyNamesOf(members: Members): readonly string[] {
  return compiledBefore.get(members)?.names ?? Object.keys(members.policies);
}

/** Returns the enforced policies; undefined if the document does not enforce any. `members` and `seen` as in policyInputOf(). */
export function enforcedPolicies(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): EnforcedPolicies | undefined {
  if (document.policy?.enforce !== true) return undefined;
  const { nodeCidrs = [] } = document.policy;
  const sets =
    findCompiled(document, members, seen) ??
    policyCompiler.compileFacts(policyFactsOf(document, members, seen), nodeCidrs);
  return { sets, table: policyTable(sets, nodeCidrs) };
}

/** Returns the table of a document that enforces policies. Errors: Bug for another one. `members` and `seen` as in policyInputOf(). */
export function policyTableOf(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): NftTableObject {
  const policies = enforcedPolicies(document, members, seen);
  if (policies === undefined) throw new Bug('policies of a document that enforces none');
  return policies.table;
}

/** Returns the same for a change of the members. Law: as policyChange(). */
export function membersChange(
  document: VnetDocument,
  [from, to]: readonly [Members | undefined, Members | undefined],
  seen?: Pick<State, 'has'>,
): PolicyChange | undefined {
  return policyCompiler.change(policyFactsOf(document, from, seen), policyFactsOf(document, to, seen));
}

/**
 * Returns the changes from the enforced policies of one document to those of another, which differs from it by few endpoints only;
 * undefined if more of them changes.
 * Law: as the difference of enforcedPolicies() of both. `members` and `seen` as in policyInputOf().
 */
export function policyChange(
  [from, to]: readonly [VnetDocument, VnetDocument],
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): PolicyChange | undefined {
  return policyCompiler.change(policyFactsOf(from, members, seen), policyFactsOf(to, members, seen));
}

/**
 * Returns true if frames of the attached endpoint are judged, without compiling: its namespace has a policy, or its pod is isolated since its
 * labels are unknown. `members` as in policyInputOf().
 */
export function isPolicedEndpoint(
  { policy = {}, networkPolicies = NO_POLICIES, endpoints = {} }: VnetDocument,
  id: string,
  members: Members = NO_MEMBERS,
): boolean {
  const name = podNameOf(id, endpoints[id]);
  const namespace = name.slice(0, Math.max(0, name.indexOf('/')));
  if (namespacesWithPolicies(policiesOf(networkPolicies, members)).has(namespace)) return true;
  if ((policy.unknownPods ?? 'deny') === 'allow') return false;
  const isKnown = ([other, { labels }]: [string, Endpoint]): boolean =>
    labels !== undefined && podNameOf(other, endpoints[other]) === name;
  const member = podsNamed(members.pods, name).at(-1);
  return member?.labels === undefined && !Object.entries(endpoints).some(isKnown);
}

/** Cached by identity. */
const policedNamespaces = new WeakMap<NetworkPolicies, ReadonlySet<string>>();

function namespacesWithPolicies(policies: NetworkPolicies): ReadonlySet<string> {
  const known = policedNamespaces.get(policies);
  if (known !== undefined) return known;
  const made = new Set(Object.keys(policies).map((name) => name.slice(0, name.indexOf('/'))));
  policedNamespaces.set(policies, made);
  return made;
}

/** Returns the policies behind the chains of the table. `members` as in policyInputOf(). */
export function policiesByChain(
  document: VnetDocument,
  members: Members | undefined,
): ReadonlyMap<string, PoliciesOfChain> {
  return policyCompiler.policiesByChain(policyFactsOf(document, members, undefined));
}

/**
 * Returns the input of the compiler.
 * Shape: `members` are those of the cluster. Endpoints of the document are the local pods; a leaving one remains isolated as long as
 * its host veth is in `seen`. A policy of the document takes precedence over one of the cluster with its name.
 */
export function policyInputOf(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): PolicyInput {
  const { others, local, ...facts } = policyFactsOf(document, members, seen);
  const names = new Set(local.map(nameOfPod));
  return {
    ...facts,
    pods: [...others.filter((pod) => !names.has(nameOfPod(pod))), ...local],
    nodeCidrs: document.policy?.nodeCidrs ?? [],
  };
}

/** Returns the input of the compiler, with the pods of this node apart; as policyInputOf(). */
export function policyFactsOf(
  {
    policy = {},
    networkPolicies = NO_POLICIES,
    namespaces = NO_OWN_NAMESPACES,
    endpoints = {},
  }: VnetDocument,
  members: Members = NO_MEMBERS,
  seen: Pick<State, 'has'> | undefined,
): PolicyFacts {
  return {
    policies: policiesOf(networkPolicies, members),
    namespaces: namespaceLabels(namespaces, members),
    others: members.pods,
    local: localPods(endpoints, members, seen),
    unknown: policy.unknownPods ?? 'deny',
  };
}

const NO_POLICIES: NetworkPolicies = {};
const NO_OWN_NAMESPACES: Namespaces = {};
const NO_MEMBERS: Members = { policies: {}, namespaces: new Map(), pods: [] };

/** Cached by both inputs, as are the namespaces: the compiler recognises equal inputs. */
const joined = new WeakMap<object, WeakMap<Members, NetworkPolicies>>();

function policiesOf(own: NetworkPolicies, members: Members): NetworkPolicies {
  if (own === NO_POLICIES) return members.policies;
  const known = joined.get(own)?.get(members);
  if (known !== undefined) return known;
  const made = { ...members.policies, ...own };
  joined.set(own, (joined.get(own) ?? new WeakMap<Members, NetworkPolicies>()).set(members, made));
  return made;
}

type Namespaces = NonNullable<VnetDocument['namespaces']>;

const combined = new WeakMap<object, WeakMap<object, NamespaceLabels>>();

function namespaceLabels(own: Namespaces, { namespaces: others }: Members): NamespaceLabels {
  if (Object.keys(own).length === 0) return others;
  const known = combined.get(own)?.get(others);
  if (known !== undefined) return known;
  const labels = Object.entries(own).map(([name, { labels: given = {} }]) => [name, given] as const);
  const made = new Map<string, Labels>([...others, ...labels]);
  combined.set(own, (combined.get(own) ?? new WeakMap<object, NamespaceLabels>()).set(others, made));
  return made;
}
