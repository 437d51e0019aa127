/** Network policies of a document: values that the schema cannot check, each with its line and a remedy. */
import { describe, expect, it } from 'vitest';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';

const HEAD =
  'apiVersion: vnet.azure/v2\nkind: NodeNetwork\nmetadata: {node: node-1, generation: 1}\nnetworks: {}\n';

/** The mark ^ is removed; it marks the position that the issue must point to. */
function issuesOf(text: string): readonly (readonly [string, number, number, string])[] {
  const read = readDocument(`${HEAD}${text.replace('^', '')}`, 'vnet.yaml');
  if (read.ok) return [];
  return read.error.map(({ code, line, column, message, hint = '' }) => [
    code,
    line,
    column,
    `${message}: ${hint}`,
  ]);
}

function positionOf(text: string): readonly [number, number] {
  const before = `${HEAD}${text}`.split('^')[0]?.split('\n') ?? [];
  return [before.length, (before.at(-1) ?? '').length + 1];
}

const policy = (rest: string): string => `networkPolicies:\n  x/p:\n    podSelector: {}\n    ${rest}\n`;

describe('a document with network policies', () => {
  it.each([
    'policy: {sysctls: report, enforce: true, unknownPods: allow, nodeCidrs: [10.0.0.4/32, "fd00::/64"]}\n',
    policy('ingress: []'),
    policy('ingress: [{}]'),
    policy('ingress: [{from: [], ports: []}]'),
    policy('ingress: [{from: [{podSelector: {}}, {ipBlock: {cidr: 0.0.0.0/0, except: [10.0.0.0/8]}}]}]'),
    policy('ingress: [{ports: [{protocol: UDP}, {port: http}, {port: 80, endPort: 80}]}]'),
    policy('egress: [{to: [{namespaceSelector: {matchExpressions: [{key: a, operator: Exists}]}}]}]'),
  ])('is valid: %s', (text) => {
    expect(issuesOf(text)).toEqual([]);
  });

  it.each([
    ['bad-value', 'policy: {nodeCidrs: [^10.0.0.4]}\n', '10.240.0.4/32'],
    ['unknown-value', 'policy: {unknownPods: ^drop}\n', 'expected one of "deny", "allow"'],
    ['bad-key', 'networkPolicies:\n  ^web: {podSelector: {}}\n', 'namespace/name'],
    ['missing-key', 'networkPolicies:\n  ^x/p: {ingress: []}\n', 'podSelector'],
    ['unknown-key', policy('^ingres: []'), 'did you mean "ingress"'],
    ['unknown-value', policy('policyTypes: [^ingress]'), 'Ingress'],
    ['empty-peer', policy('ingress: [{from: [^{}]}]'), 'remove the whole list'],
    [
      'two-peers',
      policy('ingress: [{from: [{podSelector: {}, ipBlock: ^{cidr: 10.0.0.0/8}}]}]'),
      'two peers',
    ],
    ['bad-value', policy('ingress: [{from: [{ipBlock: {cidr: ^10.0.0.0/33}}]}]'), 'prefix'],
    [
      'outside-block',
      policy('ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [^192.0.2.0/24]}}]}]'),
      'within 10.0.0.0/8',
    ],
    [
      'outside-block',
      policy('egress: [{to: [{ipBlock: {cidr: 10.0.0.0/8, except: [^"fd00::/8"]}}]}]'),
      'within',
    ],
    ['bad-value', policy('ingress: [{ports: [{port: ^Http}]}]'), 'lower-case'],
    ['no-first-port', policy('ingress: [{ports: [{port: http, endPort: ^90}]}]'), 'first port'],
    ['bad-value', policy('ingress: [{ports: [{port: 80, endPort: ^79}]}]'), 'less than'],
    [
      'bad-requirement',
      policy('ingress: [{from: [{podSelector: {matchExpressions: [{key: a, operator: ^In}]}}]}]'),
      'In needs values',
    ],
    [
      'bad-requirement',
      policy(
        'egress: [{to: [{namespaceSelector: {matchExpressions: [{key: a, operator: ^Exists, values: [b]}]}}]}]',
      ),
      'cannot have values',
    ],
  ])('is refused as %s: %s', (code, text, hint) => {
    const [line, column] = positionOf(text);
    expect(issuesOf(text)).toEqual([[code, line, column, expect.stringContaining(hint)]]);
  });
});
