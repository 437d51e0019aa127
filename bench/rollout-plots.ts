/** The plots of rollouts over a simulated fleet. Pure. */
import type { ReturnRun } from './fleet-idle.ts';
import type { Line, Plot } from './plot.ts';

/** One moment. Units: seconds since the start; `writes` a second, over the last seconds. */
export type FleetSample = {
  readonly at: number;
  readonly confirmed: number;
  readonly failed: number;
  readonly writes: number;
};

/** One rollout. Shape: `counts` are nodes by state at the end; `most` writes in one second. Units: seconds; `arithmetic` is the time of the windows alone. */
export type FleetRun = {
  readonly nodes: number;
  readonly scenario: string;
  readonly title: string;
  readonly phase: string;
  readonly seconds: number;
  readonly arithmetic: number;
  readonly counts: Readonly<Record<string, number>>;
  readonly writes: number;
  readonly most: number;
  readonly samples: readonly FleetSample[];
};

/** Names beside the lines: these have little room. */
const SHORT: Readonly<Record<string, string>> = {
  fine: 'in order',
  fail: '3 % fail',
  silent: '3 % silent',
  'fail-none': '3 % fail, halt',
};

/** The distance of points. Units: seconds. */
const STEP = 30;

/** Returns the plots of the largest fleet: nodes with the revision, and writes, over time. */
export function plotsOf(
  runs: readonly FleetRun[],
): readonly { readonly file: string; readonly plot: Plot }[] {
  const nodes = Math.max(...runs.map((run) => run.nodes));
  // The last run of a scenario counts.
  const own = [
    ...new Map(runs.filter((run) => run.nodes === nodes).map((run) => [run.scenario, run])).values(),
  ];
  const longest = Math.max(...own.map(({ seconds }) => seconds));
  const lineOf = ({ scenario, title, samples }: FleetRun, value: (sample: FleetSample) => number): Line => ({
    name: SHORT[scenario] ?? title,
    points: Array.from({ length: Math.floor(longest / STEP) + 1 }, (_, index) => index * STEP).flatMap(
      (x) => {
        const sample = samples.find(({ at }) => at >= x);
        return sample === undefined ? [] : [{ x, y: value(sample), low: value(sample), high: value(sample) }];
      },
    ),
  });
  const common = { xLabel: 'seconds since the start of the rollout', labelEvery: 5 };
  return [
    {
      file: 'rollout.svg',
      plot: {
        ...common,
        title: `Rollout to ${nodes} nodes`,
        subtitle: 'Simulated agents, virtual time; steps 1, 1 %, 10 %, 50 %, 100 %; soak 60 s',
        yLabel: 'nodes that confirmed the revision',
        lines: own.map((run) => lineOf(run, ({ confirmed }) => confirmed)),
      },
    },
    {
      file: 'rollout-writes.svg',
      plot: {
        ...common,
        title: `Writes to the API server, ${nodes} nodes`,
        subtitle: 'Specs, statuses and events of all agents and the controller; mean of 5 s',
        yLabel: 'writes a second',
        lines: own.map((run) => lineOf(run, ({ writes }) => writes)),
      },
    },
  ];
}

/** Returns the plot of the largest fleet: requests after the return of the API server. */
export function returnPlot(runs: readonly ReturnRun[]): { readonly file: string; readonly plot: Plot } {
  const nodes = Math.max(...runs.map((run) => run.nodes));
  // The last run of a title counts.
  const own = new Map(runs.filter((run) => run.nodes === nodes).map((run) => [run.title, run]));
  return {
    file: 'return.svg',
    plot: {
      title: `The API server returns, ${nodes} nodes`,
      subtitle:
        'By the seconds of its absence; 410: without the past. All agents enforce policies; simulated',
      xLabel: 'seconds since the return',
      yLabel: 'requests a second',
      labelEvery: 10,
      lines: [...own.values()].map(({ awaySeconds, isForgetful, samples }) => ({
        name: `${awaySeconds} s${isForgetful ? ', 410' : ''}`,
        points: samples
          .filter(({ at }) => at < 60)
          .map(({ at, requests }) => ({ x: at, y: requests, low: requests, high: requests })),
      })),
    },
  };
}
