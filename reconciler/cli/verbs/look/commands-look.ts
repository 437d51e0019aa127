/** The options of the verbs that look: status, get, explain, drift, schema, doctor. Nothing is done here. */
import type { Command, Option } from 'commander';
import { parseDuration } from '../../terminal/duration.ts';
import type { Format } from '../../../app/print.ts';
import { ALL_KINDS } from '../../../model/kinds/registry.ts';

/** What `vnet get` lists. `document`: all of it, in the form of vnet.yaml. */
export const LISTS: readonly string[] = [
  'endpoints',
  'networks',
  'bridges',
  ...ALL_KINDS.flatMap(({ list }) => list?.name ?? []),
  'pool',
  'reservations',
  'document',
];

/** Whose values a list shows: the document's, the kernel's, or both side by side. */
export type Side = 'desired' | 'live' | 'both';

/**
 * What is listed, and how. Shape: `name` narrows the list to one network, pod, interface or address; no `side` means
 * both, of the document what it says.
 */
export type GetChoice = {
  readonly verb: 'get';
  readonly what: string;
  readonly name: string | undefined;
  readonly side: Side | undefined;
  readonly format: Format | 'wide';
};

/** What drift is asked. Shape: no keys in `accept` means all of it. Units: `forMs` milliseconds. */
export type DriftChoice = {
  readonly verb: 'drift';
  readonly accept: readonly string[] | undefined;
  readonly forget: readonly string[] | undefined;
  readonly forMs: number;
  readonly why: string | undefined;
  readonly format: Format;
};

/** What a verb that looks is asked. */
export type LookChoice =
  | GetChoice
  | DriftChoice
  | { readonly verb: 'status'; readonly format: Format }
  | { readonly verb: 'explain'; readonly subject: string; readonly format: Format }
  | { readonly verb: 'schema'; readonly path: string | undefined; readonly format: Format }
  | { readonly verb: 'doctor'; readonly fix: boolean; readonly format: Format };

type Ask = (choice: LookChoice) => void;

type WithFormat = { readonly output: Format };

/** Words that people use for the same list. */
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

/** Adds the verbs to the program; `ask` gets what a command line asks for. */
export function describeLooking(program: Command, format: () => Option, ask: Ask): void {
  program
    .command('status')
    .description('one screen: generations, conditions, networks, pools, and what is not as it should be')
    .addOption(format())
    .action(({ output }: WithFormat) => ask({ verb: 'status', format: output }));
  describeGet(program, ask);
  program
    .command('explain')
    .description(
      'everything about one endpoint: the chain from pod to uplink, want and have of each item, history',
    )
    .argument(
      '<what>',
      'pod, namespace/pod, container id (or its beginning), veth, MAC, address, netns, endpoint id',
    )
    .addOption(format())
    .action((subject: string, { output }: WithFormat) => ask({ verb: 'explain', subject, format: output }));
  describeDrift(program, format(), ask);
  program
    .command('schema')
    .description(
      'what a field of vnet.yaml means: type, default, allowed values, who may change it, an example',
    )
    .argument('[path]', 'as networks.azure.bridge.mtu, bridge.mtu, or nothing for the top')
    .addOption(format())
    .action((path: string | undefined, { output }: WithFormat) =>
      ask({ verb: 'schema', path, format: output }),
    );
  program
    .command('doctor')
    .description(
      'check the node: kernel, tools, sysctls, other network managers, CNI files; exit 2 for problems',
    )
    .option('--fix', 'mend what is safe to mend, and say how to undo it', false)
    .addOption(format())
    .action(({ fix, output }: WithFormat & { fix: boolean }) => ask({ verb: 'doctor', fix, format: output }));
}

function describeGet(program: Command, ask: Ask): void {
  program
    .command('get')
    .description(
      'list what the document wants and the kernel has; of endpoints all that leads from pod to bridge',
    )
    .argument('[what]', LISTS.join(', '), 'document')
    .argument('[name]', 'only what has this name: a network, a pod, an interface, an address')
    .option('--desired', 'what the document says; the kernel is not read')
    .option('--live', 'what the kernel has, in the form of the document')
    .option('--both', 'both, and how they compare (default)')
    .addOption(
      program
        .createOption('-o, --output <format>', 'how to print the answer')
        .choices(['text', 'wide', 'json', 'yaml'])
        .default('text'),
    )
    .action((asked: string, name: string | undefined, options: GetOptions, command: Command) => {
      const what = LISTS.find((list) => list === asked) ?? ALIASES[asked];
      if (what === undefined) return command.error(`error: what can be listed: ${LISTS.join(', ')}`);
      const sides = (['desired', 'live', 'both'] as const).filter((side) => options[side] === true);
      if (sides.length > 1) return command.error('error: choose one of --desired, --live and --both');
      ask({ verb: 'get', what, name, side: sides[0], format: options.output });
    });
}

type GetOptions = {
  readonly desired?: boolean;
  readonly live?: boolean;
  readonly both?: boolean;
  readonly output: GetChoice['format'];
};

function describeDrift(program: Command, format: Option, ask: Ask): void {
  program
    .command('drift')
    .description('what others changed in the kernel, apart from what is pending; exit 2 when there is any')
    .option('--accept [key...]', 'leave this drift as it is (all of it without a key), until --for is over')
    .option('--for <time>', 'how long it is accepted: 90s, 2h, 30d', '30d')
    .option('-m, --message <why>', 'why it is accepted')
    .option('--forget <key...>', 'repair this again: take it out of what is accepted')
    .addOption(format)
    .action((options: DriftOptions, command: Command) => {
      const { accept, forget, message: why, output } = options;
      const forMs = parseDuration(options.for);
      if (forMs === undefined || forMs === 0)
        return command.error('error: --for takes a time as 90s, 10m, 2h or 30d');
      if (accept !== undefined && forget !== undefined) {
        return command.error('error: --accept and --forget are two calls');
      }
      ask({ verb: 'drift', accept: accept === true ? [] : accept, forget, forMs, why, format: output });
    });
}

type DriftOptions = WithFormat & {
  readonly accept?: true | string[];
  readonly forget?: string[];
  readonly for: string;
  readonly message?: string;
};
