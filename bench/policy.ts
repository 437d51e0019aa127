/**
 * Compiles a thousand network policies with ten thousand pods: from nothing, then with one change each.
 * `npx tsx bench/policy.ts`: milliseconds of CPU time, medians of the rounds.
 */
import { PolicyCompiler, type PolicyInput } from '../reconciler/model/policy/compiler/compile.ts';
import type { PolicySets } from '../reconciler/model/policy/compiler/sets.ts';
import type { PolicyPod } from '../reconciler/model/policy/members.ts';
import type { NetworkPolicy } from '../schemas/generated/vnet.ts';

const [POLICIES, PODS, LOCAL, NAMESPACES, ROUNDS] = [1000, 10_000, 30, 20, 15];

function podAt(at: number, address: number): PolicyPod {
  const pod: PolicyPod = {
    namespace: `ns${at % NAMESPACES}`,
    name: `pod${at}`,
    labels: { app: `app${at % 200}`, tier: `tier${at % 7}` },
    addresses: [`10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`],
    ports: [{ name: 'http', port: 8000 + (at % 3), protocol: 'TCP' }],
  };
  return at < LOCAL ? { ...pod, isLocal: true } : pod;
}

function policyAt(at: number, port = 1000 + at): NetworkPolicy {
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

const policies: Record<string, NetworkPolicy> = {};
for (let at = 0; at < POLICIES; at += 1) policies[`ns${at % NAMESPACES}/p${at}`] = policyAt(at);
const pods = Array.from({ length: PODS }, (_, at) => podAt(at, at + 1));
const namespaces = new Map(
  Array.from({ length: NAMESPACES }, (_, at) => [`ns${at}`, { team: `t${at % 4}` }]),
);
const input: PolicyInput = { policies, pods, namespaces, unknown: 'deny', nodeCidrs: [] };

function medianMs(rounds: number, work: (round: number) => void): number {
  const times = Array.from({ length: rounds }, (_, round) => {
    const start = process.cpuUsage();
    work(round);
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return times.toSorted((left, right) => left - right)[Math.floor(rounds / 2)] ?? 0;
}

function sizeOf(sets: PolicySets): string {
  const elements = Array.from(sets.values()).reduce((sum, { size }) => sum + size, 0);
  return `${sets.size} sets, ${elements} elements`;
}

const rows: [string, number][] = [
  ['from nothing, cold', medianMs(1, () => new PolicyCompiler().compile(input))],
  ['from nothing', medianMs(ROUNDS, () => new PolicyCompiler().compile(input))],
];
const warm = new PolicyCompiler();
console.log(sizeOf(warm.compile(input)));
const other = (round: number, at: number): readonly PolicyPod[] => pods.with(at, podAt(at, 70_000 + round));
const updates: readonly (readonly [string, (round: number) => void])[] = [
  ['a peer with another address', (round) => warm.compile({ ...input, pods: other(round, 500 + round) })],
  [
    'a pod of this node with another address',
    (round) => warm.compile({ ...input, pods: other(round, round % LOCAL) }),
  ],
  [
    'a policy with another port',
    (round) => warm.compile({ ...input, policies: { ...policies, 'ns3/p3': policyAt(3, 60_000 + round) } }),
  ],
  [
    'a policy with another peer',
    (round) => warm.compile({ ...input, policies: { ...policies, 'ns3/p3': policyAt(round * 7) } }),
  ],
];
for (const [name, work] of updates) rows.push([name, medianMs(ROUNDS, work)]);
for (const [name, ms] of rows) console.log(`${name.padEnd(45)} ${ms.toFixed(1)} ms`);
