/** A node on the simulated kernel: the same executables, document and runtime as on a real one, but no packets. */
import { randomUUID } from 'node:crypto';
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Conflist } from '../../reconciler/cni/conflist.ts';
import { loadConflist } from '../support/load-conflist.ts';
import { makeRuntime, type Runtime } from '../../reconciler/cni/runtime.ts';
import { openSimulatedFile } from '../../reconciler/kernel/simulated/file.ts';
import type { SimulatedKernel } from '../../reconciler/kernel/simulated/simulated.ts';
import type { LinkObject, NetObject, RouteObject } from '../../reconciler/model/state.ts';
import type { Sys } from '../../reconciler/model/ports/sys.ts';
import { exec, type Outcome } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { GATEWAY, HOST_ENDPOINT, METADATA, type Nic } from './fabric.ts';
import { SIMULATED_BIN, CONFLIST } from './lab.ts';
import { attach, type Attached } from './pod.ts';

/** A node on the simulated kernel. */
export type SimulatedNode = {
  readonly name: string;
  readonly root: string;
  readonly runtime: Runtime;
  readonly pods: Map<string, Attached>;
  /** Changes the node's kernel from outside vnet. */
  readonly play: <T>(work: (kernel: SimulatedKernel) => T) => T;
  /** Resolves to the result of one of our executables. */
  readonly vnet: (args: readonly string[]) => Promise<Outcome>;
};

/** Returns the node after its first boot, with eth0 as Azure's DHCP sets it up. */
export function makeSimulatedNode(sys: Sys, nic: Nic, root: string, hostEndpoint: string): SimulatedNode {
  const netd = join(root, 'etc/cni/net.d');
  mkdirSync(netd, { recursive: true });
  copyFileSync(CONFLIST, join(netd, '10-azure.conflist'));
  writeBootId(root);
  const env = {
    VNET_ROOT: root,
    VNET_NODE: nic.node,
    VNET_HOST_ENDPOINT: hostEndpoint,
  };
  const kernel = openSimulatedFile(sys, join(root, 'kernel.json'));
  const play: SimulatedNode['play'] = (work) => must(kernel.play(work));
  play((node) => node.addDevice(deviceOf(nic), configurationOf(nic)));
  const runtime = makeRuntime({
    list: ownPlugins(must(loadConflist(netd))),
    path: [SIMULATED_BIN],
    run: exec,
    env,
  });
  const vnet = (args: readonly string[]): Promise<Outcome> =>
    exec([join(SIMULATED_BIN, 'vnet'), ...args], { env });
  return { name: nic.node, root, runtime, pods: new Map(), play, vnet };
}

/** Resolves to the pod once it is attached to a namespace that exists in the simulation only. */
export async function startSimulatedPod(node: SimulatedNode, name: string, instance = 1): Promise<Attached> {
  const netns = `/run/netns/${node.name}-${name}-${instance}`;
  node.play((kernel) => kernel.addNamespace(netns));
  const pod = await attach(node.runtime, name, netns);
  node.pods.set(name, pod);
  return pod;
}

/** Ensures that the node has rebooted: kernel state and pods are gone, the document is kept. */
export function rebootSimulatedNode(node: SimulatedNode): void {
  node.play((kernel) => kernel.reboot());
  node.pods.clear();
  writeBootId(node.root);
}

/** Other plugins would change the real kernel: only ours are run. */
function ownPlugins(list: Conflist): Conflist {
  return { ...list, plugins: list.plugins.filter(({ type }) => type.startsWith('azure-vnet')) };
}

function deviceOf(nic: Nic): LinkObject {
  return { kind: 'link', netns: '', name: 'eth0', type: 'device', mac: nic.mac };
}

function configurationOf(nic: Nic): readonly NetObject[] {
  const route = (to: string): RouteObject => ({
    kind: 'route',
    netns: '',
    family: 4,
    to,
    table: 254,
    metric: 100,
    dev: 'eth0',
    via: GATEWAY,
    source: nic.primary,
    scope: 0,
    protocol: 16,
  });
  const address: NetObject = {
    kind: 'address',
    netns: '',
    dev: 'eth0',
    address: `${nic.primary}/16`,
    scope: 0,
    broadcast: '10.240.255.255',
    metric: 100,
  };
  return [address, route('default'), route(`${HOST_ENDPOINT}/32`), route(`${METADATA}/32`)];
}

function writeBootId(root: string): void {
  const folder = join(root, 'proc/sys/kernel/random');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'boot_id'), `${randomUUID()}\n`);
}
