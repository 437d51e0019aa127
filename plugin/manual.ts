/** azure-vnet(8): input and output of the plugins, for runtimes and authors of configurations. Pure. */
import { literal, definitions, type Page, paragraph } from '../reconciler/app/manual-page.ts';
import type { ModeCore } from '../reconciler/model/modes/core.ts';
import { attachingModes, DEFAULT_MODE } from '../reconciler/model/modes/cores.ts';
import { CNI_CODES } from './protocol/errors.ts';
import { CNI_VERSIONS } from './protocol/versions.ts';

/** Meaning and remedy of one error code, as a row of ERRORS.md. */
type ErrorText = { readonly code: number; readonly meaning: string; readonly next: string };

/** All error codes, with meaning and remedy. */
export const ERROR_TEXTS: readonly ErrorText[] = [
  explain(
    CNI_CODES.incompatibleVersion,
    "the configuration's `cniVersion` is not supported, or too old for the verb",
    'use 0.1.0 to 1.1.0; CHECK needs 0.4.0, GC and STATUS 1.1.0',
  ),
  explain(
    CNI_CODES.unsupportedField,
    'a key of the configuration requests an unsupported feature',
    'remove the key, or chain a plugin that supports it',
  ),
  explain(CNI_CODES.unknownContainer, 'unknown container', 'none: DEL is not needed'),
  explain(
    CNI_CODES.invalidEnvironment,
    'environment variables are missing or invalid; all are named',
    'correct the runtime, or the manual call',
  ),
  explain(CNI_CODES.ioFailure, 'a read or write failed', 'free disk space, correct permissions'),
  explain(CNI_CODES.decodingFailure, 'the input is not JSON', 'correct the configuration file'),
  explain(
    CNI_CODES.invalidConfig,
    'the configuration is invalid or incomplete; all invalid keys are named',
    'correct the configuration file',
  ),
  explain(
    CNI_CODES.invalidNetns,
    "CNI_NETNS is gone, not a namespace, or the plugin's own",
    'none: the runtime retries with a new sandbox',
  ),
  explain(
    CNI_CODES.tryAgainLater,
    "temporary: a lock was held, the host endpoint did not answer, or the server had no answer within 100 s (kubelet's timeout is 120)",
    'none: the runtime retries; the message names the holder',
  ),
  explain(CNI_CODES.notAvailable, 'STATUS: ADD cannot be served now', 'see `vnet status`'),
  explain(
    CNI_CODES.limitedConnectivity,
    'STATUS: ADD cannot be served, and pods may be cut off',
    'see `vnet status`, then `vnet reconcile`',
  ),
  explain(
    CNI_CODES.kernelRefused,
    'the kernel refused a change',
    'see `vnet reconcile --dry-run`; the message names the step',
  ),
  explain(
    CNI_CODES.exhausted,
    'no free address; the message has the counts',
    'add addresses to the pool, or wait for the quarantine to end',
  ),
  explain(
    CNI_CODES.addressTaken,
    'the requested address is in use; the message names the holder',
    'request another address, or remove the holder',
  ),
  explain(
    CNI_CODES.documentInvalid,
    'vnet.yaml: for another node, of a newer version, or invalid without a previous generation',
    'run `vnet validate`; details give file, line and column',
  ),
  explain(
    CNI_CODES.networkDiffers,
    'CHECK: the kernel differs from the document; details list want and have',
    'run `vnet reconcile`',
  ),
  explain(
    CNI_CODES.uplinkProblem,
    'the uplink was not found, cannot be taken over, or is released',
    'see the message, `ip link` and `vnet status`',
  ),
  explain(
    CNI_CODES.delegateFailed,
    'the delegated IPAM plugin failed or violated the protocol',
    'check its stderr',
  ),
  explain(CNI_CODES.internal, 'a bug in vnet', 'please report it with the text on stderr'),
];

function explain(code: number, meaning: string, next: string): ErrorText {
  return { code, meaning, next };
}

function modeText({ name }: ModeCore): string {
  return name === DEFAULT_MODE ? `${name} (also the default)` : name;
}

/** The configuration keys that the plugins read: path and purpose. */
export const NETCONF_KEYS: readonly (readonly [path: string, what: string])[] = [
  ['name', 'The name of the network: a key below networks in vnet.yaml.'],
  ['cniVersion', `One of ${CNI_VERSIONS.join(', ')}.`],
  ['mode', `${attachingModes().map(modeText).join(', ')}.`],
  ['master', 'The uplink; default: the interface of the default route.'],
  ['bridge', 'The name of the bridge; default: azure0, in mode routed cbr0.'],
  ['ipsToRouteViaHost', 'Addresses on the node that pods reach through it, such as node-local DNS.'],
  ['document', 'The document; default: /var/lib/vnet/vnet.yaml.'],
  [
    'isDefaultGateway',
    'true or false: with or without a default route via the gateway; default: unless the pod has a default route.',
  ],
  ['disableGC', 'true: disables GC.'],
  ['dns', 'Name servers and domains in the result.'],
  ['ipam.type', 'azure-vnet-ipam (default), or any other IPAM plugin.'],
  [
    'ipam.environment',
    "azure: the node's addresses from the host endpoint; static: the addresses in the configuration.",
  ],
  ['ipam.addresses', 'The pool, as addresses, ranges and prefixes.'],
  ['ipam.subnet', 'The subnet of the pool.'],
  ['ipam.gateway', 'The gateway; default: the first address of the subnet.'],
  ['ipam.ipv6', 'The IPv6 pool of a network of both families: subnet, addresses, gateway.'],
  ['ipam.ipAddress', 'A fixed address for the pod.'],
  ['ipam.routes', 'Additional routes of the pod: dst, gw, priority.'],
  ['ipam.url', 'The host endpoint; default: 168.63.129.16.'],
  ['ipam.quarantineSeconds', 'The quarantine of a released address, in seconds.'],
];

/** Returns azure-vnet(8), which also documents azure-vnet-ipam. */
export function pluginPage(): Page {
  const errors = ERROR_TEXTS.map(({ code, meaning, next }): readonly [string, string] => [
    String(code),
    plain(`${capital(meaning)}. Remedy: ${next}.`),
  ]);
  return {
    name: 'azure-vnet',
    section: 8,
    about: 'CNI plugins that manage the pod network in one document',
    aliases: ['azure-vnet-ipam'],
    sections: [
      {
        title: 'SYNOPSIS',
        blocks: [literal('CNI_COMMAND=ADD ... azure-vnet < CONFIGURATION', 'azure-vnet --version')],
      },
      { title: 'DESCRIPTION', blocks: ABOUT.map(paragraph) },
      {
        title: 'CONFIGURATION',
        blocks: [definitions(NETCONF_KEYS), paragraph('An example:'), literal(...EXAMPLE)],
      },
      { title: 'ENVIRONMENT', blocks: [definitions(ENVIRONMENT)] },
      {
        title: 'ERRORS',
        blocks: [
          paragraph('A call that fails prints one JSON object with code, msg and details.'),
          definitions(errors),
        ],
      },
      { title: 'SEE ALSO', blocks: [paragraph('vnet(1), vnet-cni(1), vnet.yaml(5)')] },
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
  'A container runtime calls azure-vnet as the first plugin of a configuration list. ADD writes the endpoint to vnet.yaml, then creates it; DEL marks it, removes its objects, then its entry; CHECK compares; GC removes attachments that the runtime does not list; STATUS reports whether ADD can be served. After a kill at any point, the next call finishes or rolls back.',
  'azure-vnet-ipam is the same program under another name: it assigns addresses of the same document to other main plugins.',
  'A configuration of the plugin bridge (isGateway or ipMasq, without mode), as flannel and kubenet write it, describes a network of mode routed; the ranges of ipam host-local are its pool.',
  'ipv6Mode ipv6nat of azure-vnet: IPv6 packets of pods get the address of the node (masquerade), not in mode bridge.',
  'vnet watch serves the calls. Without it, the first call starts a server for all others (vnet serve), which exits 30 s after the last call.',
];

/** The example configuration; a test decodes it. */
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
  ['CNI_CONTAINERID, CNI_NETNS, CNI_IFNAME, CNI_ARGS, CNI_PATH', 'As in the CNI specification.'],
  ['VNET_DOCUMENT', 'The document; overrides the key of the configuration.'],
  ['VNET_ROOT', 'Prefix of all default paths.'],
  ['VNET_NODE', "The name of this node; default: the host's name."],
  ['VNET_HOST_ENDPOINT', 'The host endpoint, unless set in the configuration.'],
  ['VNET_DIRECT', 'If set, the call bypasses the server.'],
  [
    'VNET_SERVE_SECONDS',
    'Seconds that a server started by a call stays after the last call; default 30, 0: it exits at once.',
  ],
];
