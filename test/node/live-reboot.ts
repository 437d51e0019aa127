/** A live node that loses all state that a reboot clears, and functions that configure its uplink again. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type LiveNode, makeLiveNode } from '../plugin/live-node.ts';
import { mustExec } from '../support/exec.ts';
import type { Netns } from '../support/netns.ts';

/** The uplink's MAC, which a NIC keeps. */
export const MAC = '00:0d:3a:51:c4:90';

let boots = 0;

/**
 * Clears the state that a reboot clears: all of the network, the pods, /run, and the boot ID. There is no
 * uplink yet.
 */
export function haltNode(node: LiveNode, pods: readonly Netns[]): void {
  boots += 1;
  for (const pod of pods) pod.remove();
  for (const name of ['azure0', ...node.veths(), 'eth0']) node.netns.execNow(['ip', 'link', 'del', name]);
  node.netns.mustExec(['nft', 'flush', 'ruleset']);
  rmSync(join(node.root, 'run'), { recursive: true, force: true });
  const folder = join(node.root, 'proc/sys/kernel/random');
  mkdirSync(folder, { recursive: true });
  const id = String(boots).padStart(12, '0');
  writeFileSync(join(folder, 'boot_id'), `00000000-0000-4000-8000-${id}\n`);
}

/** Adds the NIC like its driver: up, without an address. `name` is udev's. */
export function plugNic(node: LiveNode, name = 'eth0'): void {
  const link = `link add ${name} netns ${node.netns.name} address ${MAC} type veth peer name nic netns`;
  mustExec(['ip', ...link.split(' '), node.fabric.name]);
  for (const line of ['link set nic up', 'addr add 10.240.0.1/16 dev nic'])
    node.fabric.mustExec(['ip', ...line.split(' ')]);
  node.netns.mustExec(['ip', 'link', 'set', name, 'up']);
}

/** Configures a lease like a DHCP client, on the interface that the client manages. */
export function bindLease(
  node: LiveNode,
  { address = '10.240.0.35', metric = 0 }: { readonly address?: string; readonly metric?: number } = {},
): void {
  const from = metric === 0 ? '' : ` metric ${metric}`;
  for (const line of [
    `addr add ${address}/16 brd 10.240.255.255 dev eth0 valid_lft 3600 preferred_lft 3600`,
    `route replace default via 10.240.0.1 dev eth0 proto dhcp src ${address}${from}`,
    `route replace 168.63.129.16 via 10.240.0.1 dev eth0 proto dhcp src ${address}${from}`,
  ]) {
    // A route through an address that was just moved is refused: clients retry at the next renewal.
    node.netns.execNow(['ip', ...line.split(' ')]);
  }
}

/** Resolves to a node whose NIC is a real one with a lease, and its first pod. */
export async function makePluggedNode(): Promise<{ readonly node: LiveNode; readonly pod: Netns }> {
  const node = makeLiveNode();
  node.netns.mustExec(['ip', 'link', 'del', 'eth0']);
  plugNic(node);
  bindLease(node);
  const pod = node.addPod();
  await node.call({ verb: 'ADD', pod });
  return { node, pod };
}
