/**
 * A node on a real kernel for the executables: a namespace with an eth0, pods, and its own state directory.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { endServer } from '../support/end-server.ts';
import { type ExecOptions, mustExec, type Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { ipBatch, makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import type { Environment } from '../../reconciler/model/ports/sys.ts';

/** Directory of the executables. */
export const BIN = process.env['VNET_BIN'] ?? join(import.meta.dirname, '../../dist/bin');

/** True if the executables are built. */
export const isBuilt: boolean = existsSync(join(BIN, 'vnet'));

/** True if tests can run the executables on nodes in network namespaces. */
export const hasLiveNodes: boolean = hasNamespaces && isBuilt;

/** The executables on a simulated kernel. */
export const SIMULATED_BIN = join(import.meta.dirname, '../../dist/simulated/bin');

/** Directory of containernetworking-plugins in Debian and other distributions. */
export const REFERENCE = ['/usr/lib/cni', '/opt/cni/bin', '/usr/libexec/cni'].find((folder) =>
  existsSync(join(folder, 'host-local')),
);

/** The configuration of the first plugin: a static pool, so that no host endpoint is queried. */
export const LIVE_CONF = liveConf('10.240.0.36-10.240.0.250');

/** Returns that configuration with these addresses. */
export function liveConf(addresses: string) {
  return {
    cniVersion: '1.0.0',
    name: 'azure',
    type: 'azure-vnet',
    mode: 'bridge',
    bridge: 'azure0',
    master: 'eth0',
    ipam: { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: [addresses] },
  };
}

/** One call of a plugin. `file` is a path or the name of one of ours. */
export type LiveCall = {
  readonly verb: string;
  readonly pod: Netns;
  readonly conf?: object;
  readonly file?: string;
  readonly env?: Environment;
};

/** A node on a real kernel. */
export type LiveNode = {
  readonly netns: Netns;
  /** The other end of the uplink, which is the gateway. */
  readonly fabric: Netns;
  readonly root: string;
  /** Returns a new pod's namespace. */
  readonly addPod: () => Netns;
  readonly call: (call: LiveCall) => Promise<Outcome>;
  /** The command of `call`, for tests that kill it half-way. */
  readonly command: (call: LiveCall) => { readonly argv: readonly string[]; readonly options: ExecOptions };
  /** Runs the command line. */
  readonly vnet: (...args: readonly string[]) => Outcome;
  readonly reconcile: (...args: string[]) => Outcome;
  /** Returns the document; undefined without one. Errors: throws if it is invalid. */
  readonly document: () => VnetDocument | undefined;
  /** Returns the names of our host veths. */
  readonly veths: () => readonly string[];
  readonly remove: () => void;
};

/** Returns the container ID of a pod. */
export function containerOf(pod: Netns): string {
  return `id-${pod.name}`;
}

/** Returns the differences between document and kernel concerning endpoints. */
export function contradictions(node: LiveNode): readonly string[] {
  const document = node.document();
  const endpoints = Object.entries(document?.endpoints ?? {});
  const veths = node.veths();
  const addresses = endpoints.map(
    ([
      ,
      {
        addresses: [first],
      },
    ]) => first.split('/')[0] ?? '',
  );
  const released = Object.keys(document?.released ?? {}).map((key) => key.split('/')[1] ?? '');
  const known = endpoints.flatMap(([, { hostVeth }]) => hostVeth ?? []);
  return [
    ...addresses
      .filter((address, index) => addresses.indexOf(address) !== index)
      .map((name) => `${name} held twice`),
    ...addresses.filter((address) => released.includes(address)).map((name) => `${name} both free and owned`),
    ...veths.filter((veth) => !known.includes(veth)).map((name) => `veth ${name} without an endpoint`),
    ...known.filter((veth) => !veths.includes(veth)).map((name) => `endpoint without its veth ${name}`),
    ...endpoints.filter(([, { leaving }]) => leaving !== undefined).map(([id]) => `${id} still leaving`),
  ];
}

/** The same network without a bridge. A plain link as its fabric delivers nothing to pods: they reach the node and each other. */
export const TRANSPARENT_CONF = { ...LIVE_CONF, mode: 'transparent', bridge: undefined };

/** Returns a freshly booted node, whose plugins get this configuration. */
export function makeLiveNode(defaultConf: object = LIVE_CONF): LiveNode {
  const root = mkdtempSync(join(tmpdir(), 'vnet-node-'));
  const netns = makeNetns(uniqueName('node'));
  const fabric = makeNetns(uniqueName('fabric'));
  plugIn(netns, fabric);
  const pods: Netns[] = [];
  const environment = { VNET_ROOT: root, VNET_NODE: 'node-1' };
  const vnet: LiveNode['vnet'] = (...args) =>
    netns.execNow([join(BIN, 'vnet'), ...args], { env: environment });
  const command: LiveNode['command'] = ({ verb, pod, conf, file, env }) => ({
    argv: [file?.includes('/') === true ? file : join(BIN, file ?? 'azure-vnet')],
    options: {
      input: JSON.stringify(conf ?? defaultConf),
      env: { ...environment, ...environmentFor(verb, pod), ...env },
    },
  });
  return {
    netns,
    fabric,
    root,
    command,
    addPod: () => {
      const pod = makeNetns(uniqueName('pod'));
      pods.push(pod);
      return pod;
    },
    call: (call) => netns.exec(command(call).argv, command(call).options),
    vnet,
    reconcile: (...args) => vnet('reconcile', ...args),
    document: () => readOwn(join(root, 'var/lib/vnet/vnet.yaml')),
    veths: () => {
      const { stdout } = netns.mustExec(['ip', '-o', 'link', 'show', 'type', 'veth']);
      return stdout.split('\n').flatMap((line) => /^\d+: (azv[0-9a-f]+)/.exec(line)?.[1] ?? []);
    },
    remove: () => {
      endServer(root);
      for (const space of [...pods, netns, fabric]) space.remove();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

function plugIn(netns: Netns, fabric: Netns): void {
  const link = `link add eth0 netns ${netns.name} type veth peer name nic netns ${fabric.name}`;
  mustExec(['ip', ...link.split(' ')]);
  ipBatch(fabric, ['link set nic up', 'addr add 10.240.0.1/16 dev nic']);
  ipBatch(netns, [
    'link set eth0 up',
    'addr add 10.240.0.35/16 brd 10.240.255.255 dev eth0',
    'route add default via 10.240.0.1 dev eth0 proto dhcp',
  ]);
}

function environmentFor(verb: string, pod: Netns): Environment {
  return {
    CNI_COMMAND: verb,
    CNI_CONTAINERID: containerOf(pod),
    CNI_NETNS: pod.path,
    CNI_IFNAME: 'eth0',
    CNI_PATH: [BIN, REFERENCE].filter((folder) => folder !== undefined).join(':'),
    CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod.name}`,
  };
}

/** Returns the document at the path; undefined if there is none. Errors: throws if it is invalid. */
export function readOwn(path: string): VnetDocument | undefined {
  if (!existsSync(path)) return undefined;
  const read = readDocument(readFileSync(path, 'utf8'), path);
  if (!read.ok)
    throw new Error(read.error.map(({ line, message }) => `${path}:${line}: ${message}`).join('\n'));
  return read.value;
}
