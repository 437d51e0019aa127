/** The options of the verbs that look back and change by hand: history, show, diff, blame, rollback, edit. Nothing is done here. */
import type { Command, Option } from 'commander';
import type { Format } from '../../../app/print.ts';

/** What is asked of the history. Shape: without `to`, the latest generation. */
export type HistoryChoice =
  | { readonly verb: 'history'; readonly count: number | undefined; readonly format: Format }
  | { readonly verb: 'show'; readonly generation: number; readonly format: Format }
  | {
      readonly verb: 'diff';
      readonly from: number;
      readonly to: number | undefined;
      readonly format: Format;
    }
  | { readonly verb: 'blame'; readonly path: string | undefined; readonly format: Format }
  | { readonly verb: 'rollback'; readonly generation: number; readonly why: string | undefined }
  | EditChoice;

/** How the document is to be edited. Shape: `refused`: it is about the save that is not in force. */
export type EditChoice = {
  readonly verb: 'edit';
  readonly refused: 'resolve' | 'discard' | undefined;
  readonly why: string | undefined;
  readonly yes: boolean;
};

type Ask = (choice: HistoryChoice) => void;

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeHistory(program: Command, format: () => Option, ask: Ask): void {
  program
    .command('history')
    .description('the generations that are kept: who, when, what, why; newest first')
    .option('-n, --count <n>', 'no more than these')
    .addOption(format())
    .action(({ count, output }: { count?: string; output: Format }, command: Command) =>
      ask({ verb: 'history', count: readOptional(count, command), format: output }),
    );
  program
    .command('show')
    .description('print the document as it was in a generation, comments included')
    .argument('<generation>', 'as vnet history lists it')
    .addOption(format())
    .action((generation: string, { output }: { output: Format }, command: Command) =>
      ask({ verb: 'show', generation: readNumber(generation, command), format: output }),
    );
  program
    .command('diff')
    .description('what changed between two generations, by path; exit 2 when something did')
    .argument('<from>', 'the older generation')
    .argument('[to]', 'the newer one (default: the latest)')
    .addOption(format())
    .action((from: string, to: string | undefined, { output }: { output: Format }, command: Command) =>
      ask({
        verb: 'diff',
        from: readNumber(from, command),
        to: readOptional(to, command),
        format: output,
      }),
    );
  program
    .command('blame')
    .description('which generation last set each value: who, when, why')
    .argument('[path]', 'only below this path, such as networks.azure.bridge')
    .addOption(format())
    .action((path: string | undefined, { output }: { output: Format }) =>
      ask({ verb: 'blame', path, format: output }),
    );
  describeWriting(program, ask);
}

function describeWriting(program: Command, ask: Ask): void {
  program
    .command('rollback')
    .description('a new generation with what people had written in an older one; endpoints stay as they are')
    .argument('<generation>', 'as vnet history lists it')
    .option('-m, --message <why>', 'why, for vnet history')
    .action((generation: string, { message }: { message?: string }, command: Command) =>
      ask({ verb: 'rollback', generation: readNumber(generation, command), why: message }),
    );
  const edit = program
    .command('edit')
    .description('edit a copy of the document in $VISUAL or $EDITOR; checked, shown as a plan, then taken')
    .option(
      '--resolve',
      'edit the saved text that is not in force, with what speaks against it on top',
      false,
    )
    .option('--discard', 'drop the saved text that is not in force; a copy stays in the history', false)
    .option('-m, --message <why>', 'why, for vnet history')
    .option('-y, --yes', 'take it without asking', false);
  edit.action((options: { resolve: boolean; discard: boolean; message?: string; yes: boolean }) => {
    const { resolve, discard, message: why, yes } = options;
    if (resolve && discard) edit.error('error: --resolve and --discard are two ways to end it: use one');
    ask({ verb: 'edit', refused: resolve ? 'resolve' : discard ? 'discard' : undefined, why, yes });
  });
}

function readOptional(text: string | undefined, command: Command): number | undefined {
  return text === undefined ? undefined : readNumber(text, command);
}

function readNumber(text: string, command: Command): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  return command.error(`error: ${text} is not a number, as vnet history lists them`);
}
