/** Traces ADD and DEL of vnet with perf, alternating with untraced calls. */
import { join } from 'node:path';
import { execNow, mustExec } from '../test/support/exec.ts';
import { findCommand } from '../test/support/tools.ts';
import {
  type Bench,
  cniJob,
  makeBenchNode,
  makeNamespaces,
  type Plugin,
  runOne,
  siteOf,
} from './bench-node.ts';
import { makeAttended } from './attended.ts';
import { byItself, fill, type Stand, standOf } from './contestants.ts';
import { containerIdOf } from './documents.ts';
import type { Options } from './options.ts';
import { deriveSplit, parseTrace, type Split, TRACEPOINTS } from './split.ts';
import { USUAL_SIZE } from './tasks.ts';
import { type Job, startTimer } from './timer.ts';

const ATTENDED_INDEX = 7;
const SITE = siteOf(9, 0);
const VERBS = ['ADD', 'DEL'] as const;

type Verb = (typeof VERBS)[number];

/** Units: milliseconds. */
const SETTLE_MS = 30;

/** The split of each verb: served by the resident process, and run by its own process. */
export type Splits = Readonly<Record<'served' | 'alone', Readonly<Record<Verb, Split>>>>;

/**
 * Resolves to the phases of an ADD and of a DEL with an AKS node's number of endpoints; undefined, with the
 * reason printed, if the kernel does not allow tracing.
 */
export async function measureSplit(bench: Bench, options: Options): Promise<Splits | undefined> {
  const obstacle = findObstacle();
  if (obstacle !== undefined) {
    bench.say(`where the time goes is not measured: ${obstacle}`);
    return undefined;
  }
  bench.say('where the time of an ADD and a DEL goes');
  makeNamespaces(['split']);
  const attended = await makeAttended(bench, ATTENDED_INDEX, USUAL_SIZE);
  const served = await splitOn(bench, options, standOf(attended));
  await attended.remove();
  const here = await makeBenchNode(bench, SITE);
  const alone = await splitOn(bench, options, byItself(await fill({ here, site: SITE }, USUAL_SIZE)));
  await here.remove();
  return { served, alone };
}

async function splitOn(bench: Bench, options: Options, { here, plugin }: Stand): Promise<Splits['alone']> {
  const file = join(here.node.root, 'trace.data');
  const record = ['perf', 'record', '-q', '-o', file, ...TRACEPOINTS.flatMap((event) => ['-e', event])];
  // perf takes seconds to end: it follows one timer and all processes that this one starts.
  const traced = startTimer([
    'nsenter',
    `--net=${here.node.netns.path}`,
    '--',
    ...record,
    bench.timerProgram,
  ]);
  const pids: Record<Verb, number[]> = { ADD: [], DEL: [] };
  const untracedMs: Record<Verb, number[]> = { ADD: [], DEL: [] };
  for (let round = -1; round < Math.min(options.runs, 20); round += 1) {
    for (const verb of VERBS) {
      const { pid } = await runOne({ timer: traced }, callOf(plugin, verb, round), SETTLE_MS);
      if (round >= 0) pids[verb].push(pid);
    }
    for (const verb of VERBS) {
      const { wallMs } = await runOne(here, callOf(plugin, verb, round), SETTLE_MS);
      if (round >= 0) untracedMs[verb].push(wallMs);
    }
  }
  await traced.stop();
  const script = ['perf', 'script', '-i', file, '--ns', '-F', 'tid,time,event,trace'];
  const text = mustExec(script).stdout;
  const splitOf = (verb: Verb): Split =>
    deriveSplit(
      pids[verb].map((pid) => parseTrace(text, pid)),
      untracedMs[verb],
    );
  return { ADD: splitOf('ADD'), DEL: splitOf('DEL') };
}

function callOf(plugin: Plugin, verb: Verb, round: number): Job {
  return cniJob(plugin, { verb, containerId: containerIdOf(`split-${round}`), netns: '/run/netns/split' });
}

/** Returns why the kernel does not allow tracing here; undefined if it does. */
function findObstacle(): string | undefined {
  if (findCommand('perf') === undefined) return 'there is no perf (Debian: linux-perf)';
  // The sandbox has its own mounts: this one ends with it.
  const mounted = execNow(['mount', '-t', 'tracefs', 'tracefs', '/sys/kernel/tracing']);
  return mounted.code === 0 ? undefined : `tracefs can't be mounted: ${mounted.stderr.trim()}`;
}
