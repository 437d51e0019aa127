/** The options of the verbs that change the document and the kernel: plan, apply, confirm, revert. Nothing is done here. */
import type { Command, Option } from 'commander';
import { DISRUPTIONS, type Disruption } from '../../../plan/step.ts';
import { parseDuration } from '../../terminal/duration.ts';
import type { Format } from '../../../app/print.ts';

/** What a plan is asked. Shape: without a file it is that of the document in force; `-` is stdin. */
export type PlanChoice = {
  readonly verb: 'plan';
  readonly file: string | undefined;
  readonly out: string | undefined;
  readonly limit: Disruption;
  readonly withdraw: boolean;
  readonly format: Format;
};

/** What is to be applied, and how. Shape: `file` is a document or a saved plan. Units: `windowMs` milliseconds. */
export type ApplyOptions = {
  readonly verb: 'apply';
  readonly file: string | undefined;
  readonly dryRun: boolean;
  readonly windowMs: number | undefined;
  readonly why: string | undefined;
  readonly ifGeneration: number | undefined;
  readonly limit: Disruption;
  readonly withdraw: boolean;
  readonly yes: boolean;
  readonly format: Format;
};

/** How a window is to end. Shape: without an id the one that is open; `started` is what its timer knows of it. */
export type WindowChoice =
  | { readonly verb: 'confirm'; readonly id: number | undefined; readonly format: Format }
  | { readonly verb: 'revert'; readonly id: number | undefined; readonly format: Format }
  | { readonly verb: 'revert'; readonly atDeadline: string; readonly format: Format };

/** What a verb that changes is asked. */
export type ApplyChoice = PlanChoice | ApplyOptions | WindowChoice;

type Ask = (choice: ApplyChoice) => void;

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeApplying(program: Command, format: () => Option, ask: Ask): void {
  program
    .command('plan')
    .description('what the kernel would get if FILE were the document; exit 2 when there is something to do')
    .option('-f, --file <file>', 'the document to plan for, - for stdin (default: the one in force)')
    .option('--out <file>', 'save the plan for vnet apply -f; it is bound to generation and kernel')
    .addOption(maxDisruption(program))
    .option('--withdraw', WITHDRAW, false)
    .addOption(format())
    .action((options: GivenPlan) => {
      const { file, out, maxDisruption: limit, withdraw, output } = options;
      ask({ verb: 'plan', file, out, limit, withdraw, format: output });
    });
  describeApply(program, format(), ask);
  describeWindow(program, format, ask);
}

type GivenPlan = {
  readonly file?: string;
  readonly out?: string;
  readonly maxDisruption: Disruption;
  readonly withdraw: boolean;
  readonly output: Format;
};

type GivenApply = Omit<GivenPlan, 'out'> & {
  readonly dryRun: boolean;
  readonly confirmWithin?: string;
  readonly message?: string;
  readonly ifGeneration?: string;
  readonly yes: boolean;
};

function describeApply(program: Command, format: Option, ask: Ask): void {
  program
    .command('apply')
    .description('put FILE in force: merged with what CNI wrote since, verified, taken back when it fails')
    .option('-f, --file <file>', 'a document or a saved plan, - for stdin (default: the document in force)')
    .option('--dry-run', 'show the plan and what speaks against it; write nothing', false)
    .option('--confirm-within <time>', 'take it back unless vnet confirm comes in time: 90s, 2m')
    .option('-m, --message <why>', 'why, for the history')
    .option('--if-generation <n>', 'only when this is still the latest generation')
    .addOption(maxDisruption(program))
    .option('--withdraw', WITHDRAW, false)
    .option('--yes', 'do not ask before pods are interrupted', false)
    .addOption(format)
    .action((given: GivenApply, command: Command) => {
      const { file, dryRun, message: why, output, maxDisruption: limit, withdraw, yes } = given;
      const windowMs = readWindow(given.confirmWithin, command);
      const ifGeneration = readGeneration(given.ifGeneration, command);
      const options = { file, dryRun, windowMs, why, ifGeneration, limit, withdraw, yes };
      ask({ verb: 'apply', ...options, format: output });
    });
}

type GivenWindow = { readonly atDeadline?: string; readonly output: Format };

function describeWindow(program: Command, format: () => Option, ask: Ask): void {
  program
    .command('confirm')
    .description('keep what vnet apply --confirm-within did')
    .argument('[id]', 'the generation that waits to be confirmed')
    .addOption(format())
    .action((id: string | undefined, { output }: GivenWindow, command: Command) =>
      ask({ verb: 'confirm', id: readGeneration(id, command), format: output }),
    );
  program
    .command('revert')
    .description('take back what vnet apply --confirm-within did, without waiting for its deadline')
    .argument('[id]', 'the generation that waits to be confirmed')
    .addOption(
      program
        .createOption('--at-deadline <started>', 'what the timer runs: wait for the deadline')
        .hideHelp(),
    )
    .addOption(format())
    .action((id: string | undefined, { atDeadline, output }: GivenWindow, command: Command) => {
      const generation = readGeneration(id, command);
      if (atDeadline === undefined) ask({ verb: 'revert', id: generation, format: output });
      else ask({ verb: 'revert', atDeadline, format: output });
    });
}

const WITHDRAW = 'addresses that pods hold may leave the pool: they keep them, and no other gets them';

function maxDisruption(program: Command): Option {
  return program
    .createOption('--max-disruption <class>', 'refuse what is worse than this')
    .choices(DISRUPTIONS)
    .default('hitless');
}

function readWindow(text: string | undefined, command: Command): number | undefined {
  const timeMs = text === undefined ? undefined : parseDuration(text);
  if (text === undefined || (timeMs !== undefined && timeMs > 0)) return timeMs;
  return command.error(`error: --confirm-within ${text}: a time is written as 90s, 2m or 1h`);
}

function readGeneration(text: string | undefined, command: Command): number | undefined {
  if (text === undefined || /^\d{1,15}$/.test(text)) return text === undefined ? undefined : Number(text);
  return command.error(`error: ${text} is not the number of a generation`);
}
