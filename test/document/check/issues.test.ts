import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
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

/** Code, text to replace, and its replacement with the mark. */
const SCHEMA: readonly (readonly [string, string, string])[] = [
  ['unknown-key', '    bridge: {name: azure0}', '    bridge: {name: azure0, ^hairpn: true}'],
  ['unknown-key', 'kind: Node', '^color: red\nkind: Node'],
  ['missing-key', '        gateway: 10.240.0.1\n', ''],
  ['missing-key', 'apiVersion: vnet.azure/v2\n', ''],
  ['unknown-value', 'mode: bridge', 'mode: ^brdge'],
  ['unknown-value', 'kind: NodeNetwork', 'kind: ^Node'],
  ['wrong-type', 'generation: 7', 'generation: ^seven'],
  ['wrong-type', 'bridge: {name: azure0}', 'bridge: ^azure0'],
  ['wrong-type', 'addresses: [10.240.0.36-10.240.40.255]', 'addresses: ^10.240.0.36'],
  ['bad-value', '"00:0d:3a:51:c4:90"', '^"00:0d:3a:51:c4"'],
  ['bad-value', 'subnet: 10.240.0.0/16', 'subnet: ^10.240.0.0'],
  ['bad-value', 'generation: 7', 'generation: ^-1'],
  ['bad-value', 'addresses: [10.240.0.37/16] #', 'addresses: ^[] #'],
  ['bad-key', '  azure/c1/eth0:', '  ^azure/eth0:'],
  ['bad-key', '  azure/10.240.0.99:', '  ^azure/10.240.0.999:'],
  ['newer-version', 'vnet.azure/v2', '^vnet.azure/v3'],
  ['unknown-value', 'vnet.azure/v2', '^vnet/v1'],
  ['yaml-duplicate-key', '  azure/c1/eth0:', '  ^azure/c0/eth0:'],
  ['yaml-directive', '# a node\n', '# a node\n^%YAML 1.1\n---\n'],
];

const RULES: readonly (readonly [string, string, string])[] = [
  ['outside-subnet', '[10.240.0.37/16]', '[^10.241.0.37/16]'],
  ['outside-subnet', 'gateway: 10.240.0.1\n        #', 'gateway: ^10.241.0.1\n        #'],
  ['outside-subnet', '10.240.0.36-10.240.40.255', '^10.239.0.36-10.240.40.255'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.0.1/16]'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.0.35/16]'],
  ['node-address', '[10.240.0.37/16]', '[^10.240.255.255/16]'],
  ['node-address', '10.240.0.36-10.240.40.255', '^10.240.0.35-10.240.40.255'],
  ['node-address', 'gateway: 10.240.0.1\n        #', 'gateway: ^10.240.0.0\n        #'],
  ['double-address', '[10.240.0.37/16]', '[^10.240.0.36/16]'],
  ['double-mac', 'released:', EXTRA('    mac: ^0A:00:00:00:00:00\n')],
  ['double-mac', 'mac: 0a:00:00:00:00:00', 'mac: ^00:0d:3a:51:c4:90'],
  ['double-name', 'released:', EXTRA('    hostVeth: ^azv0000\n')],
  ['double-name', 'hostVeth: azv0000', 'hostVeth: ^azure0'],
  ['no-such-network', '  azure/c1/eth0:', '  ^azur/c1/eth0:'],
  ['no-such-network', '  azure/c1/eth0:', '  ^toString/c1/eth0:'],
  ['released-in-use', '  azure/10.240.0.99:', '  ^azure/10.240.0.37:'],
  ['bad-value', 'added: 2026-11-21T11:13:58.986Z\n  #', 'added: ^2026-02-30T11:13:58.986Z\n  #'],
  ['bad-value', '[10.240.0.37/16]', '[^10.240.0.37/33]'],
  ['bad-range', '10.240.0.36-10.240.40.255', '^10.240.40.255-10.240.0.36'],
  ['bad-range', '10.240.0.36-10.240.40.255', '^10.240.1.1/28'],
  [
    'overlapping-pools',
    'networks:\n',
    `networks:\n  b:\n${B.replaceAll('10.250', '10.240').replace('.0.5]', '.0.40]')}`,
  ],
  ['double-name', '  azure: # the network', `  b:\n${B.replace('azure1', 'azure0')}  azure:`],
  ['double-name', '  azure: # the network', `  b:\n${B.replace('name: eth1', 'name: eth0')}  azure:`],
  ['outside-subnet', '    pools:', '    reservations: [{pod: a/b, addresses: [^10.1.0.1]}]\n    pools:'],
  ['node-address', '    pools:', '    reservations: [{pod: a/b, addresses: [^10.240.0.1]}]\n    pools:'],
  [
    'double-address',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50]}, {pod: a/c, addresses: [^10.240.0.50]}]\n    pools:',
  ],
  [
    'double-mac',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50], mac: "02:00:00:00:00:01"}, {pod: a/c, addresses: [10.240.0.51], mac: ^"02:00:00:00:00:01"}]\n    pools:',
  ],
  [
    'double-reservation',
    '    pools:',
    '    reservations: [{pod: a/b, addresses: [10.240.0.50]}, {pod: ^a/b, addresses: [10.240.0.51]}]\n    pools:',
  ],
  ['reserved', '    pools:', '    reservations: [{pod: a/b, addresses: [10.240.0.37]}]\n    pools:'],
  ['other-family', '    pools:', '    routes: [{to: 10.9.0.0/16, via: ^"fe80::1"}]\n    pools:'],
  [
    'other-family',
    '    pools:',
    '    routes: [{to: default, via: 10.240.0.1, source: ^"fe80::1"}]\n    pools:',
  ],
  ['bad-value', '    pools:', '    routes: [{to: ^10.9.0.0/64}]\n    pools:'],
  [
    'double-address',
    '    pools:',
    '    arp: {neighbours: [{address: "fd00::1", mac: "12:34:56:78:9a:bc"}, {address: ^"fd00:0::1", mac: "12:34:56:78:9a:bc"}]}\n    pools:',
  ],
  ['double-address', '    pools:', '    routeViaHost: [169.254.20.10, fd00::10, ^fd00:0::10]\n    pools:'],
  ['bad-value', '    pools:', '    routeViaHost: [^169.254.20.10.1]\n    pools:'],
];

describe('one error', () => {
  it('is not found in the sample that is broken below', () => {
    expect(issuesOf(TEXT)).toEqual([]);
  });

  it.each([...SCHEMA, ...RULES].filter(([, , replacement]) => replacement.includes('^')))(
    'gives one issue, %s, that points to it: %s -> %s',
    (code, search, replacement) => {
      const { text, position } = broken(search, replacement);
      const issues = issuesOf(text);
      expect(issues).toHaveLength(1);
      expect(issues[0]).toMatchObject({ code, file: 'vnet.yaml', ...position });
    },
  );

  it.each([...SCHEMA, ...RULES].filter(([, , replacement]) => !replacement.includes('^')))(
    'gives the issue %s: %s -> %s',
    (code, search, replacement) => {
      const found = issuesOf(TEXT.replace(search, () => replacement));
      expect(found.filter((issue) => issue.code === code)).toHaveLength(1);
    },
  );

  it('has the message of issues.txt; VNET_UPDATE_GOLDEN=1 writes it: read the difference', () => {
    const page = [...SCHEMA, ...RULES]
      .flatMap(([, search, replacement]) => [
        `${search} -> ${replacement}`.trim().replaceAll('\n', '\n   '),
        ...issuesOf(broken(search, replacement).text).map(
          ({ code, path, message, hint = '-' }) => `   ${code} ${path}: ${message}. ${hint}`,
        ),
        '',
      ])
      .join('\n');
    const file = join(import.meta.dirname, 'issues.txt');
    if (process.env['VNET_UPDATE_GOLDEN'] === '1') writeFileSync(file, page);
    expect(page).toBe(readFileSync(file, 'utf8'));
  });

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
