/** Network policies in the form that the compiler uses. Pure. Source: networking.k8s.io/v1, NetworkPolicySpec. */
import type { NetworkPolicy, PolicyPeer, PolicyPort } from '../../../schemas/generated/vnet.ts';
import type { AddressRange } from '../addresses/address.ts';
import { rangesOfBlock } from './compiler/blocks.ts';
import {
  labelsOfNamespace,
  labelsOfPod,
  nameLabelOf,
  type NamespaceLabels,
  type PolicyPod,
} from './members.ts';
import { matchesLabels, type Requirements, requirementsOf, textOfRequirements } from './selector.ts';

/** The directions of network policies, seen from the isolated pod. */
export const DIRECTIONS = ['ingress', 'egress'] as const;

/** One of DIRECTIONS. */
export type Direction = (typeof DIRECTIONS)[number];

/** Policies by `namespace/name`. */
export type NetworkPolicies = Readonly<Record<string, NetworkPolicy>>;

/**
 * Pods by selectors, as a peer of a rule.
 * Shape: in one namespace, or in those that the selector matches; `ranges`: only their addresses in these. Groups with one `id`
 * have the same members.
 */
export type PeerGroup = {
  readonly id: string;
  readonly namespace?: string;
  readonly namespaces?: Requirements;
  readonly pods: Requirements;
  readonly ranges?: readonly AddressRange[];
};

/** A rule. Shape: `index` is its place in the policy; `ports` undefined means all traffic; `isForAll`: no peers are named. */
export type PolicyRule = {
  readonly index: number;
  readonly groups: readonly PeerGroup[];
  readonly blocks: readonly { readonly id: string; readonly ranges: readonly AddressRange[] }[];
  readonly isForAll: boolean;
  readonly ports: readonly PolicyPort[] | undefined;
};

/** A policy. Shape: `rules` of a direction in which it does not isolate are undefined. */
export type ParsedPolicy = {
  readonly name: string;
  readonly namespace: string;
  readonly pods: Requirements;
  readonly rules: { readonly [D in Direction]: readonly PolicyRule[] | undefined };
};

/** All pods of all namespaces. */
export const ALL_PODS: PeerGroup = { id: '*|', namespaces: [], pods: [] };

/** Returns the directions in which the policy isolates. An empty list of types is as none. Source: SetDefaults_NetworkPolicy of Kubernetes. */
export function directionsOf({ policyTypes = [], egress = [] }: NetworkPolicy): readonly Direction[] {
  const usual = egress.length > 0 ? ['Ingress', 'Egress'] : ['Ingress'];
  const types: readonly string[] = policyTypes.length > 0 ? policyTypes : usual;
  return DIRECTIONS.filter((direction) => types.some((type) => type.toLowerCase() === direction));
}

/** Returns the policy, parsed. */
export function parsePolicy(name: string, spec: NetworkPolicy): ParsedPolicy {
  const namespace = name.slice(0, name.indexOf('/'));
  const directions = directionsOf(spec);
  const { ingress = [], egress = [] } = spec;
  const from = ingress.map((rule, index) => parseRule({ ...rule, peers: rule.from }, index, namespace));
  const to = egress.map((rule, index) => parseRule({ ...rule, peers: rule.to }, index, namespace));
  return {
    name,
    namespace,
    pods: requirementsOf(spec.podSelector),
    rules: {
      ingress: directions.includes('ingress') ? from : undefined,
      egress: directions.includes('egress') ? to : undefined,
    },
  };
}

type RuleText = {
  readonly peers: readonly PolicyPeer[] | undefined;
  readonly ports?: readonly PolicyPort[] | undefined;
};

function parseRule({ peers = [], ports = [] }: RuleText, index: number, namespace: string): PolicyRule {
  const blocks = peers.flatMap(({ ipBlock }) => {
    if (ipBlock === undefined) return [];
    const { cidr, except = [] } = ipBlock;
    return [{ id: [cidr, ...except].join('!'), ranges: rangesOfBlock(cidr, except) }];
  });
  return {
    index,
    groups: peers.flatMap((peer) => groupOf(peer, namespace) ?? []),
    blocks,
    isForAll: peers.length === 0,
    ports: ports.length === 0 ? undefined : ports,
  };
}

function groupOf(
  { podSelector, namespaceSelector, ipBlock }: PolicyPeer,
  namespace: string,
): PeerGroup | undefined {
  if (ipBlock !== undefined || (podSelector ?? namespaceSelector) === undefined) return undefined;
  const pods = requirementsOf(podSelector ?? {});
  const text = textOfRequirements(pods);
  if (namespaceSelector === undefined) return { id: `${namespace}|${text}`, namespace, pods };
  const namespaces = requirementsOf(namespaceSelector);
  return { id: `*${textOfRequirements(namespaces)}|${text}`, namespaces, pods };
}

/** Returns true if the group has the pod, by its labels. */
export function isInGroup(group: PeerGroup, pod: PolicyPod, namespaces: NamespaceLabels): boolean {
  if (group.namespace !== undefined && group.namespace !== pod.namespace) return false;
  const isOfNamespace =
    group.namespaces === undefined ||
    group.namespaces.length === 0 ||
    matchesLabels(group.namespaces, labelsOfNamespace(namespaces, pod.namespace));
  return isOfNamespace && matchesPod(group.pods, pod);
}

/** Returns true if the policy selects the pod. */
export function selectsPod(policy: ParsedPolicy, pod: PolicyPod): boolean {
  return policy.namespace === pod.namespace && matchesPod(policy.pods, pod);
}

function matchesPod(requirements: Requirements, pod: PolicyPod): boolean {
  return matchesLabels(requirements, labelsOfPod(pod), nameLabelOf(pod));
}
