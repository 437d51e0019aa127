/** The members of network policies: pods and namespaces with their labels, as known on this node. Pure. */
import type { Labels, NetworkPolicy, PolicyPort } from '../../../schemas/generated/vnet.ts';

/** The transport protocols of network policies. */
export type TransportProtocol = NonNullable<PolicyPort['protocol']>;

/** A named port of a pod. */
export type NamedPort = {
  readonly name: string;
  readonly port: number;
  readonly protocol: TransportProtocol;
};

/**
 * A pod as network policies see it.
 * Shape: `addresses` without prefix length, normalised. `labels` are absent if they are unknown. `isLocal`: the pod has an
 * endpoint on this node, where it is policed; all others are peers only. `isExpected`: it is to run here, and has no endpoint yet: the
 * grants of its policies are prepared.
 */
export type PolicyPod = {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Labels;
  readonly addresses: readonly string[];
  readonly ports?: readonly NamedPort[];
  readonly isLocal?: true;
  readonly isExpected?: true;
};

/** The labels of namespaces by name. */
export type NamespaceLabels = ReadonlyMap<string, Labels>;

/** A cluster's part of the input: its policies by namespace/name, its namespaces, and pods with an address. */
export type Members = {
  readonly policies: Readonly<Record<string, NetworkPolicy>>;
  readonly namespaces: NamespaceLabels;
  readonly pods: readonly PolicyPod[];
};

/**
 * The label with the name of a namespace, which the API server sets on each.
 * Source: KEP-2161.
 */
const NAMESPACE_NAME_LABEL = 'kubernetes.io/metadata.name';

/** The label with the name of a pod, for policies by name: vnet adds it to each pod. */
const POD_NAME_LABEL = 'vnet.azure/pod-name';

const NO_LABELS: Labels = {};

/** Returns the labels of the namespace, its name included. */
export function labelsOfNamespace(namespaces: NamespaceLabels, name: string): Labels {
  return { [NAMESPACE_NAME_LABEL]: name, ...namespaces.get(name) };
}

/** Returns true for the key of the label with the pod's name. */
export function isNameLabel(key: string): boolean {
  return key === POD_NAME_LABEL;
}

/** Returns the label with the pod's name, unless it has another one of this key. */
export function nameLabelOf({ name }: Pick<PolicyPod, 'name'>): readonly [key: string, value: string] {
  return [POD_NAME_LABEL, name];
}

/** Returns the labels of the pod without that of its name; none if they are unknown. */
export function labelsOfPod({ labels = NO_LABELS }: PolicyPod): Labels {
  return labels;
}

/** Returns `namespace/name`. */
export function nameOfPod({ namespace, name }: Pick<PolicyPod, 'namespace' | 'name'>): string {
  return `${namespace}/${name}`;
}

/** Compares two pods by namespace and name. */
export function comparePods(left: PolicyPod, right: PolicyPod): number {
  const [one, other] = [nameOfPod(left), nameOfPod(right)];
  return one < other ? -1 : Number(one > other);
}
