/** The options of the verbs around the resident loop: watch, pause, resume, events, wait. Nothing is done here. */
import type { Command, Option } from 'commander';
import { parseDuration } from '../../terminal/duration.ts';
import { ADDRESS_FORMS, type MetricsAddress, parseMetricsAddress } from '../../../daemon/metrics/address.ts';

/** What the resident loop is asked. Units: milliseconds. */
export type WatchChoice = {
  readonly verb: 'watch';
  readonly intervalMs: number;
  readonly format: 'text' | 'jsonl';
  readonly metrics?: MetricsAddress;
  readonly metricsFile?: string;
};

/** What a pause is asked. Shape: without an object, everything. Units: milliseconds. */
export type PauseChoice = {
  readonly verb: 'pause';
  readonly object: string | undefined;
  readonly forMs: number;
  readonly why: string | undefined;
};

/** What a verb around the loop is asked. Units: milliseconds. */
export type LoopChoice =
  | WatchChoice
  | PauseChoice
  | { readonly verb: 'resume'; readonly object: string | undefined }
  | { readonly verb: 'events'; readonly sinceMs: number | undefined; readonly format: 'text' | 'jsonl' }
  | WaitChoice;

/** What is waited for. Shape: without a generation, the one in force when the waiting begins. Units: milliseconds. */
export type WaitChoice = {
  readonly verb: 'wait';
  readonly what: (typeof AIMS)[number];
  readonly generation: number | undefined;
  readonly timeoutMs: number;
};

/** What can be waited for. */
export const AIMS = ['converged', 'ready'] as const;

type Ask = (choice: LoopChoice) => void;

type WatchOptions = {
  readonly interval: number;
  readonly output: 'text' | 'jsonl';
  readonly metrics?: MetricsAddress;
  readonly metricsFile?: string;
};

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeLoop(program: Command, ask: Ask): void {
  program
    .command('watch')
    .description(
      'stay, and repair within milliseconds what others change; prints a line for everything that happens',
    )
    .addOption(intervalOption(program))
    .addOption(linesOption(program))
    .option('--metrics <address>', `offer Prometheus metrics there: ${ADDRESS_FORMS}`, parseAddress)
    .option('--metrics-file <path>', 'keep a file of metrics for node_exporter (PATH.prom)', parsePromPath)
    .action(({ interval: intervalMs, output: format, metrics, metricsFile }: WatchOptions) =>
      ask({
        verb: 'watch',
        intervalMs,
        format,
        ...(metrics === undefined ? {} : { metrics }),
        ...(metricsFile === undefined ? {} : { metricsFile }),
      }),
    );
  program
    .command('pause')
    .description(
      'leave an object, or everything, as it is for a while; ADD and DEL go on; a reboot ends it too',
    )
    .argument('[object]', 'an object as status names it, a pod, an endpoint, a network; absent: everything')
    .option('--for <time>', 'how long: 90s, 10m, 1h', parseTime, parseTime('1h'))
    .option('--reason <text>', 'why, for whoever meets it')
    .action((object: string | undefined, options: { for: number; reason?: string }) =>
      ask({ verb: 'pause', object, forMs: options.for, why: options.reason }),
    );
  program
    .command('resume')
    .description('end a pause, or all of them')
    .argument('[object]', 'as it was paused; absent: all')
    .action((object: string | undefined) => ask({ verb: 'resume', object }));
  program
    .command('events')
    .description('what happened lately: drift and who caused it, repairs, fights, pauses')
    .option('--since <time>', 'only of so long ago: 90s, 10m, 2h, 1d', parseTime)
    .addOption(linesOption(program))
    .action((options: { since?: number; output: 'text' | 'jsonl' }) =>
      ask({ verb: 'events', sinceMs: options.since, format: options.output }),
    );
  describeWait(program, ask);
}

function describeWait(program: Command, ask: Ask): void {
  program
    .command('wait')
    .description('wait until kernel matches the document; exit 8 when it takes too long')
    .addOption(program.createOption('--for <aim>', 'what to wait for').choices(AIMS).default('converged'))
    .option('--generation <number>', 'of this generation or a later one', parseGeneration)
    .option('--timeout <time>', 'how long to wait: 30s, 2m', parseTime, parseTime('1m'))
    .action((options: { for: WaitChoice['what']; generation?: number; timeout: number }) =>
      ask({ verb: 'wait', what: options.for, generation: options.generation, timeoutMs: options.timeout }),
    );
}

/** Returns the option for the time between two full scans, for watch and `reconcile --watch`. */
export function intervalOption(program: Command): Option {
  return program
    .createOption('--interval <time>', 'look at everything at least this often: 30s, 5m')
    .argParser(parseTime)
    .default(parseTime('60s'), '60s');
}

function linesOption(program: Command): Option {
  return program
    .createOption('-o, --output <format>', 'how to print it')
    .choices(['text', 'jsonl'])
    .default('text');
}

/** What commander takes for its own InvalidArgumentError, without loading it here. */
function invalid(message: string): Error {
  return Object.assign(new Error(message), { code: 'commander.invalidArgument', exitCode: 1 });
}

function parseTime(text: string): number {
  const timeMs = parseDuration(text);
  if (timeMs === undefined || timeMs === 0) throw invalid('as 90s, 10m, 2h or 30d');
  return timeMs;
}

function parseAddress(text: string): MetricsAddress {
  const address = parseMetricsAddress(text);
  if (address === undefined) throw invalid(`this machine only: ${ADDRESS_FORMS}`);
  return address;
}

/** The collector reads no other file; one that is not absolute would move with the working directory. */
function parsePromPath(text: string): string {
  if (!/^\/.*\.prom$/.test(text)) throw invalid('an absolute path that ends in .prom');
  return text;
}

function parseGeneration(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw invalid('a number, as vnet status shows it');
  return Number(text);
}
