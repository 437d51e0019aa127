/**
 * Many concurrent pods, in alternation: on a node that was never called, on one without a server after an
 * idle time, with `vnet watch`, and with the reference plugin. Failed calls are counted.
 */
import { callAtOnce, inTurn, podsOf, type Verb, WARMUPS } from './attach-work.ts';
import { type Attended, makeAttended } from './attended.ts';
import {
  type Bench,
  type BenchNode,
  makeBenchNode,
  makeFreshNode,
  makeNamespaces,
  removeNamespaces,
  runOne,
  siteOf,
} from './bench-node.ts';
import { type Contestant, fill, findContestants, type Place, type Stand, standOf } from './contestants.ts';
import type { Options } from './options.ts';
import type { Recorder, Sample } from './series.ts';
import { endServer } from './server.ts';
import { ALONE, FRESH, UNSERVED, OWN } from './table.ts';
import { makeTally, type Tally } from './tally.ts';
import { LONE_TASKS, STORM_SIZES, type StormPart, stormTask, USUAL_SIZE } from './tasks.ts';
import type { Job } from './timer.ts';

const ATTENDED_INDEX = 10;
const UNSERVED_SITE = siteOf(11, 0);
const FRESH_SITE = siteOf(12, 0);

/** Remains of a node must not slow down later work. Units: milliseconds. */
const NODE_SETTLE_MS = 300;

type Stormed = {
  readonly name: string;
  /** Resolves to the stand of the next round. Shape: `close` is called after it. */
  readonly open: () => Promise<Stand>;
  readonly close: (stand: Stand) => Promise<void>;
};

type Field = {
  readonly contestants: readonly Stormed[];
  readonly options: Options;
  readonly recorder: Recorder;
  readonly tally: Tally;
  readonly say: (line: string) => void;
};

/** Measures the storms; resolves to the failed calls, as text. */
export async function measureStorms(
  bench: Bench,
  options: Options,
  recorder: Recorder,
): Promise<Readonly<Record<string, string>>> {
  const attended = await makeAttended(bench, ATTENDED_INDEX, USUAL_SIZE);
  const unserved: Place = { here: await makeBenchNode(bench, UNSERVED_SITE), site: UNSERVED_SITE };
  const tally = makeTally();
  const contestants = findStormed(bench, { attended, unserved }, options);
  const field: Field = { contestants, options, recorder, tally, say: bench.say };
  for (const count of options.isQuick ? STORM_SIZES.slice(0, 1) : STORM_SIZES) {
    await measureStorm(field, count);
  }
  await measureLone(field);
  await attended.remove();
  await unserved.here.remove();
  tally.record(recorder);
  return tally.facts();
}

type Places = { readonly attended: Attended; readonly unserved: Place };

/**
 * The reference plugin is on the node without a server, as in the other workloads; a temporary server there
 * has exited.
 */
function findStormed(bench: Bench, { attended, unserved }: Places, options: Options): readonly Stormed[] {
  const sizes = new Map([[USUAL_SIZE, attended]]);
  const standing = findContestants(sizes, unserved, options.peers).filter(({ name }) => name !== 'ptp');
  const close = async ({ here }: Stand): Promise<void> => endServer(here.node.root);
  const fresh: Stormed = {
    name: FRESH,
    open: async () => {
      const here = makeFreshNode(bench, FRESH_SITE);
      return standOf({ here, site: FRESH_SITE });
    },
    close: async ({ here }) => {
      await here.remove();
      await new Promise((resolve) => setTimeout(resolve, NODE_SETTLE_MS));
    },
  };
  const others = standing.map(
    ({ name, at }: Contestant): Stormed => ({
      name: name === ALONE ? UNSERVED : name,
      open: () => (name === ALONE ? fill(unserved, USUAL_SIZE) : at(USUAL_SIZE)),
      close,
    }),
  );
  return [fresh, ...others];
}

async function measureStorm(field: Field, count: number): Promise<void> {
  const { contestants, options, recorder, say } = field;
  say(`a storm of ${count} ADDs, then DELs`);
  const all = contestants.flatMap((contestant) => podsOf(contestant, count));
  makeNamespaces(all);
  const runs = Math.min(options.runs, Math.max(5, Math.round((options.runs * 8) / (count + 10))));
  for (let round = -WARMUPS; round < runs; round += 1) {
    const keep = round < 0 ? undefined : recorder;
    for (const contestant of inTurn(contestants, round)) {
      const stand = await contestant.open();
      await stormOnce(field, contestant, { stand, count, round, keep });
      await contestant.close(stand);
    }
  }
  removeNamespaces(all);
}

type Round = {
  readonly stand: Stand;
  readonly count: number;
  readonly round: number;
  readonly keep: Recorder | undefined;
};

async function stormOnce(
  { tally }: Field,
  contestant: Stormed,
  { stand, count, round, keep }: Round,
): Promise<void> {
  const pods = podsOf(contestant, count);
  const { name } = contestant;
  // Discarded rounds run as well.
  const record = (part: StormPart, sample: Sample): void =>
    keep?.add({ task: stormTask(count, part), endpoints: undefined, contestant: name }, sample);
  const storm = makeCalls(stand, { name, tally }, `${count}/${round}`);
  const { root } = stand.here.node;
  await endServer(root);
  record('ADD', await storm('ADD', pods));
  // The server of the ADDs may still run, as on a node.
  record('DEL', await storm('DEL', pods));
  if (name !== UNSERVED) return;
  const again = makeCalls(stand, { name, tally }, `${count}/${round}/again`);
  await endServer(root);
  await again('ADD', pods);
  await endServer(root);
  record('DEL, server gone', await again('DEL', pods));
}

type Calls = (verb: Verb, pods: readonly string[]) => Promise<Sample>;

/** Returns the caller of the plugin for the pods of one round. A failed DEL is repeated, as runtimes do. */
function makeCalls(
  stand: Stand,
  { name, tally }: { readonly name: string; readonly tally: Tally },
  round: string,
): Calls {
  const results = new Map<string, string>();
  return async (verb, pods) => {
    const failed: Job[] = [];
    const sample = await callAtOnce(stand, {
      pods,
      verb,
      round,
      results,
      judge: (job, timed) => {
        if (!tally.judge(name, job, timed)) failed.push(job);
      },
    });
    if (verb === 'ADD') expectDistinct([...results.values()], (why) => tally.fault(name, why));
    else await repeatAlone(stand.here, failed);
    return sample;
  };
}

/** Without it, the remains of a failed DEL would disturb the next round. */
async function repeatAlone(here: BenchNode, failed: readonly Job[]): Promise<void> {
  for (const job of failed) await runOne(here, job);
}

function expectDistinct(results: readonly string[], fault: (why: string) => void): void {
  const addresses = results.map((result) => {
    const { ips = [] } = JSON.parse(result) as { readonly ips?: readonly { readonly address: string }[] };
    return ips[0]?.address;
  });
  const known = new Set<string | undefined>();
  for (const address of addresses) {
    if (address === undefined || known.has(address)) fault(`the address ${address} was given twice`);
    known.add(address);
  }
}

/** One ADD without a server, and the next one. */
async function measureLone({ contestants, options, recorder, tally, say }: Field): Promise<void> {
  say('one ADD without a resident process, and a second one');
  const lone = contestants.filter(({ name }) => name !== FRESH && name !== OWN);
  const all = lone.flatMap((contestant) => podsOf(contestant, 2));
  makeNamespaces(all);
  for (let round = -WARMUPS; round < options.runs; round += 1) {
    for (const contestant of inTurn(lone, round)) {
      const { name } = contestant;
      const pods = podsOf(contestant, 2);
      const stand = await contestant.open();
      const call = makeCalls(stand, { name, tally }, `lone/${round}`);
      await endServer(stand.here.node.root);
      const first = await call('ADD', pods.slice(0, 1));
      const second = await call('ADD', pods.slice(1));
      await call('DEL', pods);
      await contestant.close(stand);
      if (round < 0) continue;
      recorder.add({ task: LONE_TASKS.first, endpoints: undefined, contestant: name }, first);
      recorder.add({ task: LONE_TASKS.second, endpoints: undefined, contestant: name }, second);
    }
  }
  removeNamespaces(all);
}
