/** The verbs of the command line and their options, as commander knows them. Nothing is done here. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { DISRUPTIONS, type Disruption } from '../plan/step.ts';
import { type CniChoice, describeCni } from './commands-cni.ts';
import type { PathChoice } from './paths.ts';
import type { Format } from './reconcile.ts';

/** What the command line asked for. */
export type Request = PathChoice &
  (
    | {
        readonly verb: 'reconcile';
        readonly dryRun: boolean;
        readonly limit: Disruption;
        readonly format: Format;
      }
    | { readonly verb: 'status'; readonly format: Format }
    | { readonly verb: 'get'; readonly what: 'endpoints'; readonly format: Format }
    | { readonly verb: 'validate'; readonly file: string | undefined; readonly format: Format }
    | { readonly verb: 'release'; readonly network: string | undefined }
    | CniChoice
  );

/** What parsing a command line gives: a request, or text to print with the exit code it means. */
export type Parsed =
  | { readonly kind: 'request'; readonly request: Request }
  | { readonly kind: 'text'; readonly text: string; readonly isError: boolean };

/** Every verb, for tests and manuals. */
export const VERBS = ['reconcile', 'status', 'get', 'validate', 'release', 'cni'] as const;

/** Returns what the arguments (without the program's name) ask for. Total: wrong usage is text. */
export function parseArguments(args: readonly string[], version: string): Parsed {
  const written: string[] = [];
  let request: Request | undefined;
  const program = describeProgram(version, (asked) => {
    request = asked;
  });
  const collect = {
    writeOut: (text: string) => written.push(text),
    writeErr: (text: string) => written.push(text),
  };
  for (const command of [program, ...program.commands]) command.configureOutput(collect).exitOverride();
  try {
    program.parse([...args], { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    return { kind: 'text', text: written.join('').trimEnd(), isError: error.exitCode !== 0 };
  }
  if (request !== undefined) return { kind: 'request', request };
  return { kind: 'text', text: program.helpInformation().trimEnd(), isError: true };
}

function describeProgram(version: string, ask: Ask): Command {
  const program = new Command('vnet')
    .description(
      "The node's container network as one document, vnet.yaml, and what keeps the kernel true to it.",
    )
    .version(version)
    .option('--root <dir>', 'prefix of all default paths (VNET_ROOT)')
    .option('--document <file>', 'the document (VNET_DOCUMENT; default /var/lib/vnet/vnet.yaml)')
    .addHelpText('after', EXAMPLES);
  const paths = (): PathChoice => program.opts<PathChoice>();
  describeReconcile(program, paths, ask);
  describeReading(program, paths, ask);
  program
    .command('release')
    .description(
      'give the uplink back as it was before vnet took it into a bridge; refused while pods are attached',
    )
    .argument('[network]', 'only this network')
    .action((network: string | undefined) => ask({ ...paths(), verb: 'release', network }));
  describeCni(program, formatOption(), (choice) => ask({ ...paths(), ...choice }));
  return program;
}

type Ask = (request: Request) => void;

function describeReconcile(program: Command, paths: () => PathChoice, ask: Ask): void {
  program
    .command('reconcile')
    .description('make the kernel what the document says; --dry-run shows what that would be')
    .option('--dry-run', 'show the plan and write nothing; exit 2 when there is something to do', false)
    .addOption(
      new Option('--max-disruption <class>', 'do nothing worse than this')
        .choices(DISRUPTIONS)
        .default('hitless'),
    )
    .addOption(formatOption())
    .action((options: { dryRun: boolean; maxDisruption: Disruption; output: Format }) => {
      const { dryRun, maxDisruption: limit, output: format } = options;
      ask({ ...paths(), verb: 'reconcile', dryRun, limit, format });
    });
}

function describeReading(program: Command, paths: () => PathChoice, ask: Ask): void {
  program
    .command('status')
    .description('one screen: generations, networks, pools, and what is not as it should be')
    .addOption(formatOption())
    .action(({ output: format }: { output: Format }) => ask({ ...paths(), verb: 'status', format }));
  program
    .command('get')
    .description(
      'list endpoints: pod, container, namespace, interface, host veth, bridge, MAC, addresses, state',
    )
    .argument('<what>', 'endpoints', parseWhat)
    .addOption(formatOption())
    .action((what: 'endpoints', { output: format }: { output: Format }) =>
      ask({ ...paths(), verb: 'get', what, format }),
    );
  program
    .command('validate')
    .description('check a document and show every error at its place; exit 65 when there is one')
    .argument('[file]', 'the document to check (default: the one in force)')
    .addOption(formatOption())
    .action((file: string | undefined, { output: format }: { output: Format }) =>
      ask({ ...paths(), verb: 'validate', file, format }),
    );
}

function formatOption(): Option {
  return new Option('-o, --output <format>', 'how to print the answer')
    .choices(['text', 'json'])
    .default('text');
}

function parseWhat(text: string): 'endpoints' {
  if (text === 'endpoints' || text === 'endpoint' || text === 'ep') return 'endpoints';
  throw new InvalidArgumentError('what can be listed: endpoints');
}

const EXAMPLES = `
Examples:
  vnet status                    is everything as it should be?
  vnet reconcile --dry-run       what would be repaired
  vnet reconcile                 repair it
  vnet validate vnet.yaml        check a document before you put it in force

Exit codes: 0 done, 1 error, 2 differences, 3 partly done, 4 conflict, 5 refused, 64 usage, 65 document invalid,
66 not found, 75 try again, 77 no permission, 78 newer document.`;
