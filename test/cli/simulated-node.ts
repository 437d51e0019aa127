/**
 * A node for command line tests, in its own directory: a real document, a simulated kernel in a file,
 * real processes.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSimulatedFile, type SimulatedFile } from '../../reconciler/kernel/simulated/file.ts';
import { createSys } from '#sys';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { HEAD_TEXT, POOL_TEXT, UPLINK_TEXT } from '../support/document-text.ts';
import { execNow, type Outcome } from '../support/exec.ts';
import { netnsOf, UPLINK_CONFIGURATION } from '../support/node.ts';

const PROGRAM = [join(SIMULATED_BIN, 'vnet')];

/** The node's document: all hand-edited parts, with comments. */
export const DOCUMENT = `# What this node is to have.
${HEAD_TEXT}${UPLINK_TEXT}    bridge:
      name: azure0
      mtu: 1500 # as the fabric has it
${POOL_TEXT}endpoints:
  azure/c00000000000/eth0:
    pod: default/web-0
    netns: /run/netns/pod-0
    hostVeth: azv49407503e2f
    mac: 0a:d3:b8:e4:19:e3
    addresses: [10.240.0.36/16]
    gateway: 10.240.0.1
    added: 2026-11-21T10:00:00.000Z
`;

/** The boot ID of the node of DOCUMENT. */
const BOOT = '0b6e7a0e-1111-4222-8333-444455556666';

/** A node with one pod, converged. */
export type CliNode = {
  readonly root: string;
  readonly kernel: SimulatedFile;
  readonly vnet: (...args: readonly string[]) => Outcome;
  /** The command line and environment of `vnet` on this node. */
  readonly command: (...args: readonly string[]) => readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Starts vnet without waiting for its end. */
  readonly start: (...args: readonly string[]) => ChildProcess;
  /** Returns the text of the document, or of another file beside it. */
  readonly read: (name?: string) => string;
  /** Writes a file outside the node and returns its path. */
  readonly file: (name: string, text: string) => string;
  readonly reboot: () => void;
  readonly exists: (name: string) => boolean;
  readonly remove: () => void;
};

/** Returns the node. Errors: throws if it does not converge. */
export function makeCliNode(): CliNode {
  const root = mkdtempSync(join(tmpdir(), 'vnet-cli-'));
  const state = join(root, 'var/lib/vnet');
  mkdirSync(state, { recursive: true });
  mkdirSync(join(root, 'proc/sys/kernel/random'), { recursive: true });
  const setBoot = (id: string): void =>
    writeFileSync(join(root, 'proc/sys/kernel/random/boot_id'), `${id}\n`);
  setBoot(BOOT);
  writeFileSync(join(state, 'vnet.yaml'), DOCUMENT);
  const kernel = openSimulatedFile(createSys(), join(root, 'kernel.json'));
  kernel.play((node) => {
    const eth0 = { kind: 'link', netns: '', name: 'eth0', type: 'device', mac: '00:0d:3a:51:c4:90' } as const;
    node.addDevice(eth0, UPLINK_CONFIGURATION);
    node.addNamespace(netnsOf(0));
  });
  const env = {
    VNET_ROOT: root,
    VNET_NODE: 'node-1',
    CNI_COMMAND: undefined,
  };
  const vnet = (...args: readonly string[]): Outcome => execNow([...PROGRAM, ...args], { env });
  const first = vnet('reconcile');
  if (first.code !== 0) throw new Error(first.stderr + first.stdout);
  return {
    root,
    kernel,
    vnet,
    command: (...args) => [...PROGRAM, ...args],
    env: { ...process.env, ...env },
    start: (...args) =>
      spawn(PROGRAM[0] ?? '', args, {
        env: { ...process.env, ...env },
        stdio: 'ignore',
      }),
    read: (name = 'vnet.yaml') => readFileSync(join(state, name), 'utf8'),
    file: (name, text) => {
      writeFileSync(join(root, name), text);
      return join(root, name);
    },
    reboot: () => {
      endProcessesBelow(root);
      kernel.play((node) => node.reboot());
      setBoot('99999999-1111-4222-8333-444455556666');
    },
    exists: (name) => existsSync(join(state, name)),
    remove: () => {
      endProcessesOf(root);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/**
 * Ensures that no process waits for the end of a confirm window below `root`: none survives a reboot, and one might act first.
 */
export function endProcessesBelow(root: string): void {
  endProcesses((pid) => {
    const words = wordsOf(pid, 'cmdline');
    return words.includes('--at-deadline') && words.some((word) => word.startsWith(`${root}/`));
  });
}

/**
 * Ensures that no process of the node runs, started by any process: one might write below a folder that is being removed. A child of a killed
 * process that has not yet executed its program has the environment, not yet the words.
 */
function endProcessesOf(root: string): void {
  endProcesses((pid) => wordsOf(pid, 'environ').includes(`VNET_ROOT=${root}`));
}

/** A killed process may still write until it is gone. */
function endProcesses(isMeant: (pid: number) => boolean): void {
  for (let found = processes().filter(isMeant); found.length > 0; found = processes().filter(isMeant)) {
    for (const pid of found) execNow(['kill', '-KILL', String(pid)]);
  }
}

function processes(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** Returns the words; none of a process that has ended. */
function wordsOf(pid: number, file: 'cmdline' | 'environ'): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');
  } catch {
    return [];
  }
}
