/** The report of the benchmark: text for a terminal, JSON, the generated part of RESULTS.md, plots. Pure. */
import { tabulateBars } from './bars.ts';
import { isOfModes, type Measured, MODE_MARKS, renderModeFigures } from './mode-page.ts';
import { type Line, type Point, renderPlot } from './plot.ts';
import { findSeries, type Series } from './series.ts';
import { PHASE_NOTES, PHASES } from './split.ts';
import type { Splits } from './split-work.ts';
import { summarise } from './statistics.ts';
import { OWN, renderMarkdown, renderText, type Table, tabulateTimes, tabulateTraffic } from './table.ts';
import { ATTACH_SIZES, RULESETS, TRAFFIC_SIZES, USUAL_SIZE } from './tasks.ts';

/** All results. */
export type Results = Measured & { readonly splits: Splits | undefined };

/** Returns the results for a terminal. */
export function renderResults(results: Results): string {
  const sections = sectionsOf(results, { bars: 'measured' }).map(
    ({ title, table, note }) => `${title}\n${renderText(table)}\n${note}`,
  );
  return [renderFacts(results), ...sections].join('\n\n');
}

/** Returns the results as JSON: every value of every series. */
export function renderJson(results: Results): string {
  return JSON.stringify(results, null, 2);
}

const BEGIN = '<!-- Written by `npm run bench -- --write`; text between these two lines is replaced. -->';
const END = '<!-- End of the generated part. -->';

/** Returns the page with its generated part replaced. Errors: throws if the page has no such part. */
export function replaceGenerated(page: string, results: Results): string {
  const facts = Object.entries({ command: `\`${results.command}\``, date: results.date, ...results.facts });
  const others = results.series.filter((one) => !isOfModes(one));
  const sections = sectionsOf(results, { bars: 'all', shown: others }).map(
    ({ title, table, note }) => `## ${title}\n\n${renderMarkdown(table)}\n\n${note}`,
  );
  const body = [facts.map(([name, value]) => `- ${name}: ${value}`).join('\n'), ...sections].join('\n\n');
  return replacePart(page, [BEGIN, END], body);
}

/** Returns the page with the figures of the modes replaced. Errors: throws if the page has no place for them. */
export function replaceModeFigures(page: string, results: Results): string {
  return replacePart(page, MODE_MARKS, renderModeFigures(results));
}

function replacePart(page: string, [begin, end]: readonly [string, string], body: string): string {
  const [from, to] = [page.indexOf(begin), page.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the page lacks the lines ${begin} and ${end}`);
  return `${page.slice(0, from)}${begin}\n\n${body}\n\n${page.slice(to)}`;
}

type Section = { readonly title: string; readonly table: Table; readonly note: string };

const TIMES_NOTE =
  'Milliseconds of wall time from the start of a process to its end, as a container runtime sees it; `spread` is the ' +
  'middle half of the runs; CPU is that of the process and of the children it waited for; MiB is the peak of resident ' +
  'memory. `vnet/this`: ratio of the medians, `paired`: median of the ratios within each round; below 1 vnet is faster.';

const TRAFFIC_NOTE =
  'Received traffic. `against fewest`: paired, against the same rules with the fewest endpoints. The measured pod is the ' +
  'one in the middle. CPU is the sender’s: a veth does its work in the sender’s context.';

/** Shape: `bars` are those to list; `shown` are the series of the other tables. */
type Selection = { readonly bars: 'all' | 'measured'; readonly shown?: Results['series'] };

const BARS_NOTE = {
  all: 'Ratios of medians of this run.',
  measured: 'Ratios of medians of this run. Omitted rows were not measured.',
};

function sectionsOf({ series, splits }: Results, { bars, shown = series }: Selection): readonly Section[] {
  const sections: Section[] = [
    { title: 'Bars', table: tabulateBars(series, bars), note: BARS_NOTE[bars] },
    { title: 'Times', table: tabulateTimes(shown), note: TIMES_NOTE },
    { title: 'Data path', table: tabulateTraffic(shown), note: TRAFFIC_NOTE },
  ];
  if (splits !== undefined) sections.push(splitSection(splits));
  return sections.filter(({ table }) => table.rows.length > 0);
}

function splitSection({ served, alone }: Splits): Section {
  const columns = [served.ADD, served.DEL, alone.ADD, alone.DEL];
  const rows = PHASES.map((phase) => [
    phase,
    ...columns.map(({ ms }) => ms[phase].toFixed(2)),
    PHASE_NOTES[phase],
  ]);
  rows.push(['whole', ...columns.map(({ totalMs }) => totalMs.toFixed(2)), 'not traced']);
  return {
    title: 'Where the time goes',
    table: { head: ['phase', 'ADD ms', 'DEL ms', 'ADD alone ms', 'DEL alone ms', 'part'], rows },
    note: `The fastest of ${served.ADD.runs} calls with ${USUAL_SIZE} endpoints, by the kernel's tracepoints (perf), which cost about a microsecond each.`,
  };
}

function renderFacts({ command, date, facts }: Results): string {
  const entries = Object.entries({ command, date, ...facts });
  const width = Math.max(...entries.map(([name]) => name.length));
  return entries.map(([name, value]) => `${name.padEnd(width)}  ${value}`).join('\n');
}

/** Returns the plots by file name, if their data was measured. */
export function renderPlots({ series, facts }: Results): ReadonlyMap<string, string> {
  const subtitle = `medians of whole processes in turn, bars: middle half; ${facts['machine'] ?? ''}`;
  const add = linesOf(series, { task: 'ADD', sizes: ATTACH_SIZES });
  const packets = linesOf(series, {
    task: '64-byte packets, pod to other node',
    sizes: TRAFFIC_SIZES,
    divisor: 1000,
  });
  const plots = new Map<string, string>();
  if (add.length > 0) {
    plots.set(
      'add-latency.svg',
      renderPlot({
        title: 'CNI ADD over the endpoints that are there already',
        subtitle,
        xLabel: 'endpoints in the document, or leases of host-local',
        yLabel: 'milliseconds',
        lines: add,
      }),
    );
  }
  if (packets.length > 0) {
    plots.set(
      'packets.svg',
      renderPlot({
        title: 'Packets per second from a pod to another node',
        subtitle: `64-byte UDP frames, one sender, medians, bars: middle half; ${facts['machine'] ?? ''}`,
        xLabel: 'endpoints on the sending node',
        yLabel: 'thousand packets per second',
        lines: packets,
      }),
    );
  }
  return plots;
}

const isOwn = (name: string): boolean => name === OWN || name === RULESETS[0];

type LineSpec = { readonly task: string; readonly sizes: readonly number[]; readonly divisor?: number };

function linesOf(all: readonly Series[], { task, sizes, divisor = 1 }: LineSpec): readonly Line[] {
  const names = [
    ...new Set(all.filter((series) => series.task === task).map(({ contestant }) => contestant)),
  ];
  // Ours first, so that it has the same colour in every plot.
  const [own, others] = [names.filter(isOwn), names.filter((name) => !isOwn(name))];
  return [...own, ...others].map((contestant) => ({
    name: contestant,
    points: sizes.flatMap((endpoints): Point[] => {
      const series = findSeries(all, { task, endpoints, contestant });
      if (series === undefined) return [];
      const { median: middle, low, high } = summarise(series.values);
      return [{ x: endpoints, y: middle / divisor, low: low / divisor, high: high / divisor }];
    }),
  }));
}
