/** `vnet policy`: lists, one policy, and who decides about a connection. */
import { describe, expect, it } from 'vitest';
import type { JudgedCounts } from '../../../reconciler/model/policy/denial.ts';
import { policiesByChain } from '../../../reconciler/model/policy/policy-input.ts';
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type PolicyChoice, reportPolicies } from '../../../reconciler/cli/verbs/policy/policy-report.ts';
import { readDocument } from '../../../reconciler/document/yaml/read.ts';
import type { Members } from '../../../reconciler/model/policy/members.ts';
import { ok } from '../../../reconciler/model/result.ts';

const HEAD = `apiVersion: vnet.azure/v2
kind: NodeNetwork
metadata: { node: node-1, generation: 1 }
policy: { enforce: true, unknownPods: deny }
networks:
  kubenet:
    mode: routed
    bridge: { name: cbr0, mac: "0a:58:0a:f4:00:01" }
    pools:
      ipv4: { source: static, subnet: 10.244.0.0/24, gateway: 10.244.0.1, addresses: [10.244.0.0/24] }
networkPolicies:
  shop/deny-all: { podSelector: {} }
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress:
      - ports: [{ port: 1 }]
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 5432 }]
endpoints:
`;

const endpoint = (id: string, pod: string, address: string, labels = ''): string =>
  `  kubenet/${id}/eth0:\n    pod: ${pod}\n${labels}    netns: /run/netns/${id}\n    hostVeth: azv${id}\n    mac: 0a:00:00:00:00:${address.slice(-2)}\n    addresses: [10.244.0.${address}/24]\n    gateway: 10.244.0.1\n    added: 2026-11-21T11:13:58.986Z\n`;

const TEXT = [
  HEAD,
  endpoint('aa', 'shop/web', '10', '    labels: { app: web }\n'),
  endpoint('bb', 'shop/db', '11', '    labels: { app: db }\n'),
  endpoint('cc', 'office/new', '12'),
].join('');

const MEMBERS: Members = {
  policies: { 'office/far': { podSelector: { matchLabels: { app: 'far' } } } },
  namespaces: new Map(),
  pods: [
    { namespace: 'office', name: 'far', labels: { app: 'far' }, addresses: ['10.244.1.9'] },
    {
      namespace: 'shop',
      name: 'db',
      addresses: ['10.244.0.11'],
      ports: [{ name: 'sql', port: 5432, protocol: 'TCP' }],
    },
  ],
};

const KNOWN = { members: MEMBERS, denied: { ingress: 3, egress: 0 } };

/** Five packets for each profile of this node, two of them denied. */
function judgedIn(document: VnetDocument): ReadonlyMap<string, JudgedCounts> {
  const chains = [...policiesByChain(document, MEMBERS).keys()];
  return new Map(chains.map((chain) => [chain, { judged: 5, denied: 2 }]));
}

function report(choice: Partial<PolicyChoice>): {
  readonly code: unknown;
  readonly out: string;
  readonly warned: string;
} {
  const [out, warned]: [string[], string[]] = [[], []];
  const output = {
    print: (text: string): void => void out.push(text),
    warn: (text: string): void => void warned.push(text),
    paint: (_style: unknown, text: string): string => text,
  };
  const read = readDocument(TEXT, 'vnet.yaml');
  if (!read.ok) throw new Error(JSON.stringify(read.error));
  const snapshot = { document: read.value, text: TEXT, generation: 1 };
  const node: object = { store: { read: () => ok(snapshot) } };
  const whole: PolicyChoice = { action: 'list', first: '', second: '', port: '', format: 'text', ...choice };
  const isNode = (value: object): value is Parameters<typeof reportPolicies>[0] => 'store' in value;
  if (!isNode(node)) throw new Error('no node');
  const done = reportPolicies(node, { ...KNOWN, judged: judgedIn(read.value) }, whole, output);
  return { code: done.ok ? done.value : done.error, out: out.join('\n'), warned: warned.join('\n') };
}

const explain = (first: string, second: string, port: string): ReturnType<typeof report> =>
  report({ action: 'explain', first, second, port });

describe('vnet policy', () => {
  it('lists policies of document and cluster, with the pods that they isolate here', () => {
    const { code, out } = report({});
    const rows = out.split('\n').map((line) => line.trim().split(/ {2,}/));
    expect(code).toBe(0);
    expect(rows).toEqual([
      ['POLICY', 'SOURCE', 'ISOLATES', 'RULES', 'PACKETS', 'DENIED', 'PODS HERE'],
      ['office/far', 'cluster', 'ingress', '0', '-', '-', '-'],
      ['shop/db', 'document', 'ingress', '2', '5 in', '2 in', 'shop/db'],
      // Of both pods, which have other policies beside it.
      ['shop/deny-all', 'document', 'ingress', '0', '10 in', '4 in', 'shop/db, shop/web'],
      ['Packets denied: ingress 3, egress 0'],
    ]);
  });

  it('shows one policy, and says what it isolates', () => {
    expect(report({ action: 'show', first: 'shop/db' }).out).toMatch(
      /^shop\/db isolates ingress of: shop\/db\n\{/,
    );
    expect(report({ action: 'show', first: 'shop/db' }).out).toMatch(
      /\n\}\nPackets, ingress: 5 judged, 2 denied$/,
    );
    expect(report({ action: 'show', first: 'shop/none' })).toMatchObject({ code: 66, out: '' });
  });

  it.each([
    ['shop/web shop/db 5432', 'allowed', 'ingress allowed by shop/db, rule 2'],
    ['shop/web 10.244.0.11 5432/tcp', 'allowed', 'ingress allowed by shop/db, rule 2'],
    ['shop/web shop/db sql', 'allowed', '5432/tcp'],
    ['shop/db shop/web sql', 'denied', 'ingress denied: isolated by shop/deny-all'],
    ['shop/db shop/web 80', 'denied', 'ingress denied: isolated by shop/deny-all'],
    ['192.0.2.1 shop/db 5432', 'denied', 'ingress denied: isolated by shop/db, shop/deny-all'],
    ['192.0.2.1 shop/db 1', 'allowed', 'ingress allowed by shop/db, rule 1'],
    ['192.0.2.1 shop/db icmp', 'denied', 'egress  allowed: not a known pod'],
    ['shop/web office/far 80', 'allowed', 'ingress allowed here: the pod is on another node'],
    ['office/new office/far 80', 'denied', 'egress  denied: the labels of the pod are unknown'],
    ['shop/web shop/web 80', 'allowed', 'a pod reaches itself'],
  ])('explains %s: %s', (words, verdict, why) => {
    const [from = '', to = '', port = ''] = words.split(' ');
    const { code, out } = explain(from, to, port);
    expect([code, out.split(':')[0]]).toEqual([0, verdict]);
    expect(out).toContain(why);
  });

  it('refuses an unknown pod and a malformed port', () => {
    expect(explain('shop/none', 'shop/db', '80')).toMatchObject({ code: 66, out: '' });
    expect(explain('shop/web', 'shop/db', '70000').code).toMatchObject({ code: 'invalid' });
  });
});
