/** The command line as a commander program, built from the list of verbs. Executes nothing. */
import { Command, CommanderError } from 'commander';
import type { PathChoice } from '../app/paths.ts';
import { firstSteps, addHelp } from './manual/help.ts';
import { type ParsedCommand, type CommandLine, type ListedVerb, listed, type Verb } from './verb.ts';
import { loadVerbs, CLI_VERBS } from './verbs.ts';

/** The parsed command line: a verb and its choice, or text to print. */
export type ParsedArguments =
  | {
      readonly kind: 'asked';
      readonly verb: string;
      readonly paths: PathChoice;
      readonly asked: ParsedCommand;
    }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/**
 * Resolves to the parsed arguments (without the program's name). Total: a usage error is text. Describing all
 * verbs takes longer than reading a small node, so only the named verb is loaded if it can parse its
 * arguments; otherwise all are.
 */
export async function parseArguments(args: readonly string[], version: string): Promise<ParsedArguments> {
  const name = args.find((word) => Object.hasOwn(CLI_VERBS, word));
  const quick =
    name === undefined ? undefined : parseBy(args, describeProgram(await loadVerbs([name]), version));
  if (quick?.kind === 'asked') return quick;
  return parseBy(args, await describeAllVerbs(version));
}

/** Returns the verb's choice in the arguments; undefined if they do not select this verb. */
export function parseChoice<Choice>(
  args: readonly string[],
  name: string,
  verb: Verb<Choice>,
): Choice | undefined {
  let choice: Choice | undefined;
  const describe: ListedVerb['describe'] = (command, ask) =>
    verb.describe(command, (chosen) => {
      choice = chosen;
      ask({ choice: chosen, run: (context) => verb.run(context, chosen) });
    });
  const parsed = parseBy(args, describeProgram(new Map([[name, { ...listed(verb), describe }]]), ''));
  return parsed.kind === 'asked' ? choice : undefined;
}

/** A command line with its parse result. Shape: `asked` is undefined before parse() and after an error. */
type Parser = CommandLine & { readonly asked: () => Extract<ParsedArguments, { kind: 'asked' }> | undefined };

function parseBy(args: readonly string[], { program, asked }: Parser): ParsedArguments {
  const written: string[] = [];
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
    if (isError && error.code === 'commander.help')
      return { kind: 'text', text: firstSteps(program), isError };
    return { kind: 'text', text: written.join('').trimEnd(), isError };
  }
  return asked() ?? { kind: 'text', text: firstSteps(program), isError: true };
}

/** Resolves to the command line with all verbs, options and help. */
export async function describeAllVerbs(version: string): Promise<Parser> {
  const line = describeProgram(await loadVerbs(Object.keys(CLI_VERBS)), version);
  addHelp(line);
  return line;
}

/** Returns the command line with these verbs only, without the additional help. */
export function describeProgram(verbs: CommandLine['verbs'], version: string): Parser {
  let parsed: Extract<ParsedArguments, { kind: 'asked' }> | undefined;
  const program = new Command('vnet')
    .description(
      "Declares the node's container network in one document, vnet.yaml, and keeps the kernel in sync.",
    )
    .version(version)
    .option('--root <dir>', 'prefix of all default paths (VNET_ROOT)')
    .option('--document <file>', 'the document (VNET_DOCUMENT; default /var/lib/vnet/vnet.yaml)')
    // For the help only: app/output.ts reads it from argv, before a verb is known.
    .option('--no-color', 'disable colours (NO_COLOR)');
  for (const [name, { describe }] of verbs) {
    describe(program.command(name), (asked) => {
      const { root, document } = program.opts<PathChoice>();
      parsed = { kind: 'asked', verb: name, paths: { root, document }, asked };
    });
  }
  return { program, verbs, asked: () => parsed };
}
