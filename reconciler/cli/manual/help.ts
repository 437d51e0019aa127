/**
 * The parts of `--help` that commander does not generate: files written, examples, exit codes, first steps.
 */
import type { Command, Help } from 'commander';
import { EXIT_NAMES, type ExitName, listCodes } from '../../app/exit-codes.ts';
import type { CommandLine, Example, VerbManual } from '../verb.ts';

const WIDEST = 100;
const NARROWEST = 60;

/** A longer term has its text on the next line. */
const WIDEST_TERM = 44;

/** Exit codes of every verb. */
export const COMMON_EXITS: readonly ExitName[] = [
  'error',
  'usage',
  'invalidData',
  'noInput',
  'tryAgain',
  'noPermission',
  'unsupported',
];

/** The five most important verbs, in the order of first use. */
export const FIRST_STEPS: readonly Example[] = [
  ['vnet status', 'is the node healthy?'],
  ['vnet get endpoints', 'every pod, with its interfaces and addresses'],
  ['vnet explain shop/api', 'everything about one pod: by name, address, MAC, veth or container'],
  ['vnet reconcile --dry-run', 'the drift, and the steps that would repair it'],
  ['vnet reconcile', 'repair drift'],
];

const CHANGING: readonly Example[] = [
  ['vnet edit', 'edit the document; validated and previewed before it is applied'],
  ['vnet apply -f new.yaml --confirm-within 2m', 'rolled back unless you confirm'],
];

/** Ensures that the help of the program and of each verb has examples, exit codes and file effects. */
export function addHelp({ program, verbs }: CommandLine): void {
  const help = program.createCommand('help').argument('[verb]').description('explain a verb');
  program.addHelpCommand(help.helpGroup('Help:'));
  program.configureHelp({ ...layout, subcommandTerm: (command) => command.name() });
  program.showHelpAfterError('(vnet --help lists the verbs)');
  program.addHelpText('after', ({ command }) => programHelp(helpOf(command)));
  for (const command of program.commands) {
    const name = command.name();
    const manual = verbs.get(name)?.manual;
    if (manual === undefined) continue;
    command.helpGroup(`${manual.group}:`);
    command.configureHelp({ ...layout, showGlobalOptions: true });
    command.showHelpAfterError(`(vnet ${name} --help shows options and examples)`);
    command.addHelpText('after', () => `\n${verbHelp(manual, helpOf(command))}`);
  }
}

const layout = {
  minWidthToWrap: 20,
  // Lazy: measuring the terminal takes longer than parsing a command line.
  get helpWidth(): number {
    return terminalWidth();
  },
};

/** A terminal of unknown width reports 0. */
function terminalWidth(): number {
  const columns = process.stdout.isTTY ? process.stdout.columns : 0;
  return columns === 0 ? WIDEST : Math.max(NARROWEST, Math.min(WIDEST, columns));
}

/** Returns commander's formatter for this width; by default stdout's, within bounds. */
export function helpOf(command: Command, width = terminalWidth()): Help {
  const help = command.createHelp();
  help.prepareContext({ helpWidth: width });
  help.helpWidth = width;
  return help;
}

/** Returns the text wrapped to the width of the help. */
export function wrap(help: Help, text: string): string {
  return help.boxWrap(text, help.helpWidth ?? WIDEST);
}

/** Returns terms and texts in two columns. */
export function renderPairs(help: Help, pairs: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...pairs.map(([term]) => term.length).filter((length) => length <= WIDEST_TERM));
  const lines = pairs.map(([term, text]) =>
    term.length <= width
      ? help.formatItem(term, width, text, help)
      : `  ${term}\n${help.formatItem('', width, text, help)}`,
  );
  return lines.join('\n');
}

function programHelp(help: Help): string {
  return [
    '',
    'Examples:',
    renderPairs(help, FIRST_STEPS),
    '',
    wrap(help, `Exit codes: ${listCodes(EXIT_NAMES)}.`),
    '',
    wrap(
      help,
      'vnet VERB --help explains a verb, vnet man is the manual, vnet doctor finds problems of this node.',
    ),
  ].join('\n');
}

function verbHelp({ writes, examples, exits }: VerbManual, help: Help): string {
  const others = COMMON_EXITS.filter((name) => !exits.includes(name));
  return [
    wrap(help, `Writes: ${writes}.`),
    '',
    'Examples:',
    renderPairs(help, examples),
    '',
    wrap(help, `Exit codes: ${listCodes(exits)}; for any verb: ${listCodes(others)}.`),
  ].join('\n');
}

/** Returns the output for a command line without arguments. */
export function firstSteps(program: Command): string {
  const help = helpOf(program);
  return [
    wrap(
      help,
      'vnet declares the container network of this node in one document, vnet.yaml, and keeps the kernel in sync.',
    ),
    '',
    'Start with these:',
    renderPairs(help, FIRST_STEPS),
    '',
    'To change something:',
    renderPairs(help, CHANGING),
    '',
    wrap(help, 'vnet --help lists all verbs, vnet VERB --help explains one, vnet man is the manual.'),
  ].join('\n');
}
