/** ADD and DEL on nodes that enforce network policies, against one that enforces none. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Members } from '../reconciler/model/policy/members.ts';
import { inTurn } from './attach-work.ts';
import { type Attended, makeAttended } from './attended.ts';
import { type Bench, cniJob, makeNamespaces, removeNamespaces, runOne } from './bench-node.ts';
import { type Place, standOf } from './contestants.ts';
import { containerIdOf } from './documents.ts';
import type { Options } from './options.ts';
import { measureFollowing, measureKernelChange } from './policy-follow.ts';
import { clusterPod, LOCAL_PODS, makeCluster, membersText } from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { POLICY_TASKS } from './tasks.ts';

const FIRST_INDEX = 10;

/** Units: milliseconds. */
const SETTLE_MS = { ADD: 2, DEL: 30 } as const;

/** The pods of the calls: one whose labels other pods of the node have, too, and one of a kind. */
const NEW_PODS = [
  { kind: 'usual', pod: 'ns0/new-usual' },
  { kind: 'first', pod: 'ns1/new-first' },
] as const;

type Enforcing = { readonly contestant: string; readonly members: Members | undefined };

/** A node that is measured. */
type Policed = Enforcing & { readonly attended: Attended };

const NODES: readonly Enforcing[] = [
  { contestant: POLICY_TASKS.none, members: undefined },
  { contestant: POLICY_TASKS.few, members: makeCluster(10) },
  { contestant: POLICY_TASKS.some, members: makeCluster(100) },
  { contestant: POLICY_TASKS.many, members: makeCluster() },
];

/** Measures each verb on all nodes in turn; resolves to the memory of each resident process as text. */
export async function measurePolicyCalls(
  bench: Bench,
  options: Options,
  recorder: Recorder,
): Promise<Readonly<Record<string, string>>> {
  const nodes: Policed[] = [];
  for (const [at, node] of NODES.entries()) {
    nodes.push({ ...node, attended: await makeEnforcing(bench, FIRST_INDEX + at, node) });
  }
  makeNamespaces(['policy-pod']);
  for (const node of nodes) await warm(node);
  for (let round = -2; round < options.runs; round += 1) {
    for (const node of inTurn(nodes, round)) await callEach(node, round, recorder);
  }
  removeNamespaces(['policy-pod']);
  const last = nodes.at(-1)?.attended;
  if (last !== undefined) await measureFollowing(last, options.runs, recorder);
  const memory = nodes.map(({ contestant, attended }) => {
    const mib = attended.attendant.memoryMb().toFixed(0);
    return [`resident memory, ${contestant}`, `${mib} MiB`] as const;
  });
  if (last !== undefined) {
    await last.attendant.end();
    measureKernelChange(last, options.runs, recorder);
  }
  for (const { attended } of nodes) await attended.remove();
  return Object.fromEntries(memory);
}

/** The pods that warm a resident process have no policies: its code of these calls is to be compiled as well. */
const WARM_CALLS = 60;

async function warm({ attended }: Policed): Promise<void> {
  const { here, plugin } = standOf(attended);
  for (let count = 0; count < WARM_CALLS; count += 1) {
    for (const { pod } of NEW_PODS) {
      const call = {
        containerId: containerIdOf(`${pod}/warm-${count}`),
        netns: '/run/netns/policy-pod',
        pod,
      };
      for (const verb of ['ADD', 'DEL'] as const) await runOne(here, cniJob(plugin, { ...call, verb }));
    }
  }
  await attended.attendant.settle();
}

/** Shape: rounds below 0 are not recorded. */
async function callEach({ contestant, attended }: Policed, round: number, recorder: Recorder): Promise<void> {
  const { here, plugin } = standOf(attended);
  for (const { kind, pod } of NEW_PODS) {
    const call = { containerId: containerIdOf(`${pod}/${round}`), netns: '/run/netns/policy-pod', pod };
    for (const verb of ['ADD', 'DEL'] as const) {
      const servedMs = attended.attendant.cpuMs();
      const { wallMs, cpuMs } = await runOne(here, cniJob(plugin, { ...call, verb }), SETTLE_MS[verb]);
      await attended.attendant.settle();
      const cpu = cpuMs + attended.attendant.cpuMs() - servedMs;
      const key = { task: POLICY_TASKS[`${verb} ${kind}`], endpoints: LOCAL_PODS, contestant };
      if (round >= 0) recorder.add(key, { value: wallMs, cpu });
    }
  }
}

function makeEnforcing(bench: Bench, index: number, { members }: Enforcing): Promise<Attended> {
  return makeAttended(bench, index, LOCAL_PODS, {
    podOf: (at) => {
      const { namespace, name } = clusterPod(at);
      return { pod: `${namespace}/${name}` };
    },
    prepare: (place) => {
      if (members !== undefined) enforce(place, members);
    },
  });
}

function enforce({ here }: Place, members: Members): void {
  const text = readFileSync(here.documentPath, 'utf8');
  writeFileSync(here.documentPath, text.replace(/^networks:/m, 'policy:\n  enforce: true\nnetworks:'));
  const [usual, first] = [clusterPod(0), clusterPod(1)];
  const coming = [
    { ...usual, addresses: [], name: 'new-usual' },
    { ...first, addresses: [], name: 'new-first', labels: { ...first.labels, tier: 'tier3' } },
  ];
  const path = join(dirname(here.documentPath), 'policy.json');
  writeFileSync(path, membersText({ ...members, pods: [...members.pods, ...coming] }));
}
