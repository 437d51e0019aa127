/** The input of the compiler, of the document and the members; and the desired objects. Pure. */
import type { Endpoint, Labels, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { normaliseAddress, withoutLength } from '../addresses/address.ts';
import { isAttached } from '../endpoints.ts';
import { podNameOf } from '../names.ts';
import { Bug } from '../result.ts';
import { linkKeyOf, type NftTableObject, type State } from '../state.ts';
import type { PolicyChange } from './compiler/changes.ts';
import {
  type PoliciesOfChain,
  PolicyCompiler,
  type PolicyFacts,
  type PolicyInput,
} from './compiler/compile.ts';
import { type Members, nameOfPod, type NamespaceLabels, type PolicyPod } from './members.ts';
import type { PolicySets } from './compiler/sets.ts';
import { expectedIn, podsNamed } from './pod-lists.ts';
import type { NetworkPolicies } from './rules.ts';
import { policyTable } from './table/table.ts';

/** Network policies as enforced: the sets, and the table with them. */
export type EnforcedPolicies = { readonly sets: PolicySets; readonly table: NftTableObject };

/** The same, to be derived without the table where that is left alone. */
export type DerivedPolicies = Pick<EnforcedPolicies, 'sets'> & Partial<EnforcedPolicies>;

/** The compiler of this process: keeps the common part of its inputs. Results depend on the input only. */
export const policyCompiler = new PolicyCompiler();

/** Returns the enforced policies; undefined if the document does not enforce any. `members` and `seen` as in policyInputOf(). */
export function enforcedPolicies(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): EnforcedPolicies | undefined {
  if (document.policy?.enforce !== true) return undefined;
  const { nodeCidrs = [] } = document.policy;
  const sets = policyCompiler.compileFacts(policyFactsOf(document, members, seen), nodeCidrs);
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

function localPods(
  endpoints: NonNullable<VnetDocument['endpoints']>,
  members: Members,
  seen: Pick<State, 'has'> | undefined,
): readonly PolicyPod[] {
  const byName = new Map<string, (readonly [string, Endpoint])[]>();
  for (const [id, endpoint] of Object.entries(endpoints)) {
    if (!isHere(endpoint, seen)) continue;
    const name = podNameOf(id, endpoint);
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [[id, endpoint]]);
    else list.push([id, endpoint]);
  }
  const here = Array.from(byName, ([name, list]) =>
    podOf(
      name,
      list.map(([, endpoint]) => endpoint),
      podsNamed(members.pods, name).at(-1),
    ),
  );
  const expected = [...expectedIn(members.pods)].filter((pod) => !byName.has(nameOfPod(pod)));
  return expected.length === 0 ? here : [...here, ...expected.map(comingPod)];
}

/** Shape: without addresses, so that it only grants. */
function comingPod(pod: PolicyPod): PolicyPod {
  const known = comingPods.get(pod);
  if (known !== undefined) return known;
  const made: PolicyPod = { ...pod, addresses: [], isLocal: true };
  comingPods.set(pod, made);
  return made;
}

/** Cached by identity. */
const comingPods = new WeakMap<PolicyPod, PolicyPod>();

/** A pod that leaves can still send until its interface is gone. */
function isHere(endpoint: Endpoint, seen: Pick<State, 'has'> | undefined): boolean {
  if (isAttached(endpoint)) return true;
  const { hostVeth } = endpoint;
  return hostVeth !== undefined && seen?.has(linkKeyOf(hostVeth)) === true;
}

type KnownPod = {
  readonly endpoints: readonly Endpoint[];
  readonly member: PolicyPod | undefined;
  readonly pod: PolicyPod;
};

/** Cached by endpoint: the compiler does nothing again for the same value. */
const pods = new WeakMap<Endpoint, KnownPod>();

/** Shape: a pod whose name the runtime did not give is of no namespace, and its labels are unknown. */
function podOf(name: string, endpoints: readonly Endpoint[], member: PolicyPod | undefined): PolicyPod {
  const [first] = endpoints;
  const before = first === undefined ? undefined : pods.get(first);
  const isSame =
    before?.member === member &&
    before?.endpoints.length === endpoints.length &&
    endpoints.every((endpoint, index) => endpoint === before.endpoints[index]);
  if (before !== undefined && isSame) return before.pod;
  const slash = name.indexOf('/');
  const labels = endpoints.find((endpoint) => endpoint.labels !== undefined)?.labels ?? member?.labels;
  const pod: PolicyPod = {
    namespace: name.slice(0, Math.max(0, slash)),
    name: name.slice(slash + 1),
    ...(labels === undefined ? {} : { labels }),
    addresses: endpoints.flatMap(({ addresses }) =>
      addresses.map((cidr) => normaliseAddress(withoutLength(cidr))),
    ),
    ...(member?.ports === undefined ? {} : { ports: member.ports }),
    isLocal: true,
  };
  if (first !== undefined) pods.set(first, { endpoints, member, pod });
  return pod;
}
