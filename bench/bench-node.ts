/** A node to measure on: a namespace on the lab's fabric, its state on disk, and a timer inside it. */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Fabric, Nic } from '../test/lab/fabric.ts';
import { bootNode, haltNode, type Node } from '../test/lab/node.ts';
import { mustExec } from '../test/support/exec.ts';
import { addressOf, containerIdOf, NETWORK, type PodEntry, withEndpoints } from './documents.ts';
import { endServer, type Server, serverOf } from './server.ts';
import { startTimer, type Job, type Timed, type Timer } from './timer.ts';

/** The inputs of all workloads. Shape: `folder` is on disk and removed at the end. */
export type Bench = {
  readonly fabric: Fabric;
  readonly folder: string;
  /** Directory of our executables. */
  readonly bin: string;
  readonly timerProgram: string;
  readonly packetsProgram: string;
  readonly say: (line: string) => void;
};

/** A node. */
export type BenchNode = {
  readonly node: Node;
  readonly timer: Timer;
  readonly documentPath: string;
  /** Directory of our executables. */
  readonly bin: string;
  /** The environment of the node's own executables. */
  readonly env: Readonly<Record<string, string>>;
  /** Resolves once the resident process serves calls and is warm. */
  readonly attend: () => Promise<Attendant>;
  /** The resident process; undefined without one. */
  readonly attendant: () => Attendant | undefined;
  /**
   * Ensures a document with these endpoints, taken over into a new journal.
   * Shape: its head is the one written by the first ADD.
   */
  readonly fill: (pods: readonly PodEntry[]) => void;
  /** Resolves to the node after a reboot: with fresh kernel state. */
  readonly reboot: () => Promise<BenchNode>;
  readonly remove: () => Promise<void>;
};

/** A running `vnet watch`. Units: MiB of resident memory. */
export type Attendant = Server & { readonly memoryMb: () => number; readonly end: () => Promise<void> };

/** The network location of a node. Shape: its pods' addresses begin at 10.240.FIRST.0; `conf` replaces keys of its configuration. */
export type Site = { readonly nic: Nic; readonly firstPod: number; readonly conf?: object };

/** Returns the site of the nth node; the fabric delivers the addresses of `pods` pods to it. */
export function siteOf(index: number, pods: number): Site {
  const firstPod = 16 * (index + 1);
  const mac = `00:0d:3a:51:c4:${(0xa0 + index).toString(16)}`;
  const secondaries = Array.from({ length: pods }, (_, pod) => addressOf(firstPod, pod));
  return { nic: { node: `node${index}`, mac, primary: `10.240.0.${35 + index}`, secondaries }, firstPod };
}

/** Returns our configuration for that node, as a runtime passes it to azure-vnet. */
export function ownConf({ firstPod, conf }: Site): object {
  const addresses = [`10.240.${firstPod}.0-10.240.${firstPod + 15}.255`];
  return {
    cniVersion: '0.4.0',
    name: NETWORK,
    type: 'azure-vnet',
    mode: 'bridge',
    bridge: 'azure0',
    ipam: { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses },
    ...conf,
  };
}

/** Resolves to a node that has taken its uplink over: one pod was attached and detached. */
export async function makeBenchNode(bench: Bench, site: Site): Promise<BenchNode> {
  const here = boot(bench, site, makeRoot(bench, site));
  const namespace = `${site.nic.node}-first`;
  mustExec(['ip', 'netns', 'add', namespace]);
  for (const verb of ['ADD', 'DEL'] as const) {
    const call = { verb, containerId: containerIdOf('first'), netns: `/run/netns/${namespace}` };
    await runOne(
      here,
      cniJob({ binary: join(bench.bin, 'azure-vnet'), conf: ownConf(site), env: here.env }, call),
    );
  }
  mustExec(['ip', 'netns', 'del', namespace]);
  return here;
}

/**
 * Returns a node on which vnet has never run: no document, no bridge. Its `remove` deletes its state, too.
 */
export function makeFreshNode(bench: Bench, site: Site): BenchNode {
  const root = makeRoot(bench, site);
  const here = boot(bench, site, root);
  const remove = async (): Promise<void> => {
    await here.remove();
    mustExec(['umount', '--lazy', join(root, 'run')]);
    rmSync(root, { recursive: true, force: true });
  };
  return { ...here, remove };
}

/** As on a real node: the document on disk, locks and caches in memory. */
function makeRoot(bench: Bench, site: Site): string {
  const root = join(bench.folder, site.nic.node);
  mkdirSync(join(root, 'run'), { recursive: true });
  mustExec(['mount', '-t', 'tmpfs', 'tmpfs', join(root, 'run')]);
  return root;
}

function boot(bench: Bench, site: Site, root: string): BenchNode {
  const { fabric } = bench;
  const node = bootNode({ fabric, nic: site.nic, namespace: site.nic.node, root });
  const timer = startTimer(['nsenter', `--net=${node.netns.path}`, '--', bench.timerProgram]);
  const documentPath = join(root, 'var/lib/vnet/vnet.yaml');
  let attendant: Attendant | undefined;
  const halt = async (): Promise<void> => {
    await timer.stop();
    await endServer(root);
    haltNode(fabric, node);
  };
  return {
    node,
    timer,
    documentPath,
    bin: bench.bin,
    env: { VNET_ROOT: root, VNET_NODE: site.nic.node, PATH: process.env['PATH'] ?? '' },
    attend: async () => (attendant = await attend(bench, { node, site })),
    attendant: () => attendant,
    fill: (pods) => {
      writeFileSync(documentPath, withEndpoints(readFileSync(documentPath, 'utf8'), pods));
      // As if it had always been so: otherwise the missing endpoints would count as lost, and be kept.
      rmSync(join(root, 'var/lib/vnet/history'), { recursive: true, force: true });
      attachAndDetach(bench, { node, site }, 'taken-over');
    },
    reboot: async () => {
      await halt();
      return boot(bench, site, root);
    },
    remove: halt,
  };
}

/** Ensures that the document was last written by vnet itself. */
function attachAndDetach(
  bench: Bench,
  { node, site }: { readonly node: Node; readonly site: Site },
  name: string,
): void {
  const call = { containerId: containerIdOf(name), netns: `/run/netns/${node.nic.node}-first` };
  const plugin = { binary: join(bench.bin, 'azure-vnet'), conf: ownConf(site), env: {} };
  mustExec(['ip', 'netns', 'add', `${node.nic.node}-first`]);
  for (const verb of ['ADD', 'DEL'] as const) {
    const { argv, env, input } = cniJob(plugin, { ...call, verb });
    node.netns.mustExec(argv, { input, env: { ...env, VNET_ROOT: node.root, VNET_NODE: node.nic.node } });
  }
  mustExec(['ip', 'netns', 'del', `${node.nic.node}-first`]);
}

/** Pods that start and stop until the engine has compiled the hot code. */
const WARM_PODS = 150;

async function attend(bench: Bench, place: { readonly node: Node; readonly site: Site }): Promise<Attendant> {
  const { node } = place;
  const env = { VNET_ROOT: node.root, VNET_NODE: node.nic.node, PATH: process.env['PATH'] ?? '' };
  const program = join(bench.bin, 'vnet');
  const argv = [`--net=${node.netns.path}`, '--', program, 'watch'];
  // Its socket would be mistaken for that of the resident process.
  await endServer(node.root);
  const child = spawn('nsenter', argv, { env, stdio: 'ignore' });
  process.on('exit', () => child.kill('SIGKILL'));
  while (!existsSync(join(node.root, 'run/vnet/calls.sock'))) {
    if (child.exitCode !== null) throw new Error(`vnet watch exited with ${child.exitCode}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  for (let count = 0; count < WARM_PODS; count += 1) attachAndDetach(bench, place, `warm-${count}`);
  return {
    ...serverOf(child.pid ?? 0),
    memoryMb: () =>
      Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024,
    end: () =>
      new Promise((resolve) => {
        // It may have ended before.
        if (child.exitCode !== null || child.signalCode !== null) resolve();
        child.on('exit', () => resolve());
        child.kill('SIGTERM');
      }),
  };
}

/** Creates one namespace per name, in one process. */
export function makeNamespaces(names: readonly string[]): void {
  mustExec(['ip', '-batch', '-'], { input: names.map((name) => `netns add ${name}\n`).join('') });
}

/** Deletes the namespaces. */
export function removeNamespaces(names: readonly string[]): void {
  mustExec(['ip', '-batch', '-'], { input: names.map((name) => `netns del ${name}\n`).join('') });
}

/** A plugin with its call. */
export type Plugin = {
  readonly binary: string;
  readonly conf: object;
  readonly env: Readonly<Record<string, string>>;
};

/** One call of a plugin. Shape: `prevResult` is the text of an earlier result. */
export type CniCall = {
  readonly verb: 'ADD' | 'DEL' | 'CHECK' | 'STATUS' | 'VERSION';
  readonly containerId: string;
  readonly netns: string;
  readonly prevResult?: string;
  /** The pod as namespace/name; default: default/web-0. */
  readonly pod?: string;
};

/** Returns the process of one CNI call. Source: CNI SPEC, section 2, Parameters. */
export function cniJob({ binary, conf, env }: Plugin, call: CniCall): Job {
  const previous =
    call.prevResult === undefined ? {} : { prevResult: JSON.parse(call.prevResult) as unknown };
  const [namespace = '', name = ''] = (call.pod ?? 'default/web-0').split('/');
  return {
    argv: [binary],
    env: {
      ...env,
      CNI_COMMAND: call.verb,
      CNI_CONTAINERID: call.containerId,
      CNI_NETNS: call.netns,
      CNI_IFNAME: 'eth0',
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${namespace};K8S_POD_NAME=${name}`,
      CNI_PATH: [dirname(binary), ...PEER_FOLDERS].join(':'),
    },
    input: JSON.stringify({ ...conf, ...previous }),
  };
}

/** Directories of containernetworking-plugins in Debian and elsewhere. */
export const PEER_FOLDERS = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'];

/** Resolves to the result of the one process. Rejects with its output if it failed. */
export async function runOne({ timer }: Pick<BenchNode, 'timer'>, job: Job, settleMs = 0): Promise<Timed> {
  const { processes } = await timer.run([job], settleMs);
  const [timed] = processes;
  if (timed === undefined) throw new Error('the timer gave no answer');
  expectGood(job, timed);
  return timed;
}

/** Ensures that the process did the measured work. Errors: throws with its output. */
export function expectGood(job: Job, timed: Timed): void {
  if (timed.code === 0) return;
  const said = `${timed.stderr}${timed.stdout}`.trim().slice(0, 2000);
  const verb = job.env['CNI_COMMAND'] ?? '';
  throw new Error(`${verb} ${job.argv.join(' ')} exited with ${timed.code}: ${said}`);
}
