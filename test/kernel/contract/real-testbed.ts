/** The contract's testbed on Linux: each test has its own network namespace as the host. */
import { existsSync, writeFileSync } from 'node:fs';
import { createKernel } from '../../../reconciler/kernel/apply/apply.ts';
import { createSys } from '#sys';
import type { Change } from '../../../reconciler/model/ports/kernel.ts';
import { hardwareOf } from '../../../reconciler/model/kinds/hardware.ts';
import type { LinkObject, NetnsPath, NetObject } from '../../../reconciler/model/state.ts';
import { mustExec } from '../../support/exec.ts';
import { enterNetns } from '../../support/inside.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';
import { NIC_MAC } from './objects.ts';
import type { Testbed } from './testbed.ts';

type Nft = NonNullable<Parameters<typeof createKernel>[1]>;

/**
 * Returns a new testbed. The calling thread is in the host's namespace until close(); it must be the process's
 * main thread, so that commands are started in that namespace, too.
 */
export function openRealTestbed(nft: Nft): Testbed {
  const sys = createSys();
  const fabric = fabricOfProcess();
  const node = makeNetns(uniqueName('node'));
  const made: Netns[] = [node];
  const leave = enterNetns(sys, node.path);
  const peer = uniqueName('n');
  const pair = ['address', NIC_MAC, 'type', 'veth', 'peer', 'name', peer, 'netns', fabric.name];
  mustExec(['ip', 'link', 'add', 'eth0', ...pair]);
  mustExec(['ip', '-n', fabric.name, 'link', 'set', peer, 'up']);
  mustExec(['ip', 'link', 'set', 'eth0', 'up']);
  // A machine may have other values: these are the kernel's defaults, except that duplicate address detection
  // is off, which would delay each IPv6 address by a second.
  write('net/ipv4/conf/all/promote_secondaries', '0');
  write('net/ipv4/conf/default/promote_secondaries', '0');
  write('net/ipv6/conf/all/accept_dad', '0');
  write('net/ipv6/conf/default/accept_dad', '0');
  const kernel = createKernel(sys, nft);
  return {
    kernel,
    addNamespace: () => {
      const pod = makeNetns(uniqueName('pod'));
      made.push(pod);
      return pod.path;
    },
    inodeOf: (path) => {
      const found = sys.stat(path);
      return typeof found === 'number' ? found : found.inode;
    },
    removeNamespace: (path) => removeNamespace(made, path),
    tamper: (change) => {
      for (const command of commandsOf(change)) mustExec(command);
    },
    close: () => {
      kernel.close();
      leave();
      for (const netns of made) netns.remove();
    },
  };
}

let fabric: Netns | undefined;

/** Returns the namespace of the peers of all NICs, which is removed with the process. */
export function fabricOfProcess(): Netns {
  if (fabric !== undefined) return fabric;
  const made = makeNetns(uniqueName('fabric'));
  process.once('exit', () => made.remove());
  fabric = made;
  return made;
}

function write(name: string, value: string): void {
  writeFileSync(`/proc/sys/${name}`, value);
}

/**
 * The kernel destroys a namespace some time after its last name is removed: waits until its veths are gone.
 */
function removeNamespace(made: readonly Netns[], path: NetnsPath): void {
  const netns = made.find((one) => one.path === path);
  if (netns === undefined || !existsSync(path)) return;
  const links: unknown = JSON.parse(netns.mustExec(['ip', '-j', 'link']).stdout);
  const peers = Array.isArray(links)
    ? links.flatMap((link: { link_index?: number }) => link.link_index ?? [])
    : [];
  netns.remove();
  const deadline = Date.now() + 60_000;
  while (hostIndexes().some((index) => peers.includes(index))) {
    if (Date.now() > deadline) throw new Error(`the links of ${path} stayed`);
  }
}

function hostIndexes(): readonly number[] {
  const links: unknown = JSON.parse(mustExec(['ip', '-j', 'link']).stdout);
  return Array.isArray(links) ? links.map((link: { ifindex: number }) => link.ifindex) : [];
}

/** Returns the commands that an administrator would use. */
function commandsOf(change: Change): readonly (readonly string[])[] {
  if (change.verb === 'create') return wordsOf('add', change.want).map((words) => ['ip', ...words]);
  if (change.verb === 'delete' && change.have.kind === 'nft-table') {
    return [['nft', 'delete', 'table', change.have.family, change.have.name]];
  }
  if (change.verb === 'delete') return wordsOf('del', change.have).map((words) => ['ip', ...words]);
  if (change.want.kind === 'link') return altNameCommands(change.want);
  throw new Error(`no command for ${change.verb}`);
}

function altNameCommands(link: LinkObject): readonly (readonly string[])[] {
  return hardwareOf(link).altNames.map((name) => [
    'ip',
    'link',
    'property',
    'add',
    'dev',
    link.name,
    'altname',
    name,
  ]);
}

function wordsOf(verb: string, object: NetObject): readonly (readonly string[])[] {
  const option = (name: string, value: string | number | undefined): readonly string[] =>
    value === undefined ? [] : [name, String(value)];
  if (object.kind === 'address') return [['address', verb, object.address, 'dev', object.dev]];
  if (object.kind === 'route' && object.type !== undefined) {
    const table = ['table', String(object.table)];
    return [['route', verb, object.type, object.to, ...table, ...option('proto', object.protocol)]];
  }
  if (object.kind === 'route') {
    return [['route', verb, object.to, 'dev', object.dev, ...option('proto', object.protocol)]];
  }
  if (object.kind !== 'link') throw new Error(`no command for ${object.kind}`);
  const { name, mac, type, alias } = object;
  const made = ['link', verb, 'name', name, ...option('address', mac), 'up', 'type', type];
  return [made, ...(alias === undefined ? [] : [['link', 'set', 'dev', name, 'alias', alias]])];
}
