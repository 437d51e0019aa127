/**
 * The data path: packets per second and throughput with our nftables table, azure-vnet's ebtables rules, and
 * no rules.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { podMac } from '../reconciler/model/names.ts';
import { execNow } from '../test/support/exec.ts';
import {
  type Bench,
  type BenchNode,
  makeBenchNode,
  makeNamespaces,
  runOne,
  type Site,
  siteOf,
} from './bench-node.ts';
import { makePods, nameOf, NETWORK, type PodEntry } from './documents.ts';
import type { Options } from './options.ts';
import { renderEbtables } from './rules.ts';
import type { Recorder, SeriesKey } from './series.ts';
import { PATHS, RULESETS, TRAFFIC_SIZES } from './tasks.ts';

type Ruleset = (typeof RULESETS)[number];

type Path = (typeof PATHS)[number];

type Protocol = 'udp' | 'tcp';

/** A node with this number of pods, and the functions that put each ruleset in force. */
type Stage = {
  readonly size: number;
  readonly here: BenchNode;
  readonly pods: readonly PodEntry[];
  readonly use: (ruleset: Ruleset) => Promise<void>;
};

/** Traffic from one pod to another, possibly on another stage. */
export type TrafficFlow = {
  readonly from: Pick<PodEntry, 'netns'>;
  readonly to: Pick<PodEntry, 'netns' | 'address'>;
};

const PORT = 5001;

/** Short, to allow many alternations. */
const SECONDS = '0.2';

/** Measures packets (udp), throughput (tcp) or both, as requested. */
export async function measureTraffic(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  const protocols = [
    ...(options.workloads.includes('packets') ? (['udp'] as const) : []),
    ...(options.workloads.includes('throughput') ? (['tcp'] as const) : []),
  ];
  const sizes = options.isQuick ? TRAFFIC_SIZES.slice(0, 2) : TRAFFIC_SIZES;
  bench.say('nodes for the data path');
  const other = await makeStage(bench, siteOf(8, 2), 2);
  const stages: Stage[] = [];
  for (const [index, size] of sizes.entries())
    stages.push(await makeStage(bench, siteOf(2 + index, size), size));
  const rounds = options.isQuick ? 2 : 8;
  for (let round = 0; round < rounds; round += 1) {
    bench.say(`packets and bytes, round ${round + 1} of ${rounds}`);
    for (const ruleset of round % 2 === 0 ? RULESETS : RULESETS.toReversed()) {
      for (const stage of stages) await stage.use(ruleset);
      for (const load of loadsOf(ruleset, protocols, round % 2 === 0 ? stages : stages.toReversed())) {
        const sample = await sendTraffic(bench, flowOf(load, other), load.protocol);
        recorder.add(keyOf(ruleset, load), sample);
      }
    }
  }
  for (const { here } of [other, ...stages]) await here.remove();
}

type Load = { readonly path: Path; readonly protocol: Protocol; readonly stage: Stage };

/**
 * Without rules the fabric drops every frame: only pods of one node reach each other. TCP passes the same
 * rules in both directions, so it is measured in one only.
 */
function loadsOf(
  ruleset: Ruleset,
  protocols: readonly Protocol[],
  stages: readonly Stage[],
): readonly Load[] {
  const paths = ruleset === 'no rules' ? PATHS.slice(0, 1) : PATHS;
  return paths.flatMap((path) =>
    protocols
      .filter((protocol) => protocol === 'udp' || path !== 'other node to pod')
      .flatMap((protocol) => stages.map((stage) => ({ path, protocol, stage }))),
  );
}

function keyOf(contestant: Ruleset, { path, protocol, stage }: Load): SeriesKey {
  const [name, unit] =
    protocol === 'udp' ? (['64-byte packets', 'packets/s'] as const) : (['TCP', 'Gbit/s'] as const);
  return { task: `${name}, ${path}`, endpoints: stage.size, contestant, unit };
}

/** The pods in the middle: half of the rules precede theirs. */
function flowOf({ path, stage: { pods } }: Load, other: Stage): TrafficFlow {
  const middle = Math.floor(pods.length / 2);
  const [inside, neighbour, outside] = [pods[middle], pods[middle - 1], other.pods[0]];
  if (inside === undefined || neighbour === undefined || outside === undefined) throw new Error('no pods');
  if (path === 'pod to pod') return { from: neighbour, to: inside };
  return path === 'pod to other node' ? { from: inside, to: outside } : { from: outside, to: inside };
}

async function makeStage(bench: Bench, site: Site, size: number): Promise<Stage> {
  const here = await makeBenchNode(bench, site);
  const pods = makePods(site.nic.node, site.firstPod, size);
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  here.fill(pods);
  const reconcile = { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' };
  await runOne(here, reconcile);
  const ebtables = renderEbtables({
    uplinkMac: site.nic.mac,
    primary: site.nic.primary,
    pods: pods.map(({ address, containerId }) => ({ address, mac: podMac(NETWORK, containerId, 'eth0') })),
  });
  const use: Stage['use'] = async (ruleset) => {
    const { netns } = here.node;
    netns.mustExec(['nft', 'flush', 'ruleset']);
    // nft 1.0 does not read all that it lists.
    if (ruleset === 'nft (vnet)') await runOne(here, reconcile);
    if (ruleset === 'ebtables') netns.mustExec(['ebtables-restore'], { input: ebtables });
  };
  return { size, here, pods, use };
}

/**
 * Resolves to the received traffic.
 * Units: packets or Gbit per second; CPU nanoseconds of the sender per sent packet.
 */
export async function sendTraffic(
  { packetsProgram }: Bench,
  { from, to }: TrafficFlow,
  protocol: Protocol,
): Promise<{ readonly value: number; readonly cpu: number }> {
  const [sendCpu, receiveCpu] = ['0', '1'];
  const receive = [packetsProgram, 'receive', protocol, to.address, String(PORT), receiveCpu];
  const receiver = spawn('nsenter', [`--net=${to.netns}`, ...receive]);
  let said = '';
  let complaint = '';
  receiver.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
  receiver.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const closed = once(receiver, 'close');
  while (!said.includes('ready')) await Promise.race([once(receiver.stdout, 'data'), closed]);
  const sender = ['send', protocol, to.address, String(PORT), SECONDS, sendCpu];
  const sent = execNow(['nsenter', `--net=${from.netns}`, packetsProgram, ...sender]);
  await closed;
  if (sent.code !== 0 || complaint !== '') throw new Error(`nothing measured: ${sent.stderr}${complaint}`);
  const [sentCount = 0, , cpuUs = 0] = sent.stdout.split(' ').map(Number);
  const [count = 0, ns = 1] = (said.split('\n')[1] ?? '').split(' ').map(Number);
  const perSecond = (count / ns) * 1e9;
  return { value: protocol === 'udp' ? perSecond : (perSecond * 8) / 1e9, cpu: (cpuUs * 1e3) / sentCount };
}
