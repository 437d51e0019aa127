/** The verbs of the command line and their options, as commander knows them. Nothing is done here. */
import { Command, CommanderError, Option } from 'commander';
import { DISRUPTIONS, type Disruption } from '../plan/step.ts';
import { type ApplyChoice, describeApplying } from './commands-apply.ts';
import { type CniChoice, describeCni } from './commands-cni.ts';
import { describeHelping, type HelpChoice } from './commands-help.ts';
import { describeHistory, type HistoryChoice } from './commands-history.ts';
import { describeLooking, type LookChoice } from './commands-look.ts';
import { describeMoving, type MoveChoice } from './commands-move.ts';
import { describeLoop, intervalOption, type LoopChoice } from './commands-watch.ts';
import { firstSteps, teach } from './manual/help.ts';
import type { PathChoice } from './paths.ts';
import { type Format, FORMATS } from './print.ts';

/** What the command line asked for. */
export type Request = PathChoice &
  (
    | {
        readonly verb: 'reconcile';
        readonly dryRun: boolean;
        readonly limit: Disruption;
        readonly override: boolean;
        readonly format: Format;
      }
    | { readonly verb: 'validate'; readonly file: string | undefined; readonly format: Format }
    | { readonly verb: 'release'; readonly network: string | undefined }
    | CniChoice
    | LookChoice
    | ApplyChoice
    | HistoryChoice
    | MoveChoice
    | LoopChoice
    | HelpChoice
  );

/** What parsing a command line gives: a request, or text to print with the exit code it means. */
export type Parsed =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/** Every verb, for tests and manuals. */
export const VERBS = [
  'reconcile',
  'status',
  'get',
  'explain',
  'drift',
  'schema',
  'doctor',
  'validate',
  'plan',
  'apply',
  'confirm',
  'revert',
  'edit',
  'history',
  'show',
  'diff',
  'blame',
  'rollback',
  'release',
  'graph',
  'export',
  'import',
  'watch',
  'pause',
  'resume',
  'events',
  'wait',
  'cni',
  'completion',
  'man',
] as const;

/** Returns what the arguments (without the program's name) ask for. Total: wrong usage is text. */
export function parseArguments(args: readonly string[], version: string): Parsed {
  const written: string[] = [];
  let request: Request | undefined;
  const program = describeProgram(version, (asked) => {
    request = asked;
  });
  const collect = {
    writeOut: (text: string) => written.push(text),
    writeErr: (text: string) => written.push(text),
  };
  for (const command of [program, ...program.commands]) command.configureOutput(collect).exitOverride();
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    const isError = error.exitCode !== 0;
    if (isError && error.code === 'commander.help') return { kind: 'text', text: firstSteps(), isError };
    return { kind: 'text', text: written.join('').trimEnd(), isError };
  }
  if (request !== undefined) return { kind: 'request', request };
  return { kind: 'text', text: firstSteps(), isError: true };
}

/** Returns every verb with its options; `ask` gets what a command line that is parsed asks for. */
export function describeProgram(version: string, ask: Ask): Command {
  const program = new Command('vnet')
    .description(
      "The node's container network as one document, vnet.yaml, and what keeps the kernel true to it.",
    )
    .version(version)
    .option('--root <dir>', 'prefix of all default paths (VNET_ROOT)')
    .option('--document <file>', 'the document (VNET_DOCUMENT; default /var/lib/vnet/vnet.yaml)')
    // Read where colours are chosen, before a verb is known.
    .option('--no-color', 'print without colours (NO_COLOR)');
  const paths = (): PathChoice => {
    const { root, document } = program.opts<PathChoice>();
    return { root, document };
  };
  describeReconcile(program, paths, ask);
  describeLooking(program, formatOption, (choice) => ask({ ...paths(), ...choice }));
  describeValidate(program, paths, ask);
  describeApplying(program, formatOption, (choice) => ask({ ...paths(), ...choice }));
  describeHistory(program, formatOption, (choice) => ask({ ...paths(), ...choice }));
  program
    .command('release')
    .description(
      'give the uplink back as it was before vnet took it into a bridge; refused while pods are attached',
    )
    .argument('[network]', 'only this network')
    .action((network: string | undefined) => ask({ ...paths(), verb: 'release', network }));
  describeMoving(program, (choice) => ask({ ...paths(), ...choice }));
  describeLoop(program, (choice) => ask({ ...paths(), ...choice }));
  describeCni(program, formatOption(), (choice) => ask({ ...paths(), ...choice }));
  describeHelping(program, (choice) => ask({ ...paths(), ...choice }));
  teach(program);
  return program;
}

type Ask = (request: Request) => void;

type ReconcileOptions = {
  readonly dryRun: boolean;
  readonly maxDisruption: Disruption;
  readonly override: boolean;
  readonly watch: boolean;
  readonly interval: number;
  readonly output: Format;
};

function describeReconcile(program: Command, paths: () => PathChoice, ask: Ask): void {
  program
    .command('reconcile')
    .description('make the kernel what the document says; --dry-run shows what that would be')
    .option('--dry-run', 'show the plan and write nothing; exit 2 when there is something to do', false)
    .addOption(
      new Option('--max-disruption <class>', 'do nothing worse than this')
        .choices(DISRUPTIONS)
        .default('hitless'),
    )
    .option('--override', 'repair also what is paused or left by the policy of the document', false)
    .option('--watch', 'stay, as vnet watch', false)
    .addOption(intervalOption(program))
    .addOption(formatOption())
    .action((options: ReconcileOptions, command: Command) => {
      const { dryRun, maxDisruption: limit, override, output: format, interval: intervalMs } = options;
      if (options.watch && (dryRun || override || limit !== 'hitless' || format === 'yaml')) {
        command.error('error: --watch takes --interval and -o json only: the loop itself does nothing worse');
      }
      if (!options.watch) ask({ ...paths(), verb: 'reconcile', dryRun, limit, override, format });
      else ask({ ...paths(), verb: 'watch', intervalMs, format: format === 'text' ? 'text' : 'jsonl' });
    });
}

function describeValidate(program: Command, paths: () => PathChoice, ask: Ask): void {
  program
    .command('validate')
    .description('check a document and show every error at its place; exit 65 when there is one')
    .argument('[file]', 'the document to check (default: the one in force)')
    .addOption(formatOption())
    .action((file: string | undefined, { output: format }: { output: Format }) =>
      ask({ ...paths(), verb: 'validate', file, format }),
    );
}

function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print the answer').choices(FORMATS).default('text');
}
