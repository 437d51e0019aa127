/** `vnet cni`. */
import { isRecord, omitUndefined, parseJson } from '../../../model/objects.ts';
import type { AttachmentKey } from '../../../cni/attachment.ts';
import type { Format } from '../../../app/print.ts';
import { formatOption } from '../../options.ts';
import type { Verb } from '../../verb.ts';
import type { CniChoice } from './run-conflist.ts';

const CNI_COMMANDS: readonly CniChoice['command'][] = ['add', 'del', 'check', 'gc', 'status', 'version'];

/** The options as commander parses them. */
type Options = {
  readonly containerId?: string;
  readonly ifname: string;
  readonly args?: string;
  readonly cniPath?: string;
  readonly capabilityArgs?: string;
  readonly valid?: string;
  readonly output: Format;
};

/** Runs a configuration list as a container runtime would. */
export const cniVerb: Verb<CniChoice> = {
  describe: (command, choose) => {
    const fail = (message: string): never => command.error(`error: ${message}`);
    command
      .description("run a conflist as a container runtime does; shows each plugin's input and output")
      .argument('<verb>', `one of ${CNI_COMMANDS.join(', ')}`)
      .argument('<conflist>', 'the file, as in /etc/cni/net.d')
      .argument('[netns]', 'network namespace: a path, or a name below /run/netns (add, del, check)')
      .option('--container-id <id>', 'CNI_CONTAINERID (default: derived from the namespace)')
      .option('--ifname <name>', 'CNI_IFNAME', 'eth0')
      .option('--args <K=V;..>', 'CNI_ARGS; adds IgnoreUnknown=1')
      .option('--cni-path <dirs>', 'directories of the plugins (CNI_PATH; default /opt/cni/bin:/usr/lib/cni)')
      .option('--capability-args <json>', `the runtimeConfig, as '{"portMappings": [{"hostPort": 80, ..}]}'`)
      .option('--valid <id/ifname,..>', 'attachments to keep in a gc; all others of the network are removed')
      .addOption(formatOption(command))
      .action((verb: string, conflist: string, netns: string | undefined, options: Options) =>
        choose(readChoice({ verb, conflist, netns, options }, fail)),
      );
  },
  run: async ({ sys, chosen, paths, environment, output }, choice) => {
    const { runCni } = await import('./run-conflist.ts');
    return runCni(choice, { sys, chosen, paths, environment }, output);
  },
  manual: {
    group: 'Check',
    writes: 'depends on the plugins: add and del change document and kernel, the others nothing',
    examples: [
      ['vnet cni status /etc/cni/net.d/10-azure.conflist', 'can a pod be added now?'],
      ['vnet cni add /etc/cni/net.d/10-azure.conflist test1', 'attach the namespace /run/netns/test1'],
      ['vnet cni del /etc/cni/net.d/10-azure.conflist test1', 'detach it'],
    ],
    exits: ['done', 'noInput'],
    more: ['Shows input, output and time of each plugin, as seen by a container runtime.'],
  },
  completes: { verb: CNI_COMMANDS },
};

type Given = {
  readonly verb: string;
  readonly conflist: string;
  readonly netns: string | undefined;
  readonly options: Options;
};

function readChoice({ verb, conflist, netns, options }: Given, fail: (why: string) => never): CniChoice {
  const known = CNI_COMMANDS.find((name) => name === verb);
  if (known === undefined) return fail(`unknown command ${verb}; commands: ${CNI_COMMANDS.join(', ')}`);
  const { containerId, ifname: ifName, args, cniPath, capabilityArgs, valid, output: format } = options;
  if ((known === 'add' || known === 'check') && netns === undefined) {
    return fail(`${known} needs a network namespace: a path, or a name from \`ip netns\``);
  }
  if (known === 'del' && netns === undefined && containerId === undefined) {
    return fail('del needs a network namespace, or --container-id if it is gone');
  }
  if (containerId !== undefined && !/^[A-Za-z0-9][A-Za-z0-9_.-]*$/.test(containerId)) {
    return fail('--container-id has letters, digits, "_", "." and "-"');
  }
  const given = {
    netns,
    containerId,
    args: args === undefined ? undefined : readArgs(args, fail),
    path: cniPath?.split(':').filter((folder) => folder !== ''),
    capabilities: capabilityArgs === undefined ? undefined : readCapabilities(capabilityArgs, fail),
    valid: valid === undefined ? undefined : readValid(valid, fail),
  };
  return { command: known, conflist, ifName, format, ...omitUndefined(given) };
}

function readArgs(text: string, fail: (why: string) => never): Readonly<Record<string, string>> {
  const pairs = text.split(';').filter((pair) => pair !== '');
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf('=');
      return at > 0 ? [pair.slice(0, at), pair.slice(at + 1)] : fail(`--args: ${pair} is not KEY=VALUE`);
    }),
  );
}

function readCapabilities(text: string, fail: (why: string) => never): Readonly<Record<string, unknown>> {
  return parseJson(text, isRecord) ?? fail('--capability-args is not a JSON object');
}

function readValid(text: string, fail: (why: string) => never): readonly AttachmentKey[] {
  return text
    .split(',')
    .filter((item) => item !== '')
    .map((item) => {
      const [containerId = '', ifName = '', ...more] = item.split('/');
      return containerId === '' || ifName === '' || more.length > 0
        ? fail(`--valid: ${item} is not CONTAINERID/IFNAME`)
        : { containerId, ifName };
    });
}
