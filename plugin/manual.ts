/** azure-vnet(8): what a container runtime and a configuration may ask of the plugins, and what they answer. Pure. */
import { code, items, type Page, text } from '../reconciler/app/manual-page.ts';
import type { ModeCore } from '../reconciler/model/modes/core.ts';
import { attachingModes, DEFAULT_MODE } from '../reconciler/model/modes/cores.ts';
import { CNI_CODES } from './protocol/errors.ts';
import { CNI_VERSIONS } from './protocol/versions.ts';

/** One error code in words. Shape: as a row of ERRORS.md. */
type ErrorText = { readonly code: number; readonly meaning: string; readonly next: string };

/** Every error code with its meaning and what to do about it. */
export const ERROR_TEXTS: readonly ErrorText[] = [
  explain(
    CNI_CODES.incompatibleVersion,
    "the configuration's `cniVersion` is not spoken, or too old for the verb",
    'use 0.1.0 to 1.1.0; CHECK needs 0.4.0, GC and STATUS 1.1.0',
  ),
  explain(
    CNI_CODES.unsupportedField,
    'a key of the configuration asks for something vnet does not do',
    'take the key out, or use the plugin that does it',
  ),
  explain(CNI_CODES.unknownContainer, 'the container is not known', 'nothing: DEL is not needed'),
  explain(
    CNI_CODES.invalidEnvironment,
    'environment variables are missing or wrong; all of them are named',
    'a fault of the runtime, or of a call by hand',
  ),
  explain(CNI_CODES.ioFailure, 'reading or writing failed', 'free space, correct permissions'),
  explain(CNI_CODES.decodingFailure, 'the input is not JSON', 'correct the configuration file'),
  explain(
    CNI_CODES.invalidConfig,
    'the configuration is wrong, or says too little; all wrong keys are named',
    'correct the configuration file',
  ),
  explain(
    CNI_CODES.invalidNetns,
    'CNI_NETNS is gone, no namespace, or our own',
    'a fault of the runtime; it retries with a new sandbox',
  ),
  explain(
    CNI_CODES.tryAgainLater,
    'the same call may go through later: a lock was held, the host endpoint did not answer, or the server has worked for 100 s without an answer (kubelet gives a runtime 120)',
    'the runtime retries; the message names the holder',
  ),
  explain(CNI_CODES.notAvailable, "STATUS: ADD can't be served now", 'see `vnet status`'),
  explain(
    CNI_CODES.limitedConnectivity,
    "STATUS: ADD can't be served, and pods may be cut off",
    'see `vnet status`, then `vnet reconcile`',
  ),
  explain(
    CNI_CODES.kernelRefused,
    'the kernel refused a change',
    '`vnet reconcile --dry-run` shows the state; the message names the step',
  ),
  explain(
    CNI_CODES.exhausted,
    'no address is free; the counts say why',
    'add addresses to the pool, or wait for quarantine to end',
  ),
  explain(
    CNI_CODES.addressTaken,
    'the address asked for is held; the holder is named',
    'ask for another, or remove the holder',
  ),
  explain(
    CNI_CODES.documentInvalid,
    'vnet.yaml: another node, newer version, or not valid with no good generation kept',
    '`vnet validate`; details give file, line and column',
  ),
  explain(
    CNI_CODES.networkDiffers,
    'CHECK: the kernel is not what the document says; details list want and have',
    '`vnet reconcile`',
  ),
  explain(
    CNI_CODES.uplinkProblem,
    "the uplink can't be found, taken over, or was released",
    'the message says which; see `ip link`, `vnet status`',
  ),
  explain(
    CNI_CODES.delegateFailed,
    'the delegated IPAM plugin could not be run, or broke the protocol',
    'look at its stderr',
  ),
  explain(CNI_CODES.internal, 'a fault of vnet itself', 'please report it, with the text on stderr'),
];

function explain(number: number, meaning: string, next: string): ErrorText {
  return { code: number, meaning, next };
}

function modeText({ name }: ModeCore): string {
  return name === DEFAULT_MODE ? `${name} (also the default)` : name;
}

/** The keys of a configuration that the plugins read, by their paths, and what each is for. */
export const NETCONF_KEYS: readonly (readonly [path: string, what: string])[] = [
  ['name', 'The name of the network: a key below networks in vnet.yaml.'],
  ['cniVersion', `One of ${CNI_VERSIONS.join(', ')}.`],
  ['mode', `${attachingModes().map(modeText).join(', ')}.`],
  ['master', 'The uplink; default: the interface of the default route.'],
  ['bridge', 'The name of the bridge; default: azure0.'],
  ['document', 'Another document than /var/lib/vnet/vnet.yaml.'],
  ['isDefaultGateway', 'true or false: whether the pod gets a default route by our gateway.'],
  ['disableGC', 'true: GC removes nothing.'],
  ['dns', 'Name servers and domains for the result.'],
  ['ipam.type', 'azure-vnet-ipam (default), or any other IPAM plugin.'],
  [
    'ipam.environment',
    'azure asks the host endpoint for the addresses of the node; static takes those given.',
  ],
  ['ipam.addresses', 'The pool, as addresses, ranges and prefixes.'],
  ['ipam.subnet', 'The subnet of the pool.'],
  ['ipam.gateway', 'The gateway; default: the first address of the subnet.'],
  ['ipam.ipAddress', 'One address for the pod.'],
  ['ipam.routes', 'More routes for the pod: dst, gw, priority.'],
  ['ipam.url', 'The host endpoint; default: 168.63.129.16.'],
  ['ipam.queryInterval', 'Seconds for which the answer of the host endpoint counts.'],
  ['ipam.quarantineSeconds', 'How long an address rests after its pod is gone.'],
];

/** Returns azure-vnet(8), which is also the page of azure-vnet-ipam. */
export function pluginPage(): Page {
  const errors = ERROR_TEXTS.map(({ code: number, meaning, next }): readonly [string, string] => [
    String(number),
    plain(`${capital(meaning)}. ${capital(next)}.`),
  ]);
  return {
    name: 'azure-vnet',
    section: 8,
    about: 'CNI plugins that keep the network of pods in one document',
    aliases: ['azure-vnet-ipam'],
    sections: [
      {
        title: 'SYNOPSIS',
        blocks: [code('CNI_COMMAND=ADD ... azure-vnet < CONFIGURATION', 'azure-vnet --version')],
      },
      { title: 'DESCRIPTION', blocks: ABOUT.map(text) },
      { title: 'CONFIGURATION', blocks: [items(NETCONF_KEYS), text('An example:'), code(...EXAMPLE)] },
      { title: 'ENVIRONMENT', blocks: [items(ENVIRONMENT)] },
      {
        title: 'ERRORS',
        blocks: [text('A call that fails prints one JSON object with code, msg and details.'), items(errors)],
      },
      { title: 'SEE ALSO', blocks: [text('vnet(1), vnet-cni(1), vnet.yaml(5)')] },
    ],
  };
}

function capital(words: string): string {
  return words.replace(/^[a-z](?!net\b)/, (letter) => letter.toUpperCase());
}

function plain(words: string): string {
  return words.replaceAll('`', '');
}

const ABOUT = [
  'A container runtime calls azure-vnet as the first plugin of a configuration list. ADD writes the endpoint into vnet.yaml, then makes it; DEL marks it, removes it, then drops it; CHECK compares; GC removes what the runtime does not list; STATUS says whether ADD could be served. A call that is killed anywhere is finished or undone by the next one.',
  'azure-vnet-ipam is the same program under another name: it gives addresses of the same document to other main plugins.',
  'Calls are handed to vnet watch. Where it does not run, the first call starts a server for all others (vnet serve), which leaves some seconds after the last one.',
];

/** What a test decodes. */
export const EXAMPLE: readonly string[] = [
  '{',
  '  "cniVersion": "1.0.0",',
  '  "name": "azure",',
  '  "plugins": [',
  '    {',
  '      "type": "azure-vnet",',
  '      "mode": "bridge",',
  '      "bridge": "azure0",',
  '      "ipam": { "type": "azure-vnet-ipam" }',
  '    },',
  '    { "type": "portmap", "capabilities": { "portMappings": true }, "snat": true }',
  '  ]',
  '}',
];

const ENVIRONMENT: readonly (readonly [string, string])[] = [
  ['CNI_COMMAND', 'ADD, DEL, CHECK, GC, STATUS or VERSION.'],
  ['CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME, CNI_ARGS, CNI_PATH', 'As the CNI specification has them.'],
  ['VNET_DOCUMENT', 'The document; goes before the key of the configuration.'],
  ['VNET_ROOT', 'Prefix of all default paths.'],
  ['VNET_NODE', "The name of this node; default: the host's name."],
  ['VNET_HOST_ENDPOINT', 'The host endpoint, where the configuration names none.'],
  ['VNET_DIRECT', 'When it is set: the call is done by its own process.'],
  [
    'VNET_SERVE_SECONDS',
    'How long a server that a call starts stays after the last call: 30 where it is not set, 0 for not at all.',
  ],
];
