/** The manual pages of the program and of its verbs, from the definitions that parse the command line. Pure. */
import type { Command, Option } from 'commander';
import { EXIT, EXIT_NAMES, EXIT_TABLE, type ExitName } from '../../app/exit-codes.ts';
import {
  type Block,
  literal,
  definitions,
  type Page,
  type PageSection,
  paragraph,
} from '../../app/manual-page.ts';
import { Bug } from '../../model/result.ts';
import type { CommandLine, Example } from '../verb.ts';
import { COMMON_EXITS, FIRST_STEPS } from './help.ts';

/** Returns the page of one verb, vnet-VERB(1). */
export function verbPage({ program, verbs }: CommandLine, command: Command): Page {
  const name = command.name();
  const manual = verbs.get(name)?.manual;
  if (manual === undefined) throw new Bug('each command is a verb of the list');
  const { writes, examples, exits, more = [] } = manual;
  const help = command.createHelp();
  const args = command.registeredArguments.map((argument): readonly [string, string] => [
    argument.name(),
    sentence(help.argumentDescription(argument)),
  ]);
  return {
    name: `vnet-${name}`,
    section: 1,
    about: command.description(),
    aliases: name === 'reconcile' ? ['reconcile'] : [],
    sections: [
      { title: 'SYNOPSIS', blocks: [literal(help.commandUsage(command))] },
      {
        title: 'DESCRIPTION',
        blocks: [
          paragraph(sentence(command.description())),
          paragraph(`Writes: ${writes}.`),
          ...more.map(paragraph),
        ],
      },
      ...(args.length === 0 ? [] : [{ title: 'ARGUMENTS', blocks: [definitions(args)] }]),
      {
        title: 'OPTIONS',
        blocks: [optionItems(command), paragraph('Options of every verb:'), optionItems(program)],
      },
      { title: 'EXAMPLES', blocks: exampleBlocks(examples) },
      exitSection(EXIT_NAMES.filter((one) => exits.includes(one) || COMMON_EXITS.includes(one))),
      seeAlso(['vnet(1)', 'vnet.yaml(5)']),
    ],
  };
}

/** Returns the page of the program, vnet(1). */
export function programPage({ program, verbs }: CommandLine): Page {
  return {
    name: 'vnet',
    section: 1,
    about: 'the container network of a node in one document',
    aliases: [],
    sections: [
      { title: 'SYNOPSIS', blocks: [literal('vnet [options] VERB ...', 'vnet VERB --help')] },
      { title: 'DESCRIPTION', blocks: [paragraph(program.description()), ...ABOUT.map(paragraph)] },
      { title: 'VERBS', blocks: verbBlocks({ program, verbs }) },
      { title: 'OPTIONS', blocks: [optionItems(program)] },
      { title: 'EXAMPLES', blocks: exampleBlocks(FIRST_STEPS) },
      { title: 'ENVIRONMENT', blocks: [definitions(ENVIRONMENT)] },
      { title: 'FILES', blocks: [definitions(FILES)] },
      exitSection(EXIT_NAMES),
      seeAlso(['vnet.yaml(5)', 'azure-vnet(8)', 'ip(8)', 'bridge(8)', 'nft(8)']),
    ],
  };
}

function verbBlocks({ program, verbs }: CommandLine): readonly Block[] {
  const groups = new Set(Array.from(verbs.values(), ({ manual }) => manual.group));
  return Array.from(groups).flatMap((group) => {
    const commands = program.commands.filter((command) => verbs.get(command.name())?.manual.group === group);
    const list = commands.map((command) => [command.name(), sentence(command.description())] as const);
    return [paragraph(`${group}:`), definitions(list)];
  });
}

function optionItems(command: Command): Block {
  const help = command.createHelp();
  const describe = (option: Option): readonly [string, string] => [
    help.optionTerm(option),
    sentence(help.optionDescription(option)),
  ];
  return definitions(help.visibleOptions(command).map(describe));
}

function exampleBlocks(examples: readonly Example[]): readonly Block[] {
  return examples.flatMap(([line, what]) => [paragraph(`${sentence(what).slice(0, -1)}:`), literal(line)]);
}

function exitSection(names: readonly ExitName[]): PageSection {
  const rows = names.map((name): readonly [string, string] => {
    const { title, meaning, next } = EXIT_TABLE[name];
    const remedy = next === '' ? '' : ` ${sentence(next)}`;
    return [`${EXIT[name]} ${title}`, `${sentence(meaning)}${remedy}`];
  });
  return { title: 'EXIT STATUS', blocks: [definitions(rows)] };
}

function seeAlso(pages: readonly string[]): PageSection {
  return { title: 'SEE ALSO', blocks: [paragraph(pages.join(', '))] };
}

/** Help texts are fragments; the page has sentences. */
function sentence(words: string): string {
  if (words === '') return '';
  const first = /^(vnet|azure-vnet|eth0|\d)/.test(words)
    ? words.slice(0, 1)
    : words.slice(0, 1).toUpperCase();
  return `${first}${words.slice(1)}${/[.!?:]$/.test(words) ? '' : '.'}`;
}

const ABOUT = [
  'CNI ADD and DEL are transactions on the document. One planner compares it with the kernel for previews, repairs and calls, so a preview shows exactly what will be done.',
  'The column WANT is the document, HAVE the kernel. Drift is a difference caused by a change made outside vnet; pending is a change of the document that is not applied yet.',
  'vnet changes only objects with its mark: links by alias, routes and neighbours by protocol 118, and its own nftables table. Foreign objects are listed and never changed.',
  'Colours are used only on a terminal.',
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['VNET_ROOT', 'Prefix of all default paths, as --root.'],
  ['VNET_DOCUMENT', 'The document, as --document.'],
  ['VNET_NODE', "The name of this node; default: the host's name."],
  [
    'VISUAL, EDITOR',
    'The editor of vnet edit; default: vi. It may have arguments, separated by blanks outside quotes; without a shell, nothing is expanded.',
  ],
  ['NO_COLOR', 'If not empty, disables colours, as --no-color.'],
  ['CLICOLOR', 'If 0, disables colours.'],
];

const FILES: readonly (readonly [string, string])[] = [
  ['/var/lib/vnet/vnet.yaml', 'The document. Other persistent files are beside it.'],
  ['/var/lib/vnet/history/', 'The history.'],
  ['/var/lib/vnet/vnet.yaml.refused', 'A refused edit. Finish it with vnet edit --resolve.'],
  ['/var/lib/vnet/tentative.json', 'The unconfirmed change, with its rollback plan.'],
  ['/var/lib/vnet/baseline.json', 'The baseline: accepted drift.'],
  ['/run/vnet/', 'Locks, caches, status.json, pause.json and events.jsonl; lost on a reboot.'],
];
