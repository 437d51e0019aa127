/** The figures of the modes: the part of docs/modes.md and of RESULTS.md that one command measures and writes. Pure. */
import type { Facts } from './machine.ts';
import { findSeries, type Series } from './series.ts';
import { compare, median } from './statistics.ts';
import { OWN, renderMarkdown, type Table } from './table.ts';
import {
  MEASURED_MODES,
  MODE_PLAIN_PATHS,
  MODE_SIZES,
  modeCallTask,
  type ModeFamily,
  modeTask,
  PLAIN_PATHS,
  USUAL_SIZE,
} from './tasks.ts';

const [FEW = 0, MANY = 0] = MODE_SIZES;

const COMMAND = 'npm run bench -- --only modes --write';

/** The lines around that part, in both pages. */
export const MODE_MARKS = [
  `<!-- Written by \`${COMMAND}\`; text between these two lines is replaced. -->`,
  '<!-- End of the figures of modes. -->',
] as const;

/** The measured series, with the date and the machine. Shape: `command` is the one that measured them. */
export type Measured = {
  readonly command: string;
  readonly date: string;
  readonly facts: Facts;
  readonly series: readonly Series[];
};

/** Returns true if the series is one of this part. */
export function isOfModes({ task }: Pick<Series, 'task'>): boolean {
  return TASKS.has(task);
}

const TASKS: ReadonlySet<string> = new Set(
  MEASURED_MODES.flatMap((one) => [modeTask(one), modeCallTask('ADD', one), modeCallTask('DEL', one)]),
);

/** Returns the text of the part. */
export function renderModeFigures({ command, date, facts, series }: Measured): string {
  const about = Object.entries({ command: `\`${command}\``, date, ...facts });
  return [
    about.map(([name, value]) => `- ${name}: ${value}`).join('\n'),
    renderMarkdown(tabulatePackets(series)),
    'Thousand packets of 18 bytes per second from a pod to another of its node, and processor time of the sender for each: medians. ' +
      'Ratios are medians of those within a round. The plain path is that of the mode without vnet, with 2 pods unless 250 are named. Figures in bold ' +
      'miss their bar: 250 against 2 ≥ 0.97; against the plain path, processor time of mode bridge ≤ 1.2, packets of mode transparent ≥ 0.95.',
    renderMarkdown(tabulateCalls(series)),
    `Milliseconds on a node with ${USUAL_SIZE} pods and \`vnet watch\`, and the ratio of the medians to those of the reference plugins. ` +
      'Bars: ADD ≤ 0.40, DEL ≤ 0.30 of `bridge` with `host-local`.',
  ].join('\n\n');
}

function tabulatePackets(all: readonly Series[]): Table {
  const head = [
    'mode',
    'family',
    '2 pods, k/s',
    '250 pods, k/s',
    '250 against 2',
    'plain, 250 against 2',
    'packets against plain',
    'ns, 2 pods',
    'ns, 250 pods',
    'ns against plain',
  ];
  return { head, rows: MEASURED_MODES.map((one) => packetRow(all, one)) };
}

function packetRow(all: readonly Series[], one: ModeFamily): readonly string[] {
  const seriesOf = (contestant: string, endpoints: number): Series | undefined =>
    findSeries(all, { task: modeTask(one), contestant, endpoints });
  const [few, many] = [seriesOf(OWN, FEW), seriesOf(OWN, MANY)];
  const kind = MODE_PLAIN_PATHS[one.mode];
  const name = kind === undefined ? '' : PLAIN_PATHS[kind];
  const [plain, plainMany] = [seriesOf(name, FEW), seriesOf(name, MANY)];
  const ratio = paired('values');
  const cost = paired('cpu');
  return [
    one.mode,
    String(one.family),
    shown(few, ({ values }) => median(values) / 1000),
    shown(many, ({ values }) => median(values) / 1000),
    judged(ratio(many, few), (value) => value >= 0.97),
    judged(ratio(plainMany, plain)),
    judged(ratio(many, plain), (value) => one.mode !== 'transparent' || value >= 0.95),
    shown(few, ({ cpu }) => median(cpu)),
    shown(many, ({ cpu }) => median(cpu)),
    judged(cost(many, plain), (value) => one.mode !== 'bridge' || value <= 1.2),
  ];
}

function tabulateCalls(all: readonly Series[]): Table {
  const head = ['mode', 'family', ...(['ADD', 'DEL'] as const).flatMap(callHead)];
  return {
    head,
    rows: MEASURED_MODES.map((one) => [
      one.mode,
      String(one.family),
      ...callCells(all, modeCallTask('ADD', one), 0.4),
      ...callCells(all, modeCallTask('DEL', one), 0.3),
    ]),
  };
}

function callHead(verb: 'ADD' | 'DEL'): readonly string[] {
  return [`${verb}, ms`, 'of bridge', 'of ptp'];
}

function callCells(all: readonly Series[], task: string, limit: number): readonly string[] {
  const seriesOf = (contestant: string): Series | undefined =>
    findSeries(all, { task, contestant, endpoints: USUAL_SIZE });
  const own = seriesOf(OWN);
  const against = (other: Series | undefined): number | undefined =>
    own && other && compare(own.values, other.values).ofMedians;
  return [
    own === undefined ? '-' : median(own.values).toFixed(1),
    judged(against(seriesOf('bridge')), (value) => value <= limit),
    judged(against(seriesOf('ptp'))),
  ];
}

function paired(of: 'values' | 'cpu') {
  return (one: Series | undefined, other: Series | undefined): number | undefined =>
    one && other && compare(one[of], other[of]).paired;
}

function shown(series: Series | undefined, figure: (series: Series) => number): string {
  return series === undefined ? '-' : figure(series).toFixed(0);
}

/** Returns the ratio, bold if it misses its bar. */
function judged(ratio: number | undefined, isMet: (value: number) => boolean = () => true): string {
  if (ratio === undefined) return '-';
  return isMet(ratio) ? ratio.toFixed(2) : `**${ratio.toFixed(3)}**`;
}
