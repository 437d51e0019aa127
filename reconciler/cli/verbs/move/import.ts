/** `vnet import`. */
import { disruptionOption, outputOption, type WithDisruption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { ImportChoice, ProposalChoice } from './import-node.ts';

type Options = WithDisruption & {
  readonly from?: string[];
  readonly fromKubenet?: boolean;
  readonly ipMasqAgent?: string;
  readonly ipv6nat?: ImportChoice['ipv6Nat'];
  readonly fromLive?: boolean;
  readonly network?: string;
  readonly pool: ImportChoice['poolSource'];
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly output: ImportChoice['as'];
};

function choiceOf(files: readonly string[], options: Omit<Options, 'from'>): ImportChoice {
  const { pool: poolSource, maxDisruption: limit, ipMasqAgent: masqAgent, ipv6nat: ipv6Nat } = options;
  const { dryRun, yes, output: as } = options;
  return { files, masqAgent, ipv6Nat, poolSource, limit, dryRun, yes, as };
}

/** Migrates a node from another CNI plugin, or proposes a document for its observed state. */
export const importVerb: Verb<ImportChoice | ProposalChoice> = {
  describe: (command, choose) =>
    command
      .description(
        'take over a node that runs Azure CNI, kubenet or the plugin bridge without interrupting its pods; or propose a document',
      )
      .option(
        '--from <file...>',
        'azure-vnet.json, and azure-vnet-ipam.json if it exists (/var/run); or the CNI configuration of bridge and host-local',
      )
      .option('--from-kubenet', "cbr0 with host-local's files in /var/lib/cni/networks/kubenet")
      .option('--ip-masq-agent <file>', 'configuration of ip-masq-agent, for masquerade')
      .addOption(
        command
          .createOption(
            '--ipv6nat <choice>',
            "for azure-vnet's ipv6nat: another mode that masquerades, or its rule",
          )
          .choices(['masquerade', 'keep']),
      )
      .option('--from-live', "print a document proposed from the kernel's state; writes nothing")
      .option('--network <name>', 'name of the network, with --from-live')
      .addOption(
        command
          .createOption('--pool <source>', 'the source of addresses after the import')
          .choices(['azure', 'static'])
          .default('azure'),
      )
      .addOption(disruptionOption(command))
      .option(
        '--dry-run',
        'show document, plan and findings, and change nothing; exit 2 if there are steps',
        false,
      )
      .option('--yes', 'do not ask', false)
      .addOption(outputOption(command, ['text', 'yaml', 'json']))
      .action(({ from: files = [], fromLive = false, fromKubenet = false, network, ...options }: Options) => {
        if ([files.length > 0, fromLive, fromKubenet].filter(Boolean).length !== 1)
          command.error('error: use one of --from FILE, --from-kubenet and --from-live');
        if (files.length > 2) command.error('error: --from takes at most two files: state and addresses');
        choose(fromLive ? { network, as: options.output } : choiceOf(files, options));
      }),
  run: async (context, choice) => {
    const { importFiles, printProposal } = await import('./import-node.ts');
    return 'files' in choice ? importFiles(context, choice) : printProposal(context, choice);
  },
  manual: {
    group: 'Move',
    writes: 'the document and the kernel; --dry-run and --from-live: nothing',
    examples: [
      [
        'vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --dry-run',
        'preview the import',
      ],
      ['vnet import --from /var/run/azure-vnet.json /var/run/azure-vnet-ipam.json --yes', 'import the node'],
      [
        'vnet import --from /etc/cni/net.d/10-bridge.conflist --dry-run',
        'preview the import from bridge and host-local',
      ],
      ['vnet import --from-kubenet --ip-masq-agent config --yes', 'import a node of kubenet'],
      ['vnet import --from-live --network azure', 'propose a document'],
    ],
    exits: ['done', 'differences', 'partly', 'refused', 'noInput'],
    more: [
      'Pods keep running: their interfaces are adopted, and ebtables rules of azure-vnet are replaced.',
      "azure-vnet's ipv6Mode ipv6nat needs a choice. --ipv6nat masquerade: after the import, the network gets mode transparent with masquerade, as with vnet apply (open connections break once), then the rule of ip6tables is deleted. --ipv6nat keep: the rule stays until the next reboot.",
      'The files of host-local and iptables rules of other programs stay: the preview lists the rules.',
    ],
  },
  completes: { '--network': [] },
};
