/** Restores a recorded node on disk, as if its build had just left it, with a matching simulated kernel. */
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createSys } from '#sys';
import { openSimulatedFile, type SimulatedFile } from '../../reconciler/kernel/simulated/file.ts';
import { endProcessesBelow } from '../cli/simulated-node.ts';
import { SIMULATED_BIN } from '../plugin/live-node.ts';
import { isLong } from '../support/long.ts';
import { execNow, type Outcome, renderOutcome } from '../support/exec.ts';
import { netnsOf, UPLINK_CONFIGURATION } from '../support/node.ts';
import { EPOCH_MS, RECORDED_FROM_MS, ROOT_WORD, TIME } from './record/stable.ts';
import { CONF, type CommandOptions, callEnvironment } from './record/stage.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');

/** The builds with fixtures. */
export const ALL_BUILDS: readonly string[] = readdirSync(FIXTURES);

/** The last build with fixtures. */
const LAST_BUILD = '1b41273';

/** The builds whose fixtures are tried: the last one in the short form. */
export const BUILDS: readonly string[] = ALL_BUILDS.filter((build) => isLong || build === LAST_BUILD);

/** Number of pods with a namespace on a recorded node. */
const PODS = 16;

/** The kernel that the new build finds: converged, freshly booted, or booted without pods. */
export type KernelState = 'converged' | 'booted' | 'empty';

/** A node with files of another build, and the present executables. */
export type OldNode = {
  readonly root: string;
  readonly kernel: SimulatedFile;
  readonly vnet: (...args: readonly string[]) => Outcome;
  readonly call: (verb: string, pod: number, options?: CommandOptions) => Outcome;
  readonly path: (name: string) => string;
  readonly read: (name?: string) => string;
  readonly write: (name: string, text: string) => void;
  readonly remove: () => void;
};

/** Returns a file beside the recorded node. */
export function readFixture(build: string, name: string): string {
  return readFileSync(join(FIXTURES, build, name), 'utf8');
}

/** Returns the scenes of a build: those with a node. */
export function scenesOf(build: string): readonly string[] {
  return readdirSync(join(FIXTURES, build)).filter((name) => name !== 'messages');
}

/**
 * Returns the node, with its files' times shifted so that the recording ends now.
 * Errors: throws if it cannot be made.
 */
export function restoreNode(build: string, scene: string, state: KernelState = 'converged'): OldNode {
  const root = mkdtempSync(join(tmpdir(), 'vnet-upgrade-'));
  const kernel = openSimulatedFile(createSys(), join(root, 'kernel.json'));
  const inodes = boot(kernel, state);
  writeFiles(root, { build, scene, inodes });
  const node = openNode(root, kernel);
  if (state === 'converged') converge(node);
  return node;
}

function boot(kernel: SimulatedFile, state: KernelState): ReadonlyMap<string, number> {
  const inodes = new Map<string, number>();
  kernel.play((node) => {
    const eth0 = { kind: 'link', netns: '', name: 'eth0', type: 'device', mac: '00:0d:3a:51:c4:90' } as const;
    node.addDevice(eth0, UPLINK_CONFIGURATION);
    for (let pod = 0; pod < (state === 'empty' ? 0 : PODS); pod += 1) {
      inodes.set(netnsOf(pod), node.addNamespace(netnsOf(pod)));
    }
  });
  return inodes;
}

type Recorded = {
  readonly build: string;
  readonly scene: string;
  readonly inodes: ReadonlyMap<string, number>;
};

function writeFiles(root: string, { build, scene, inodes }: Recorded): void {
  const folder = join(FIXTURES, build, scene, 'node');
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => statSync(join(folder, name)).isFile())
    .toSorted();
  const texts = new Map(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const move = mover(root, [...texts.values()], inodes);
  const marks: Readonly<Record<string, string>> = JSON.parse(readFixture(build, `${scene}/marks.json`));
  const remarked = new Map<string, string>();
  // First the files with a mark, then those that name it.
  const order = names.toSorted((left, right) => Number(right in marks) - Number(left in marks));
  for (const name of order) {
    const path = join(root, name);
    mkdirSync(dirname(path), { recursive: true });
    let text = move(texts.get(name) ?? '');
    for (const [old, now] of remarked) text = text.replaceAll(`"${old}"`, `"${now}"`);
    writeFileSync(path, text);
    const mark = marks[name];
    if (mark !== undefined) remarked.set(mark, markNow(path));
  }
}

/** Marks a file as the recorded builds do. A save of a moment ago would count as unfinished. */
function markNow(path: string): string {
  const saved = Math.floor(Date.now() / 1000) - 60;
  utimesSync(path, saved, saved);
  const { ino, size } = statSync(path);
  return `${ino}-${saved}.0-${size}`;
}

/**
 * Returns a function that adapts a recorded text to the present time and place. Lengths are kept, except for
 * the folder.
 */
function mover(
  root: string,
  texts: readonly string[],
  inodes: ReadonlyMap<string, number>,
): (text: string) => string {
  const lastMs = Math.max(
    ...texts
      .flatMap((text) => (text.match(TIME) ?? []).map((time) => Date.parse(time)))
      .filter((timeMs) => timeMs < RECORDED_FROM_MS + 3_600_000),
  );
  const shiftMs = Date.now() - Math.max(lastMs, RECORDED_FROM_MS);
  const moved = new Map<string, string>();
  for (const text of texts) {
    for (const [, path = '', inode = ''] of text.matchAll(
      /netns"?: ?"?([^\s",]+)"?,?\s+"?netnsInode"?: ?(\d+)/g,
    )) {
      const now = inodes.get(path);
      if (now !== undefined) moved.set(inode, String(now));
    }
    for (const [, path = '', inode = ''] of text.matchAll(/"netns":"([^"]+)","netnsInode":(\d+)/g)) {
      const now = inodes.get(path);
      if (now !== undefined) moved.set(inode, String(now));
    }
  }
  const uptimeMs = Math.round(Number.parseFloat(readFileSync('/proc/uptime', 'utf8')) * 1000);
  return (text) =>
    text
      .replaceAll(ROOT_WORD, root)
      .replace(TIME, (time) => new Date(Date.parse(time) + shiftMs).toISOString())
      .replace(EPOCH_MS, (time) => String(Number(time) + shiftMs))
      .replace(/\b40265\d{5}\b/g, (inode) => moved.get(inode) ?? inode)
      .replace(
        /("deadlineUptimeMs": ?)(\d+)/,
        (_, head: string, length: string) => `${head}${Number(length) + uptimeMs}`,
      );
}

function openNode(root: string, kernel: SimulatedFile): OldNode {
  const path = (name: string): string => join(root, name);
  const none = Object.fromEntries(
    Object.keys(process.env)
      .filter((name) => name.startsWith('CNI_'))
      .map((name) => [name, undefined]),
  );
  const env = { ...none, VNET_ROOT: root, VNET_NODE: 'node-1' };
  return {
    root,
    kernel,
    path,
    vnet: (...args) => execNow([join(SIMULATED_BIN, 'vnet'), ...args], { env }),
    call: (verb, pod, { program = 'azure-vnet', conf = CONF, env: more = {} } = {}) =>
      execNow([join(SIMULATED_BIN, program)], {
        input: JSON.stringify(conf),
        env: { ...env, ...callEnvironment(verb, pod), CNI_PATH: SIMULATED_BIN, ...more },
      }),
    read: (name = 'var/lib/vnet/vnet.yaml') => readFileSync(path(name), 'utf8'),
    write: (name, text) => {
      mkdirSync(dirname(path(name)), { recursive: true });
      writeFileSync(path(name), text);
    },
    remove: () => {
      endProcessesBelow(root);
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** The NIC has the address that the document says: reconcile would adopt another one. */
function withAddressOf(document: string, kernel: string): string {
  const [, own] = /addresses:\s+- address: ([0-9.]+)\//.exec(document) ?? [];
  return own === undefined ? kernel : kernel.replaceAll('10.240.0.35', own);
}

/** The kernel is converged through another node's files: those of the old build stay unchanged. */
function converge(node: OldNode): void {
  const other = openNode(mkdtempSync(join(tmpdir(), 'vnet-upgrade-')), node.kernel);
  other.write('proc/sys/kernel/random/boot_id', node.read('proc/sys/kernel/random/boot_id'));
  other.write('var/lib/vnet/vnet.yaml', node.read());
  other.write('kernel.json', withAddressOf(node.read(), node.read('kernel.json')));
  const env = { VNET_ROOT: other.root, VNET_NODE: 'node-1' };
  const done = execNow([join(SIMULATED_BIN, 'vnet'), 'reconcile', '--max-disruption', 'node-outage'], {
    env,
  });
  node.write('kernel.json', other.read('kernel.json'));
  other.remove();
  if (done.code !== 0) throw new Error(renderOutcome(done));
}
