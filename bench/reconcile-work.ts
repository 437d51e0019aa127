/** `vnet reconcile` on real pods: from nothing, with nothing to do, as a preview, and after one breakage. */
import { join } from 'node:path';
import { hostVethName } from '../reconciler/model/names.ts';
import { execNow, mustExec } from '../test/support/exec.ts';
import {
  type Bench,
  type BenchNode,
  makeBenchNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  siteOf,
} from './bench-node.ts';
import { makePods, nameOf, NETWORK, type PodEntry } from './documents.ts';
import type { Options } from './options.ts';
import type { Recorder } from './series.ts';
import { ALONE, OWN } from './table.ts';
import { RECONCILE_SIZES, TASKS } from './tasks.ts';

const SITE = siteOf(1, 0);

/** Units: milliseconds. */
const SETTLE_MS = 20;

/** Measures reconcile at every size. */
export async function measureReconcile(bench: Bench, options: Options, recorder: Recorder): Promise<void> {
  let here = await makeBenchNode(bench, SITE);
  for (const size of options.isQuick ? RECONCILE_SIZES.slice(0, 2) : RECONCILE_SIZES) {
    bench.say(`reconcile with ${size} endpoints`);
    const pods = makePods('recon', SITE.firstPod, size);
    makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
    here.fill(pods);
    // The first one of each size is discarded.
    const creations = options.isQuick ? 2 : size > 250 ? 3 : 5;
    for (let round = -1; round < creations; round += 1) {
      here = await here.reboot();
      await waitUntilDetached(pods);
      const keep = round < 0 ? undefined : recorder;
      await reconcile(here, { task: TASKS.nothing, size, args: [] }, keep);
    }
    expectAttached(pods);
    await repeatReconciles({ here, pods, options, recorder });
    removeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  }
  await here.remove();
}

type Repeated = {
  readonly here: BenchNode;
  readonly pods: readonly PodEntry[];
  readonly options: Options;
  readonly recorder: Recorder;
};

async function repeatReconciles({ here, pods, options, recorder }: Repeated): Promise<void> {
  const size = pods.length;
  const runs = Math.min(options.runs, size > 250 ? 8 : 12);
  const first = pods[0]?.containerId ?? '';
  const veth = hostVethName(NETWORK, first, 'eth0');
  for (let round = -1; round < runs; round += 1) {
    const keep = round < 0 ? undefined : recorder;
    await lookTwice(here, { size, contestant: ALONE }, keep);
    here.node.netns.mustExec(['ip', 'link', 'set', veth, 'nomaster']);
    await reconcile(here, { task: TASKS.drift, size, args: [] }, keep);
    const { stdout } = here.node.netns.mustExec(['ip', '-o', 'link', 'show', veth]);
    if (!stdout.includes('master azure0')) throw new Error(`reconcile did not repair ${veth}: ${stdout}`);
  }
  const attendant = await here.attend();
  await attendant.settle();
  for (let round = -1; round < runs; round += 1)
    await lookTwice(here, { size, contestant: OWN }, round < 0 ? undefined : recorder);
  await attendant.end();
}

/** Runs with nothing to do, as a round and as a preview. */
async function lookTwice(
  here: BenchNode,
  what: Pick<Reconcile, 'size' | 'contestant'>,
  keep: Recorder | undefined,
): Promise<void> {
  await reconcile(here, { task: TASKS.noop, args: [], ...what }, keep);
  await reconcile(here, { task: TASKS.preview, args: ['--dry-run'], ...what }, keep);
}

type Reconcile = {
  readonly task: string;
  readonly size: number;
  readonly args: readonly string[];
  readonly contestant?: string;
};

async function reconcile(here: BenchNode, what: Reconcile, recorder: Recorder | undefined): Promise<void> {
  const job = { argv: [join(here.bin, 'vnet'), 'reconcile', ...what.args], env: here.env, input: '' };
  const { wallMs, cpuMs, maxRssMb } = await runOne(here, job, SETTLE_MS);
  const key = { task: what.task, endpoints: what.size, contestant: what.contestant ?? OWN };
  recorder?.add(key, { value: wallMs, cpu: cpuMs, maxRssMb });
}

function hasInterface({ netns }: PodEntry): boolean {
  return execNow(['ip', '-n', nameOf(netns), 'link', 'show', 'eth0']).code === 0;
}

/** The kernel deletes a namespace's veths some time after its removal: all of them at once. */
async function waitUntilDetached(pods: readonly PodEntry[]): Promise<void> {
  const ends = [pods[0], pods.at(-1)].filter((pod) => pod !== undefined);
  while (ends.some(hasInterface)) await new Promise((resolve) => setTimeout(resolve, 20));
  // Remains of the old namespace must not slow down the new one.
  await new Promise((resolve) => setTimeout(resolve, 300));
}

function expectAttached(pods: readonly PodEntry[]): void {
  for (const pod of [pods[0], pods.at(-1)]) {
    if (pod !== undefined) mustExec(['ip', '-n', nameOf(pod.netns), 'link', 'show', 'eth0']);
  }
}
