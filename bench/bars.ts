/** What vnet promises, beside what was measured. Pure. */
import { BURST_SIZES, MEMORY, REPAIR_ALL, TASKS, WATCH_SIZE } from './tasks.ts';
import { compareSeries, findSeries, type Series } from './series.ts';
import { compare, median } from './statistics.ts';
import { ALONE, OWN, type Table } from './table.ts';

/** A bar: `limit` is its text. Shape: `measure` returns undefined when what it needs was not measured. */
type Bar = {
  readonly what: string;
  readonly limit: string;
  readonly measure: (all: readonly Series[]) => Measured | undefined;
};

/** A figure beside its limit. Shape: `figure` as people read it. */
type Measured = { readonly figure: string; readonly isMet: boolean; readonly missedBy: string };

/** Returns the table of all bars that were measured. */
export function tabulateBars(all: readonly Series[]): Table {
  const rows = BARS().map(({ what, limit, measure }) => {
    const measured = measure(all);
    if (measured === undefined) return [what, limit, 'not measured', ''];
    return [what, limit, measured.figure, measured.isMet ? 'met' : `missed by ${measured.missedBy}`];
  });
  return { head: ['what', 'bar', 'measured', 'result'], rows };
}

const BARS = (): readonly Bar[] => [
  ...[OWN, ALONE].flatMap((who) => [
    againstBridge(who, 'ADD, 30 endpoints', { task: 'ADD', endpoints: 30 }, 0.85),
    againstBridge(who, 'ADD, 250 endpoints', { task: 'ADD', endpoints: 250 }, 0.85),
    againstBridge(who, 'DEL, 30 endpoints', { task: 'DEL', endpoints: 30 }, 1),
    againstBridge(who, 'DEL, 250 endpoints', { task: 'DEL', endpoints: 250 }, 1),
    againstBridge(who, '20 ADDs at once', { task: `${BURST_SIZES[2]} at once: ADD`, endpoints: 30 }, 0.8),
    {
      what: `${who}: ADD, 1000 endpoints`,
      limit: '≤ 1.5 × ADD at 30',
      measure: (all: readonly Series[]) => {
        const many = findSeries(all, { task: 'ADD', endpoints: 1000, contestant: who });
        const few = findSeries(all, { task: 'ADD', endpoints: 30, contestant: who });
        if (many === undefined || few === undefined) return undefined;
        return asRatio(median(many.values) / median(few.values), 1.5);
      },
    },
  ]),
  cpuAgainstBridge(30),
  cpuAgainstBridge(250),
  withinMiB(250, 70),
  withinMiB(1000, 90),
  ...[TASKS.noop, TASKS.preview].flatMap((task) => [
    withinMs(`${task}, 250 endpoints, beside vnet watch`, { task, endpoints: 250 }, 60),
    withinMs(`${task}, 1000 endpoints, beside vnet watch`, { task, endpoints: 1000 }, 150),
  ]),
  withinMs('1000 endpoints from nothing', { task: TASKS.nothing, endpoints: 1000 }, 2000),
  {
    what: 'drift repaired by vnet watch, 250 endpoints, median of all kinds',
    limit: '≤ 50 ms',
    measure: (all) => {
      const series = findSeries(all, { task: REPAIR_ALL, endpoints: WATCH_SIZE, contestant: 'vnet watch' });
      return series === undefined ? undefined : asTime(median(series.values), 50);
    },
  },
  {
    what: 'packets per second, pod to pod, 250 endpoints',
    limit: '≥ 0.95 × that with 2',
    measure: (all) => {
      const ratio = compareSeries(all, { ...PACKETS, endpoints: 250 }, { ...PACKETS, endpoints: 2 })?.paired;
      return ratio === undefined ? undefined : asShare(ratio, 0.95);
    },
  },
  {
    what: 'the same, by CPU time for each packet',
    limit: '≥ 0.95 × that with 2',
    measure: (all) => {
      const many = findSeries(all, { ...PACKETS, endpoints: 250 });
      const few = findSeries(all, { ...PACKETS, endpoints: 2 });
      if (many === undefined || few === undefined) return undefined;
      return asShare(compare(few.cpu, many.cpu).paired, 0.95);
    },
  },
];

const PACKETS = { task: '64-byte packets, pod to pod', contestant: 'nft (vnet)' };

type Key = { readonly task: string; readonly endpoints: number };

/** The ratio of medians, as the bar says; the paired one is in the table of times. */
function againstBridge(who: string, what: string, key: Key, limit: number): Bar {
  return {
    what: `${who}: ${what}`,
    limit: `≤ ${limit} × bridge+host-local`,
    measure: (all) => {
      const ratio = compareSeries(all, { ...key, contestant: who }, { ...key, contestant: 'bridge' });
      return ratio === undefined ? undefined : asRatio(ratio.ofMedians, limit);
    },
  };
}

/** Of the call's own processes, and of what the resident process does until it is quiet again. */
function cpuAgainstBridge(endpoints: number): Bar {
  return {
    what: `${OWN}: CPU of an ADD, all included, ${endpoints} endpoints`,
    limit: '≤ 0.7 × bridge+host-local',
    measure: (all) => {
      const key = { task: 'ADD', endpoints };
      const ours = findSeries(all, { ...key, contestant: OWN });
      const theirs = findSeries(all, { ...key, contestant: 'bridge' });
      if (ours === undefined || theirs === undefined) return undefined;
      return asRatio(median(ours.cpu) / median(theirs.cpu), 0.7);
    },
  };
}

function withinMiB(endpoints: number, limit: number): Bar {
  return {
    what: `memory of vnet watch, ${endpoints} endpoints`,
    limit: `≤ ${limit} MiB`,
    measure: (all) => {
      const value = findSeries(all, { task: MEMORY, endpoints, contestant: OWN })?.values.at(-1);
      if (value === undefined) return undefined;
      const missedBy = `${(value - limit).toFixed(0)} MiB`;
      return { figure: `${value.toFixed(0)} MiB`, isMet: value <= limit, missedBy };
    },
  };
}

function withinMs(what: string, key: Key, limitMs: number): Bar {
  return {
    what,
    limit: `≤ ${limitMs} ms`,
    measure: (all) => {
      const series = findSeries(all, { ...key, contestant: 'vnet' });
      if (series === undefined) return undefined;
      return asTime(median(series.values), limitMs);
    },
  };
}

function asTime(valueMs: number, limitMs: number): Measured {
  const missedBy = `${(valueMs - limitMs).toFixed(0)} ms`;
  return { figure: `${valueMs.toFixed(0)} ms`, isMet: valueMs <= limitMs, missedBy };
}

function asRatio(ratio: number, limit: number): Measured {
  return {
    figure: `${ratio.toFixed(2)} ×`,
    isMet: ratio <= limit,
    missedBy: `${(ratio - limit).toFixed(2)} ×`,
  };
}

function asShare(ratio: number, least: number): Measured {
  const missedBy = (least - ratio).toFixed(3);
  return { figure: `${ratio.toFixed(3)} ×`, isMet: ratio >= least, missedBy };
}
