/** `vnet get`. */
import { outputOption, readSide, type SideOptions } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import { ALL_KINDS } from '../../../model/kinds/registry.ts';
import type { GetChoice } from './run-get.ts';

const LISTS: readonly string[] = [
  'endpoints',
  'networks',
  'bridges',
  ...ALL_KINDS.flatMap(({ list }) => list?.name ?? []),
  'pool',
  'reservations',
  'document',
];

/** Synonyms of the lists. */
const ALIASES: Readonly<Record<string, string>> = {
  endpoint: 'endpoints',
  ep: 'endpoints',
  network: 'networks',
  net: 'networks',
  bridge: 'bridges',
  br: 'bridges',
  route: 'routes',
  neighbour: 'neighbours',
  neighbors: 'neighbours',
  neighbor: 'neighbours',
  neigh: 'neighbours',
  pools: 'pool',
  reservation: 'reservations',
  all: 'document',
};

type Options = SideOptions & { readonly output: GetChoice['format'] };

/** Lists desired and observed objects. */
export const getVerb: Verb<GetChoice> = {
  describe: (command, choose) =>
    command
      .description('list objects of the document and the kernel; endpoints with the chain from pod to bridge')
      .argument('[what]', `one of ${LISTS.join(', ')}`, 'document')
      .argument('[name]', 'limit to this name: a network, a pod, an interface, an address')
      .option('--desired', 'the document only; the kernel is not read')
      .option('--live', 'the kernel only, in the form of the document')
      .option('--both', 'both, compared (default)')
      .addOption(outputOption(command, ['text', 'wide', 'json', 'yaml']))
      .action((asked: string, name: string | undefined, options: Options) => {
        const what = LISTS.find((list) => list === asked) ?? ALIASES[asked];
        if (what === undefined) command.error(`error: objects to list: ${LISTS.join(', ')}`);
        else choose({ what, name, side: readSide(options, command), format: options.output });
      }),
  run: async (context, choice) => {
    const { get } = await import('./run-get.ts');
    return context.withPast((node) => get(node, choice, context.output));
  },
  manual: {
    group: 'View',
    writes: 'nothing',
    examples: [
      ['vnet get endpoints', 'every pod: container, namespace, interface, host veth, MAC, addresses, state'],
      ['vnet get routes --both', 'document and kernel, compared'],
      ['vnet get endpoints shop/api -o wide', 'one pod, with every column'],
      ['vnet get document --live -o yaml', "the kernel's state in the form of vnet.yaml"],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { what: LISTS, name: { node: 'names' } },
};
