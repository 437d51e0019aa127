/**
 * A node booted by systemd: a copy of the root file system with vnet installed by its units, run by
 * systemd-nspawn.
 */
import {
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN } from '../../plugin/live-node.ts';
import { exec, mustExec, type Outcome } from '../../support/exec.ts';
import { bootRoot } from './root.ts';

/** The node's reports of one boot, by name; `text` is their whole. */
export type BootLog = { readonly text: string; readonly said: Readonly<Record<string, string>> };

/** A node before its first boot. */
export type BootNode = {
  /** Resolves when the node has powered itself off; it may reboot any number of times. */
  readonly run: () => Promise<Outcome>;
  /** Returns the reports of the nth boot, from 1 on; undefined if there was none. */
  readonly log: (boot: number) => BootLog | undefined;
  readonly remove: () => void;
};

/** Both boots; a busy machine needs a multiple of the usual minute. */
const LONGEST_MS = 1_800_000;

/**
 * Exit code of systemd-nspawn if the node requests a reboot.
 * Source: EXIT_FORCE_RESTART of nspawn.c, with --keep-unit.
 */
const REBOOT = 133;

/**
 * Run by sh in its own namespaces and cgroups ($1...): the fabric, with another machine's address if one is given, and the node on
 * it, booted as often as it requests.
 */
const RUN = `set -e
mount --make-rprivate /
mount -t tmpfs -o mode=755 tmpfs /run
ip link set lo up
ip link add fab0 type bridge
ip addr add 10.240.0.1/16 dev fab0
ip link set fab0 up
[ -z "$3" ] || ip addr add "$3" dev fab0
while :; do
  CODE=0
  systemd-nspawn --quiet --boot --directory="$1" --machine="$2" --network-bridge=fab0 --register=no --keep-unit --console=pipe || CODE=$?
  [ "$CODE" = ${REBOOT} ] || exit "$CODE"
done`;

const UNITS = join(import.meta.dirname, '../../../examples/systemd');

/** Like kubelet.service of a real node, but it ends: all units before it have started. */
const KUBELET = `[Unit]
Description=Plays kubelet and the container runtime
After=network.target
[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/local/sbin/kubelet
TimeoutStartSec=infinity
[Install]
WantedBy=multi-user.target
`;

const NETWORK = '[Match]\nName=host0\n[Network]\nAddress=10.240.0.35/16\nGateway=10.240.0.1\n';

const CONFLIST = {
  cniVersion: '1.0.0',
  name: 'azure',
  plugins: [
    {
      type: 'azure-vnet',
      mode: 'bridge',
      bridge: 'azure0',
      master: 'host0',
      ipam: { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0.195'] },
    },
  ],
};

/** An address of the pool that another machine has. */
const OTHER_MACHINE = '10.240.0.37/16';

/** The network asks whether another machine has an address. */
const PROBING = {
  ...CONFLIST,
  plugins: CONFLIST.plugins.map((one) => ({ ...one, probe: { timeoutMs: 20 } })),
};

const PLUGIN = { cniVersion: CONFLIST.cniVersion, name: CONFLIST.name, ...PROBING.plugins[0] };

/**
 * Returns a node whose kubelet is the script of this name, with vnet and its units installed, or with two builds in
 * /root/build-1 and /root/build-2 that are not.
 */
export function makeBootNode(kubelet: 'node.sh' | 'product.sh' = 'node.sh'): BootNode {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-boot-'));
  const root = join(folder, 'root');
  mustExec(['cp', '-a', '--reflink=auto', bootRoot(), root]);
  prepare(root, kubelet);
  if (kubelet === 'node.sh') install(root);
  else layOutBuilds(root);
  const logPath = (boot: number): string => join(root, `var/lib/boot-test/boot-${boot}.log`);
  const name = folder.replace(/^.*\//, '').toLowerCase();
  return {
    run: async () => {
      const groups = makeCgroups(name);
      try {
        const enter = groups.map((group) => `echo $$ > ${group}/cgroup.procs`).join('\n');
        const apart = 'exec unshare --net --mount --pid --fork --kill-child --mount-proc';
        const script = `${enter}\n${apart} sh -c "$0" sh "$@"`;
        const taken = kubelet === 'product.sh' ? OTHER_MACHINE : '';
        return await exec(['sh', '-c', script, RUN, root, name, taken], { timeoutMs: LONGEST_MS });
      } finally {
        for (const group of groups) removeTree(group);
      }
    },
    log: (boot) => (existsSync(logPath(boot)) ? parseLog(readFileSync(logPath(boot), 'utf8')) : undefined),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function prepare(root: string, script: string): void {
  const at = (...parts: readonly string[]): string => join(root, ...parts);
  mkdirSync(at('var/lib/boot-test'), { recursive: true });
  writeFileSync(at('etc/systemd/system/kubelet.service'), KUBELET);
  copyFileSync(join(import.meta.dirname, script), at('usr/local/sbin/kubelet'));
  chmodSync(at('usr/local/sbin/kubelet'), 0o755);
  writeFileSync(at('etc/systemd/network/10-host0.network'), NETWORK);
  writeFileSync(at('etc/hostname'), 'node-1\n');
  const wanted = ['kubelet', 'systemd-networkd', 'systemd-networkd-wait-online'];
  mustExec(['systemctl', `--root=${root}`, 'enable', ...wanted.map((unit) => `${unit}.service`)]);
}

function install(root: string): void {
  const at = (...parts: readonly string[]): string => join(root, ...parts);
  for (const path of ['opt/cni/bin', 'etc/cni/net.d']) mkdirSync(at(path), { recursive: true });
  for (const name of ['vnet', 'azure-vnet']) copyFileSync(join(BIN, name), at('opt/cni/bin', name));
  linkSync(at('opt/cni/bin/azure-vnet'), at('opt/cni/bin/azure-vnet-ipam'));
  symlinkSync('/opt/cni/bin/vnet', at('usr/local/bin/vnet'));
  cpSync(UNITS, at('etc/systemd/system'), { recursive: true });
  writeFileSync(at('etc/cni/net.d/10-azure.conflist'), JSON.stringify(CONFLIST));
  mustExec(['systemctl', `--root=${root}`, 'enable', 'vnet-boot.service', 'vnet-watch.service']);
}

/** Source: elf(5), e_ident: the padding has no meaning, and tells the builds apart. */
const ELF_PADDING = 15;

const OTHER_PLUGIN = '#!/bin/sh\necho "another program" >&2\nexit 1\n';
const OTHER_CONFLIST = { cniVersion: CONFLIST.cniVersion, name: 'other', plugins: [{ type: 'bridge' }] };
const OTHER_FILES = ['opt/cni/bin/azure-vnet', 'opt/cni/bin/bridge', 'etc/cni/net.d/05-other.conflist'];
const OTHER_TIME = new Date('2026-01-02T03:04:05Z');

function layOutBuilds(root: string): void {
  for (const build of [1, 2]) {
    const folder = join(root, `root/build-${build}`);
    mkdirSync(folder, { recursive: true });
    for (const name of ['vnet', 'azure-vnet']) {
      const bytes = readFileSync(join(BIN, name));
      bytes[ELF_PADDING] = build;
      writeFileSync(join(folder, name), bytes, { mode: 0o755 });
    }
  }
  // Other programs: one whose plugin has our name, and a configuration that comes before the usual name of ours.
  for (const path of ['opt/cni/bin', 'etc/cni/net.d']) mkdirSync(join(root, path), { recursive: true });
  for (const name of ['azure-vnet', 'bridge'])
    writeFileSync(join(root, 'opt/cni/bin', name), OTHER_PLUGIN, { mode: 0o750 });
  writeFileSync(join(root, 'etc/cni/net.d/05-other.conflist'), JSON.stringify(OTHER_CONFLIST));
  for (const path of OTHER_FILES) utimesSync(join(root, path), OTHER_TIME, OTHER_TIME);
  writeFileSync(join(root, 'root/azure.conflist'), JSON.stringify(PROBING));
  writeFileSync(join(root, 'root/plugin.json'), JSON.stringify(PLUGIN));
}

/** A group in each hierarchy that systemd uses, so that none of the node's groups remain on the machine. */
function makeCgroups(name: string): readonly string[] {
  const mounts = readFileSync('/proc/self/mounts', 'utf8').split('\n');
  return mounts.flatMap((line) => {
    const [, path = '', type = '', options = ''] = line.split(' ');
    if (type !== 'cgroup2' && !(type === 'cgroup' && options.includes('name=systemd'))) return [];
    const group = join(path, name);
    mkdirSync(group, { recursive: true });
    return [group];
  });
}

/** A group's files are removed with it; a group only after those below it. */
function removeTree(group: string): void {
  for (const entry of readdirSync(group, { withFileTypes: true })) {
    if (entry.isDirectory()) removeTree(join(group, entry.name));
  }
  try {
    rmdirSync(group);
  } catch {
    // A process of the node is still ending: an empty group costs nothing.
  }
}

function parseLog(text: string): BootLog {
  const pairs = text.split('\n').flatMap((line) => {
    const [, name, value] = /^([a-z-]+)=(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value.trim()] as const];
  });
  return { text, said: Object.fromEntries(pairs) };
}
