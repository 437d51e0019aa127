/** The verbs of the command line and their options, as commander knows them. Nothing is done here. */
import { Command, CommanderError, Option } from 'commander';
import { DISRUPTIONS, type Disruption } from '../plan/step.ts';
import { type ApplyChoice, describeApplying } from './verbs/change/commands-apply.ts';
import { type CniChoice, describeCni } from './verbs/cni/commands-cni.ts';
import { describeHelping, type HelpChoice } from './verbs/help/commands-help.ts';
import { describeHistory, type HistoryChoice } from './verbs/history/commands-history.ts';
import { describeLooking, type LookChoice } from './verbs/look/commands-look.ts';
import { describeMoving, type MoveChoice } from './verbs/move/commands-move.ts';
import { describeLoop, intervalOption, type LoopChoice } from './verbs/loop/commands-watch.ts';
import { firstSteps, teach } from './manual/help.ts';
import type { PathChoice } from '../app/paths.ts';
import { type Format, FORMATS } from '../app/print.ts';

/** What the command line asked for. */
export type Request = PathChoice &
  (
    | {
        readonly verb: 'reconcile';
        readonly dryRun: boolean;
        readonly limit: Disruption;
        readonly override: boolean;
        readonly full: boolean;
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

type Paths = () => PathChoice;

/** Verbs that are described together. Shape: `verbs` are the names of the commands that `describe` adds. */
type Part = {
  readonly verbs: readonly string[];
  readonly describe: (program: Command, paths: Paths, ask: Ask) => void;
};

/** Every verb, in the order in which help lists them. */
export const PARTS: readonly Part[] = [
  { verbs: ['reconcile'], describe: describeReconcile },
  {
    verbs: ['status', 'get', 'explain', 'drift', 'schema', 'doctor'],
    describe: (program, paths, ask) =>
      describeLooking(program, formatOption, (choice) => ask({ ...paths(), ...choice })),
  },
  { verbs: ['validate'], describe: describeValidate },
  {
    verbs: ['plan', 'apply', 'confirm', 'revert'],
    describe: (program, paths, ask) =>
      describeApplying(program, formatOption, (choice) => ask({ ...paths(), ...choice })),
  },
  {
    verbs: ['edit', 'history', 'show', 'diff', 'blame', 'rollback'],
    describe: (program, paths, ask) =>
      describeHistory(program, formatOption, (choice) => ask({ ...paths(), ...choice })),
  },
  { verbs: ['release'], describe: describeRelease },
  {
    verbs: ['graph', 'export', 'import'],
    describe: (program, paths, ask) => describeMoving(program, (choice) => ask({ ...paths(), ...choice })),
  },
  {
    verbs: ['watch', 'pause', 'resume', 'events', 'wait'],
    describe: (program, paths, ask) => describeLoop(program, (choice) => ask({ ...paths(), ...choice })),
  },
  {
    verbs: ['cni'],
    describe: (program, paths, ask) =>
      describeCni(program, formatOption(), (choice) => ask({ ...paths(), ...choice })),
  },
  {
    verbs: ['completion', 'man', 'complete'],
    describe: (program, paths, ask) => describeHelping(program, (choice) => ask({ ...paths(), ...choice })),
  },
];

/** Every verb, for tests and manuals; what only shells ask is none. */
export const VERBS: readonly string[] = PARTS.flatMap(({ verbs }) => verbs).filter(
  (verb) => verb !== 'complete',
);

/**
 * Returns what the arguments (without the program's name) ask for. Total: wrong usage is text.
 * To describe all verbs takes longer than a small node takes to be read: where the one that is asked for understands its
 * arguments, the others are not needed. Whatever else it is, is said by the whole program.
 */
export function parseArguments(args: readonly string[], version: string): Parsed {
  const part = PARTS.find(({ verbs }) => verbs.includes(args[0] ?? ''));
  const quick = part === undefined ? undefined : parseBy(args, (ask) => describeParts([part], version, ask));
  return quick?.kind === 'request' ? quick : parseBy(args, (ask) => describeProgram(version, ask));
}

function parseBy(args: readonly string[], describe: (ask: Ask) => Command): Parsed {
  const written: string[] = [];
  let request: Request | undefined;
  const program = describe((asked) => {
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
  const program = describeParts(PARTS, version, ask);
  teach(program);
  return program;
}

/** Returns the program with these verbs alone, and without what help says. */
export function describeParts(parts: readonly Part[], version: string, ask: Ask): Command {
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
  for (const { describe } of parts) describe(program, paths, ask);
  return program;
}

type Ask = (request: Request) => void;

type ReconcileOptions = {
  readonly dryRun: boolean;
  readonly maxDisruption: Disruption;
  readonly override: boolean;
  readonly full: boolean;
  readonly watch: boolean;
  readonly interval: number;
  readonly output: Format;
};

function describeReconcile(program: Command, paths: Paths, ask: Ask): void {
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
    .option('--full', 'read everything, and ask vnet watch nothing that it takes to be true', false)
    .option('--watch', 'stay, as vnet watch', false)
    .addOption(intervalOption(program))
    .addOption(formatOption())
    .action((options: ReconcileOptions, command: Command) => {
      const { dryRun, maxDisruption: limit, override, full, output: format, interval: intervalMs } = options;
      if (options.watch && (dryRun || override || full || limit !== 'hitless' || format === 'yaml')) {
        command.error('error: --watch takes --interval and -o json only: the loop itself does nothing worse');
      }
      if (!options.watch) ask({ ...paths(), verb: 'reconcile', dryRun, limit, override, full, format });
      else ask({ ...paths(), verb: 'watch', intervalMs, format: format === 'text' ? 'text' : 'jsonl' });
    });
}

function describeRelease(program: Command, paths: Paths, ask: Ask): void {
  program
    .command('release')
    .description(
      'give the uplink back as it was before vnet took it into a bridge; refused while pods are attached',
    )
    .argument('[network]', 'only this network')
    .action((network: string | undefined) => ask({ ...paths(), verb: 'release', network }));
}

function describeValidate(program: Command, paths: Paths, ask: Ask): void {
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
