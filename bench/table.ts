/** Series as tables: for a terminal and for Markdown. Pure. */
import { findSeries, type Series, type Unit } from './series.ts';
import { compare, median, summarise } from './statistics.ts';

/** A table. Shape: the first column is text, the others are aligned to the right. */
export type Table = { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** The contestant that others are compared with. */
export const OWN = 'vnet';

/** vnet without its resident process: every call runs in the process that the runtime starts. */
export const ALONE = 'vnet alone';

/** vnet on a node without a document and without a resident process. */
export const FRESH = 'vnet, fresh node';

/** vnet on a node with a document, without a resident process, after an idle time. */
export const UNSERVED = 'vnet, no resident process';

/** Returns one row per series of times, compared with ours of the same task. */
export function tabulateTimes(all: readonly Series[]): Table {
  const head = [
    'what',
    'endpoints',
    'who',
    'runs',
    'median',
    'min',
    'spread',
    'CPU',
    'MiB',
    'vnet/this',
    'paired',
  ];
  const rows = all
    .filter(({ unit }) => unit === 'ms')
    .map((series) => {
      const { runs, median: middle, min, spread } = summarise(series.values);
      const figures = [middle, min, spread].map((value) => value.toFixed(1));
      const cpu = series.cpu.length === 0 ? '' : median(series.cpu).toFixed(1);
      const memory = series.maxRssMb?.toFixed(0) ?? '';
      return [
        series.task,
        sizeOf(series),
        series.contestant,
        String(runs),
        ...figures,
        cpu,
        memory,
        ...ratios(all, series),
      ];
    });
  return { head, rows };
}

/** Returns the ratio of ours to this one: below 1, ours is faster. */
function ratios(all: readonly Series[], series: Series): readonly string[] {
  const own = findSeries(all, { ...series, contestant: OWN });
  if (own === undefined || own === series) return ['', ''];
  const { ofMedians, paired } = compare(own.values, series.values);
  return [ofMedians.toFixed(2), paired.toFixed(2)];
}

/** Returns one row per path and ruleset of the data path; `cpu` is nanoseconds per packet. */
export function tabulateTraffic(all: readonly Series[]): Table {
  const head = ['what', 'endpoints', 'rules', 'runs', 'median', 'spread', 'CPU ns/packet', 'against fewest'];
  const rows = all
    .filter(({ unit }) => unit === 'packets/s' || unit === 'Gbit/s')
    .map((series) => {
      const { runs, median: middle, spread } = summarise(series.values);
      const show = (value: number): string => showRate(value, series.unit);
      const cpu = series.unit === 'packets/s' ? median(series.cpu).toFixed(0) : '';
      const smallest = all.find(
        ({ task, contestant }) => task === series.task && contestant === series.contestant,
      );
      const same = smallest === undefined || smallest === series;
      const against = same ? '' : compare(series.values, smallest.values).paired.toFixed(2);
      return [
        series.task,
        sizeOf(series),
        series.contestant,
        String(runs),
        show(middle),
        show(spread),
        cpu,
        against,
      ];
    });
  return { head, rows };
}

/** Returns a rate with its unit: `131 k/s`, `14.4 Gbit/s`. */
export function showRate(value: number, unit: Unit): string {
  return unit === 'packets/s' ? `${(value / 1000).toFixed(0)} k/s` : `${value.toFixed(1)} ${unit}`;
}

function sizeOf({ endpoints }: Series): string {
  return endpoints === undefined ? '' : String(endpoints);
}

/** Returns the table for a terminal, without a final newline. */
export function renderText({ head, rows }: Table): string {
  const widths = head.map((name, column) =>
    Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)),
  );
  const isText = head.map((name) => TEXT_COLUMNS.includes(name));
  const line = (cells: readonly string[]): string =>
    cells
      .map((cell, column) =>
        isText[column] ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

/** Returns the table in Markdown, without a final newline. */
export function renderMarkdown({ head, rows }: Table): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  const rule = head.map((name) => (TEXT_COLUMNS.includes(name) ? '---' : '--:'));
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)].join('\n');
}

const TEXT_COLUMNS = ['what', 'mode', 'who', 'rules', 'bar', 'result', 'phase', 'part'];
