/**
 * Compiles a thousand network policies with ten thousand pods: from nothing, then with one change each.
 * `npx tsx bench/policy.ts`: milliseconds of CPU time, medians of the rounds.
 */
import { PolicyCompiler } from '../reconciler/model/policy/compiler/compile.ts';
import type { PolicySets } from '../reconciler/model/policy/compiler/sets.ts';
import type { PolicyPod } from '../reconciler/model/policy/members.ts';
import { clusterPod, clusterPolicy, inputOf, LOCAL_PODS, makeCluster } from './policy-cluster.ts';

const ROUNDS = 15;
const input = inputOf(makeCluster());
const { pods, policies } = input;

/** Returns the pods, one of them with another address. */
function other(round: number, at: number): readonly PolicyPod[] {
  const pod = clusterPod(at, 70_000 + round);
  return pods.with(at, at < LOCAL_PODS ? { ...pod, isLocal: true } : pod);
}

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
const updates: readonly (readonly [string, (round: number) => void])[] = [
  ['a peer with another address', (round) => warm.compile({ ...input, pods: other(round, 500 + round) })],
  [
    'a pod of this node with another address',
    (round) => warm.compile({ ...input, pods: other(round, round % LOCAL_PODS) }),
  ],
  [
    'a policy with another port',
    (round) =>
      warm.compile({ ...input, policies: { ...policies, 'ns3/p3': clusterPolicy(3, 60_000 + round) } }),
  ],
  [
    'a policy with another peer',
    (round) => warm.compile({ ...input, policies: { ...policies, 'ns3/p3': clusterPolicy(round * 7) } }),
  ],
];
for (const [name, work] of updates) rows.push([name, medianMs(ROUNDS, work)]);
for (const [name, ms] of rows) console.log(`${name.padEnd(45)} ${ms.toFixed(1)} ms`);
