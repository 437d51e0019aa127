/** The data path of each mode: packets between two pods of one node, with our rules and without any. */
import { join } from 'node:path';
import {
  type Bench,
  type BenchNode,
  makeBenchNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  type Site,
  siteOf,
} from './bench-node.ts';
import { makePods, nameOf, type PodEntry } from './documents.ts';
import type { Options } from './options.ts';
import type { Recorder } from './series.ts';
import { DATA_PATH_MODES, MODE_RULES, MODE_SIZES, modeTask } from './tasks.ts';
import { sendTraffic } from './traffic-work.ts';

type Mode = (typeof DATA_PATH_MODES)[number];

/** A node in a mode with this number of pods. */
type Stage = {
  readonly size: number;
  readonly here: BenchNode;
  readonly pods: readonly PodEntry[];
  readonly use: (rules: (typeof MODE_RULES)[number]) => Promise<void>;
};

/** Measures the modes one after the other; the sizes and rules of one mode alternate. */
export async function measureModes(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  const rounds = options.isQuick ? 2 : 16;
  for (const [index, mode] of DATA_PATH_MODES.entries()) {
    bench.say(`the data path of mode ${mode}`);
    const stages: Stage[] = [];
    for (const [at, size] of MODE_SIZES.entries()) {
      const site = siteOf(20 + index * MODE_SIZES.length + at, 0);
      stages.push(await makeStage(bench, { ...site, firstPod: 16 * (1 + at) }, { mode, size }));
    }
    for (let round = 0; round < rounds; round += 1)
      await measureRound(bench, { mode, stages, recorder }, round);
    for (const { here, pods } of stages) {
      await here.remove();
      removeNamespaces(pods.map(({ netns }) => nameOf(netns)));
    }
  }
}

/** The order alternates: neither sizes nor rules are always measured first. */
async function measureRound(
  bench: Bench,
  {
    mode,
    stages,
    recorder,
  }: { readonly mode: Mode; readonly stages: readonly Stage[]; readonly recorder: Recorder },
  round: number,
): Promise<void> {
  const isForward = round % 2 === 0;
  for (const rules of isForward ? MODE_RULES : MODE_RULES.toReversed()) {
    for (const stage of isForward ? stages : stages.toReversed()) {
      await stage.use(rules);
      const sample = await sendTraffic(bench, flowIn(stage), 'udp');
      const key = { task: modeTask(mode), endpoints: stage.size, contestant: rules };
      recorder.add({ ...key, unit: 'packets/s' }, sample);
    }
  }
}

/** The pods in the middle. */
function flowIn({ pods }: Stage): { readonly from: PodEntry; readonly to: PodEntry } {
  const middle = Math.floor(pods.length / 2);
  const [to, from] = [pods[middle], pods[middle - 1]];
  if (from === undefined || to === undefined) throw new Error('no pods');
  return { from, to };
}

/** Pods of mode routed have addresses outside the subnet of the node, those of mode transparent are alone on their links. */
function podsOf(
  { nic, firstPod }: Site,
  { mode, size }: { readonly mode: Mode; readonly size: number },
): readonly PodEntry[] {
  const pods = makePods(nic.node, firstPod, size);
  if (mode === 'routed') {
    return pods.map((pod) => ({
      ...pod,
      address: pod.address.replace('10.240', '10.244'),
      gateway: '10.244.0.1',
    }));
  }
  return mode.startsWith('transparent')
    ? pods.map((pod) => ({ ...pod, bits: 32, gateway: '169.254.1.1' }))
    : pods;
}

function confOf(mode: Mode): object {
  const ipam = { type: 'azure-vnet-ipam', subnet: '10.244.0.0/16', addresses: ['10.244.0.0/16'] };
  return { mode, ...(mode === 'routed' ? { bridge: 'cbr0', ipam } : {}) };
}

async function makeStage(
  bench: Bench,
  place: Site,
  what: { readonly mode: Mode; readonly size: number },
): Promise<Stage> {
  const pods = podsOf(place, what);
  // The fabric delivers packets between pods of one node, too.
  const nic = { ...place.nic, secondaries: pods.map(({ address }) => address) };
  const here = await makeBenchNode(bench, { ...place, nic, conf: confOf(what.mode) });
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  here.fill(pods);
  const reconcile = { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' };
  await runOne(here, reconcile);
  return {
    size: what.size,
    here,
    pods,
    use: async (rules) => {
      if (rules === 'no rules') here.node.netns.mustExec(['nft', 'flush', 'ruleset']);
      else await runOne(here, reconcile);
    },
  };
}
