import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import { renderIssues } from '../../../reconciler/document/check/text.ts';
import type { Issue } from '../../../reconciler/model/result.ts';
import { TEXT } from '../support/samples.ts';

/** Returns the issues of the text; empty without any. */
function issuesOf(text: string): readonly Issue[] {
  const read = readDocument(text, 'vnet.yaml');
  return read.ok ? [] : read.error;
}

/** The mark ^ in a replacement is removed; it marks the position that the issue must point to. */
function broken(search: string, replacement: string) {
  const marked = TEXT.replace(search, () => replacement);
  const before = marked.slice(0, marked.indexOf('^')).split('\n');
  return {
    text: marked.replace('^', ''),
    position: { line: before.length, column: (before.at(-1) ?? '').length + 1 },
  };
}

const EXTRA = (more: string) =>
  `  azure/c7/eth0:\n    addresses: [10.240.0.77/16]\n    added: 2026-11-21T11:13:58.986Z\n${more}released:`;
const B = `    mode: bridge
    uplink: {name: eth1, mac: "00:0d:3a:51:c4:91"}
    bridge: {name: azure1}
    pools: {ipv4: {source: static, subnet: 10.250.0.0/16, gateway: 10.250.0.1, addresses: [10.250.0.5]}}
`;

/** Code, text to replace, its replacement with the mark, and a part of the message or hint. */
const SCHEMA: readonly (readonly [string, string, string, string])[] = [
  [
    'unknown-key',
    '    bridge: {name: azure0}',
    '    bridge: {name: azure0, ^hairpn: true}',
    'did you mean "hairpin"',
  ],
  ['unknown-key', 'kind: Node', '^color: red\nkind: Node', 'valid keys: apiVersion'],
  ['missing-key', '        gateway: 10.240.0.1\n', '', '"gateway" is missing'],
  ['missing-key', 'apiVersion: vnet.azure/v2\n', '', '"apiVersion" is missing'],
  ['unknown-value', 'mode: bridge', 'mode: ^brdge', 'did you mean "bridge"'],
  ['unknown-value', 'kind: NodeNetwork', 'kind: ^Node', 'expected "NodeNetwork"'],
  ['wrong-type', 'generation: 7', 'generation: ^seven', 'expected a whole number'],
  ['wrong-type', 'bridge: {name: azure0}', 'bridge: ^azure0', 'expected a map of keys and values'],
  ['wrong-type', 'addresses: [10.240.0.36-10.240.40.255]', 'addresses: ^10.240.0.36', 'expected a list'],
  ['bad-value', '"00:0d:3a:51:c4:90"', '^"00:0d:3a:51:c4"', 'six hexadecimal pairs'],
  ['bad-value', 'subnet: 10.240.0.0/16', 'subnet: ^10.240.0.0', 'such as 10.240.0.0/16, got "10.240.0.0"'],
  ['bad-value', 'generation: 7', 'generation: ^-1', 'a number >= 0'],
  ['bad-value', 'addresses: [10.240.0.37/16] #', 'addresses: ^[] #', 'at least 1 item'],
  ['bad-key', '  azure/c1/eth0:', '  ^azure/eth0:', 'expected network/containerID/ifName'],
  ['bad-key', '  azure/10.240.0.99:', '  ^azure/10.240.0.999:', 'expected network/address'],
  ['newer-version', 'vnet.azure/v2', '^vnet.azure/v3', 'written by a newer vnet (vnet.azure/v3)'],
  ['unknown-value', 'vnet.azure/v2', '^vnet/v1', 'expected "vnet.azure/v2"'],
  ['yaml-duplicate-key', '  azure/c1/eth0:', '  ^azure/c0/eth0:', 'duplicated'],
  ['yaml-directive', '# a node\n', '# a node\n^%YAML 1.1\n---\n', 'directive is not allowed'],
];

const RULES: readonly (readonly [string, string, string, string])[] = [
  ['outside-subnet', '[10.240.0.37/16]', '[^10.241.0.37/16]', 'outside the pool'],
  [
    'outside-subnet',
    'gateway: 10.240.0.1\n        #',
    'gateway: ^10.241.0.1\n        #',
    'outside the subnet',
  ],
  ['outside-subnet', '10.240.0.36-10.240.40.255', '^10.239.0.36-10.240.40.255', 'not entirely in the subnet'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.0.1/16]', 'the gateway: it cannot'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.0.35/16]', 'an address of the node (uplink eth0)'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.255.255/16]', 'the broadcast address'],
  ['node-address', '10.240.0.36-10.240.40.255', '^10.240.0.35-10.240.40.255', 'holds 10.240.0.35'],
  [
    'node-address',
    'gateway: 10.240.0.1\n        #',
    'gateway: ^10.240.0.0\n        #',
    'network or broadcast address',
  ],
  ['double-address', '[10.240.0.37/16]', '[^10.240.0.36/16]', 'address 10.240.0.36 is duplicated'],
  ['double-mac', 'released:', EXTRA('    mac: ^0A:00:00:00:00:00\n'), 'MAC 0a:00:00:00:00:00 is duplicated'],
  ['double-mac', 'mac: 0a:00:00:00:00:00', 'mac: ^00:0d:3a:51:c4:90', 'duplicated'],
  ['double-name', 'released:', EXTRA('    hostVeth: ^azv0000\n'), 'interface name azv0000 is duplicated'],
  ['double-name', 'hostVeth: azv0000', 'hostVeth: ^azure0', 'duplicated'],
  ['no-such-network', '  azure/c1/eth0:', '  ^azur/c1/eth0:', 'the networks are azure'],
  ['no-such-network', '  azure/c1/eth0:', '  ^toString/c1/eth0:', 'the document has no network "toString"'],
  ['released-in-use', '  azure/10.240.0.99:', '  ^azure/10.240.0.37:', 'is in use'],
  [
    'bad-value',
    'added: 2026-11-21T11:13:58.986Z\n  #',
    'added: ^2026-02-30T11:13:58.986Z\n  #',
    'expected a UTC timestamp',
  ],
  ['bad-value', '[10.240.0.37/16]', '[^10.240.0.37/33]', 'address with prefix length'],
  ['bad-range', '10.240.0.36-10.240.40.255', '^10.240.40.255-10.240.0.36', 'ends before it starts'],
  ['bad-range', '10.240.0.36-10.240.40.255', '^10.240.1.1/28', 'host bits'],
  [
    'overlapping-pools',
    'networks:\n',
    `networks:\n  b:\n${B.replaceAll('10.250', '10.240').replace('.0.5]', '.0.40]')}`,
    'overlap at 10.240.0.40',
  ],
  [
    'double-name',
    '  azure: # the network',
    `  b:\n${B.replace('azure1', 'azure0')}  azure:`,
    'interface azure0',
  ],
  [
    'double-name',
    '  azure: # the network',
    `  b:\n${B.replace('name: eth1', 'name: eth0')}  azure:`,
    'interface eth0',
  ],
  [
    'outside-subnet',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [^10.1.0.1]}]\n    pools:',
    'outside the pool',
  ],
  [
    'node-address',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [^10.240.0.1]}]\n    pools:',
    'the gateway',
  ],
  [
    'double-address',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50]}, {pod: a/c, addresses: [^10.240.0.50]}]\n    pools:',
    'the reserved address',
  ],
  [
    'double-mac',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50], mac: "02:00:00:00:00:01"}, {pod: a/c, addresses: [10.240.0.51], mac: ^"02:00:00:00:00:01"}]\n    pools:',
    'the reserved MAC',
  ],
  [
    'double-reservation',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50]}, {pod: ^a/b, addresses: [10.240.0.51]}]\n    pools:',
    'for pod a/b',
  ],
  [
    'reserved',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.37]}]\n    pools:',
    'reserved for pod a/b',
  ],
  [
    'other-family',
    '    pools:',
    '    routes: [{to: 10.9.0.0/16, via: ^"fe80::1"}]\n    pools:',
    'is IPv6, but the route',
  ],
  [
    'other-family',
    '    pools:',
    '    routes: [{to: default, via: 10.240.0.1, source: ^"fe80::1"}]\n    pools:',
    'is IPv6, but the route',
  ],
  ['bad-value', '    pools:', '    routes: [{to: ^10.9.0.0/64}]\n    pools:', 'prefix length'],
  [
    'double-address',
    '    pools:',
    '    arp: {neighbours: [{address: "fd00::1", mac: "12:34:56:78:9a:bc"}, {address: ^"fd00:0::1", mac: "12:34:56:78:9a:bc"}]}\n    pools:',
    'duplicated',
  ],
];

describe('one error', () => {
  it('is not found in the sample that is broken below', () => {
    expect(issuesOf(TEXT)).toEqual([]);
  });

  it.each([...SCHEMA, ...RULES].filter(([, , replacement]) => replacement.includes('^')))(
    'gives one issue, %s, that points to it: %s -> %s',
    (code, search, replacement, words) => {
      const { text, position } = broken(search, replacement);
      const issues = issuesOf(text);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toMatchObject({ code, file: 'vnet.yaml', ...position });
      expect(`${issues[0]?.message}. ${issues[0]?.hint}`).toContain(words);
    },
  );

  it.each([...SCHEMA, ...RULES].filter(([, , replacement]) => !replacement.includes('^')))(
    'gives the issue %s: %s -> %s',
    (code, search, replacement, words) => {
      const found = issuesOf(TEXT.replace(search, () => replacement)).map(
        (issue) => `${issue.code} ${issue.message}`,
      );
      expect(found.filter((line) => line.startsWith(code) && line.includes(words))).toHaveLength(1);
    },
  );

  it('points to the key above when a key is missing', () => {
    const text = TEXT.replace('        gateway: 10.240.0.1\n', '');
    expect(issuesOf(text)[0]).toMatchObject({ path: 'networks.azure.pools.ipv4', line: 14, column: 7 });
  });
});

describe('rules across fields', () => {
  it('point to both places', () => {
    const [issue] = issuesOf(broken('[10.240.0.37/16]', '[^10.240.0.36/16]').text);
    expect(issue).toMatchObject({
      path: 'endpoints["azure/c1/eth0"].addresses[0]',
      related: { path: 'endpoints["azure/c0/eth0"].addresses[0]', line: 30, column: 17 },
    });
  });

  it('accept allowed values', () => {
    const allowed: readonly (readonly [string, string])[] = [
      ['released:', EXTRA('    ipam: host-local\n').replace('10.240.0.77', '192.168.0.1')],
      ['addresses: [10.240.0.36-10.240.40.255]', 'addresses: [10.240.0.0/16]'],
      [
        'addresses: [10.240.0.36-10.240.40.255]',
        'addresses: [10.240.0.0-10.240.40.255]\n        exclude: [10.240.0.0/26]',
      ],
      ['    pools:', '    reservations: [{pod: default/pod-1, addresses: [10.240.0.37]}]\n    pools:'],
      ['  azure: # the network', `  b:\n${B}  azure:`],
      ['subnet: 10.240.0.0/16', 'subnet: &net 10.240.0.0/16'],
      ['[10.240.0.37/16]', '[10.240.0.37/16, "fd00::37/64"]'],
    ];
    for (const [search, replacement] of allowed) {
      expect([replacement, issuesOf(TEXT.replace(search, () => replacement))]).toEqual([replacement, []]);
    }
  });
});

describe('several errors', () => {
  it('are all reported in one run, in the order of the text', () => {
    const text = TEXT.replace('mode: bridge', 'mode: brdge')
      .replace('        subnet: 10.240.0.0/16\n', '')
      .replace('netnsInode: 4026532000', 'netnsInode: none')
      .replace('hostVeth', 'hostVet');
    expect(issuesOf(text).map(({ code, line }) => [code, line])).toEqual([
      ['unknown-value', 10],
      ['missing-key', 14],
      ['wrong-type', 26],
      ['unknown-key', 27],
    ]);
  });

  it('of YAML are reported with their places', () => {
    const issues = issuesOf('a: [1, 2\nb: "x\nc: {\n');
    expect(issues.length).toBeGreaterThan(1);
    expect(issues.every(({ code, line }) => code.startsWith('yaml-') && line >= 1)).toBe(true);
  });

  it("reports rules across fields beside the schema's errors, and no consequential errors", () => {
    const text = TEXT.replace('generation: 7', 'generation: seven')
      .replace('    bridge: {name: azure0}', '    bridge: {name: azure0, hairpn: true}')
      .replace('addresses: [10.240.0.37/16]', 'addresses: [10.241.0.37/16]');
    const codes = issuesOf(text).map(({ code, path }) => `${code} ${path}`);
    expect(codes).toEqual([
      'wrong-type metadata.generation',
      'unknown-key networks.azure.bridge.hairpn',
      'outside-subnet endpoints["azure/c1/eth0"].addresses[0]',
    ]);
    const lost = issuesOf(TEXT.replace('mode: bridge', 'mode: brdge'));
    expect(lost.map(({ code, path }) => `${code} ${path}`)).toEqual(['unknown-value networks.azure.mode']);
  });
});

describe('documents that are none', () => {
  it.each([
    ['', 'empty'],
    ['# only a comment\n', 'empty'],
    ['just text', 'wrong-type'],
    ['- a\n- b\n', 'wrong-type'],
    [
      `a: &a [x]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d]\n`,
      'yaml-alias',
    ],
    [`# ${'x'.repeat(5 * 1024 * 1024)}`, 'yaml-too-large'],
    [`${TEXT}---\n${TEXT}`, 'yaml-multiple-docs'],
  ])('give one issue and no crash: %.20s', (text, code) => {
    expect(issuesOf(text).map((issue) => issue.code)).toEqual([code]);
  });
});

describe('the text of issues', () => {
  it('shows file, line, column, the source line and a caret, as a compiler does', () => {
    const { text } = broken('[10.240.0.37/16]', '[^10.240.0.36/16]');
    expect(renderIssues(issuesOf(text), text)).toBe(
      [
        'vnet.yaml:37:17: error: endpoints["azure/c1/eth0"].addresses[0]: address 10.240.0.36 is duplicated',
        '   37 |     addresses: [10.240.0.36/16] # its address',
        '      |                 ^',
        'vnet.yaml:30:17: note: the other occurrence is endpoints["azure/c0/eth0"].addresses[0]',
        '   30 |     addresses: [10.240.0.36/16]',
        '      |                 ^',
        '  hint: change or remove one of the two',
        '1 issue',
      ].join('\n'),
    );
  });
});
