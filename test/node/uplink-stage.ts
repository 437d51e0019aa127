/** A node whose NIC carries what a test puts on it, and full dumps of it by ip(8): before, on the bridge, and after. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN, LIVE_CONF } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import { ipBatch, makeNetns, type Netns, uniqueName } from '../support/netns.ts';

/** The start of every stage: the node's NIC as DHCP leaves it, and two gateways behind it. */
export const UPLINK_BASE: readonly string[] = [
  'link set eth0 up',
  'addr add 10.240.0.35/16 dev eth0',
  'route add default via 10.240.0.1 dev eth0 proto dhcp src 10.240.0.35 metric 100',
];

/** The commands that show all that an interface carries. */
const SHOWN: readonly string[] = [
  'ip -d -o addr show dev DEV',
  'ip -d route show table all',
  'ip -d -6 route show table all',
  'ip rule',
  'ip -6 rule',
  'ip -d neigh show dev DEV nud permanent',
  'ip -d neigh show dev DEV nud noarp',
  'ip -d neigh show dev DEV nud all',
  'ip neigh show proxy dev DEV',
  'ip -d nexthop',
];

/** Interval of looking for the routes of addresses. */
const LOOK_MS = 10;

/** Runs a command in the node and returns what it printed; empty where it failed. */
export type Show = (argv: readonly string[]) => string;

/**
 * Returns all that is to be the same before and after, a line each; the interface's name is DEV.
 * Lifetimes count as ending or not: they run while the test does.
 */
export function dumpUplink(show: Show, dev: string): readonly string[] {
  const deadline = Date.now() + 120_000;
  while (!isSettled(show, dev)) {
    if (Date.now() > deadline) throw new Error(`${dev} has addresses without routes`);
    // Each look takes a lock that the kernel needs to add them.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, LOOK_MS);
  }
  const texts = showAll(show, SHOWN, dev);
  return SHOWN.flatMap((command, index) => {
    const all = (texts[index] ?? '')
      .split('\n')
      .map((line) => normalised(line, dev))
      .filter((line) => isCompared(line) && (!command.endsWith('nud all') || SET.test(line)));
    // Neighbours are in a hash, in no order.
    const isSorted = (line: string): boolean => isMade(line) || command.includes(' neigh ');
    return [`# ${command}`, ...all.filter((line) => !isSorted(line)), ...all.filter(isSorted).toSorted()];
  });
}

/** Returns the output of each command: all of them are started by one shell, since a large process starts others slowly. */
function showAll(show: Show, commands: readonly string[], dev: string): readonly string[] {
  const script = commands.map((command) => `${command.replaceAll('DEV', dev)}; echo ${NEXT}`).join('\n');
  return show(['sh', '-c', script]).split(`${NEXT}\n`);
}

const NEXT = '=-=-=';

/** Neighbours that the kernel confirms, but a program set. */
const SET = /\b(extern_learn|managed)\b/;

/** The kernel adds the local routes of IPv6 addresses some time after them. */
function isSettled(show: Show, dev: string): boolean {
  const commands = ['ip -6 -o addr show dev DEV', 'ip -6 route show table local dev DEV'];
  const [shown = '', local = ''] = showAll(show, commands, dev);
  return [...shown.matchAll(/inet6 ([0-9a-f:.]+)/g)].every(([, address]) =>
    local.includes(`local ${address} `),
  );
}

function normalised(line: string, dev: string): string {
  return line
    .replace(/^\d+: /, '')
    .replaceAll(new RegExp(`\\b${dev}\\b`, 'g'), 'DEV')
    .replaceAll(/\b(valid_lft|preferred_lft|expires) \d+sec/g, '$1 ENDS')
    .replaceAll(/ (linkdown|tentative|optimistic)\b/g, '')
    .replaceAll(/\b(managed|extern_learn) *(STALE|REACHABLE|DELAY|PROBE|INCOMPLETE|FAILED)\b/g, '$1 STATE')
    .trimEnd();
}

/** Routes that the kernel makes for addresses are listed in the order of their creation, which the addresses tell. */
function isMade(line: string): boolean {
  return line.includes(' table local proto kernel ');
}

/** The settings that each interface has of its own: the bridge's are not the NIC's. */
function isCompared(line: string): boolean {
  return line !== '' && !/ proto 118$|\b(fe80|ff00|ff02)::|^(multicast|anycast) .*proto kernel/.test(line);
}

/** A stage. */
export type UplinkStage = {
  readonly node: Netns;
  /** The other end of the uplink; its interface is fab. */
  readonly fabric: Netns;
  /** Runs ip(8) in the node. Errors: throws when it fails. */
  readonly ip: (line: string) => string;
  readonly cni: (verb: string) => Outcome;
  readonly vnet: (...args: readonly string[]) => Outcome;
  /** Returns the settings of the interface. */
  readonly dump: (dev: string) => readonly string[];
  readonly document: () => string;
  readonly remove: () => void;
};

/** Returns a node that has just booted, with a pod to attach. */
export function openUplinkStage(): UplinkStage {
  const root = mkdtempSync(join(tmpdir(), 'vnet-uplink-'));
  const [node, fabric, pod] = ['node', 'fabric', 'pod'].map((name) => makeNetns(uniqueName(name)));
  if (node === undefined || fabric === undefined || pod === undefined) throw new Error('no namespaces');
  const ip = (line: string): string => node.mustExec(['ip', ...line.split(' ')]).stdout;
  ip(`link add eth0 address 00:0d:3a:51:c4:90 type veth peer name fab netns ${fabric.name}`);
  ipBatch(fabric, ['link set fab up', 'addr add 10.240.0.1/16 dev fab', 'addr add 10.240.0.2/16 dev fab']);
  const settings = ['all', 'default', 'eth0'].map((name) => `net.ipv6.conf.${name}.accept_dad=0`);
  node.mustExec(['sysctl', '-qw', ...settings]);
  ipBatch(node, UPLINK_BASE);
  const env = { VNET_ROOT: root, VNET_NODE: 'node-1' };
  return {
    node,
    fabric,
    ip,
    dump: (dev) => dumpUplink((argv) => node.execNow(argv).stdout, dev),
    vnet: (...args) => node.execNow([join(BIN, 'vnet'), ...args], { env }),
    cni: (verb) =>
      node.execNow([join(BIN, 'azure-vnet')], {
        input: JSON.stringify(LIVE_CONF),
        env: {
          ...env,
          CNI_COMMAND: verb,
          CNI_CONTAINERID: 'c1',
          CNI_NETNS: pod.path,
          CNI_IFNAME: 'eth0',
          CNI_PATH: BIN,
          CNI_ARGS: 'IgnoreUnknown=1',
        },
      }),
    document: () => readFileSync(join(root, 'var/lib/vnet/vnet.yaml'), 'utf8'),
    remove: () => {
      for (const one of [node, fabric, pod]) one.remove();
      rmSync(root, { recursive: true });
    },
  };
}
