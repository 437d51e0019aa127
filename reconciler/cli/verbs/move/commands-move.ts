/** The options of graph, export and import. Nothing is done here. */
import type { Command, Option } from 'commander';
import { DISRUPTIONS, type Disruption } from '../../../plan/step.ts';

/** What the node's picture can be. */
export const PICTURES = ['svg', 'html', 'mermaid', 'dot', 'json'] as const;

/** One of PICTURES. */
export type Picture = (typeof PICTURES)[number];

/** What can be exported. */
export const EXPORTS = ['yaml', 'json', 'cni-result', 'azure-vnet', 'azure-vnet-ipam'] as const;

/** One of EXPORTS. */
export type ExportForm = (typeof EXPORTS)[number];

/** Draws the node. Shape: without `out` it goes to stdout. */
export type GraphChoice = { readonly verb: 'graph'; readonly as: Picture; readonly out: string | undefined };

/** Writes the document in another form. Shape: `endpoint` narrows it to one. */
export type ExportChoice = {
  readonly verb: 'export';
  readonly side: 'desired' | 'live' | 'both';
  readonly as: ExportForm;
  readonly endpoint: string | undefined;
  readonly out: string | undefined;
};

/** Takes over what is there. Shape: no `files`: the node as it is, and only shown. */
export type ImportChoice = {
  readonly verb: 'import';
  readonly files: readonly string[];
  readonly network: string | undefined;
  readonly poolSource: 'azure' | 'static';
  readonly limit: Disruption;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly as: 'text' | 'yaml' | 'json';
};

/** What one of these verbs is asked. */
export type MoveChoice = GraphChoice | ExportChoice | ImportChoice;

type Ask = (choice: MoveChoice) => void;

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeMoving(program: Command, ask: Ask): void {
  describeGraph(program, ask);
  describeExport(program, ask);
  describeImport(program, ask);
}

function outOption(program: Command): Option {
  return program.createOption('--out <file>', 'write it there instead of to standard output');
}

function describeGraph(program: Command, ask: Ask): void {
  program
    .command('graph')
    .description('the node as a picture: uplink, bridge, ports, pods, and what drifted or is pending')
    .addOption(
      program
        .createOption('-o, --output <form>', 'what to draw (default: by the ending of --out, else svg)')
        .choices(PICTURES),
    )
    .addOption(outOption(program))
    .action(({ output, out }: { output?: Picture; out?: string }) =>
      ask({ verb: 'graph', as: output ?? pictureOf(out), out }),
    );
}

function pictureOf(out = ''): Picture {
  const ending = out.slice(out.lastIndexOf('.') + 1).toLowerCase();
  const known: Readonly<Record<string, Picture>> = { htm: 'html', mmd: 'mermaid', gv: 'dot' };
  return known[ending] ?? PICTURES.find((picture) => picture === ending) ?? 'svg';
}

type ExportOptions = {
  readonly desired?: boolean;
  readonly live?: boolean;
  readonly both?: boolean;
  readonly output: ExportForm;
  readonly endpoint?: string;
  readonly out?: string;
};

function describeExport(program: Command, ask: Ask): void {
  program
    .command('export')
    .description("the document as it is, what the kernel has, a CNI result, or azure-vnet's state files")
    .option('--desired', 'what the document says, byte for byte in YAML (default)')
    .option('--live', 'what the kernel has, as a document')
    .option('--both', 'both, one after the other')
    .addOption(program.createOption('-o, --output <form>', 'in which form').choices(EXPORTS).default('yaml'))
    .option(
      '--endpoint <what>',
      'only this one: pod, namespace/pod, container, veth, MAC, address, endpoint id',
    )
    .addOption(outOption(program))
    .action((options: ExportOptions, command: Command) => {
      const sides = (['desired', 'live', 'both'] as const).filter((side) => options[side] === true);
      if (sides.length > 1) command.error('error: choose one of --desired, --live and --both');
      const { output: as, endpoint, out } = options;
      if (as === 'cni-result' && endpoint === undefined) {
        command.error('error: -o cni-result needs --endpoint: a pod, an address, a veth, ...');
      }
      ask({ verb: 'export', side: sides[0] ?? 'desired', as, endpoint, out });
    });
}

type ImportOptions = {
  readonly from?: string[];
  readonly fromLive?: boolean;
  readonly network?: string;
  readonly pool: ImportChoice['poolSource'];
  readonly maxDisruption: Disruption;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly output: ImportChoice['as'];
};

function describeImport(program: Command, ask: Ask): void {
  program
    .command('import')
    .description(
      'take over a node that runs Azure CNI, without touching its pods; or propose a document for one',
    )
    .option('--from <file...>', 'azure-vnet.json, and azure-vnet-ipam.json if there is one (/var/run)')
    .option('--from-live', 'print a document for what is on the node, whoever made it; writes nothing')
    .option('--network <name>', '--from-live: what the network is to be called')
    .addOption(
      program
        .createOption('--pool <source>', 'where addresses come from in future')
        .choices(['azure', 'static'])
        .default('azure'),
    )
    .addOption(
      program
        .createOption('--max-disruption <class>', 'do nothing worse than this')
        .choices(DISRUPTIONS)
        .default('hitless'),
    )
    .option(
      '--dry-run',
      'show document, plan and findings, and write nothing; exit 2 when there is something',
      false,
    )
    .option('--yes', 'do not ask', false)
    .addOption(
      program
        .createOption('-o, --output <format>', 'how to print the answer')
        .choices(['text', 'yaml', 'json'])
        .default('text'),
    )
    .action((options: ImportOptions, command: Command) => {
      const { from: files = [], fromLive, network, pool: poolSource, maxDisruption: limit } = options;
      const { dryRun, yes, output: as } = options;
      if (files.length > 0 === (fromLive === true)) {
        command.error(
          'error: say what to import: --from azure-vnet.json [azure-vnet-ipam.json], or --from-live',
        );
      }
      if (files.length > 2) command.error('error: --from takes two files: state and addresses');
      ask({ verb: 'import', files, network, poolSource, limit, dryRun, yes, as });
    });
}
