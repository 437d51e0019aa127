/** `kill -9` of calls, of their server and of `vnet watch` while policies are in force: nothing opens. */
import { spawn } from 'node:child_process';
import { appendFileSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { BIN } from '../../plugin/live-node.ts';
import { endServer } from '../../support/end-server.ts';
import { longOr } from '../../support/long.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';
import { addressOf } from '../mode-nodes.ts';
import { type DataPath, makePolicyNode, type PolicyNode, type PolicyTestPod } from './policy-node.ts';

const isReady = hasNamespaces && existsSync(join(BIN, 'vnet'));
const KILLS = longOr(6, 50);
const TARGET = '10.240.1.40';
const PATHS: readonly DataPath[] = ['routed', 'bridge, br_netfilter off'];

const POLICIES = {
  'shop/db': {
    podSelector: { matchLabels: { app: 'db' } },
    ingress: [{ from: [{ podSelector: { matchLabels: { app: 'web' } } }] }],
  },
};

/** A sender that waits for no answer, and goes on where no host has the address. */
const FLOOD = `const s = require('dgram').createSocket('udp4');
const next = () => { for (let n = 0; n < 5; n += 1) s.send('x', 80, '${TARGET}', () => 0); setTimeout(next, 2); };
s.on('error', () => 0).bind(() => next());`;

const COUNTER = `table inet count {
  chain in { type filter hook prerouting priority -400; ip daddr ${TARGET} udp dport 80 counter; }
  chain out { type filter hook output priority 0; ip daddr ${TARGET} udp dport 80 counter; }
}`;

describe.skipIf(!isReady).each(PATHS)('kill -9 with network policies in force, %s', (path) => {
  const ends: (() => void | Promise<void>)[] = [];
  afterEach(async () => {
    for (const end of ends.splice(0).toReversed()) await end();
  });

  const started = (): { readonly node: PolicyNode; readonly denied: PolicyTestPod } => {
    const node = makePolicyNode(path, 'policy: { enforce: true, unknownPods: deny }\n');
    ends.push(node.remove);
    node.write({ policies: POLICIES, namespaces: {}, pods: [] });
    const denied = node.add('shop', 'other', { ip: '10.240.1.41', labels: { app: 'other' } });
    denied.netns.mustExec(['nft', '-f', '-'], { input: COUNTER });
    ends.push(flood(denied.netns));
    return { node, denied };
  };

  it('opens no pod during its ADD and DEL', async () => {
    const { node, denied } = started();
    let received = 0;
    for (let kill = 0; kill < KILLS; kill += 1) {
      const netns = makeNetns(uniqueName('killpod'));
      netns.mustExec(['nft', '-f', '-'], { input: COUNTER });
      const pod = { namespace: 'shop', name: `db-${kill}`, netns, container: netns.name };
      const labels = [{ key: 'app', value: 'db' }];
      for (const verb of ['ADD', 'DEL']) {
        await killed(
          node,
          { verb, pod, more: { args: { cni: { ips: [TARGET], labels } } } },
          (kill * 13) % 90,
        );
        const again = node.call(verb, pod, { args: { cni: { ips: [TARGET], labels } } });
        expect([again.code, again.stdout]).toEqual([0, expect.anything()]);
        if (verb === 'ADD') await new Promise((resolve) => void setTimeout(resolve, 20));
      }
      received += countIn(netns, 'in');
      netns.remove();
    }
    const sent = countIn(denied.netns, 'out');
    console.log(`${path}: ${2 * KILLS} kills of calls, ${received} of ${sent} packets arrived`);
    // Several for each kill, also on a slow machine.
    expect(sent).toBeGreaterThan(5 * KILLS);
    expect(received).toBe(0);
  });

  it('opens no pod while vnet watch follows the cluster', async () => {
    const { node, denied } = started();
    const db = node.add('shop', 'db', { ip: TARGET, labels: { app: 'db' } });
    expect(addressOf(db.netns)).toBe(TARGET);
    db.netns.mustExec(['nft', '-f', '-'], { input: COUNTER });
    const file = join(node.root, 'var/lib/vnet/policy.json');
    appendFileSync(file, '\n');
    for (let kill = 0; kill < KILLS; kill += 1) {
      const watch = spawn(
        'nsenter',
        [`--net=${node.netns.path}`, '--', join(BIN, 'vnet'), 'watch', '--interval', '1s'],
        { env: { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' }, stdio: 'ignore' },
      );
      const end = new Promise((resolve) => void watch.on('exit', resolve));
      for (let change = 0; change < 4; change += 1) {
        const address = `10.240.9.${(kill * 4 + change) % 250}`;
        const pods = [{ namespace: 'shop', name: 'far', labels: { app: 'web' }, addresses: [address] }];
        appendFileSync(file, `${JSON.stringify({ pods })}\n`);
        await new Promise((resolve) => void setTimeout(resolve, 40 + ((kill * 7) % 60)));
      }
      watch.kill('SIGKILL');
      await end;
    }
    expect(node.vnet('reconcile').code).toBe(0);
    const [received, sent] = [countIn(db.netns, 'in'), countIn(denied.netns, 'out')];
    console.log(`${path}: ${KILLS} kills of vnet watch, ${received} of ${sent} packets arrived`);
    // Several for each kill, also on a slow machine.
    expect(sent).toBeGreaterThan(5 * KILLS);
    expect(received).toBe(0);
  });
});

type Call = { readonly verb: string; readonly pod: PolicyTestPod; readonly more: object };

/** Starts the call, and kills it and its server after a while. */
async function killed(node: PolicyNode, { verb, pod, more }: Call, afterMs: number): Promise<void> {
  const { argv, env, input } = node.command(verb, pod, more);
  const child = spawn('nsenter', [`--net=${node.netns.path}`, '--', ...argv], {
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  const end = new Promise((resolve) => void child.on('exit', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(input);
  await new Promise((resolve) => void setTimeout(resolve, afterMs));
  child.kill('SIGKILL');
  endServer(node.root);
  await end;
}

function flood(from: Netns): () => Promise<void> {
  const child = spawn('nsenter', [`--net=${from.path}`, '--', process.execPath, '-e', FLOOD], {
    stdio: 'ignore',
  });
  const end = new Promise<void>((resolve) => void child.on('exit', () => resolve()));
  return async () => {
    child.kill('SIGKILL');
    await end;
  };
}

function countIn(netns: Netns, chain: string): number {
  const text = netns.mustExec(['nft', 'list', 'chain', 'inet', 'count', chain]).stdout;
  return Number(/counter packets (\d+)/.exec(text)?.[1] ?? Number.NaN);
}
