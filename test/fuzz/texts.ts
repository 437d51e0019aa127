/** The parsers of texts that come from outside: files, the output of tools, answers. Each with samples, and what must hold of its result. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCniArgs } from '../../plugin/protocol/environment.ts';
import { decodeNetconf, parseStdin } from '../../plugin/protocol/netconf.ts';
import { parseResult } from '../../plugin/protocol/parse-result.ts';
import { parseAzurePools, parseAzureState } from '../../reconciler/azure/state.ts';
import { parseConflist } from '../../reconciler/cni/conflist.ts';
import { parsePluginError } from '../../reconciler/cni/call.ts';
import { parseKubeconfig } from '../../reconciler/cluster/api/access.ts';
import { validateDocument } from '../../reconciler/document/check/validate.ts';
import { parseLines } from '../../reconciler/document/history/lines.ts';
import { findTail, scanTail } from '../../reconciler/document/text/scan.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { parseInterfaces } from '../../reconciler/fabric/interfaces.ts';
import { parseRules } from '../../reconciler/kernel/ebtables.ts';
import { parseIptablesSave } from '../../reconciler/kernel/filter/iptables-save.ts';
import { parseLease } from '../../reconciler/loop/import/bridge/conf.ts';
import { parseAddress, parseCidr, parsePrefix } from '../../reconciler/model/addresses/address.ts';
import { readRange } from '../../reconciler/model/addresses/address-list.ts';
import type { Result } from '../../reconciler/model/result.ts';
import { CONFIGURATIONS } from './corpus.ts';

const root = join(import.meta.dirname, '../..');

/** The outcome of a parser for one input: `broken` names the property that does not hold. */
export type Parsed = { readonly outcome: 'accepted' | 'refused'; readonly broken?: string };

/** A parser of texts. Shape: `weight`: its share of the inputs, smaller for slow ones. */
export type TextParser = {
  readonly weight: number;
  readonly samples: readonly string[];
  readonly parse: (text: string) => Parsed;
};

const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Files of earlier builds: documents and journals. */
const FIXTURES = 'test/upgrade/fixtures';

/** Returns the texts of the files below the folder whose path ends so. */
const readAll = (folder: string, end: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .toSorted()
    .map((name) => read(join(folder, name)));

/** Any value is accepted; undefined is a refusal. */
const optional = (value: unknown): Parsed => ({ outcome: value === undefined ? 'refused' : 'accepted' });

/** A refusal must say why. */
function resultOf<T, E>(result: Result<T, E>, broken?: (value: T) => string | undefined): Parsed {
  if (!result.ok) {
    const said = JSON.stringify(result.error);
    return { outcome: 'refused', ...(said.length > 2 ? {} : { broken: 'a refusal without a reason' }) };
  }
  const wrong = broken?.(result.value);
  return { outcome: 'accepted', ...(wrong === undefined ? {} : { broken: wrong }) };
}

const DOCUMENTS = [
  read('vnet.yaml'),
  ...readAll('examples/documents', '.yaml'),
  ...readAll(FIXTURES, '/var/lib/vnet/vnet.yaml'),
];

/** The parsers by name. */
export const TEXT_PARSERS: Readonly<Record<string, TextParser>> = {
  document: {
    weight: 1,
    samples: DOCUMENTS,
    parse: (text) =>
      resultOf(readDocument(text, 'vnet.yaml'), (value) =>
        validateDocument(value).ok ? undefined : 'an accepted document is not valid',
      ),
  },
  'end of a document': {
    weight: 20,
    samples: DOCUMENTS,
    parse: (text) => {
      const start = findTail(text);
      return optional(start === undefined ? undefined : scanTail(text, start));
    },
  },
  journal: {
    weight: 20,
    samples: readAll(FIXTURES, 'journal.jsonl'),
    parse: (text) => {
      const generations = parseLines(text).map(({ generation }) => generation);
      const isRising = generations.every((each, at) => at === 0 || each > (generations[at - 1] ?? each));
      return {
        outcome: generations.length > 0 ? 'accepted' : 'refused',
        ...(isRising ? {} : { broken: `generations ${generations.join(' ')}` }),
      };
    },
  },
  'standard input of a call': {
    weight: 40,
    samples: CONFIGURATIONS.map((conf) => JSON.stringify(conf)),
    parse: (text) => {
      const json = parseStdin(text);
      return resultOf(json.ok ? decodeNetconf(json.value) : json);
    },
  },
  'result of another plugin': {
    weight: 40,
    samples: CONFIGURATIONS.flatMap(({ prevResult }) =>
      prevResult === undefined ? [] : [JSON.stringify(prevResult)],
    ),
    parse: (text) => {
      const json = parseStdin(text);
      return resultOf(json.ok ? parseResult(json.value, '1.0.0') : json);
    },
  },
  'arguments of a call': {
    weight: 40,
    samples: ['IgnoreUnknown=1;K8S_POD_NAME=web;MAC=0a:28:4c:cd:b6:a3;IP=10.240.0.44', 'A=B'],
    parse: (text) => resultOf(parseCniArgs(text)),
  },
  'error of a plugin': {
    weight: 20,
    samples: ['{"cniVersion":"1.0.0","code":7,"msg":"invalid","details":"x"}'],
    parse: (text) => optional(parsePluginError(text)),
  },
  'configuration list': {
    weight: 30,
    samples: readAll('examples', '.conflist'),
    parse: (text) => resultOf(parseConflist(text)),
  },
  'addresses of the host endpoint': {
    weight: 10,
    samples: [read('test/fabric/interfaces.xml')],
    parse: (text) => resultOf(parseInterfaces(text)),
  },
  'state of azure-vnet': {
    weight: 10,
    samples: [read('test/azure/captured/azure-vnet.json')],
    parse: (text) => resultOf(parseAzureState(text, 'azure-vnet.json')),
  },
  'pools of azure-vnet': {
    weight: 10,
    samples: [
      read('test/azure/captured/azure-vnet-ipam.json').slice(0, 4000),
      read('test/azure/captured/azure-vnet-ipam.json'),
    ],
    parse: (text) => resultOf(parseAzurePools(text, 'azure-vnet-ipam.json')),
  },
  kubeconfig: {
    weight: 5,
    samples: [
      'current-context: lab\ncontexts: [{name: lab, context: {cluster: lab, user: me}}]\nclusters: [{name: lab, cluster: {server: "https://127.0.0.1:6443", insecure-skip-tls-verify: true}}]\nusers: [{name: me, user: {token: abc}}]\n',
    ],
    parse: (text) => resultOf(parseKubeconfig(text, '/root/.kube/config')),
  },
  'output of iptables-save': {
    weight: 20,
    samples: [
      '*filter\n:INPUT ACCEPT [0:0]\n:KUBE-X - [0:0]\n-A INPUT -s 10.0.0.0/8 -p tcp -m tcp --dport 80 -m comment --comment "a \\"b\\"" -j DROP\n-A KUBE-X -i azure0 ! -o eth0 -j RETURN\nCOMMIT\n',
    ],
    parse: (text) => optional(parseIptablesSave(text).at(0)),
  },
  'output of ebtables': {
    weight: 20,
    samples: [
      'Bridge table: nat\n\nBridge chain: PREROUTING, entries: 2, policy: ACCEPT\n-p ARP -i eth0 --arp-op Reply -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT\n-p IPv4 -i eth0 --ip-dst 10.240.0.36 -j dnat --to-dst 0a:28:4c:cd:b6:a3 --dnat-target ACCEPT\n',
    ],
    parse: (text) => optional(parseRules('ebtables', text).at(0)),
  },
  'lease of host-local': {
    weight: 20,
    samples: ['c0ffee\r\neth0', 'c0ffee'],
    parse: (text) => optional(parseLease(text.startsWith('c') ? '10.9.0.2' : text, text)),
  },
  address: {
    weight: 40,
    samples: [
      '10.240.0.36',
      'fd00::1',
      '10.240.0.0/16',
      '10.240.0.36-10.240.0.65',
      '::ffff:1.2.3.4',
      'fe80::1/64',
    ],
    parse: (text) => {
      parseAddress(text);
      parseCidr(text);
      parsePrefix(text);
      return optional(readRange(text));
    },
  },
};
