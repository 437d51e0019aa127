/** The performance bars of vnet, compared with the measurements. Pure. */
import {
  LONE_TASKS,
  LOOK_TASK,
  MEMORY,
  REPAIR_ALL,
  repairTask,
  STORM_FAILURES,
  STORM_SIZES,
  type StormPart,
  stormTask,
  TASKS,
  WATCH_SIZE,
} from './tasks.ts';
import { compareSeries, findSeries, type Series } from './series.ts';
import { compare, median } from './statistics.ts';
import { asRatio, asShare, asTime, type Bar } from './bar.ts';
import { MODE_BARS } from './mode-bars.ts';
import { POLICY_BARS } from './policy-bars.ts';
import { ALONE, FRESH, UNSERVED, OWN, type Table } from './table.ts';

/** Returns the table of the bars; `which` are all of them, or the measured ones. */
export function tabulateBars(all: readonly Series[], which: 'all' | 'measured' = 'all'): Table {
  const rows = BARS().flatMap(({ what, limit, measure }) => {
    const measured = measure(all);
    if (measured === undefined) return which === 'all' ? [[what, limit, 'not measured', '']] : [];
    return [[what, limit, measured.figure, measured.isMet ? 'met' : `missed by ${measured.missedBy}`]];
  });
  return { head: ['what', 'bar', 'measured', 'result'], rows };
}

const BARS = (): readonly Bar[] => [
  againstBridge(OWN, 'ADD, 30 endpoints', { task: 'ADD', endpoints: 30 }, 0.4),
  againstBridge(OWN, 'ADD, 250 endpoints', { task: 'ADD', endpoints: 250 }, 0.4),
  againstBridge(OWN, 'DEL, 30 endpoints', { task: 'DEL', endpoints: 30 }, 0.3),
  againstBridge(OWN, 'DEL, 250 endpoints', { task: 'DEL', endpoints: 250 }, 0.3),
  {
    what: `${OWN}: ADD, 1000 endpoints`,
    limit: '≤ 1.3 × ADD at 30',
    measure: (all) => {
      const many = findSeries(all, { task: 'ADD', endpoints: 1000, contestant: OWN });
      const few = findSeries(all, { task: 'ADD', endpoints: 30, contestant: OWN });
      if (many === undefined || few === undefined) return undefined;
      return asRatio(median(many.values) / median(few.values), 1.3);
    },
  },
  cpuAgainstBridge(30),
  cpuAgainstBridge(250),
  ...[MEMORY.idle, MEMORY.busy].flatMap((task) => [withinMiB(task, 250, 70), withinMiB(task, 1000, 90)]),
  ...[TASKS.noop, TASKS.preview].flatMap((task) => [
    withinMs(`${task}, 250 endpoints, beside vnet watch`, { task, endpoints: 250 }, 60),
    withinMs(`${task}, 1000 endpoints, beside vnet watch`, { task, endpoints: 1000 }, 150),
    withinMs(`${task}, 250 endpoints, alone`, { task, endpoints: 250, contestant: ALONE }, 60),
    withinMs(`${task}, 1000 endpoints, alone`, { task, endpoints: 1000, contestant: ALONE }, 150),
  ]),
  withinMs('1000 endpoints from nothing', { task: TASKS.nothing, endpoints: 1000 }, 1600),
  withinMs(
    'drift repaired by vnet watch, 250 endpoints, median of all kinds',
    { task: REPAIR_ALL, endpoints: WATCH_SIZE, contestant: 'vnet watch' },
    10,
  ),
  {
    what: 'drift repaired by vnet watch, 250 endpoints, median of the slowest kind',
    limit: '≤ 50 ms',
    measure: (all) => {
      const kinds = all.filter(({ task }) => task.startsWith(repairTask('')));
      if (kinds.length === 0) return undefined;
      return asTime(Math.max(...kinds.map(({ values }) => median(values))), 50);
    },
  },
  {
    what: 'packets per second, pod to pod, 250 endpoints',
    limit: '≥ 0.97 × that with 2',
    measure: (all) => {
      const ratio = compareSeries(all, { ...PACKETS, endpoints: 250 }, { ...PACKETS, endpoints: 2 })?.paired;
      return ratio === undefined ? undefined : asShare(ratio, 0.97);
    },
  },
  {
    what: 'the same, by CPU time for each packet',
    limit: '≥ 0.97 × that with 2',
    measure: (all) => {
      const many = findSeries(all, { ...PACKETS, endpoints: 250 });
      const few = findSeries(all, { ...PACKETS, endpoints: 2 });
      if (many === undefined || few === undefined) return undefined;
      return asShare(compare(few.cpu, many.cpu).paired, 0.97);
    },
  },
  {
    what: 'CPU time for each packet, pod to pod, 250 endpoints',
    limit: '≤ 1.2 × that without rules',
    measure: (all) => {
      const ruled = findSeries(all, { ...PACKETS, endpoints: 250 });
      const plain = findSeries(all, { ...PACKETS, endpoints: 250, contestant: PLAIN });
      if (ruled === undefined || plain === undefined) return undefined;
      return asRatio(compare(ruled.cpu, plain.cpu).paired, 1.2);
    },
  },
  ...MODE_BARS,
  ...POLICY_BARS,
  ...STORM_SIZES.flatMap((count) => [
    againstStorm(FRESH, count, 'ADD', 0.6),
    againstStorm(FRESH, count, 'DEL', 0.6),
    againstStorm(UNSERVED, count, 'ADD', 0.6),
    againstStorm(UNSERVED, count, 'DEL', 0.6),
    againstStorm(UNSERVED, count, 'DEL, server gone', 0.6),
    againstStorm(OWN, count, 'ADD', 0.4),
    againstStorm(OWN, count, 'DEL', 0.4),
  ]),
  againstBridge(UNSERVED, LONE_TASKS.second, { task: LONE_TASKS.second, endpoints: undefined }, 0.65),
  {
    what: STORM_FAILURES,
    limit: '0',
    measure: (all) => {
      const own = all.filter(({ task, contestant }) => task === STORM_FAILURES && isOurs(contestant));
      if (own.length === 0) return undefined;
      const failed = own.flatMap(({ values }) => values).reduce((sum, value) => sum + value, 0);
      return { figure: String(failed), isMet: failed === 0, missedBy: String(failed) };
    },
  },
];

function isOurs(contestant: string): boolean {
  return [FRESH, UNSERVED, OWN].includes(contestant);
}

const PACKETS = { task: '64-byte packets, pod to pod', contestant: 'nft (vnet)' };
/** The same bridge without rules. */
const PLAIN = 'no rules';

/** Shape: `bridgeTask` is the task of `bridge`, if different. */
type Key = { readonly task: string; readonly endpoints: number | undefined; readonly bridgeTask?: string };

/** The ratio of medians, as in the bar; the paired ratio is in the table of times. */
function againstBridge(who: string, what: string, key: Key, limit: number): Bar {
  return {
    what: `${who}: ${what}`,
    limit: `≤ ${limit} × bridge+host-local`,
    measure: (all) => {
      const theirs = { ...key, task: key.bridgeTask ?? key.task, contestant: 'bridge' };
      const ratio = compareSeries(all, { ...key, contestant: who }, theirs);
      return ratio === undefined ? undefined : asRatio(ratio.ofMedians, limit);
    },
  };
}

/** `bridge` has no server. */
function againstStorm(who: string, count: number, part: StormPart, limit: number): Bar {
  const task = stormTask(count, part);
  const bridgeTask = stormTask(count, part === 'ADD' ? 'ADD' : 'DEL');
  return againstBridge(who, task, { task, endpoints: undefined, bridgeTask }, limit);
}

/** The calls' own processes, and the resident process until it is idle again. */
function cpuAgainstBridge(endpoints: number): Bar {
  return {
    what: `${OWN}: CPU of an ADD, all included, ${endpoints} endpoints`,
    limit: '≤ 0.7 × bridge+host-local',
    measure: (all) => {
      const key = { task: LOOK_TASK, endpoints };
      const ours = findSeries(all, { ...key, contestant: OWN });
      const theirs = findSeries(all, { ...key, contestant: 'bridge' });
      if (ours === undefined || theirs === undefined) return undefined;
      return asRatio(median(ours.cpu) / median(theirs.cpu), 0.7);
    },
  };
}

function withinMiB(task: string, endpoints: number, limit: number): Bar {
  return {
    what: `vnet watch: ${task}, ${endpoints} endpoints`,
    limit: `≤ ${limit} MiB`,
    measure: (all) => {
      const value = findSeries(all, { task, endpoints, contestant: OWN })?.values.at(-1);
      if (value === undefined) return undefined;
      const missedBy = `${(value - limit).toFixed(0)} MiB`;
      return { figure: `${value.toFixed(0)} MiB`, isMet: value <= limit, missedBy };
    },
  };
}

/** Shape: `contestant` is vnet, if not named. */
function withinMs(what: string, key: Key & { readonly contestant?: string }, limitMs: number): Bar {
  return {
    what,
    limit: `≤ ${limitMs} ms`,
    measure: (all) => {
      const series = findSeries(all, { contestant: OWN, ...key });
      if (series === undefined) return undefined;
      return asTime(median(series.values), limitMs);
    },
  };
}
