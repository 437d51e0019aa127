/** A node of the lab: a namespace whose eth0 is plugged into the fabric, with its own state directory. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ExecOptions, Outcome } from '../support/exec.ts';
import { ipBatch, makeNetns, type Netns } from '../support/netns.ts';
import { type Fabric, GATEWAY, GATEWAY6, HOST_ENDPOINT, METADATA, type Nic, writeSysctls } from './fabric.ts';

/** A node. */
export type Node = {
  readonly name: string;
  readonly nic: Nic;
  /** The namespace of the present boot. */
  readonly netns: Netns;
  /** The node's state directory, VNET_ROOT of all its programs: survives a reboot. */
  readonly root: string;
  /** Resolves to the result of the command on the node. */
  readonly exec: (argv: readonly string[], options?: ExecOptions) => Promise<Outcome>;
};

/** The inputs of a node. `namespace` is the name of its network namespace. */
export type NodeSpec = {
  readonly fabric: Fabric;
  readonly nic: Nic;
  readonly namespace: string;
  readonly root: string;
};

/** Returns the node after a fresh boot: a new boot_id, eth0 as configured by DHCP, nothing else. */
export function bootNode(spec: NodeSpec): Node {
  const { nic, root } = spec;
  writeBootId(root);
  const netns = makeNetns(spec.namespace);
  writeSysctls(netns, {
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/rp_filter': '0',
    'net/ipv4/conf/default/rp_filter': '0',
  });
  spec.fabric.plug(nic, netns);
  configureByDhcp(netns, nic);
  const exec: Node['exec'] = (argv, options = {}) =>
    netns.exec(argv, { ...options, env: { VNET_ROOT: root, VNET_NODE: nic.node, ...options.env } });
  return { name: nic.node, nic, netns, root, exec };
}

/** Ensures that the node's kernel state is gone: its namespace and NIC. The state directory is kept. */
export function haltNode(fabric: Fabric, node: Node): void {
  fabric.unplug(node.nic);
  node.netns.remove();
}

/** Ensures the addresses and routes that systemd-networkd configures from Azure's DHCP answer on Ubuntu 22.04, on `dev`. */
export function configureByDhcp(netns: Netns, nic: Nic, dev = 'eth0'): void {
  const given = `proto dhcp src ${nic.primary} metric 100`;
  const lines = [
    `link set ${dev} up`,
    `addr replace ${nic.primary}/16 brd 10.240.255.255 metric 100 dev ${dev}`,
    `route replace default via ${GATEWAY} dev ${dev} ${given}`,
    `route replace ${HOST_ENDPOINT}/32 via ${GATEWAY} dev ${dev} ${given}`,
    `route replace ${METADATA}/32 via ${GATEWAY} dev ${dev} ${given}`,
  ];
  // Azure's network has no prefix on the link in IPv6: everything goes to the gateway.
  const ipv6 = nic.ipv6 && [
    `addr replace ${nic.ipv6.primary}/128 dev ${dev} nodad`,
    `route replace default via ${GATEWAY6} dev ${dev} proto ra metric 100`,
  ];
  ipBatch(netns, [...lines, ...(ipv6 ?? [])]);
}

function writeBootId(root: string): void {
  const folder = join(root, 'proc/sys/kernel/random');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'boot_id'), `${randomUUID()}\n`);
}
