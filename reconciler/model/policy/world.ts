/** The input of the compiler, of the document and the members; and the desired objects. Pure. */
import type { Endpoint, Labels, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { normaliseAddress, withoutLength } from '../addresses/address.ts';
import { isAttached } from '../endpoints.ts';
import { podNameOf } from '../names.ts';
import { linkKeyOf, type NftTableObject, type State } from '../state.ts';
import { PolicyCompiler, type PolicyInput } from './compiler/compile.ts';
import { type Members, nameOfPod, type NamespaceLabels, type PolicyPod } from './members.ts';
import type { PolicySets } from './compiler/sets.ts';
import { policyTable } from './table/table.ts';

/** Network policies as enforced: the sets, and the table with them. */
export type EnforcedPolicies = { readonly sets: PolicySets; readonly table: NftTableObject };

/** The same, to be derived without the table where that is left alone. */
export type DerivedPolicies = Pick<EnforcedPolicies, 'sets'> & Partial<EnforcedPolicies>;

/** Keeps what the inputs of a process have in common. The result depends on the input only. */
const compiler = new PolicyCompiler();

/** Returns the enforced policies; undefined if the document does not enforce any. `members` and `seen` as in policyInputOf(). */
export function enforcedPolicies(
  document: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): EnforcedPolicies | undefined {
  if (document.policy?.enforce !== true) return undefined;
  const input = policyInputOf(document, members, seen);
  const sets = compiler.compile(input);
  return { sets, table: policyTable(sets, input.nodeCidrs) };
}

/**
 * Returns the input of the compiler.
 * Shape: `members` are those of the cluster. Endpoints of the document are the local pods; a leaving one remains isolated as long as
 * its host veth is in `seen`. A policy of the document takes precedence over one of the cluster with its name.
 */
export function policyInputOf(
  { policy = {}, networkPolicies = {}, namespaces = {}, endpoints = {} }: VnetDocument,
  members: Members | undefined,
  seen?: Pick<State, 'has'>,
): PolicyInput {
  const local = localPods(endpoints, members, seen);
  const names = new Set(local.map(nameOfPod));
  const others = (members?.pods ?? []).filter((pod) => !names.has(nameOfPod(pod)));
  return {
    policies: members === undefined ? networkPolicies : { ...members.policies, ...networkPolicies },
    namespaces: namespaceLabels(namespaces, members),
    pods: [...others, ...local],
    unknown: policy.unknownPods ?? 'deny',
    nodeCidrs: policy.nodeCidrs ?? [],
  };
}

type Namespaces = NonNullable<VnetDocument['namespaces']>;

const NO_NAMESPACES: NamespaceLabels = new Map();

/** Cached by both inputs: the compiler asks whether the labels are the same. */
const combined = new WeakMap<object, WeakMap<object, NamespaceLabels>>();

function namespaceLabels(own: Namespaces, members: Members | undefined): NamespaceLabels {
  const others = members?.namespaces ?? NO_NAMESPACES;
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
  members: Members | undefined,
  seen: Pick<State, 'has'> | undefined,
): readonly PolicyPod[] {
  const known = new Map((members?.pods ?? []).map((pod) => [nameOfPod(pod), pod]));
  const byName = new Map<string, (readonly [string, Endpoint])[]>();
  for (const [id, endpoint] of Object.entries(endpoints)) {
    if (!isHere(endpoint, seen)) continue;
    const name = podNameOf(id, endpoint);
    const list = byName.get(name);
    if (list === undefined) byName.set(name, [[id, endpoint]]);
    else list.push([id, endpoint]);
  }
  return Array.from(byName, ([name, list]) =>
    podOf(
      name,
      list.map(([, endpoint]) => endpoint),
      known.get(name),
    ),
  );
}

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
