/**
 * Rollouts over a simulated fleet: agents and a controller in one process, a fake API server, virtual time. Nothing is timed: the
 * figures are counts and virtual seconds, the same on each machine.
 *
 *   npx tsx bench/cluster.ts NODES SCENARIO    one scenario (fine, fail, fail-none, silent, idle), appended to bench/rollout.jsonl
 *   npx tsx bench/cluster.ts plot              bench/rollout.svg and bench/rollout-writes.svg of the largest fleet in that file
 */
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  openFleet,
  rollOut,
  type Fleet,
  type FleetOptions,
  seeded,
} from '../test/cluster/controller/fleet.ts';
import { addRevision } from '../test/cluster/fake/vnet-cluster.ts';
import { renderPlot } from './plot.ts';
import { type FleetRun, plotsOf, type FleetSample } from './rollout-plots.ts';

const RECORD = join(import.meta.dirname, 'rollout.jsonl');
const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };
/** Units: seconds. */
const [SAMPLE, LONGEST] = [5, 14_400];
const SHARE = 0.03;

type Counts = { writes: number; lists: number; watches: number };

/** Counts requests, by second. */
function meter({ cluster, clock }: Fleet): Map<number, Counts> {
  const seconds = new Map<number, Counts>();
  const handle = cluster.handle.bind(cluster);
  cluster.handle = (request) => {
    const second = Math.floor(clock.nowMs() / 1000);
    const now = seconds.get(second) ?? { writes: 0, lists: 0, watches: 0 };
    if (request.method !== 'GET') now.writes += 1;
    else if (request.query.get('watch') === '1') now.watches += 1;
    else now.lists += 1;
    seconds.set(second, now);
    // Only counted, not kept.
    const answer = handle(request);
    cluster.requests.length = 0;
    return answer;
  };
  return seconds;
}

function totals(seconds: ReadonlyMap<number, Counts>, kind: keyof Counts): { total: number; most: number } {
  const values = [...seconds.values()].map((second) => second[kind]);
  return { total: values.reduce((sum, value) => sum + value, 0), most: Math.max(0, ...values) };
}

const chance = seeded(3);
type Scenario = { readonly title: string; readonly maxFailures: (count: number) => number } & Pick<
  FleetOptions,
  'prepare'
>;
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  fine: { title: 'all in order', maxFailures: () => 0 },
  fail: {
    title: '3 % cannot confirm, 5 % may',
    maxFailures: (count) => Math.ceil(count * 0.05),
    prepare: (node) => {
      if (chance() < SHARE) node.behaviour = 'cut-off';
    },
  },
  'fail-none': {
    title: '3 % cannot confirm, none may',
    maxFailures: () => 0,
    prepare: (node) => {
      if (chance() < SHARE) node.behaviour = 'cut-off';
    },
  },
  silent: {
    title: '3 % say nothing, 5 % may',
    maxFailures: (count) => Math.ceil(count * 0.05),
    prepare: (_, __, network) => {
      if (chance() < SHARE) silenced.push(network);
    },
  },
};
const silenced: { isSilent: boolean }[] = [];

async function roll(
  fleet: Fleet,
  maxFailures: number,
  seconds: ReadonlyMap<number, Counts>,
): Promise<Omit<FleetRun, 'nodes' | 'scenario' | 'title'>> {
  await addRevision(fleet.admin, 'mtu', MTU);
  await rollOut(fleet, 'r', { revision: 'mtu', confirmWithinSeconds: 120, soakSeconds: 60, maxFailures });
  const startSecond = Math.floor(fleet.clock.nowMs() / 1000);
  const samples: FleetSample[] = [];
  for (let at = 0; at <= LONGEST; at += SAMPLE) {
    const { phase = '', nodes = {} } = await fleet.statusOf('r');
    const before = Array.from(
      { length: SAMPLE },
      (_, back) => seconds.get(startSecond + at - 1 - back)?.writes ?? 0,
    );
    const { confirmed = 0, failed = 0 } = nodes;
    samples.push({ at, confirmed, failed, writes: before.reduce((sum, value) => sum + value, 0) / SAMPLE });
    if (phase === 'Complete' || phase === 'Halted')
      return { phase, seconds: at, counts: { ...nodes }, samples, ...writesOf(seconds) };
    await fleet.clock.advance(SAMPLE * 1000);
  }
  throw new Error('the rollout did not end');
}

function writesOf(seconds: ReadonlyMap<number, Counts>): { writes: number; most: number } {
  const { total, most } = totals(seconds, 'writes');
  return { writes: total, most };
}

/** An hour in which nothing changes, and the return of the API server after a minute away with all connections. */
async function idle(fleet: Fleet, seconds: Map<number, Counts>): Promise<void> {
  const say = (what: string): void => {
    const [writes, lists, watches] = (['writes', 'lists', 'watches'] as const).map((kind) =>
      totals(seconds, kind),
    );
    console.log(
      `${what}: ${writes?.total} writes, ${lists?.total} lists, ${watches?.total} watches (most in a second ${watches?.most})`,
    );
    seconds.clear();
  };
  seconds.clear();
  await fleet.clock.advance(3_600_000);
  say('an idle hour');
  fleet.network.isDown = true;
  fleet.cluster.endWatches();
  await fleet.clock.advance(60_000);
  seconds.clear();
  fleet.network.isDown = false;
  await fleet.clock.advance(120_000);
  say('back after a minute away');
}

async function main(count: number, name: string): Promise<void> {
  const scenario = name === 'idle' ? SCENARIOS['fine'] : SCENARIOS[name];
  if (scenario === undefined) throw new Error(`scenarios: ${Object.keys(SCENARIOS).join(', ')}, idle`);
  const { prepare } = scenario;
  const fleet = await openFleet({ count, pollMs: 60_000, ...(prepare === undefined ? {} : { prepare }) });
  // The NodeNetworks of all nodes, and their first statuses.
  await fleet.clock.advance(count * 200 + 120_000);
  for (const network of silenced) network.isSilent = true;
  const seconds = meter(fleet);
  if (name === 'idle') return idle(fleet, seconds);
  const run: FleetRun = {
    nodes: count,
    scenario: name,
    title: scenario.title,
    ...(await roll(fleet, scenario.maxFailures(count), seconds)),
  };
  appendFileSync(RECORD, `${JSON.stringify(run)}\n`);
  console.log(
    `${count} nodes, ${run.title}: ${run.phase} after ${run.seconds} s; ${JSON.stringify(run.counts)}`,
  );
  console.log(
    `  ${run.writes} writes (${(run.writes / Math.max(run.seconds, 1)).toFixed(1)} a second, most ${run.most})`,
  );
}

function plot(): void {
  const runs = readFileSync(RECORD, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as FleetRun);
  for (const { file, plot: one } of plotsOf(runs))
    writeFileSync(join(import.meta.dirname, file), renderPlot(one));
}

const [first = '300', second = 'fine'] = process.argv.slice(2);
if (first === 'plot') plot();
else {
  await main(Number(first), second);
  // Agents without an answer wait for ever.
  process.exit(0);
}
