/** Two nodes on the lab's fabric, for configuration lists with azure-vnet and other real plugins. */
import { afterEach, beforeEach } from 'vitest';
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Attachment } from '../../reconciler/cni/attachment.ts';
import type { PluginConf } from '../../reconciler/cni/conflist.ts';
import { createMemoryCache, type ResultCache } from '../../reconciler/cni/result-cache.ts';
import { makeRuntime, type Runtime } from '../../reconciler/cni/runtime.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { type Fabric, GATEWAY, makeFabric, NICS, type Nic } from '../lab/fabric.ts';
import { bootNode, type Node } from '../lab/node.ts';
import { BIN, readOwn, REFERENCE } from '../plugin/live-node.ts';
import { execNow, type Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

/** Returns why tests with these plugins of containernetworking cannot run here; undefined if they can. */
export function whyNoPlugins(...names: readonly string[]): string | undefined {
  if (!hasNamespaces) return 'no private network namespaces';
  if (!existsSync(join(BIN, 'azure-vnet'))) return 'the executables are not built (npm run build)';
  const missing = names.filter((name) => REFERENCE === undefined || !existsSync(join(REFERENCE, name)));
  if (missing.length > 0) return `no ${missing.join(', ')} (apt-get install containernetworking-plugins)`;
  const usesIptables = names.includes('portmap') || names.includes('firewall');
  if (usesIptables && execNow(['iptables', '-L', '-n']).code !== 0) return 'iptables does not work here';
  return undefined;
}

/** One node, with functions to add pods. */
export type ChainNode = {
  readonly node: Node;
  /** Returns a runtime for a list of azure-vnet followed by `chained`; `more` is added to azure-vnet's object. */
  readonly runtime: (chained?: readonly PluginConf[], more?: object) => Runtime;
  /** Returns a runtime for the unmodified list. */
  readonly runtimeOf: (plugins: readonly PluginConf[], cache?: ResultCache, network?: string) => Runtime;
  readonly addPod: () => Netns;
  readonly vnet: (...args: string[]) => Outcome;
  readonly document: () => VnetDocument | undefined;
};

/** Both nodes. */
export type Nodes = {
  readonly fabric: Fabric;
  readonly nodes: readonly [ChainNode, ChainNode];
  readonly remove: () => void;
};

/** Returns two freshly booted nodes; their networks are of the mode. */
export function makeNodes(mode = 'bridge'): Nodes {
  const root = mkdtempSync(join(tmpdir(), 'vnet-chain-'));
  const fabric = makeFabric(uniqueName('fabric'));
  const pods: Netns[] = [];
  const bring = (nic: Nic): ChainNode => {
    const node = bootNode({ fabric, nic, namespace: uniqueName(nic.node), root: join(root, nic.node) });
    const runtimeOf: ChainNode['runtimeOf'] = (plugins, cache = createMemoryCache(), name = 'azure') =>
      makeRuntime({
        cache,
        list: { cniVersion: '1.0.0', name, plugins },
        path: [BIN, ...(REFERENCE === undefined ? [] : [REFERENCE])],
        run: node.exec,
      });
    return {
      node,
      runtimeOf,
      runtime: (chained = [], more = {}) => runtimeOf([{ ...azureConf(nic, mode), ...more }, ...chained]),
      addPod: () => {
        const pod = makeNetns(uniqueName('pod'));
        pods.push(pod);
        return pod;
      },
      vnet: (...args) =>
        node.netns.execNow([join(BIN, 'vnet'), ...args], {
          env: { VNET_ROOT: node.root, VNET_NODE: nic.node },
        }),
      document: () => readOwn(join(node.root, 'var/lib/vnet/vnet.yaml')),
    };
  };
  const nodes: Nodes['nodes'] = [bring(NICS[0]), bring(NICS[1])];
  return {
    fabric,
    nodes,
    remove: () => {
      for (const space of [...pods, ...nodes.map(({ node }) => node.netns), fabric.netns]) space.remove();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Returns azure-vnet's object of the list, with the node's own addresses. */
export function azureConf({ secondaries }: Nic, mode = 'bridge'): PluginConf {
  const ipam = {
    type: 'azure-vnet-ipam',
    subnet: '10.240.0.0/16',
    gateway: GATEWAY,
    addresses: [`${secondaries[0]}-${secondaries.at(-1)}`],
  };
  const bridge = mode === 'bridge' ? { bridge: 'azure0' } : {};
  return { type: 'azure-vnet', mode, ...bridge, master: 'eth0', ipam };
}

/** Returns the attachment of a pod's interface. */
export function attachmentOf(pod: Netns, more: Partial<Attachment> = {}): Attachment {
  const args = { K8S_POD_NAMESPACE: 'default', K8S_POD_NAME: pod.name };
  return { containerId: `id-${pod.name}`, netns: pod.path, ifName: 'eth0', args, ...more };
}

/**
 * Returns true if the address answers a ping from the namespace; the source address is `source`, if given.
 */
export function answers(from: Netns, address: string, source?: string): boolean {
  const bound = source === undefined ? [] : ['-I', source];
  return from.execNow(['ping', '-c', '1', '-W', '2', ...bound, address]).code === 0;
}

const SERVE =
  "require('node:net').createServer((s) => s.end('served')).listen(Number(process.argv[1]), '0.0.0.0', () => console.log('up'))";
const FETCH =
  "const s = require('node:net').connect({ host: process.argv[1], port: Number(process.argv[2]), timeout: 3000 });" +
  "s.on('data', (d) => { console.log(String(d)); s.end(); }).on('timeout', () => process.exit(3)).on('error', () => process.exit(2))";

/** Resolves to a TCP server on the port in the namespace once it listens. It answers `served`. */
export function serve(where: Netns, port: number): Promise<ChildProcess> {
  const argv = [`--net=${where.path}`, '--', process.execPath, '-e', SERVE, String(port)];
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
  return new Promise((resolve, reject) => {
    child.stdout.once('data', () => resolve(child));
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`the server ended with ${code}`)));
  });
}

/** Returns the server's answer to a client in the namespace; '' if it cannot be reached. */
export function fetchFrom(from: Netns, address: string, port: number): string {
  return from.execNow([process.execPath, '-e', FETCH, address, String(port)]).stdout.trim();
}

/** Makes the nodes before each test of the block, and removes them after it. */
export function useNodes(): (index?: 0 | 1) => Nodes['nodes'][0] {
  let nodes: Nodes | undefined;
  beforeEach(() => {
    nodes = makeNodes();
  });
  afterEach(() => nodes?.remove());
  return (index = 0) => {
    if (nodes === undefined) throw new Error('the nodes were not made');
    return nodes.nodes[index];
  };
}
