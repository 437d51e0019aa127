/**
 * The agent's executable on a node, beside a fake API server in the same process as this one: memory when idle, and the time from an event
 * to document and kernel. Started by agent.ts in the node's namespace.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readFileSync, watch, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createApiClock } from '../reconciler/cluster/api/clock.ts';
import { NAMESPACES, NETWORK_POLICIES, NODES, PODS } from '../reconciler/cluster/api/resources.ts';
import { BIN } from '../test/plugin/live-node.ts';
import { serveFake } from '../test/cluster/fake/http.ts';
import { addRevision, adminOf, openVnetCluster, statusOf, want } from '../test/cluster/fake/vnet-cluster.ts';
import { must } from '../test/support/must.ts';
import { cpuOf } from './server.ts';

const [root = '', podsText = '1000', roundsText = '10'] = process.argv.slice(2);
const [podCount, rounds] = [Number(podsText), Number(roundsText)];
const state = join(root, 'var/lib/vnet');
const NODE = 'node-1';
/** Longer than the agent waits before it releases memory. Units: milliseconds. */
const IDLE_MS = 20_000;

/** A pod as kubelet and the server have it: some two kilobytes. */
function podObject(at: number): object {
  const address = `10.${64 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}`;
  const padding = 'x'.repeat(1200);
  return {
    metadata: {
      name: `pod-${at}`,
      namespace: `ns${at % 20}`,
      labels: { app: `app${at % 200}`, tier: `tier${at % 7}`, 'pod-template-hash': `${at % 977}` },
      annotations: { padding },
    },
    spec: {
      nodeName: `node-${at % 100}`,
      containers: [{ name: 'main', image: 'registry/app:1', ports: [{ name: 'http', containerPort: 8080 }] }],
    },
    status: { phase: 'Running', podIP: address, podIPs: [{ ip: address }] },
  };
}

const cluster = openVnetCluster(createApiClock(), [PODS, NAMESPACES, NETWORK_POLICIES]);
const server = await serveFake(cluster);
const admin = adminOf(cluster);
must(await admin.create(NODES, { metadata: { name: NODE } }));
for (let at = 0; at < 20; at += 1)
  must(await admin.create(NAMESPACES, { metadata: { name: `ns${at}`, labels: { team: `t${at % 4}` } } }));
for (let at = 0; at < podCount; at += 1) must(await admin.create(PODS, podObject(at) as never));
await want(admin, NODE, {});

const kubeconfig = join(root, 'kubeconfig');
writeFileSync(
  kubeconfig,
  JSON.stringify({
    'current-context': 'lab',
    contexts: [{ name: 'lab', context: { cluster: 'lab', user: 'me' } }],
    clusters: [{ name: 'lab', cluster: { server: server.url } }],
    users: [{ name: 'me', user: {} }],
  }),
);
const env = { ...process.env, VNET_ROOT: root, VNET_NODE: NODE };
const log: string[] = [];
const agent = spawn(join(BIN, 'vnet'), ['agent', '--node', NODE, '--kubeconfig', kubeconfig], {
  env,
  stdio: ['ignore', 'ignore', 'pipe'],
});
agent.stderr.on('data', (chunk) => log.push(String(chunk)));
process.on('exit', () => agent.kill('SIGKILL'));

const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** Units: MiB. */
function memory({ pid }: ChildProcess): {
  readonly rss: number;
  readonly anonymous: number;
  readonly peak: number;
} {
  const text = readFileSync(`/proc/${pid}/status`, 'utf8');
  const of = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1]) / 1024;
  return { rss: of('VmRSS'), anonymous: of('RssAnon'), peak: of('VmHWM') };
}

/** A moment: the time, and the agent's processor time then. Units: milliseconds. */
type Moment = { readonly at: number; readonly cpu: number };

const now = (): Moment => ({ at: performance.now(), cpu: cpuOf(agent.pid ?? 0) });

/** Resolves when the text appears in the document. */
function documentHas(text: string): Promise<Moment> {
  return new Promise((resolve) => {
    const look = (): void => {
      if (!readFileSync(join(state, 'vnet.yaml'), 'utf8').includes(text)) return;
      watcher.close();
      resolve(now());
    };
    const watcher = watch(state, look);
    look();
  });
}

const monitor = spawn('ip', ['-o', 'monitor', 'link'], { stdio: ['ignore', 'pipe', 'ignore'] });
process.on('exit', () => monitor.kill('SIGKILL'));
const heard = new Set<(line: string) => void>();
createInterface(monitor.stdout).on('line', (line) => {
  for (const hear of heard) hear(line);
});

/** Resolves when the kernel tells of the bridge with this MTU. */
function kernelHas(mtu: number): Promise<Moment> {
  return new Promise((resolve) => {
    const hear = (line: string): void => {
      if (!/ azure0[:@]/.test(line) || !line.includes(`mtu ${mtu} `)) return;
      heard.delete(hear);
      resolve(now());
    };
    heard.add(hear);
  });
}

const untilSynced = async (): Promise<void> => {
  for (let tries = 0; tries < 1200; tries += 1) {
    const status = await statusOf(admin, NODE);
    if (status.conditions !== undefined) return;
    await pause(100);
  }
  throw new Error(`no status: ${log.join('')}`);
};
await untilSynced();
await pause(IDLE_MS);
console.log(
  `idle, ${podCount} pods in the cluster: ${JSON.stringify(memory(agent))} MiB, ${cpuOf(agent.pid ?? 0)} ms of CPU since its start`,
);

for (let round = 0; round < rounds; round += 1) {
  const mtu = 1400 - round;
  await addRevision(admin, `mtu-${mtu}`, { networks: { azure: { bridge: { mtu } } } });
  await pause(round === 0 ? 0 : Number(process.env['PAUSE'] ?? 3000));
  const waits = [documentHas(`mtu: ${mtu}`), kernelHas(mtu)] as const;
  const start = now();
  await want(admin, NODE, { desiredRevision: `mtu-${mtu}`, confirmWithinSeconds: 60 });
  const texts = (await Promise.all(waits)).map(
    ({ at, cpu }) => `${(at - start.at).toFixed(1)} ms (of the processor ${(cpu - start.cpu).toFixed(1)})`,
  );
  console.log(`round ${round}: document ${texts[0]}, kernel ${texts[1]}`);
  for (let tries = 0; tries < 600; tries += 1) {
    if ((await statusOf(admin, NODE)).revision?.confirmed === `mtu-${mtu}`) break;
    await pause(50);
  }
}
await pause(IDLE_MS);
console.log(`idle again: ${JSON.stringify(memory(agent))} MiB`);
console.log(log.join(''));
process.exit(0);
