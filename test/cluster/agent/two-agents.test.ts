/** Row 4 of the failure table: a DaemonSet starts the new agent before the old one has ended. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { createApiClock } from '../../../reconciler/cluster/api/clock.ts';
import { type CliNode, makeCliNode } from '../../cli/simulated-node.ts';
import { type FakeServer, serveFake } from '../fake/http.ts';
import { addRevision, adminOf, openVnetCluster, want } from '../fake/vnet-cluster.ts';

let cli: CliNode;
let server: FakeServer;
const cluster = openVnetCluster(createApiClock());
const agents: ChildProcess[] = [];
beforeEach(async () => {
  cli = makeCliNode();
  server = await serveFake(cluster);
});
afterEach(async () => {
  // A process that is being killed may still write.
  const running = agents.filter(({ exitCode, signalCode }) => (exitCode ?? signalCode) === null);
  for (const agent of running) agent.kill('SIGKILL');
  await Promise.all(running.map((agent) => once(agent, 'exit')));
  await server.close();
  cli.remove();
});

function startAgent(kubeconfig: string): ChildProcess {
  const [program = '', ...args] = cli.command('agent', '--node', 'node-1', '--kubeconfig', kubeconfig);
  const agent = spawn(program, args, { env: cli.env, stdio: ['ignore', 'ignore', 'pipe'] });
  agents.push(agent);
  return agent;
}

/** Resolves when the agent says the words. */
function says(agent: ChildProcess, words: string): Promise<void> {
  return new Promise((resolve, reject) => {
    let text = '';
    agent.stderr?.on('data', (chunk) => {
      text += String(chunk);
      if (text.includes(words)) resolve();
    });
    agent.on('exit', () => reject(new Error(`ended without ${words}: ${text}`)));
  });
}

it('the second agent of a node waits, and goes on when the first has ended', async () => {
  const admin = adminOf(cluster);
  await addRevision(admin, 'mtu', { networks: { azure: { bridge: { mtu: 1400 } } } });
  await addRevision(admin, 'next', { networks: { azure: { bridge: { mtu: 1300 } } } });
  await want(admin, 'node-1', { desiredRevision: 'mtu' });
  const kubeconfig = cli.file(
    'kubeconfig',
    JSON.stringify({
      'current-context': 'lab',
      contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
      clusters: [{ name: 'lab', cluster: { server: server.url } }],
      users: [{ name: 'me', user: {} }],
    }),
  );
  const first = startAgent(kubeconfig);
  await says(first, 'mtu: Confirmed');
  const second = startAgent(kubeconfig);
  await says(second, 'another agent runs on this node');
  first.kill('SIGKILL');
  await once(first, 'exit');
  await want(admin, 'node-1', { desiredRevision: 'next' });
  const deadline = Date.now() + 100_000;
  while (!cli.read().includes('mtu: 1300') && Date.now() < deadline) await pause(50);
  expect(cli.read()).toContain('mtu: 1300');
});
