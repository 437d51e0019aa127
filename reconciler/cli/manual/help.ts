/** What `--help` says beside usage and options: groups, what is written, examples, exit codes, first steps. */
import type { Command } from 'commander';
import { EXIT_NAMES, listCodes } from '../../app/exit-codes.ts';
import { COMMON_EXITS, GROUPS, type VerbEntry } from './entry.ts';
import { renderPairs, wrap } from './layout.ts';
import { entryOf, FIRST_STEPS } from './verbs.ts';

const WIDEST = 100;
const NARROWEST = 60;

/** Ensures that the help of the program and of each verb teaches. All verbs must be there already. */
export function teach(program: Command): void {
  const help = program.createCommand('help').argument('[verb]').description('how to use a verb');
  program.addHelpCommand(help.helpGroup('Help:'));
  program.configureHelp({
    ...layout,
    subcommandTerm: (command) => command.name(),
    groupItems: (unsorted, visible, groupOf) => sortGroups(groupItems(unsorted, visible, groupOf)),
  });
  program.showHelpAfterError('(vnet --help lists the verbs)');
  program.addHelpText('after', () => programHelp(helpWidth()));
  for (const command of program.commands) {
    const name = command.name();
    const entry = entryOf(name);
    command.helpGroup(`${entry.group}:`);
    command.configureHelp({ ...layout, showGlobalOptions: true });
    command.showHelpAfterError(`(vnet ${name} --help shows options and examples)`);
    command.addHelpText('after', () => `\n${verbHelp(entry, helpWidth())}`);
  }
}

const layout = {
  // Asked only when help is printed: to know the terminal takes longer than to parse a command line.
  get helpWidth(): number {
    return helpWidth();
  },
};

/** Returns how wide help may be: as the terminal, within bounds. A terminal that does not know says 0. */
export function helpWidth(): number {
  const columns = process.stdout.isTTY ? process.stdout.columns : 0;
  return columns === 0 ? WIDEST : Math.max(NARROWEST, Math.min(WIDEST, columns));
}

type GroupOf<T> = (item: T) => string;

/** As commander does it: in the order of appearance. */
function groupItems<T>(unsorted: T[], visible: T[], groupOf: GroupOf<T>): Map<string, T[]> {
  const groups = new Map<string, T[]>(unsorted.map((item) => [groupOf(item), []]));
  for (const item of visible) groups.set(groupOf(item), [...(groups.get(groupOf(item)) ?? []), item]);
  return groups;
}

function sortGroups<T>(groups: Map<string, T[]>): Map<string, T[]> {
  const ranks = new Map<string, number>(GROUPS.map((group, rank) => [`${group}:`, rank]));
  const rankOf = (heading: string): number => ranks.get(heading) ?? -1;
  return new Map(Array.from(groups).toSorted(([left], [right]) => rankOf(left) - rankOf(right)));
}

/** Returns what comes behind the list of verbs. */
function programHelp(width: number): string {
  return [
    '',
    'Examples:',
    renderPairs(FIRST_STEPS, width),
    '',
    wrap(`Exit codes: ${listCodes(EXIT_NAMES)}.`, width),
    '',
    wrap(
      'vnet VERB --help shows one verb, vnet man the manual, vnet doctor what is wrong with this node.',
      width,
    ),
  ].join('\n');
}

/** Returns what comes behind the options of a verb. */
export function verbHelp({ writes, examples, exits }: VerbEntry, width: number): string {
  const others = COMMON_EXITS.filter((name) => !exits.includes(name));
  return [
    wrap(`Writes: ${writes}.`, width),
    ...(examples.length === 0 ? [] : ['', 'Examples:', renderPairs(examples, width)]),
    '',
    wrap(`Exit codes: ${listCodes(exits)}; as of any verb: ${listCodes(others)}.`, width),
  ].join('\n');
}

/** Returns what somebody reads who typed nothing but the program's name. */
export function firstSteps(): string {
  const width = helpWidth();
  return [
    wrap(
      'vnet keeps the container network of this node as one document, vnet.yaml, and the kernel true to it.',
      width,
    ),
    '',
    'Start with these:',
    renderPairs(FIRST_STEPS, width),
    '',
    'To change something:',
    renderPairs(
      [
        ['vnet edit', 'the document, checked and shown as a plan before it is taken'],
        ['vnet apply -f new.yaml --confirm-within 2m', 'taken back unless you confirm'],
      ],
      width,
    ),
    '',
    wrap('vnet --help lists every verb, vnet VERB --help teaches one, vnet man is the manual.', width),
  ].join('\n');
}
