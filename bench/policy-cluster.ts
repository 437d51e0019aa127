/** A cluster with network policies: pods, namespaces and policies in the numbers of the bars. Pure. */
import type { PolicyInput } from '../reconciler/model/policy/compiler/compile.ts';
import type { Members, PolicyPod } from '../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../schemas/generated/vnet.ts';

/** The number of policies of the bars. */
export const MANY_POLICIES = 1000;

/** The number of pods of the cluster. */
export const CLUSTER_PODS = 10_000;

/** The number of these pods that run on the node. */
export const LOCAL_PODS = 30;

const NAMESPACES = 20;

/** Returns the pod with this number, at an address that depends on the second. */
export function clusterPod(at: number, address: number = at + 1): PolicyPod {
  return {
    namespace: `ns${at % NAMESPACES}`,
    name: `pod${at}`,
    labels: { app: `app${at % 200}`, tier: `tier${at % 7}` },
    addresses: [`10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`],
    ports: [{ name: 'http', port: 8000 + (at % 3), protocol: 'TCP' }],
  };
}

/** Returns the policy with this number; one with another `port` differs in that only. */
export function clusterPolicy(at: number, port = 1000 + at): NetworkPolicy {
  return {
    podSelector: at % 3 === 0 ? { matchLabels: { tier: `tier${at % 7}` } } : {},
    policyTypes: at % 5 === 0 ? ['Ingress', 'Egress'] : ['Ingress'],
    ingress: [
      {
        from: [
          { namespaceSelector: {}, podSelector: { matchLabels: { app: `app${at % 200}` } } },
          { ipBlock: { cidr: `172.16.${at % 256}.0/24`, except: [`172.16.${at % 256}.128/25`] } },
        ],
        ports: [{ port }, { port: 20_000 + at, endPort: 20_010 + at }],
      },
    ],
    egress: [
      {
        to: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: `app${at % 100}` } } }],
        ports: [{ port: 'http' }],
      },
    ],
  };
}

/** Returns the name of the policy with this number. */
export function clusterPolicyName(at: number): string {
  return `ns${at % NAMESPACES}/p${at}`;
}

/** Returns the cluster with this number of policies. */
export function makeCluster(policies = MANY_POLICIES): Members {
  return {
    policies: Object.fromEntries(
      Array.from({ length: policies }, (_, at) => [clusterPolicyName(at), clusterPolicy(at)]),
    ),
    pods: Array.from({ length: CLUSTER_PODS }, (_, at) => clusterPod(at)),
    namespaces: new Map(Array.from({ length: NAMESPACES }, (_, at) => [`ns${at}`, { team: `t${at % 4}` }])),
  };
}

/** Returns the compiler's input of the cluster, whose first pods are on the node. */
export function inputOf(members: Members): PolicyInput {
  const pods = members.pods.map((pod, at): PolicyPod => (at < LOCAL_PODS ? { ...pod, isLocal: true } : pod));
  return { ...members, pods, unknown: 'deny', nodeCidrs: [] };
}

/** Returns the cluster as the file that its agent writes. */
export function membersText({ policies, namespaces, pods }: Members): string {
  return JSON.stringify({
    format: 'vnet.policy/1',
    policies,
    namespaces: Object.fromEntries(namespaces),
    pods,
  });
}
