/**
 * ADD, DEL, CHECK, VERSION and STATUS of all plugins, in alternating order: A B C, C B A, so that none always
 * follows the same one.
 */
import {
  type Bench,
  type BenchNode,
  cniJob,
  type CniCall,
  expectGood,
  makeBenchNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  siteOf,
} from './bench-node.ts';
import { type Attended, makeAttended } from './attended.ts';
import { type Contestant, findContestants, type Stand } from './contestants.ts';
import { containerIdOf } from './documents.ts';
import type { Options } from './options.ts';
import type { Recorder, Sample } from './series.ts';
import { countServer, findServer, SECOND_LOOK_MS } from './server.ts';
import { ALONE, OWN } from './table.ts';
import { ATTACH_SIZES, BURST_SIZES, LOOK_TASK, MEMORY, USUAL_SIZE } from './tasks.ts';
import type { Job, Timed } from './timer.ts';

/**
 * After a DEL the kernel still frees objects, which must not slow down the next call.
 * Units: milliseconds.
 */
const SETTLE_MS = { ADD: 2, DEL: 30, CHECK: 1 } as const;

/** Discarded rounds: caches fill, the processor wakes up. */
export const WARMUPS = 1;

/** The inputs of these workloads. */
type Field = {
  readonly contestants: readonly Contestant[];
  readonly options: Options;
  readonly recorder: Recorder;
  readonly say: (line: string) => void;
};

/** Measures the `options` among `start`, `attach`, `burst` and `gone`; resolves to the use of the resident process. */
export async function measureAttachments(
  bench: Bench,
  options: Options,
  recorder: Recorder,
): Promise<{ readonly residentMb: number }> {
  const asked = (name: Options['workloads'][number]): boolean => options.workloads.includes(name);
  const sizes = asked('attach') ? (options.isQuick ? ATTACH_SIZES.slice(0, 3) : ATTACH_SIZES) : [USUAL_SIZE];
  const attended = new Map<number, Attended>();
  for (const [index, size] of sizes.entries()) attended.set(size, await makeAttended(bench, index, size));
  const aloneSite = siteOf(sizes.length, 0);
  const alone = { here: await makeBenchNode(bench, aloneSite), site: aloneSite };
  const contestants = findContestants(attended, alone, options.peers);
  const field: Field = { contestants, options, recorder, say: bench.say };
  if (asked('start')) await measureStart(field);
  if (asked('attach')) {
    bench.say('ADD, CHECK and DEL');
    await measurePairs(field, {
      task: '',
      verbs: ['ADD', 'CHECK', 'DEL'],
      sizes,
      atOnce: 1,
      runs: options.runs,
    });
    await measureLooks(field, sizes);
    recordMemory(field, attended, MEMORY.busy);
  }
  if (asked('burst')) await measureBursts(field);
  if (asked('gone')) await measureGone(field);
  const residentMb = Math.max(...[...attended.values()].map(({ attendant }) => attendant.memoryMb()));
  await new Promise((resolve) => setTimeout(resolve, IDLE_MS));
  recordMemory(field, attended, MEMORY.idle);
  for (const { remove } of attended.values()) await remove();
  await alone.here.remove();
  return { residentMb };
}

/** The resident process releases memory ten seconds after the last call. Units: milliseconds. */
const IDLE_MS = 15_000;

function recordMemory({ recorder }: Field, nodes: ReadonlyMap<number, Attended>, task: string): void {
  for (const [size, { attendant }] of nodes) {
    const key = { task, endpoints: size, contestant: OWN, unit: 'MiB' } as const;
    recorder.add(key, { value: attendant.memoryMb() });
  }
}

async function measureStart({ contestants, options, recorder, say }: Field): Promise<void> {
  say('VERSION and STATUS');
  const call: CniCall = { verb: 'VERSION', containerId: '', netns: '' };
  for (let round = -WARMUPS; round < options.runs; round += 1) {
    const keep = round < 0 ? undefined : recorder;
    for (const { name, at } of inTurn(contestants, round)) {
      const { here, plugin } = await at(USUAL_SIZE);
      const timed = await runOne(here, cniJob(plugin, call), 1);
      keep?.add({ task: 'VERSION', endpoints: undefined, contestant: name }, sampleOf(timed));
      if (name !== OWN && name !== ALONE) continue;
      const conf = { ...plugin.conf, cniVersion: '1.1.0' };
      const status = await runOne(here, cniJob({ ...plugin, conf }, { ...call, verb: 'STATUS' }), 1);
      keep?.add({ task: 'STATUS', endpoints: undefined, contestant: name }, sampleOf(status));
    }
  }
}

function sampleOf({ wallMs, cpuMs, maxRssMb }: Timed): Sample {
  return { value: wallMs, cpu: cpuMs, maxRssMb };
}

async function measureBursts(field: Field): Promise<void> {
  const most = field.options.runs;
  for (const atOnce of field.options.isQuick ? BURST_SIZES.slice(0, 2) : BURST_SIZES) {
    field.say(`${atOnce} ADDs, then DELs, at once`);
    const runs = Math.min(most, Math.max(3, Math.round((most * 8) / (atOnce + 10))));
    const task = `${atOnce} at once: `;
    await measurePairs(field, { task, verbs: ['ADD', 'DEL'], sizes: [USUAL_SIZE], atOnce, runs });
  }
}

/** The cost of a single ADD, including the work of `vnet watch` a second later. */
async function measureLooks(field: Field, sizes: readonly number[]): Promise<void> {
  field.say('ADD, including the check a second later');
  const contestants = field.contestants.filter(({ name }) => name === OWN || name === 'bridge');
  const all = contestants.flatMap((contestant) => podsOf(contestant, 1));
  makeNamespaces(all);
  for (let round = 0; round < Math.min(field.options.runs, LOOKS); round += 1) {
    for (const size of sizes.filter((count) => count > 0)) {
      for (const contestant of inTurn(contestants, round)) {
        const stand = await contestant.at(size);
        const calls = {
          pods: podsOf(contestant, 1),
          round: `look/${round}`,
          results: new Map<string, string>(),
        };
        const afterMs = contestant.name === OWN ? SECOND_LOOK_MS : 0;
        const sample = await callAtOnce(stand, { ...calls, verb: 'ADD', afterMs });
        field.recorder.add({ task: LOOK_TASK, endpoints: size, contestant: contestant.name }, sample);
        await callAtOnce(stand, { ...calls, verb: 'DEL', afterMs });
      }
    }
  }
  removeNamespaces(all);
}

/** Number of rounds: each takes seconds. */
const LOOKS = 10;

/** The operations on pods. */
export type Verb = 'ADD' | 'CHECK' | 'DEL';

type Pairs = {
  readonly task: string;
  readonly verbs: readonly Verb[];
  readonly sizes: readonly number[];
  readonly atOnce: number;
  readonly runs: number;
};

/** In every round and for every size: each verb of all contestants in alternating order. */
async function measurePairs(field: Field, pairs: Pairs): Promise<void> {
  const { sizes, atOnce, runs } = pairs;
  const all = field.contestants.flatMap((contestant) => podsOf(contestant, atOnce));
  makeNamespaces(all);
  for (let round = -WARMUPS; round < runs; round += 1) {
    for (const size of inTurn(sizes, round)) await measureRound(field, pairs, { round, size });
  }
  removeNamespaces(all);
}

type Round = { readonly round: number; readonly size: number };

async function measureRound(
  field: Field,
  { task, verbs, atOnce }: Pairs,
  { round, size }: Round,
): Promise<void> {
  const contestants = inTurn(field.contestants, round);
  const stands = new Map<Contestant, Stand>();
  for (const contestant of contestants) stands.set(contestant, await contestant.at(size));
  const keep = round < 0 ? undefined : field.recorder;
  const results = new Map<string, string>();
  for (const verb of verbs) {
    for (const [contestant, stand] of stands) {
      const pods = podsOf(contestant, atOnce);
      const sample = await callAtOnce(stand, { pods, verb, round, results });
      keep?.add({ task: task + verb, endpoints: size, contestant: contestant.name }, sample);
    }
  }
}

/** Returns the names of the contestant's pods and their namespaces. */
export function podsOf({ name }: Pick<Contestant, 'name'>, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `pod-${name.replaceAll(/[ ,]+/g, '-')}-${index}`);
}

/** Concurrent calls. */
export type AtOnce = {
  readonly pods: readonly string[];
  readonly verb: Verb;
  /** Each round has its own containers. */
  readonly round: number | string;
  /** Results of ADD by pod, the input of CHECK and DEL. */
  readonly results: Map<string, string>;
  /** Minimum time after the calls until the server is idle. Units: milliseconds. */
  readonly afterMs?: number;
  /** Called with each outcome; without it, a failing call ends the benchmark. */
  readonly judge?: (job: Job, timed: Timed) => void;
};

/** Resolves when all calls have ended. The server's work for them, until it is idle, is included in their CPU. */
export async function callAtOnce(
  { here, plugin }: Stand,
  { pods, verb, round, results, afterMs, judge = expectGood }: AtOnce,
): Promise<Sample> {
  const jobs = pods.map((pod) => {
    const call = { verb, containerId: containerIdOf(`${pod}/${round}`), netns: `/run/netns/${pod}` };
    const prevResult = results.get(pod);
    return cniJob(plugin, prevResult === undefined ? call : { ...call, prevResult });
  });
  const countedMs = countServer(() => here.attendant() ?? findServer(here.node.root), afterMs);
  const { wallMs, processes } = await here.timer.run(
    jobs,
    SETTLE_MS[verb] + (verb === 'DEL' ? 2 * pods.length : 0),
  );
  const served = await countedMs();
  for (const [index, timed] of processes.entries()) {
    const [job, pod] = [jobs[index], pods[index]];
    if (job !== undefined) judge(job, timed);
    if (verb === 'ADD' && timed.code === 0 && pod !== undefined) results.set(pod, timed.stdout);
  }
  const cpu = processes.reduce((sum, { cpuMs }) => sum + cpuMs, served);
  return { value: wallMs, cpu, maxRssMb: Math.max(...processes.map(({ maxRssMb }) => maxRssMb)) };
}

/** DEL after the pod's namespace is gone, as when a container died before the runtime could clean up. */
async function measureGone({ contestants, options, recorder, say }: Field): Promise<void> {
  say('DEL with the namespace gone');
  for (let round = -1; round < Math.min(options.runs, 12); round += 1) {
    for (const { name, at } of inTurn(contestants, round)) {
      const { here, plugin } = await at(USUAL_SIZE);
      const pod = `gone-${name.replaceAll(' ', '-')}`;
      const call = { containerId: containerIdOf(`${pod}/${round}`), netns: `/run/netns/${pod}` };
      makeNamespaces([pod]);
      const added = await runOne(here, cniJob(plugin, { ...call, verb: 'ADD' }));
      removeNamespaces([pod]);
      await waitUntilGone(here, added.stdout);
      const timed = await runOne(
        here,
        cniJob(plugin, { ...call, verb: 'DEL', prevResult: added.stdout }),
        SETTLE_MS.DEL,
      );
      const key = { task: 'DEL, namespace gone', endpoints: USUAL_SIZE, contestant: name };
      if (round >= 0) recorder.add(key, sampleOf(timed));
    }
  }
}

/** The kernel deletes a namespace's interfaces some time after its removal. */
async function waitUntilGone({ node }: BenchNode, result: string): Promise<void> {
  const { interfaces = [] } = JSON.parse(result) as {
    interfaces?: readonly { name: string; sandbox?: string }[];
  };
  const veths = interfaces.filter(({ name, sandbox }) => (sandbox ?? '') === '' && /^(azv|veth)/.test(name));
  for (const { name } of veths) {
    const isThere = (): boolean => node.netns.execNow(['ip', 'link', 'show', name]).code === 0;
    while (isThere()) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Returns the contestants in the order of this round: forward, then backward. */
export function inTurn<T>(contestants: readonly T[], round: number): readonly T[] {
  return round % 2 === 0 ? contestants : contestants.toReversed();
}
