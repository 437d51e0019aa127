/** `vnet watch` beside network policies: calls cause no round, and what another program removes comes back at once. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, hasLiveNodes } from '../../plugin/live-node.ts';
import { addressOf } from '../mode-nodes.ts';
import { makePolicyNode, type PolicyNode, WEB_TO_DB } from './policy-node.ts';

/** Longer than the test: no full scan comes in between. */
const INTERVAL = '600s';

describe.skipIf(!hasLiveNodes)('vnet watch beside network policies', () => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  /** Resolves to a node on which `vnet watch` serves calls, after its first round. */
  const watched = async (path: Parameters<typeof makePolicyNode>[0]): Promise<PolicyNode> => {
    const node = makePolicyNode(path, WEB_TO_DB);
    ends.push(node.remove);
    const argv = [`--net=${node.netns.path}`, '--', join(BIN, 'vnet'), 'watch', '--interval', INTERVAL];
    const child = spawn('nsenter', argv, {
      env: { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' },
      stdio: 'ignore',
    });
    const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
    ends.push(() => {
      child.kill('SIGTERM');
      return ended;
    });
    await until(() => existsSync(join(node.root, 'run/vnet/calls.sock')) && stateOf(node) !== undefined);
    return node;
  };
  const isolated = (node: PolicyNode): string =>
    node.netns.execNow(['nft', 'list', 'map', 'inet', 'vnet_policy', 'pod_in4']).stdout;

  it.each(['routed', 'bridge, br_netfilter off'] as const)(
    'has nothing to do after calls, %s',
    async (path) => {
      const node = await watched(path);
      const before = node.add('shop', 'db-0', { labels: { app: 'db' } });
      node.add('shop', 'web-0', { labels: { app: 'web' } });
      node.add('shop', 'db-1', { labels: { app: 'db' } });
      node.del(before);
      await until(() => stateOf(node) === generationOf(node));
      expect(eventsOf(node).filter(({ type }) => type === 'Drift' || type === 'Repaired')).toEqual([]);
      expect(node.vnet('reconcile', '--dry-run').stdout).toContain('No steps');
    },
  );

  it('follows the pods of the cluster, without a full scan', async () => {
    const node = await watched('routed');
    const peer = (address: string): string =>
      JSON.stringify({
        pods: [{ namespace: 'shop', name: 'far', labels: { app: 'web' }, addresses: [address] }],
      });
    const file = join(node.root, 'var/lib/vnet/policy.json');
    const peers = (): string =>
      node.netns.execNow(['nft', 'list', 'map', 'inet', 'vnet_policy', 'peer_in4']).stdout;
    writeFileSync(`${file}.new`, `{"format":"vnet.policy/1"}\n${peer('10.240.9.1')}\n`);
    renameSync(`${file}.new`, file);
    node.add('shop', 'db-0', { labels: { app: 'db' } });
    await until(() => peers().includes('10.240.9.1 '));
    appendFileSync(file, `${peer('10.240.9.2')}\n`);
    await until(() => peers().includes('10.240.9.2 '));
    expect(peers()).not.toContain('10.240.9.1 ');
    // A namespace gets its first policy: its pods are isolated by a round.
    const policies = { 'office/deny': { podSelector: {} } };
    node.add('office', 'desk', { labels: { app: 'desk' } });
    appendFileSync(file, `${JSON.stringify({ policies })}\n`);
    await until(() => isolated(node).split(',').length === 2);
    expect(eventsOf(node).filter(({ type }) => type === 'Drift')).toEqual([]);
    expect(node.vnet('reconcile', '--dry-run').stdout).toContain('No steps');
  });

  it('restores an isolation element at once, without a full scan', async () => {
    const node = await watched('routed');
    const address = addressOf(node.add('shop', 'db-0', { labels: { app: 'db' } }).netns);
    await until(() => stateOf(node) === generationOf(node));
    expect(isolated(node)).toContain(address);
    node.netns.mustExec(['nft', `delete element inet vnet_policy pod_in4 { ${address} }`]);
    await until(() => isolated(node).includes(address));
    await until(() => eventsOf(node).some(({ type }) => type === 'Repaired'));
    const told = eventsOf(node).filter(({ type }) => type === 'Repaired');
    expect(told.map(({ key }) => key)).toEqual(['nft-table inet vnet_policy']);
  });
});

type Event = { readonly type: string; readonly key?: string };

function eventsOf({ root }: PolicyNode): readonly Event[] {
  const path = join(root, 'run/vnet/events.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Event => JSON.parse(line));
}

/** The generation that the node is known to match; undefined before the first round. */
function stateOf({ root }: PolicyNode): number | undefined {
  const path = join(root, 'run/vnet/status.json');
  if (!existsSync(path)) return undefined;
  const { convergedGeneration }: { convergedGeneration?: number } = JSON.parse(readFileSync(path, 'utf8'));
  return convergedGeneration;
}

function generationOf({ root }: PolicyNode): number {
  return Number(/generation: (\d+)/.exec(readFileSync(join(root, 'var/lib/vnet/vnet.yaml'), 'utf8'))?.[1]);
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it never became so');
    await new Promise((resolve) => void setTimeout(resolve, 20));
  }
}
