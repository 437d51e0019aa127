/** `vnet export`. */
import { ok } from '../../../model/result.ts';
import { outOption, readSide, type SideOptions } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { ExportChoice } from './export-document.ts';

const EXPORTS: readonly ExportChoice['as'][] = [
  'yaml',
  'json',
  'cni-result',
  'azure-vnet',
  'azure-vnet-ipam',
];

type Options = SideOptions & {
  readonly output: ExportChoice['as'];
  readonly endpoint?: string;
  readonly out?: string;
};

/** Writes the document in another form. Shape: `out` defaults to stdout. */
export const exportVerb: Verb<ExportChoice & { readonly out: string | undefined }> = {
  describe: (command, choose) =>
    command
      .description("export the document, the kernel's state, a CNI result, or azure-vnet's state files")
      .option('--desired', 'the document, byte for byte in YAML (default)')
      .option('--live', "the kernel's state as a document")
      .option('--both', 'both, one after the other')
      .addOption(
        command.createOption('-o, --output <form>', 'output format').choices(EXPORTS).default('yaml'),
      )
      .option(
        '--endpoint <what>',
        'limit to this endpoint: pod, namespace/pod, container, veth, MAC, address, endpoint ID',
      )
      .addOption(outOption(command))
      .action((options: Options) => {
        const { output: as, endpoint, out } = options;
        if (as === 'cni-result' && endpoint === undefined)
          command.error('error: -o cni-result needs --endpoint: a pod, an address, a veth, ...');
        choose({ side: readSide(options, command) ?? 'desired', as, endpoint, out });
      }),
  run: async ({ sys, plugin, withNode }, { out, ...choice }) => {
    const [{ exportDocument }, { readLiveDocument }, { emitTo }] = await Promise.all([
      import('./export-document.ts'),
      import('./live-source.ts'),
      import('./emit.ts'),
    ]);
    const cniAnswer = await plugin.loadCniAnswer?.();
    return withNode((node) => {
      const proposeLive = () => {
        const live = readLiveDocument(sys, node, undefined);
        return live.ok ? ok(live.value.document) : live;
      };
      return exportDocument({ ...node, proposeLive, cniAnswer }, choice, emitTo(sys, out));
    });
  },
  manual: {
    group: 'Move',
    writes: 'only the file of --out',
    examples: [
      ['vnet export --out backup.yaml', 'the document, byte for byte'],
      ['vnet export --live -o json', "the kernel's state as a document"],
      ['vnet export -o cni-result --endpoint shop/api', 'the result of ADD'],
      ['vnet export -o azure-vnet --out azure-vnet.json', 'for scripts that read the state of Azure CNI'],
    ],
    exits: ['done', 'noInput'],
  },
  completes: { '--endpoint': { node: 'endpoints' } },
};
