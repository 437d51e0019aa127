/**
 * A simulated fleet: agents and an elected controller in one process, a fake API server, virtual time. But for the processor time of the whole,
 * nothing is timed: the figures are counts and virtual seconds, the same on each machine.
 *
 *   npx tsx bench/cluster.ts NODES SCENARIO    one rollout (fine, fail, fail-none, silent), appended to bench/rollout.jsonl
 *   npx tsx bench/cluster.ts NODES idle [SECONDS]      an idle hour, or so long, appended to bench/idle.jsonl
 *   npx tsx bench/cluster.ts NODES return [SECONDS]    returns of the API server, two of them after so long, appended to bench/return.jsonl
 *   npx tsx bench/cluster.ts plot              the plots beside these files, of their largest fleets
 */
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
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
import {
  createArrivals,
  measureIdle,
  measureReturns,
  meterOf,
  type Requests,
  type ReturnRun,
  totals,
} from './fleet-idle.ts';
import { returnPlot, type FleetRun, plotsOf, type FleetSample } from './rollout-plots.ts';

const RECORD = join(import.meta.dirname, 'rollout.jsonl');
const IDLE_RECORD = join(import.meta.dirname, 'idle.jsonl');
const RETURN_RECORD = join(import.meta.dirname, 'return.jsonl');
const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };
/** Units: seconds. */
const [SAMPLE, LONGEST] = [5, 14_400];
/** As the rollout has them; a node that says nothing has a minute more. Units: seconds. */
const [CONFIRM, GRACE, SOAK] = [120, 60, 60];
/** The controller's: one write. Units: seconds. */
const GRANT = 0.15;
const STEPS = 5;
const HOUR = 3600;
const POLL_MS = 60_000;
const IDLE_QUANTUM_MS = 100;
const SHARE = 0.03;

const chance = seeded(3);
/** Shape: `windowSeconds` is how long the slowest nodes of a step take to count as confirmed or failed. */
type Scenario = {
  readonly title: string;
  readonly maxFailures: (count: number) => number;
  readonly windowSeconds: number;
} & Pick<FleetOptions, 'prepare'>;
const SCENARIOS: Readonly<Record<string, Scenario>> = {
  fine: { title: 'all in order', maxFailures: () => 0, windowSeconds: 0 },
  fail: {
    title: '3 % cannot confirm, 5 % may',
    windowSeconds: CONFIRM,
    maxFailures: (count) => Math.ceil(count * 0.05),
    prepare: (node) => {
      if (chance() < SHARE) node.behaviour = 'cut-off';
    },
  },
  'fail-none': {
    title: '3 % cannot confirm, none may',
    windowSeconds: CONFIRM,
    maxFailures: () => 0,
    prepare: (node) => {
      if (chance() < SHARE) node.behaviour = 'cut-off';
    },
  },
  silent: {
    title: '3 % say nothing, 5 % may',
    windowSeconds: CONFIRM + GRACE,
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
  seconds: ReadonlyMap<number, Requests>,
): Promise<Omit<FleetRun, 'nodes' | 'scenario' | 'title' | 'arithmetic'>> {
  await addRevision(fleet.admin, 'mtu', MTU);
  await rollOut(fleet, 'r', {
    revision: 'mtu',
    confirmWithinSeconds: CONFIRM,
    soakSeconds: SOAK,
    maxFailures,
  });
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

function writesOf(seconds: ReadonlyMap<number, Requests>): { writes: number; most: number } {
  const { total, most } = totals(seconds, 'writes');
  return { writes: total, most };
}

/** The windows alone: the first node's soak, then in each step the soak or the slowest node, and one write for each node. Units: seconds. */
function arithmeticOf(count: number, { windowSeconds }: Scenario): number {
  return SOAK + (STEPS - 1) * Math.max(SOAK, windowSeconds) + count * GRANT;
}

async function main(count: number, name: string): Promise<void> {
  const scenario = SCENARIOS[name];
  if (scenario === undefined)
    throw new Error(`scenarios: ${Object.keys(SCENARIOS).join(', ')}, idle, return`);
  const { prepare } = scenario;
  const options = { count, pollMs: POLL_MS, isElected: true };
  const fleet = await openFleet({ ...options, ...(prepare === undefined ? {} : { prepare }) });
  await settleFleet(fleet, count);
  for (const network of silenced) network.isSilent = true;
  const run: FleetRun = {
    nodes: count,
    scenario: name,
    title: scenario.title,
    arithmetic: arithmeticOf(count, scenario),
    ...(await roll(fleet, scenario.maxFailures(count), meterOf(fleet))),
  };
  appendFileSync(RECORD, `${JSON.stringify(run)}\n`);
  console.log(
    `${count} nodes, ${run.title}: ${run.phase} after ${run.seconds} s (windows: ${run.arithmetic} s); ${JSON.stringify(run.counts)}`,
  );
  console.log(
    `  ${run.writes} writes (${(run.writes / Math.max(run.seconds, 1)).toFixed(1)} a second, most ${run.most})`,
  );
}

/** A fleet whose nodes enforce policies: they follow four collections each. */
async function openEnforcing(count: number): Promise<Parameters<typeof measureIdle>[0]> {
  const arrivals = createArrivals();
  const { kept } = arrivals;
  const options = { count, pollMs: POLL_MS, isElected: true, isEnforcing: true, quantumMs: IDLE_QUANTUM_MS };
  const fleet = await openFleet({ ...options, kept });
  await settleFleet(fleet, count);
  return { fleet, seconds: meterOf(fleet), arrivals };
}

async function idle(count: number, seconds: number): Promise<void> {
  const run = await measureIdle(await openEnforcing(count), seconds);
  appendFileSync(IDLE_RECORD, `${JSON.stringify(run)}\n`);
  console.log(JSON.stringify(run));
}

async function returns(count: number, seconds: number): Promise<void> {
  await measureReturns(await openEnforcing(count), seconds, (run) => {
    appendFileSync(RETURN_RECORD, `${JSON.stringify(run)}\n`);
    const { samples: _, ...counts } = run;
    console.log(JSON.stringify(counts));
  });
}

/** Until all nodes have their NodeNetworks, and have sent their first statuses. */
async function settleFleet({ clock }: Fleet, count: number): Promise<void> {
  await clock.advance(count * 200 + 120_000);
}

function plot(): void {
  const rollouts = linesOf(RECORD).map((line) => JSON.parse(line) as FleetRun);
  const returned = existsSync(RETURN_RECORD)
    ? linesOf(RETURN_RECORD).map((line) => JSON.parse(line) as ReturnRun)
    : [];
  const plots = [...plotsOf(rollouts), ...(returned.length === 0 ? [] : [returnPlot(returned)])];
  for (const { file, plot: one } of plots) writeFileSync(join(import.meta.dirname, file), renderPlot(one));
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8').trim().split('\n');
}

// An abort makes an error with a stack, which is a tenth of the work of a fleet without its server.
Error.stackTraceLimit = 0;
const [first = '300', second = 'fine', third = String(HOUR)] = process.argv.slice(2);
if (first === 'plot') plot();
else {
  const count = Number(first);
  if (second === 'idle') await idle(count, Number(third));
  else if (second === 'return') await returns(count, Number(third));
  else await main(count, second);
  const { user, system } = process.cpuUsage();
  console.log(`  simulated in ${Math.round((user + system) / 1e6)} s of processor time`);
  // Agents without an answer wait for ever.
  process.exit(0);
}
