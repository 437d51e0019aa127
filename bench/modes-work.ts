/** The data path of each mode in both families: packets between two pods of one node, against the same path without vnet. */
import { join } from 'node:path';
import { type Bench, makeBenchNode, makeNamespaces, removeNamespaces, runOne } from './bench-node.ts';
import { nameOf, type PodEntry } from './documents.ts';
import { modeSite } from './mode-sites.ts';
import { measureModeCalls } from './modes-attach.ts';
import type { Options } from './options.ts';
import { makePlainPath } from './plain-paths.ts';
import type { Recorder } from './series.ts';
import { OWN } from './table.ts';
import {
  MEASURED_MODES,
  MODE_PLAIN_PATHS,
  MODE_SIZES,
  type ModeFamily,
  modeTask,
  PLAIN_PATHS,
} from './tasks.ts';
import { sendTraffic, type TrafficFlow } from './traffic-work.ts';

const FIRST_INDEX = 20;

/** With them, all modes take some minutes. */
const MAX_ROUNDS = 16;

/** Two pods of a node. Shape: `endpoints` is the number of its pods. */
type Path = {
  readonly contestant: string;
  readonly endpoints: number;
  readonly flow: TrafficFlow;
  readonly remove: () => Promise<void>;
};

/** Measures packets and calls of all modes, one mode and family after the other: the paths of each alternate. */
export async function measureModes(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  const rounds = options.isQuick ? 2 : Math.min(options.runs, MAX_ROUNDS);
  for (const [index, one] of MEASURED_MODES.entries()) {
    if (options.isCalls || !options.modes.includes(one.mode)) continue;
    bench.say(`the data path of mode ${one.mode}, IPv${one.family}`);
    const paths = await makePaths(bench, index, one);
    for (let round = 0; round < rounds; round += 1) {
      for (const { contestant, endpoints, flow } of round % 2 === 0 ? paths : paths.toReversed()) {
        const sample = await sendTraffic(bench, flow, 'udp');
        recorder.add({ task: modeTask(one), endpoints, contestant, unit: 'packets/s' }, sample);
      }
    }
    for (const { remove } of paths) await remove();
  }
  await measureModeCalls(bench, options, recorder);
}

async function makePaths(bench: Bench, index: number, one: ModeFamily): Promise<readonly Path[]> {
  const paths: Path[] = [];
  for (const [at, size] of MODE_SIZES.entries()) {
    const nth = { index: FIRST_INDEX + index * MODE_SIZES.length + at, firstPod: 16 * (1 + at) };
    paths.push(await makePath(bench, nth, one, size));
  }
  const kind = MODE_PLAIN_PATHS[one.mode];
  if (kind === undefined) return paths;
  const plain = MODE_SIZES.map((endpoints) => {
    const { flow, remove } = makePlainPath(kind, one.family, endpoints);
    return { contestant: PLAIN_PATHS[kind], endpoints, flow, remove: async () => remove() };
  });
  return [...paths, ...plain];
}

async function makePath(
  bench: Bench,
  nth: Parameters<typeof modeSite>[0],
  one: ModeFamily,
  size: number,
): Promise<Path> {
  const { site, pods } = modeSite(nth, one, size);
  const names = pods.map(({ netns }) => nameOf(netns));
  const here = await makeBenchNode(bench, site);
  makeNamespaces(names);
  here.fill(pods);
  await runOne(here, { argv: [join(here.bin, 'vnet'), 'reconcile'], env: here.env, input: '' });
  const remove = async (): Promise<void> => {
    await here.remove();
    removeNamespaces(names);
  };
  return { contestant: OWN, endpoints: size, flow: flowIn(pods), remove };
}

/** The pods in the middle. */
function flowIn(pods: readonly PodEntry[]): TrafficFlow {
  const middle = Math.floor(pods.length / 2);
  const [to, from] = [pods[middle], pods[middle - 1]];
  if (from === undefined || to === undefined) throw new Error('no pods');
  return { from, to };
}
