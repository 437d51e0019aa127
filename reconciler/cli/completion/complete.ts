/**
 * `vnet __complete WORDS...`, called by the completion scripts: candidates for the last word, from the
 * definitions of the verbs.
 */
import type { Argument, Command, Option } from 'commander';
import { type PathChoice, resolvePaths } from '../../app/paths.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { describeProgram } from '../parse.ts';
import type { Source, Verb } from '../verb.ts';
import { loadVerbs, CLI_VERBS } from '../verbs.ts';
import type { Value } from './value-paths.ts';
import type { CompletionNode } from './values.ts';

/** Where values are read, unless the command line selects another root or document. */
type CompletionPlace = {
  readonly sys: Sys;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** Instructions to the shell. Source: Cobra, ShellCompDirective. */
const DIRECTIVES = { files: 0, folders: 16, candidates: 4 + 32 } as const;

/**
 * Resolves to the output for a completion script: one line per candidate, with a tab and its description;
 * then a colon and a directive. `words` follow the program's name up to the cursor; the last one is
 * completed.
 * Source: Cobra's `__complete`.
 */
export async function completeWords(place: CompletionPlace, words: readonly string[]): Promise<string> {
  const current = words.at(-1) ?? '';
  const values = await valuesAt(place, words.slice(0, -1), current);
  if (typeof values === 'string') return `:${DIRECTIVES[values]}`;
  const lines = values
    .filter(([value]) => value.startsWith(current))
    .map(([value, about]) => (about === '' ? value : `${value}\t${about}`));
  return [...lines, `:${DIRECTIVES.candidates}`].join('\n');
}

/** Candidates at one position. */
type Values = readonly Value[] | 'files' | 'folders';

async function valuesAt(
  { sys, environment }: CompletionPlace,
  finished: readonly string[],
  current: string,
): Promise<Values> {
  const [name] = walk(describeProgram(new Map(), '').program.options, finished).operands;
  const { program, verbs } = describeProgram(await loadVerbs(name === undefined ? [] : [name]), '');
  const [command] = program.commands;
  const completes = verbs.get(name ?? '')?.completes;
  const options = [...optionsOf(command), ...optionsOf(program)];
  const { operands, pending, isOwed, paths } = walk(options, finished);
  const find = (source: Source, prefix = ''): Promise<Values> =>
    valuesOf(source, { sys, paths: resolvePaths(paths, environment), prefix });
  if (pending !== undefined && (isOwed || !current.startsWith('-')))
    return find(sourceOfOption(pending, completes), current);
  const [flag, value] = splitFlag(current);
  if (value !== undefined) {
    const option = findOption(options, flag);
    const values = option === undefined ? [] : await find(sourceOfOption(option, completes), value);
    return typeof values === 'string' ? values : values.map(([one, about]) => [`${flag}=${one}`, about]);
  }
  if (current.startsWith('-')) return options.flatMap(flagsOf);
  if (name === undefined || name === 'help') return find('verbs');
  const argument = argumentAt(command, operands.length - 1);
  return argument === undefined ? [] : find(sourceOfArgument(argument, completes), current);
}

/**
 * The complete words, parsed.
 * Shape: `pending` is an option that may take the next word as its value; `isOwed`: it must.
 */
type Walked = {
  readonly operands: readonly string[];
  readonly pending: Option | undefined;
  readonly isOwed: boolean;
  readonly paths: PathChoice;
};

function walk(options: readonly Option[], words: readonly string[]): Walked {
  const operands: string[] = [];
  const paths: { root?: string; document?: string } = {};
  const choose = ({ long }: Option, value: string): void => {
    if (long === '--root') paths.root = value;
    if (long === '--document') paths.document = value;
  };
  let pending: Option | undefined;
  let isOwed = false;
  for (const word of words) {
    if (pending !== undefined && (isOwed || !word.startsWith('-'))) {
      choose(pending, word);
      isOwed = false;
      if (!pending.variadic) pending = undefined;
      continue;
    }
    pending = undefined;
    const [flag, value] = splitFlag(word);
    const option = findOption(options, flag);
    if (!word.startsWith('-')) operands.push(word);
    else if (value !== undefined && option !== undefined) choose(option, value);
    else if (option?.required === true || option?.optional === true) {
      pending = option;
      isOwed = option.required && !option.variadic;
    }
  }
  return { operands, pending, isOwed, paths };
}

function splitFlag(word: string): readonly [flag: string, value: string | undefined] {
  const [, flag, value] = /^(--[^=]+)=(.*)$/s.exec(word) ?? [];
  return flag === undefined ? [word, undefined] : [flag, value];
}

function findOption(options: readonly Option[], flag: string): Option | undefined {
  return options.find(({ short, long }) => short === flag || long === flag);
}

function optionsOf(command: Command | undefined): readonly Option[] {
  return command === undefined ? [] : command.createHelp().visibleOptions(command);
}

function flagsOf({ short, long, description }: Option): readonly Value[] {
  return [short, long].flatMap((name) => (name === undefined ? [] : [[name, description] as const]));
}

function argumentAt(command: Command | undefined, index: number): Argument | undefined {
  const list = command?.registeredArguments ?? [];
  const last = list.at(-1);
  return list[index] ?? (last?.variadic === true ? last : undefined);
}

type Completes = Verb<unknown>['completes'];

function sourceOfOption({ flags, long, argChoices }: Option, completes: Completes): Source {
  const placeholder = /[<[]([^\]>.]*)/.exec(flags)?.[1] ?? '';
  return argChoices ?? completes?.[long ?? ''] ?? BY_PLACEHOLDER[placeholder] ?? [];
}

function sourceOfArgument(argument: Argument, completes: Completes): Source {
  return argument.argChoices ?? completes?.[argument.name()] ?? BY_PLACEHOLDER[argument.name()] ?? [];
}

/** Sources of placeholders that mean the same in every verb. */
const BY_PLACEHOLDER: Readonly<Record<string, Source>> = {
  file: 'files',
  conflist: 'files',
  dir: 'folders',
  dirs: 'folders',
  time: ['30s', '90s', '2m', '10m', '1h', '1d'],
  network: { node: 'networks' },
  generation: { node: 'generations' },
  from: { node: 'generations' },
  to: { node: 'generations' },
  object: { node: 'objects' },
  netns: { node: 'namespaces' },
};

async function valuesOf(source: Source, node: CompletionNode): Promise<Values> {
  if (source === 'files' || source === 'folders') return source;
  if (source === 'verbs') return listVerbs();
  if (source === 'pages')
    return ['vnet', ...Object.keys(CLI_VERBS), 'vnet.yaml', 'azure-vnet'].map((name) => [name, '']);
  if ('node' in source) return (await import('./values.ts')).listValues(node, source.node);
  return source.map((word) => [word, '']);
}

async function listVerbs(): Promise<readonly Value[]> {
  const { program } = describeProgram(await loadVerbs(Object.keys(CLI_VERBS)), '');
  const verbs = program.commands.map((command) => [command.name(), command.description()] as const);
  return [...verbs, ['help', 'explain a verb']];
}
