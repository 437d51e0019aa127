/** Reports of denied packets, and open connections when a policy changes. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN, hasLiveNodes } from '../../plugin/live-node.ts';
import { scrapeSocket } from '../live-metrics.ts';
import { addressOf } from '../mode-nodes.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode } from './policy-node.ts';

const POLICIES = `networkPolicies:
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress:
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 80 }]
`;

/** Echoes each line. */
const ECHO = `require('net').createServer((socket) => socket.on('error', () => 0).pipe(socket).on('error', () => 0)).listen(80, () => console.log('ready'))`;

/** Sends a line each 20 ms, and prints each that comes back. */
const TALK = `const s = require('net').connect(80, process.argv[1], () => setInterval(() => s.write('x\\n'), 20));
s.on('data', () => console.log('echo')).on('error', () => process.exit(1));`;

describe.skipIf(!hasLiveNodes)('network policies', () => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const nodeOf = (path: DataPath): PolicyNode => {
    const node = makePolicyNode(path, `policy: { enforce: true }\n${POLICIES}`);
    ends.push(node.remove);
    return node;
  };
  const run = (netns: string, argv: readonly string[], env: NodeJS.ProcessEnv = process.env) => {
    const child = spawn('nsenter', [`--net=${netns}`, '--', ...argv], {
      env,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const ended = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
    ends.push(() => {
      child.kill('SIGTERM');
      return ended;
    });
    return child;
  };

  it('count denied packets, and tell of each connection once, with its pods', async () => {
    const node = nodeOf('routed');
    const env = { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const metrics = join(node.root, 'metrics.sock');
    run(node.netns.path, [join(BIN, 'vnet'), 'watch', '--metrics', `unix:${metrics}`], env);
    await until(() => existsSync(join(node.root, 'run/vnet/calls.sock')));
    const db = node.add('shop', 'db-0', { labels: { app: 'db' } });
    const other = node.add('office', 'desk', { labels: { app: 'desk' } });
    const address = addressOf(db.netns);
    for (let tries = 0; tries < 3; tries += 1)
      other.netns.mustExec(['bash', '-c', `echo x > /dev/udp/${address}/81`]);
    const denials = (): readonly string[] =>
      eventsOf(node).flatMap(({ type, message }) => (type === 'Denied' ? [message] : []));
    await until(() => denials().length > 0);
    expect(denials()).toEqual([
      `ingress: office/desk (${addressOf(other.netns)}) to shop/db-0 (${address}), UDP 81: no rule of shop/db allows it`,
    ]);
    const listed = node.vnet('policy', 'list').stdout;
    const [, counted = '0'] = /Packets denied: ingress (\d+), egress 0/.exec(listed) ?? [];
    expect(Number(counted)).toBeGreaterThanOrEqual(1);
    const page = await scrapeSocket(metrics);
    expect(page).toContain(`vnet_policy_denied_packets_total{direction="ingress"} ${counted}`);
    expect(page).toContain('vnet_policy_denials_total{policy="shop/db",direction="ingress"} 1');
    const packets = 'vnet_policy_packets_total{policy="shop/db",direction="ingress",verdict=';
    expect(page).toContain(`${packets}"denied"} ${counted}`);
    expect(page).toContain(`${packets}"allowed"} 0`);
    expect(listed).toMatch(
      new RegExp(`shop/db +document +ingress +1 +${counted} in +${counted} in +shop/db-0`),
    );
    const web = node.add('shop', 'web-0', { labels: { app: 'web' } });
    const server = run(db.netns.path, [process.execPath, '-e', ECHO]);
    await new Promise((resolve) => server.stdout.once('data', resolve));
    web.netns.mustExec(['bash', '-c', `exec 3<>/dev/tcp/${address}/80; echo x >&3; head -n 1 <&3`]);
    const later = await scrapeSocket(metrics);
    const [, allowed = '0'] =
      /policy="shop\/db",direction="ingress",verdict="allowed"} (\d+)/.exec(later) ?? [];
    expect(Number(allowed)).toBeGreaterThanOrEqual(3);
    expect(later).toContain(`${packets}"denied"} ${counted}`);
  });

  it('publish the time from the agent to the kernel, and the age of the copy', async () => {
    const node = nodeOf('routed');
    const env = { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const metrics = join(node.root, 'metrics.sock');
    const file = join(node.root, 'var/lib/vnet/policy.json');
    const line = (address: string, changedMs: number): string =>
      `${JSON.stringify({ pods: [{ namespace: 'shop', name: 'far', labels: { app: 'web' }, addresses: [address] }], changedMs })}\n`;
    writeFileSync(file, `{"format":"vnet.policy/1"}\n${line('10.240.9.1', Date.now())}`);
    run(node.netns.path, [join(BIN, 'vnet'), 'watch', '--metrics', `unix:${metrics}`], env);
    await until(() => existsSync(join(node.root, 'run/vnet/calls.sock')));
    node.add('shop', 'db-0', { labels: { app: 'db' } });
    const valueOf = async (name: string): Promise<number> =>
      Number(new RegExp(`^${name} (\\S+)$`, 'm').exec(await scrapeSocket(metrics))?.[1]);
    const isPeer = (address: string): boolean =>
      node.netns
        .execNow(['nft', 'list', 'map', 'inet', 'vnet_policy', 'peer_in4'])
        .stdout.includes(`${address} `);
    await until(() => isPeer('10.240.9.1'));
    // Received by the agent an hour ago.
    appendFileSync(file, line('10.240.9.2', Date.now() - 3_600_000));
    await until(() => isPeer('10.240.9.2'));
    await until(() => statusOf(node)?.lagMs !== undefined && (statusOf(node)?.lagMs ?? 0) > 0);
    const late = await valueOf('vnet_policy_lag_seconds');
    expect(late).toBeGreaterThanOrEqual(3600);
    expect(node.vnet('status').stdout).toMatch(/PolicyEnforced +True +InForce +.* after 36\d{5} ms/);
    expect(await valueOf('vnet_policy_copy_age_seconds')).toBe(0);
    appendFileSync(file, line('10.240.9.3', Date.now()));
    await until(() => isPeer('10.240.9.3'));
    await until(() => (statusOf(node)?.lagMs ?? 3_600_000) < 3_600_000);
    expect(await valueOf('vnet_policy_lag_seconds')).toBeLessThan(3600);
    const followed = new Date(Date.now() - 3_600_000).toISOString();
    writeFileSync(join(node.root, 'run/vnet/cluster-copy.json'), JSON.stringify({ followed }));
    expect(await valueOf('vnet_policy_copy_age_seconds')).toBeGreaterThanOrEqual(3600);
  });

  it.each(Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS))(
    'that change end an open connection at once, %s',
    async (path) => {
      const node = nodeOf(path);
      const db = node.add('shop', 'db-0', { labels: { app: 'db' } });
      const web = node.add('shop', 'web-0', { labels: { app: 'web' } });
      const server = run(db.netns.path, [process.execPath, '-e', ECHO]);
      await new Promise((resolve) => server.stdout.once('data', resolve));
      const client = run(web.netns.path, [process.execPath, '-e', TALK, addressOf(db.netns)]);
      let echoes = 0;
      createInterface(client.stdout).on('line', () => (echoes += 1));
      await until(() => echoes > 5);
      const file = join(node.root, 'var/lib/vnet/vnet.yaml');
      const text = readFileSync(file, 'utf8');
      writeFileSync(`${file}.new`, text.replace('app: web', 'app: nobody'));
      renameSync(`${file}.new`, file);
      expect(node.vnet('reconcile').code).toBe(0);
      // Packets in flight when the policy changed may still arrive.
      await pause(100);
      const before = echoes;
      await pause(500);
      expect(echoes).toBe(before);
      expect(node.netns.execNow(['nft', 'list', 'counters', 'table', 'inet', 'vnet_policy']).stdout).toMatch(
        /counter denied_ingress \{\s+packets [1-9]/,
      );
    },
  );
});

function statusOf({ root }: PolicyNode): { readonly lagMs: number } | undefined {
  const path = join(root, 'run/vnet/status.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).policies : undefined;
}

type Event = { readonly type: string; readonly message: string };

function eventsOf({ root }: PolicyNode): readonly Event[] {
  const path = join(root, 'run/vnet/events.jsonl');
  if (!existsSync(path)) return [];
  const lines = readFileSync(path, 'utf8').split('\n');
  return lines.filter((line) => line !== '').map((line): Event => JSON.parse(line));
}

async function until(isSo: () => boolean): Promise<void> {
  const end = Date.now() + 120_000;
  while (!isSo()) {
    if (Date.now() > end) throw new Error('it never became so');
    await pause(20);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}
