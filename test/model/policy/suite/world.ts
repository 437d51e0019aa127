/** Three namespaces of three pods each, as public suites of network policies have them, and steps on them. */
import type { NetworkPolicy } from '../../../../schemas/generated/vnet.ts';
import type { PolicyPod } from '../../../../reconciler/model/policy/members.ts';
import type { NaiveWorld } from '../naive.ts';

type Labels = Readonly<Record<string, string>>;

export type SuitePod = { readonly namespace: string; readonly name: string; readonly labels: Labels };

/** The objects of a cluster after a step. */
export type SuiteStep = {
  readonly policies: Readonly<Record<string, NetworkPolicy>>;
  readonly namespaces: Readonly<Record<string, Labels>>;
  readonly pods: readonly SuitePod[];
};

export type SuiteCase = { readonly name: string; readonly steps: readonly SuiteStep[] };

export const SUITE_PORTS = [80, 81];
export const SUITE_PROTOCOLS = ['TCP', 'UDP', 'SCTP'] as const;

const SPACES = ['x', 'y', 'z'];

/** Labels of namespaces and pods are their names. */
export const START: Omit<SuiteStep, 'policies'> = {
  namespaces: Object.fromEntries(SPACES.map((ns) => [ns, { ns }])),
  pods: SPACES.flatMap((namespace) =>
    ['a', 'b', 'c'].map((name) => ({ namespace, name, labels: { pod: name } })),
  ),
};

/** Each pod has a named port for each port and protocol. */
export const SUITE_NAMED_PORTS = SUITE_PORTS.flatMap((port) =>
  SUITE_PROTOCOLS.map((protocol) => ({ name: `serve-${port}-${protocol.toLowerCase()}`, port, protocol })),
);

/** Returns the step as the evaluators take it, with addresses by pod. */
export function worldOf(
  { policies, namespaces, pods }: SuiteStep,
  addressOf: (pod: SuitePod) => string,
): NaiveWorld {
  return {
    policies,
    namespaces: new Map(Object.entries(namespaces)),
    pods: pods.map(
      (pod): PolicyPod => ({ ...pod, addresses: [addressOf(pod)], ports: SUITE_NAMED_PORTS, isLocal: true }),
    ),
  };
}
