/**
 * The time from drift to repair while `vnet watch` runs, for each kind of object, and the cost of the loop when idle
 * and during a storm of foreign routes.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIVE_CONF, type LiveNode, makeLiveNode } from '../test/plugin/live-node.ts';
import { type Bench, makeNamespaces, removeNamespaces } from './bench-node.ts';
import { makePods, nameOf, withEndpoints } from './documents.ts';
import type { Options } from './options.ts';
import type { Recorder } from './series.ts';
import { REPAIR_ALL, repairTask, WATCH_SIZE } from './tasks.ts';

const FIRST_POD = 16;
const FOREIGN_ROUTES = 100_000;
/** Units: seconds. */
const IDLE_S = 20;

/** Resolves to the cost of the loop, as text; the times are recorded. */
export async function measureWatch(
  bench: Bench,
  options: Options,
  recorder: Recorder,
): Promise<Readonly<Record<string, string>>> {
  bench.say(`from break to repair with ${WATCH_SIZE} endpoints`);
  const node = makeLiveNode();
  const pods = makePods('watch', FIRST_POD, WATCH_SIZE);
  const path = await prepare(node, pods);
  const watch = spawn('nsenter', [`--net=${node.netns.path}`, '--', join(bench.bin, 'vnet'), 'watch'], {
    env: { ...process.env, VNET_ROOT: node.root, VNET_NODE: 'node-1' },
    stdio: 'ignore',
  });
  process.on('exit', () => watch.kill('SIGKILL'));
  try {
    const facts = await measureCosts(node, watch.pid ?? 0);
    const rounds = options.isQuick ? 2 : Math.min(options.runs, 3);
    const times = Object.entries(await probe(node, path, rounds));
    for (const [name, found] of times) for (const value of found) record(recorder, name, value);
    const slowest = times.map(([name, found]) => ({ name, value: Math.max(...found.map(Number)) }));
    const [longest] = slowest.toSorted((left, right) => right.value - left.value);
    return { ...facts, 'vnet watch, slowest repair': `${longest?.value.toFixed(0)} ms (${longest?.name})` };
  } finally {
    const ended = new Promise((resolve) => watch.on('close', resolve));
    watch.kill('SIGTERM');
    await ended;
    node.remove();
    removeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  }
}

function record(recorder: Recorder, name: string, value: number | null): void {
  if (value === null) throw new Error(`${name}: never repaired`);
  for (const task of [repairTask(name), REPAIR_ALL])
    recorder.add({ task, endpoints: WATCH_SIZE, contestant: 'vnet watch' }, { value });
}

/** Resolves to the path of the document of a node with all the pods. */
async function prepare(node: LiveNode, pods: ReturnType<typeof makePods>): Promise<string> {
  const addresses = [`10.240.${FIRST_POD}.0-10.240.${FIRST_POD + 15}.255`];
  const conf = { ...LIVE_CONF, ipam: { ...LIVE_CONF.ipam, addresses } };
  const first = node.addPod();
  for (const verb of ['ADD', 'DEL']) await node.call({ verb, pod: first, conf });
  makeNamespaces(pods.map(({ netns }) => nameOf(netns)));
  const path = join(node.root, 'var/lib/vnet/vnet.yaml');
  writeFileSync(path, withEndpoints(readFileSync(path, 'utf8'), pods));
  const made = node.reconcile();
  if (made.code !== 0) throw new Error(made.stdout + made.stderr);
  return path;
}

async function measureCosts(node: LiveNode, pid: number): Promise<Readonly<Record<string, string>>> {
  await pause(3000);
  const idle = await cpuDuring(pid, () => pause(IDLE_S * 1000));
  const storm = await cpuDuring(pid, () => foreignStorm(node));
  const seconds = (storm.wallMs / 1000).toFixed(1);
  return {
    'vnet watch, idle': `${idle.cpuMs.toFixed(0)} ms of CPU in ${IDLE_S} s, ${residentMb(pid).toFixed(0)} MiB, ${WATCH_SIZE} endpoints`,
    'vnet watch, foreign storm': `${storm.cpuMs.toFixed(0)} ms of CPU for ${2 * FOREIGN_ROUTES} changes of foreign routes in ${seconds} s`,
  };
}

async function probe(
  node: LiveNode,
  path: string,
  rounds: number,
): Promise<Readonly<Record<string, readonly (number | null)[]>>> {
  const script = join(import.meta.dirname, 'watch-probe-process.ts');
  const argv = [process.execPath, '--import', 'tsx', script, path, String(rounds)];
  const { stdout, stderr, code } = await node.netns.exec(argv, { timeoutMs: 600_000 });
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout.trim().split('\n').at(-1) ?? '{}');
}

async function foreignStorm(node: LiveNode): Promise<void> {
  const lines: string[] = [];
  for (const verb of ['add', 'del']) {
    for (let index = 0; index < FOREIGN_ROUTES; index += 1) {
      const [third, fourth] = [Math.floor(index / 256) % 256, index % 256];
      lines.push(
        `route ${verb} 100.${Math.floor(index / 65_536)}.${third}.${fourth}/32 via 10.240.0.1 dev azure0 proto bgp`,
      );
    }
  }
  const done = await node.netns.exec(['ip', '-batch', '-'], {
    input: `${lines.join('\n')}\n`,
    timeoutMs: 300_000,
  });
  if (done.code !== 0) throw new Error(done.stderr);
}

/** Returns the processor time used by the process. Source: utime and stime of proc_pid_stat(5), in hundredths of a second. */
async function cpuDuring(pid: number, work: () => Promise<void>): Promise<{ cpuMs: number; wallMs: number }> {
  const [before, start] = [cpuMsOf(pid), performance.now()];
  await work();
  return { cpuMs: cpuMsOf(pid) - before, wallMs: performance.now() - start };
}

function cpuMsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

function residentMb(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
