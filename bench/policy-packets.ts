/** Packets between two pods of a node in mode routed, each judged by network policies, against connection tracking alone. */
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type Bench,
  type BenchNode,
  makeBenchNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  siteOf,
} from './bench-node.ts';
import { makePods, nameOf, type PodEntry } from './documents.ts';
import type { Options } from './options.ts';
import { clusterPod, LOCAL_PODS, makeCluster, membersText } from './policy-cluster.ts';
import type { Recorder } from './series.ts';
import { JUDGED_TASK, PACKET_CONTESTANTS } from './tasks.ts';
import { sendTraffic } from './traffic-work.ts';

type Contestant = keyof typeof PACKET_CONTESTANTS;

type Stage = {
  readonly contestant: Contestant;
  readonly here: BenchNode;
  readonly pods: readonly PodEntry[];
};

const FIRST_INDEX = 40;

/** A one-way flow stays new: its packets are never established. */
const TRACKING = `table inet alone {
  chain forward { type filter hook forward priority filter - 10; ct direction reply ct state established,related accept; }
}`;

/** The middle pods of the node; the second isolates them from all but the port of the flow. */
const [FROM, TO] = [clusterPod(14), clusterPod(15)];

const FLOW_POLICY = {
  podSelector: {},
  ingress: [
    {
      from: [{ namespaceSelector: {}, podSelector: { matchLabels: { app: FROM.labels?.['app'] ?? '' } } }],
      ports: [{ protocol: 'UDP' as const, port: 5001 }],
    },
  ],
};

/** Measures all contestants in turn. */
export async function measureJudged(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  bench.say('packets that network policies judge');
  const stages: Stage[] = [];
  for (const [at, contestant] of contestants().entries())
    stages.push(await makeStage(bench, FIRST_INDEX + at, contestant));
  const rounds = options.isQuick ? 4 : 24;
  for (let round = 0; round < rounds; round += 1) {
    for (const { contestant, pods } of round % 2 === 0 ? stages : stages.toReversed()) {
      const [from, to] = [pods[14], pods[15]];
      if (from === undefined || to === undefined) throw new Error('no pods');
      const sample = await sendTraffic(bench, { from, to }, 'udp');
      recorder.add({ task: JUDGED_TASK, endpoints: LOCAL_PODS, contestant, unit: 'packets/s' }, sample);
    }
  }
  for (const { here, pods } of stages) {
    await here.remove();
    removeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  }
}

function contestants(): readonly Contestant[] {
  return Object.keys(PACKET_CONTESTANTS).filter((name): name is Contestant => name in PACKET_CONTESTANTS);
}

async function makeStage(bench: Bench, index: number, contestant: Contestant): Promise<Stage> {
  const place = siteOf(index, 0);
  const firstPod = 16 * (1 + index - FIRST_INDEX);
  const pods = makePods(place.nic.node, firstPod, LOCAL_PODS).map((pod, at) => {
    const { namespace, name } = clusterPod(at);
    const address = pod.address.replace('10.240', '10.244');
    return { ...pod, pod: `${namespace}/${name}`, address, gateway: '10.244.0.1' };
  });
  const ipam = { type: 'azure-vnet-ipam', subnet: '10.244.0.0/16', addresses: ['10.244.0.0/16'] };
  const nic = { ...place.nic, secondaries: pods.map(({ address }) => address) };
  const conf = { mode: 'routed', bridge: 'cbr0', ipam };
  const here = await makeBenchNode(bench, { ...place, firstPod, nic, conf });
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  here.fill(pods);
  const policies = PACKET_CONTESTANTS[contestant];
  if (policies > 0) enforce(here, policies);
  await runOne(here, { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' });
  if (policies === 0) here.node.netns.mustExec(['nft', '-f', '-'], { input: TRACKING });
  return { contestant, here, pods };
}

function enforce({ documentPath }: BenchNode, count: number): void {
  const text = readFileSync(documentPath, 'utf8');
  writeFileSync(documentPath, text.replace(/^networks:/m, 'policy:\n  enforce: true\nnetworks:'));
  const { policies, namespaces, pods } = makeCluster(count);
  const all = { ...policies, [`${TO.namespace}/flow`]: FLOW_POLICY };
  writeFileSync(join(dirname(documentPath), 'policy.json'), membersText({ policies: all, namespaces, pods }));
}
