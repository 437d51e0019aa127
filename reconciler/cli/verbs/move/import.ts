/** `vnet import`. */
import { disruptionOption, outputOption, type WithDisruption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { ImportChoice, ProposalChoice } from './import-node.ts';

type Options = WithDisruption & {
  readonly from?: string[];
  readonly fromLive?: boolean;
  readonly network?: string;
  readonly pool: ImportChoice['poolSource'];
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly output: ImportChoice['as'];
};

/** Takes over a node that runs Azure CNI, or proposes a document for what is there. */
export const importVerb: Verb<ImportChoice | ProposalChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'take over a node that runs Azure CNI, without touching its pods; or propose a document for one',
      )
      .option('--from <file...>', 'azure-vnet.json, and azure-vnet-ipam.json if there is one (/var/run)')
      .option('--from-live', 'print a document for what is on the node, whoever made it; writes nothing')
      .option('--network <name>', '--from-live: what the network is to be called')
      .addOption(
        command
          .createOption('--pool <source>', 'where addresses come from in future')
          .choices(['azure', 'static'])
          .default('azure'),
      )
      .addOption(disruptionOption(command, 'do nothing worse than this'))
      .option(
        '--dry-run',
        'show document, plan and findings, and write nothing; exit 2 when there is something',
        false,
      )
      .option('--yes', 'do not ask', false)
      .addOption(outputOption(command, ['text', 'yaml', 'json']))
      .action(({ from: files = [], fromLive = false, network, output: as, ...options }: Options) => {
        const { pool: poolSource, maxDisruption: limit, dryRun, yes } = options;
        if (files.length > 0 === fromLive)
          command.error(
            'error: say what to import: --from azure-vnet.json [azure-vnet-ipam.json], or --from-live',
          );
        if (files.length > 2) command.error('error: --from takes two files: state and addresses');
        if (fromLive) choose({ network, as });
        else choose({ files, poolSource, limit, dryRun, yes, as });
      }),
  run: async (session, choice) => {
    const { importFiles, printProposal } = await import('./import-node.ts');
    return 'files' in choice ? importFiles(session, choice) : printProposal(session, choice);
  },
  manual: {
    group: 'Move',
    writes: 'the document and the kernel; --dry-run and --from-live nothing',
    examples: [
      [
        'vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --dry-run',
        'what taking over this node would do',
      ],
      ['vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --yes', 'do it'],
      ['vnet import --from-live --network azure', 'propose a document for what is there'],
    ],
    exits: ['done', 'differences', 'partly', 'refused', 'noInput'],
    more: ['Pods keep running: their interfaces are adopted, and ebtables rules are replaced.'],
  },
  completes: { '--network': [] },
};
