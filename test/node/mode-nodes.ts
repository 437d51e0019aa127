/** Nodes on the lab's fabric whose network is not in mode bridge, and their pods. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { type Fabric, makeFabric, NICS, type Nic } from '../lab/fabric.ts';
import { bootNode, haltNode, type Node } from '../lab/node.ts';
import { BIN, containerOf, readOwn } from '../plugin/live-node.ts';
import { endServer } from '../support/end-server.ts';
import { type Outcome, pendingIn } from '../support/exec.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

/** A node with a CNI configuration. */
export type ModeNode = {
  readonly nic: Nic;
  readonly fabric: Fabric;
  readonly netns: () => Netns;
  readonly root: string;
  /** Returns the answer of the plugin; `more` is merged into the configuration, `env` into the environment. */
  readonly call: (verb: string, pod: Netns, more?: object, env?: Readonly<Record<string, string>>) => Outcome;
  /** Returns the new pod after its ADD. Errors: throws with the plugin's answer. */
  readonly addPod: () => Netns;
  readonly vnet: (...args: readonly string[]) => Outcome;
  readonly document: () => VnetDocument;
  readonly pods: () => readonly Netns[];
  /** Ensures that the document has `to` in the place of `from`. Errors: throws where it has no `from`. */
  readonly edit: (from: string | RegExp, to: string) => void;
  /** Returns the text of the document. */
  readonly text: () => string;
  readonly write: (text: string) => void;
  /** Ensures that the kernel has none of the previous objects, and eth0 is as DHCP configures it. */
  readonly reboot: () => void;
  readonly remove: () => void;
};

/**
 * Returns the fabric and its two nodes, freshly booted.
 * Shape: `conf` is merged into the network's configuration; a function gives each node its own.
 */
export function makeModeNodes(
  conf: object | ((nic: Nic) => object),
  nics: readonly [Nic, Nic] = NICS,
): {
  readonly nodes: readonly [ModeNode, ModeNode];
  readonly fabric: Fabric;
  readonly remove: () => void;
} {
  const fabric = makeFabric(uniqueName('fabric'));
  const bring = (nic: Nic): ModeNode => makeNode(fabric, nic, typeof conf === 'function' ? conf(nic) : conf);
  const nodes = [bring(nics[0]), bring(nics[1])] as const;
  const remove = (): void => {
    for (const node of nodes) node.remove();
    fabric.remove();
  };
  return { nodes, fabric, remove };
}

/** Returns the document in mode transparent, without the sections that only mode bridge has. */
export function transparentText(text: string): string {
  return text
    .replace(/mode: bridge/, 'mode: transparent')
    .replace(/ {6}addresses:\n(?: {8}.*\n)* {6}routes:\n(?: {8}.*\n)*/, '')
    .replace(/ {4}bridge:\n(?: {6}.*\n)*/, '');
}

function makeNode(fabric: Fabric, nic: Nic, more: object): ModeNode {
  const root = mkdtempSync(join(tmpdir(), 'vnet-mode-'));
  const namespace = uniqueName(nic.node);
  let node: Node = bootNode({ fabric, nic, namespace, root });
  const pods: Netns[] = [];
  const conf = {
    cniVersion: '1.0.0',
    name: 'azure',
    type: 'azure-vnet',
    master: 'eth0',
    ipam: { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: [...nic.secondaries] },
    ...more,
  };
  const env = { VNET_ROOT: root, VNET_NODE: nic.node };
  const path = join(root, 'var/lib/vnet/vnet.yaml');
  const call: ModeNode['call'] = (verb, pod, extra = {}, given = {}) =>
    node.netns.execNow([join(BIN, 'azure-vnet')], {
      input: JSON.stringify({ ...conf, ...extra }),
      env: {
        ...env,
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerOf(pod),
        CNI_NETNS: pod.path,
        CNI_IFNAME: 'eth0',
        CNI_PATH: BIN,
        CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod.name}`,
        ...given,
      },
    });
  return {
    nic,
    fabric,
    root,
    netns: () => node.netns,
    call,
    addPod: () => {
      const pod = makeNetns(uniqueName('pod'));
      pods.push(pod);
      const added = call('ADD', pod);
      if (added.code !== 0) throw new Error(`ADD: ${added.stdout}${added.stderr}`);
      return pod;
    },
    pods: () => pods,
    vnet: (...args) => node.netns.execNow([join(BIN, 'vnet'), ...args], { env }),
    document: () => {
      const document = readOwn(path);
      if (document === undefined) throw new Error(`no document at ${path}`);
      return document;
    },
    text: () => readFileSync(path, 'utf8'),
    write: (text) => writeFileSync(path, text),
    edit: (from, to) => {
      const text = readFileSync(path, 'utf8');
      const edited = text.replace(from, to);
      if (edited === text) throw new Error(`${path} has no ${String(from)}:\n${text}`);
      writeFileSync(path, edited);
    },
    reboot: () => {
      endServer(root);
      for (const pod of pods.splice(0)) pod.remove();
      haltNode(fabric, node);
      node = bootNode({ fabric, nic, namespace, root });
    },
    remove: () => {
      endServer(root);
      for (const pod of pods) pod.remove();
      node.netns.remove();
      rmSync(root, { recursive: true, force: true });
    },
  };
}

/** Returns the IPv4 address of the pod's eth0, or the global IPv6 one. */
export function addressOf(pod: Netns, family: 4 | 6 = 4, dev = 'eth0'): string {
  const [link]: readonly { readonly addr_info: readonly { readonly local: string }[] }[] = JSON.parse(
    pod.mustExec(['ip', '-j', `-${family}`, 'addr', 'show', 'dev', dev, 'scope', 'global']).stdout,
  );
  const address = link?.addr_info[0]?.local;
  if (address === undefined) throw new Error(`${pod.name} has no address`);
  return address;
}

/** Expects a node without steps; a second ADD of the pod succeeds, and CHECK accepts its answer, which is returned. */
export function expectRepeatable(node: ModeNode, pod: Netns): object {
  expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  const again = node.call('ADD', pod);
  expect(again.code).toBe(0);
  const prevResult: object = JSON.parse(again.stdout);
  expect(node.call('CHECK', pod, { prevResult })).toMatchObject({ code: 0, stdout: '' });
  return prevResult;
}

/** Expects that a DEL leaves no trace of a new pod on the node. */
export function expectNoTrace(node: ModeNode): void {
  const gone = node.addPod();
  const address = addressOf(gone);
  expect(node.call('DEL', gone)).toMatchObject({ code: 0, stdout: '' });
  const commands = ['ip route', 'ip neigh', 'bridge fdb', 'ip link', 'nft list ruleset'];
  const listed = commands.map((command) => node.netns().mustExec(command.split(' ')).stdout).join('');
  expect(listed).not.toContain(address);
  expect(listed).not.toContain(gone.name);
  expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
}

/** Expects eth0 as DHCP configured it, in no bridge. */
export function expectUplinkUnchanged(node: ModeNode): void {
  const show = (command: string): string => node.netns().mustExec(command.split(' ')).stdout;
  expect(show('ip link show dev eth0')).not.toContain(' master ');
  expect(show('ip -4 addr show dev eth0')).toContain('10.240.0.35/16 metric 100 brd 10.240.255.255');
  expect(show('ip route show dev eth0')).toContain(
    'default via 10.240.0.1 proto dhcp src 10.240.0.35 metric 100',
  );
}
