/** The lab: the fabric, its host endpoint, two nodes with a container runtime each, and their pods. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadConflist } from '../support/load-conflist.ts';
import { makeRuntime, type Runtime } from '../../reconciler/cni/runtime.ts';
import { endServer } from '../support/end-server.ts';
import type { Outcome } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { makeNetns, type Netns } from '../support/netns.ts';
import { type Fabric, makeFabric, NICS, type Nic } from './fabric.ts';
import { BRIDGE_MODE, type LabMode } from './modes.ts';
import { bootNode, haltNode, type Node } from './node.ts';
import { attach, type Attached } from './pod.ts';
import { startWireserver, type Wireserver } from './wireserver.ts';

const project = join(import.meta.dirname, '../..');

/** Directory of our executables. */
export const BIN = process.env['VNET_BIN'] ?? join(project, 'dist/bin');

/** The executables on a simulated kernel. */
export const SIMULATED_BIN = join(project, 'dist/simulated/bin');

/** The CNI configuration of an AKS node. */
export const CONFLIST = join(project, 'examples/10-azure.conflist');

/** Directory of containernetworking's plugins, on Debian and elsewhere. */
const GO_PLUGINS = ['/usr/lib/cni', '/opt/cni/bin'];

/** A running pod. */
export type Pod = Attached & { readonly netns: Netns };

/** A node with its container runtime and pods. */
export type LabNode = {
  readonly mode: LabMode;
  node: Node;
  runtime: Runtime;
  readonly pods: Map<string, Pod>;
};

/** The whole lab. */
export type Lab = {
  readonly fabric: Fabric;
  readonly wireserver: Wireserver;
  readonly nodes: readonly [LabNode, LabNode];
};

/** Options of a lab. Shape: `prefix` begins the names of its namespaces: two labs of one mount namespace need different ones. */
type LabOptions = { readonly prefix?: string; readonly nics?: readonly [Nic, Nic] };

/** Resolves to the lab, built below `folder`: nodes booted, the conflist installed, no pod yet. */
export async function buildLab(
  folder: string,
  mode: LabMode = BRIDGE_MODE,
  { prefix = '', nics = NICS }: LabOptions = {},
): Promise<Lab> {
  const fabric = makeFabric(`${prefix}fabric`);
  const wireserver = await startWireserver(fabric.netns, nics);
  const bring = (nic: Nic): LabNode => {
    const root = join(folder, nic.node);
    const netd = join(root, 'etc/cni/net.d');
    mkdirSync(netd, { recursive: true });
    writeFileSync(join(netd, '10-azure.conflist'), conflistFor(mode, nic));
    const node = bootNode({ fabric, nic, namespace: `${prefix}${nic.node}`, root });
    return { mode, node, runtime: runtimeOf(node), pods: new Map() };
  };
  return { fabric, wireserver, nodes: [bring(nics[0]), bring(nics[1])] };
}

/** Returns the configuration of the AKS node, unchanged where the mode replaces nothing. */
export function conflistFor({ config, ipam }: LabMode, nic: Nic): string {
  const text = readFileSync(CONFLIST, 'utf8');
  if (Object.keys(config).length === 0 && ipam === undefined) return text;
  const list: { readonly plugins: readonly object[] } = JSON.parse(text);
  const pool = ipam === undefined ? {} : { ipam: ipam(nic) };
  const [first, ...more] = list.plugins;
  return `${JSON.stringify({ ...list, plugins: [{ ...first, ...config, ...pool }, ...more] }, undefined, 3)}\n`;
}

/** Ensures that everything of the lab is gone. */
export async function removeLab({ fabric, wireserver, nodes }: Lab): Promise<void> {
  for (const where of nodes) {
    for (const pod of where.pods.values()) pod.netns.remove();
    endServer(where.node.root);
    haltNode(fabric, where.node);
  }
  await wireserver.stop();
  fabric.remove();
}

/** Returns the node's container runtime: the conflist as installed, our executables before any others. */
function runtimeOf(node: Node): Runtime {
  return makeRuntime({
    list: must(loadConflist(join(node.root, 'etc/cni/net.d'))),
    path: [BIN, ...GO_PLUGINS],
    run: node.exec,
    optional: ['portmap'],
  });
}

/** Resolves to the pod once it is attached. Rejects with the plugin's message. */
export async function startPod(where: LabNode, name: string, instance = 1): Promise<Pod> {
  const netns = makeNetns(`${where.node.netns.name}-${name}-${instance}`);
  const pod: Pod = { ...(await attach(where.runtime, name, netns.path)), netns };
  where.pods.set(name, pod);
  return pod;
}

/** Resolves once the pod is detached and its namespace gone. */
export async function stopPod(where: LabNode, pod: Pod): Promise<void> {
  must(await where.runtime.del(pod.attachment));
  pod.netns.remove();
  where.pods.delete(pod.name);
}

/** Ensures that the node has rebooted: all its kernel state and pods are gone, eth0 is as DHCP sets it up. */
export function rebootNode(lab: Lab, where: LabNode): void {
  for (const pod of where.pods.values()) pod.netns.remove();
  where.pods.clear();
  haltNode(lab.fabric, where.node);
  const { nic, root, netns } = where.node;
  where.node = bootNode({ fabric: lab.fabric, nic, namespace: netns.name, root });
  where.runtime = runtimeOf(where.node);
}

/** Resolves to the result of one of our executables on the node. */
export function vnet(where: LabNode, args: readonly string[]): Promise<Outcome> {
  return where.node.exec([join(BIN, 'vnet'), ...args]);
}
