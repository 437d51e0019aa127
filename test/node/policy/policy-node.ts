/** A node that enforces network policies, with pods of given namespaces and names. */
import { mkdtempSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BIN } from '../../plugin/live-node.ts';
import { endServer } from '../../support/end-server.ts';
import type { Outcome } from '../../support/exec.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';

/** The contents of the members file. */
export type MembersText = {
  readonly policies: Readonly<Record<string, unknown>>;
  readonly namespaces: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly pods: readonly {
    readonly namespace: string;
    readonly name: string;
    readonly labels: Readonly<Record<string, string>>;
    readonly addresses: readonly string[];
    readonly ports?: readonly { readonly name: string; readonly port: number; readonly protocol: string }[];
    readonly local?: true;
  }[];
};

/** The data paths: the network's section, and br_netfilter's switch. */
export const DATA_PATHS = {
  routed: { mode: 'routed', brnf: '0' },
  transparent: { mode: 'transparent', brnf: '0' },
  'bridge, br_netfilter off': { mode: 'bridge', brnf: '0' },
  'bridge, br_netfilter on': { mode: 'bridge', brnf: '1' },
} as const;

export type DataPath = keyof typeof DATA_PATHS;

const POOL = {
  ipv4: `      ipv4: { source: static, subnet: 10.240.0.0/16, gateway: 10.240.0.1, addresses: [10.240.1.1-10.240.1.60] }\n`,
  ipv6: `      ipv6: { source: static, subnet: "fd00:240::/64", gateway: "fd00:240::1", addresses: ["fd00:240::100-fd00:240::1ff"] }\n`,
};

const UPLINK = `    uplink: { name: eth0, mac: "00:0d:3a:00:00:01", addresses: [{ address: 10.240.0.4/16 }, { address: "fd00:240::4/64" }], routes: [] }\n`;

function networkOf(mode: string, hasIpv6: boolean): string {
  const hub = mode === 'routed' ? '    bridge: { name: cbr0, mac: "0a:58:0a:f0:00:01" }\n' : '';
  const bridge = mode === 'bridge' ? '    bridge: { name: azure0 }\n' : '';
  const uplink =
    mode === 'routed' ? '' : mode === 'bridge' ? UPLINK : `${UPLINK.split(', addresses')[0]} }\n`;
  return `    mode: ${mode}\n${uplink}${hub}${bridge}    pools:\n${POOL.ipv4}${hasIpv6 ? POOL.ipv6 : ''}`;
}

/** The head of a document: only pods `app: web` reach port 80 of the pods `app: db` in the namespace shop. */
export const WEB_TO_DB = `policy: { enforce: true }
networkPolicies:
  shop/db:
    podSelector: { matchLabels: { app: db } }
    ingress:
      - from: [{ podSelector: { matchLabels: { app: web } } }]
        ports: [{ port: 80 }]
`;

export type PolicyNode = {
  readonly netns: Netns;
  readonly root: string;
  readonly vnet: (...args: readonly string[]) => Outcome;
  /** Returns a call, to be run in the namespace of the node. */
  readonly command: (
    verb: string,
    pod: PolicyTestPod,
    more?: object,
  ) => {
    readonly argv: readonly string[];
    readonly env: Readonly<Record<string, string>>;
    readonly input: string;
  };
  readonly call: (verb: string, pod: PolicyTestPod, more?: object) => Outcome;
  /** Returns a pod after its ADD. Errors: throws with the plugin's answer. */
  readonly add: (
    namespace: string,
    name: string,
    more?: { readonly ip?: string | readonly string[]; readonly labels?: object },
  ) => PolicyTestPod;
  readonly del: (pod: PolicyTestPod) => void;
  /** Replaces the members file as an agent does. */
  readonly write: (members: MembersText) => void;
  readonly remove: () => void;
};

export type PolicyTestPod = {
  readonly namespace: string;
  readonly name: string;
  readonly netns: Netns;
  readonly container: string;
};

/** Returns a node without pods. Shape: `head` is the document's policy section and its own policies. */
export function makePolicyNode(path: DataPath, head: string, hasIpv6 = false): PolicyNode {
  const { mode, brnf } = DATA_PATHS[path];
  // A routed network has a subnet of its own.
  const net = mode === 'routed' ? '10.241.0' : '10.240.0';
  const netns = makeNetns(uniqueName('polnode'));
  const fabric = makeNetns(uniqueName('polfabric'));
  const root = mkdtempSync(join(tmpdir(), 'vnet-policy-'));
  const state = join(root, 'var/lib/vnet');
  mkdirSync(state, { recursive: true });
  const pods = new Set<PolicyTestPod>();
  netns.mustExec([
    'ip',
    'link',
    'add',
    'eth0',
    'address',
    '00:0d:3a:00:00:01',
    'type',
    'veth',
    'peer',
    'name',
    'nic',
    'netns',
    fabric.name,
  ]);
  fabric.mustExec(['ip', 'link', 'set', 'nic', 'up']);
  fabric.mustExec(['ip', 'addr', 'add', `${net}.1/16`, 'dev', 'nic']);
  netns.mustExec([
    'sh',
    '-c',
    `ip link set eth0 up; ip addr add ${net}.4/16 dev eth0; ip addr add fd00:${net.split('.')[1]}::4/64 dev eth0 nodad; ip route add default via ${net}.1`,
  ]);
  netns.execNow([
    'sh',
    '-c',
    `for f in iptables ip6tables; do sysctl -qw net.bridge.bridge-nf-call-$f=${brnf}; done`,
  ]);
  const env = { VNET_ROOT: root, VNET_NODE: 'node-1' };
  const document = `apiVersion: vnet.azure/v2\nkind: NodeNetwork\nmetadata: { node: node-1, generation: 1 }\n${head}networks:\n  azure:\n${networkOf(mode, hasIpv6)}`;
  writeFileSync(join(state, 'vnet.yaml'), document);
  const vnet: PolicyNode['vnet'] = (...args) => netns.execNow([join(BIN, 'vnet'), ...args], { env });
  const command: PolicyNode['command'] = (verb, pod, more = {}) => ({
    argv: [join(BIN, 'azure-vnet')],
    input: JSON.stringify({
      cniVersion: '1.0.0',
      name: 'azure',
      type: 'azure-vnet',
      master: 'eth0',
      mode,
      ipam: { type: 'azure-vnet-ipam' },
      ...more,
    }),
    env: {
      ...env,
      CNI_COMMAND: verb,
      CNI_CONTAINERID: pod.container,
      CNI_NETNS: pod.netns.path,
      CNI_IFNAME: 'eth0',
      CNI_PATH: BIN,
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=${pod.namespace};K8S_POD_NAME=${pod.name}`,
    },
  });
  const call: PolicyNode['call'] = (verb, pod, more) => {
    const { argv, ...options } = command(verb, pod, more);
    return netns.execNow(argv, options);
  };
  return {
    netns,
    root,
    vnet,
    command,
    call,
    add: (namespace, name, { ip, labels } = {}) => {
      const made = makeNetns(uniqueName('polpod'));
      const pod = { namespace, name, netns: made, container: made.name };
      pods.add(pod);
      const list = Object.entries(labels ?? {}).map(([key, value]) => ({ key, value: String(value) }));
      const cni = {
        ...(ip === undefined ? {} : { ips: [ip].flat() }),
        ...(list.length === 0 ? {} : { labels: list }),
      };
      const added = call('ADD', pod, Object.keys(cni).length === 0 ? {} : { args: { cni } });
      if (added.code !== 0) throw new Error(`ADD: ${added.stdout}${added.stderr}`);
      return pod;
    },
    del: (pod) => {
      const done = call('DEL', pod);
      if (done.code !== 0) throw new Error(`DEL: ${done.stdout}${done.stderr}`);
      pod.netns.remove();
      pods.delete(pod);
    },
    write: (members) => {
      const file = join(state, 'policy.json');
      writeFileSync(`${file}.new`, JSON.stringify({ format: 'vnet.policy/1', ...members }));
      renameSync(`${file}.new`, file);
    },
    remove: () => {
      endServer(root);
      for (const pod of pods) pod.netns.remove();
      netns.remove();
      fabric.remove();
      rmSync(root, { recursive: true, force: true });
    },
  };
}
