/** The report of a node without a resident process about policies that are behind the cluster. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN } from '../../plugin/live-node.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { addressOf } from '../mode-nodes.ts';
import { makePolicyNode, type MembersText, type PolicyNode } from './policy-node.ts';

const isReady = hasNamespaces && existsSync(join(BIN, 'vnet'));

type Status = {
  readonly conditions: readonly {
    readonly type: string;
    readonly status: boolean;
    readonly reason: string;
    readonly message: string;
  }[];
  readonly differences: readonly { readonly key: string; readonly cause: string }[];
};

describe.skipIf(!isReady)('policies of the cluster', () => {
  let node: PolicyNode;
  afterEach(() => node.remove());

  const status = (): Status => JSON.parse(node.vnet('status', '-o', 'json').stdout);
  const enforced = (): unknown => {
    const found = status().conditions.find(({ type }) => type === 'PolicyEnforced');
    return [found?.status, found?.reason, found?.message];
  };
  const members = (address: string): MembersText => ({
    policies: {
      'shop/db': {
        podSelector: { matchLabels: { app: 'db' } },
        ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
      },
    },
    namespaces: {},
    pods: [{ namespace: 'shop', name: 'far', labels: { app: 'web' }, addresses: [address] }],
  });

  it('are pending until a round, and drift only where another program changed the table', () => {
    node = makePolicyNode('routed', 'policy: { enforce: true }\n');
    node.write(members('10.240.9.1'));
    const db = addressOf(node.add('shop', 'db', { labels: { app: 'db' } }).netns);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(enforced()).toEqual([
      true,
      'InForce',
      expect.stringMatching(/^1 policy in force; .* after 0 ms$/),
    ]);
    node.write(members('10.240.9.2'));
    expect(status().differences).toEqual([
      expect.objectContaining({ key: 'nft-table inet vnet_policy', cause: 'pending' }),
    ]);
    expect(node.vnet('drift').code).toBe(0);
    expect(enforced()).toEqual([
      false,
      'Lagging',
      expect.stringMatching(/^the kernel does not match 1 policy, \d+ seconds? behind the cluster/),
    ]);
    expect(node.vnet('status').stdout).toMatch(/PolicyEnforced +False +Lagging/);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(enforced()).toEqual([true, 'InForce', expect.stringMatching(/after [1-9]\d* ms$/)]);
    node.netns.mustExec(['nft', `delete element inet vnet_policy pod_in4 { ${db} }`]);
    expect(node.vnet('drift').code).toBe(2);
    expect(status().differences).toEqual([
      expect.objectContaining({ key: 'nft-table inet vnet_policy', cause: 'drift' }),
    ]);
  });

  it('are behind the cluster while the agent does not follow it, and say since when', () => {
    node = makePolicyNode('routed', 'policy: { enforce: true }\n');
    node.write(members('10.240.9.1'));
    node.add('shop', 'db', { labels: { app: 'db' } });
    const follow = (followed: string): void =>
      writeFileSync(join(node.root, 'run/vnet/cluster-copy.json'), JSON.stringify({ followed }));
    expect(node.vnet('reconcile').code).toBe(0);
    expect(enforced()).toEqual([true, 'InForce', expect.anything()]);
    const since = new Date(Date.now() - 600_000).toISOString();
    follow(since);
    const behind = [
      false,
      'Behind',
      `1 policy in force as of ${since}: since then vnet agent has not followed the cluster`,
    ];
    expect(enforced()).toEqual(behind);
    expect(node.vnet('reconcile').code).toBe(0);
    expect(enforced()).toEqual(behind);
    expect(node.vnet('status').stdout).toMatch(/Ready +True/);
    // Mismatches come first.
    node.write(members('10.240.9.2'));
    expect(enforced()).toEqual([false, 'Lagging', expect.anything()]);
    expect(node.vnet('reconcile').code).toBe(0);
    follow(new Date().toISOString());
    expect(enforced()).toEqual([true, 'InForce', expect.anything()]);
  });

  it('are in the picture and in the explanation of a pod', () => {
    const policies = `networkPolicies:
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress:
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 80 }, { protocol: UDP }]
`;
    node = makePolicyNode('transparent', `policy: { enforce: true }\n${policies}`);
    for (const name of ['db', 'web', 'other']) node.add('shop', name, { labels: { app: name } });
    expect(node.vnet('explain', 'shop/db').stdout).toContain(
      'network policies\n  from  TCP 80, UDP: shop/web\n  from  nothing: shop/other\n',
    );
    expect(node.vnet('explain', 'shop/web').stdout).toContain(
      'network policies\n  to    TCP 80, UDP: shop/db\n',
    );
    const mermaid = node.vnet('graph', '-o', 'mermaid').stdout;
    expect(mermaid).toMatch(/ {2}n0e\d -->\|"TCP 80, UDP"\| n0e\d\n/);
    expect(mermaid).toMatch(/ {2}n0e\d -\. "denied" \.-x n0e\d\n/);
    const { connections } = JSON.parse(node.vnet('graph', '-o', 'json').stdout);
    expect(connections).toEqual(
      expect.arrayContaining([
        { from: 'shop/web', to: 'shop/db', allowed: 'TCP 80, UDP' },
        { from: 'shop/other', to: 'shop/db', allowed: 'nothing' },
      ]),
    );
    expect(connections).toHaveLength(2);
    const page = node.vnet('graph', '-o', 'html').stdout;
    expect(page).toContain('<tr><td>shop/other</td><td>shop/db</td><td>denied</td></tr>');
    expect(node.vnet('graph', '-o', 'dot').stdout).toMatch(/dir=forward, .*label="TCP 80, UDP"/);
  });
});
