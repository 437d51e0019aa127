/**
 * A machine for a real container runtime: a node of the lab with its own hostname, mount and process namespaces. Its
 * /run ends with it; its /var/lib is in a folder and survives a reboot. Nothing is written to the real
 * machine.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import type { Fabric, Nic } from '../lab/fabric.ts';
import { bootNode, haltNode, type Node } from '../lab/node.ts';
import { REFERENCE } from '../plugin/live-node.ts';
import { exec, execNow, type ExecOptions, mustExec, type Outcome, renderOutcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { findCommand } from '../support/tools.ts';

/** A machine. */
export type Machine = {
  readonly node: Node;
  /** A folder of the machine that survives a reboot. */
  readonly folder: string;
  /** Resolves to the result of the command on the machine. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<Outcome>;
  /** As exec, but rejects if the command failed; resolves to its output. */
  readonly must: (...argv: readonly string[]) => Promise<string>;
  /** Starts a command on the machine that runs until the machine is halted. */
  readonly start: (argv: readonly string[]) => ChildProcess;
  /** Ensures that all processes and the network of the machine are gone; the folder is kept. */
  readonly halt: () => Promise<void>;
};

/** The inputs of a machine. */
export type MachineSpec = {
  readonly fabric: Fabric;
  readonly nic: Nic;
  readonly namespace: string;
  readonly folder: string;
};

/** Run by sh as process 1. It ends, with everything else, when its stdin is closed. */
const INIT = `set -e
mount -t tmpfs tmpfs /run
mkdir /run/lock /run/netns
mount -t tmpfs tmpfs /dev/shm
mount --bind "$1" /var/lib
echo "$2" > /proc/sys/kernel/hostname
echo up
exec cat > /dev/null`;

/** Returns why these commands cannot be tested here; undefined if they can. */
export function whyNot(commands: readonly string[]): string | undefined {
  if (!hasNamespaces) return 'no private namespaces here';
  if (readFileSync('/proc/self/uid_map', 'utf8').trim().split(/\s+/)[2] !== '4294967295')
    return 'container runtimes need to be run as root';
  const missing = commands.filter((command) => findCommand(command) === undefined);
  if (missing.length > 0) return `not installed: ${missing.join(', ')}`;
  if (REFERENCE === undefined) return 'not installed: containernetworking-plugins';
  try {
    accessSync('/sys/fs/cgroup', constants.W_OK);
    return undefined;
  } catch {
    return '/sys/fs/cgroup cannot be written to';
  }
}

/** Returns why podman cannot be tested here; undefined if it can. Version 5 removed the CNI backend. */
export function whyNotPodman(): string | undefined {
  const why = whyNot(['podman', 'runc', 'conmon', 'busybox', 'iptables']);
  if (why !== undefined) return why;
  const version = execNow(['podman', '--version']).stdout.trim();
  return / [0-4]\./.test(version) ? undefined : `${version} has no CNI backend`;
}

/** Resolves to the freshly booted machine. */
export async function bootMachine(spec: MachineSpec): Promise<Machine> {
  const { fabric, nic, namespace, folder } = spec;
  const node = bootNode({ fabric, nic, namespace, root: folder });
  const state = join(folder, 'var/lib');
  mkdirSync(state, { recursive: true });
  const unshare = ['unshare', '--mount', '--uts', '--pid', '--fork', '--kill-child', '--mount-proc'];
  const init = spawn(
    'nsenter',
    [`--net=${node.netns.path}`, '--', ...unshare, 'sh', '-c', INIT, 'sh', state, nic.node],
    {
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  const ended = once(init, 'exit');
  await Promise.race([
    once(init.stdout, 'data'),
    ended.then(() => Promise.reject(new Error('the machine did not come up'))),
  ]);
  const proc = `/proc/${init.pid ?? 0}/ns`;
  const spaces = [
    `--net=${proc}/net`,
    `--mount=${proc}/mnt`,
    `--uts=${proc}/uts`,
    `--pid=${proc}/pid_for_children`,
  ];
  const enter = (argv: readonly string[]): readonly string[] => ['nsenter', ...spaces, '--', ...argv];
  // A runtime's clean-up has an environment of its own: the node's name is that of the machine.
  const env = { VNET_ROOT: folder };
  const machine: Machine = {
    node,
    folder,
    exec: (argv, options = {}) => exec(enter(argv), { ...options, env: { ...env, ...options.env } }),
    must: async (...argv) => {
      const outcome = await machine.exec(argv);
      if (outcome.code !== 0) throw new Error(renderOutcome(outcome));
      return outcome.stdout.trim();
    },
    start: ([file = '', ...args]) =>
      spawn('nsenter', [...spaces, '--', file, ...args], {
        stdio: ['ignore', 'ignore', 'ignore'],
        env: { ...process.env, ...env },
      }),
    halt: async () => {
      init.kill('SIGKILL');
      await ended;
      haltNode(fabric, node);
    },
  };
  return machine;
}

/** Ensures that no control group below the name remains. */
export async function removeCgroups(name: string): Promise<void> {
  const find = ['find', '/sys/fs/cgroup', '-depth', '-type', 'd', '-path', `*/${name}*`];
  await until(() => {
    const left = mustExec(find)
      .stdout.split('\n')
      .filter((folder) => folder !== '');
    for (const folder of left) mustExec(['rmdir', '--ignore-fail-on-non-empty', folder]);
    return left.every((folder) => !existsSync(folder));
  });
}

/** Resolves when the condition holds; rejects after a minute. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  for (;;) {
    if (await holds()) return;
    if (performance.now() > deadline) throw new Error('it did not come true within a minute');
    await wait(50);
  }
}

/**
 * Resolves to the answer of a web server, fetched with `run` once the server is up; rejects after a minute.
 */
export async function awaitPage(run: Machine['exec'], address: string, port: number): Promise<string> {
  let page = '';
  await until(async () => (page = await getPage(run, address, port)) !== '');
  return page;
}

/** Resolves to the answer of a web server, fetched with `run`; empty without an answer. */
export async function getPage(run: Machine['exec'], address: string, port: number): Promise<string> {
  const asked = await run(['busybox', 'nc', '-w', '30', address, String(port)], {
    input: 'GET / HTTP/1.0\r\n\r\n',
  });
  return asked.stdout.split('\r\n\r\n')[1]?.trim() ?? '';
}
