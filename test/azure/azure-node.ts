/**
 * A node as azure-vnet v1.4.22 leaves it in bridge mode, built from its state file: bridge, veths, ARP,
 * ebtables.
 */
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createSys } from '#sys';
import { type AzureEndpoint, type AzureState, parseAzureState } from '../../reconciler/azure/state.ts';
import { takeLock } from '../../reconciler/os/lock.ts';
import { type Fabric, GATEWAY, makeFabric, type Nic } from '../lab/fabric.ts';
import { must } from '../support/must.ts';
import { makeNetns, type Netns, openNetns, uniqueName } from '../support/netns.ts';

/** The state files that azure-vnet v1.4.22 wrote for three pods. */
export const STATE_FILE = join(import.meta.dirname, 'captured/azure-vnet.json');

/** The same for its IPAM. */
export const POOL_FILE = join(import.meta.dirname, 'captured/azure-vnet-ipam.json');

/** The sample's node. Shape: `hostMacs` are those of host veths, by name; random if absent. `ipv6` are addresses of its NIC. */
export type AzureNodeSpec = {
  readonly uplinkMac: string;
  readonly ipv6?: NonNullable<Nic['ipv6']>;
  readonly hostMacs?: Readonly<Record<string, string>>;
};

/** A node with Azure CNI, its pods, and another node on an Azure-like fabric. */
export type AzureNode = {
  readonly netns: Netns;
  readonly nic: Nic;
  readonly fabric: Fabric;
  readonly neighbour: Netns;
  readonly pods: readonly { readonly record: AzureEndpoint; readonly netns: Netns }[];
  /** Returns every ebtables rule of the nat table, as ebtables lists it. */
  readonly rules: () => readonly string[];
  readonly remove: () => void;
};

/** The address of the other node. */
export const OTHER_NODE = '10.240.0.66';

/** The longest wait for the node of another test. Units: milliseconds. */
const TURN_MS = 500_000;

/** The MAC in the sample. */
export const SAMPLE_MAC = '00:0d:3a:51:c4:90';

/** Returns the contents of the sample. */
export function sampleState(): AzureState {
  return must(parseAzureState(readFileSync(STATE_FILE, 'utf8'), STATE_FILE));
}

/** Returns the sample's node, up and running. The sample names its pods' namespaces: there is one such node at a time. */
export function makeAzureNode(spec: AzureNodeSpec): AzureNode {
  const path = join(tmpdir(), 'vnet-azure-node.lock');
  const endTurn = must(takeLock(createSys(), { path, mode: 'exclusive', who: 'test', timeoutMs: TURN_MS }));
  try {
    const node = buildAzureNode(spec);
    return {
      ...node,
      remove: () => {
        node.remove();
        endTurn();
      },
    };
  } catch (error) {
    endTurn();
    throw error;
  }
}

function buildAzureNode({ uplinkMac, ipv6, hostMacs = {} }: AzureNodeSpec): AzureNode {
  const [uplink] = sampleState().uplinks;
  const endpoints = uplink?.networks[0]?.endpoints ?? [];
  const fabric = makeFabric(uniqueName('fabric'));
  const netns = makeNetns(uniqueName('aks'));
  const neighbour = makeNetns(uniqueName('other'));
  const [primary = ''] = (uplink?.addresses ?? []).map((address) => address.split('/')[0] ?? '');
  const secondaries = Array.from({ length: 200 }, (_, index) => `10.240.2.${36 + index}`);
  const nic: Nic = { node: 'aks', mac: uplinkMac, primary, secondaries, ...(ipv6 && { ipv6 }) };
  const other: Nic = { node: 'other', mac: '00:0d:3a:51:c4:91', primary: OTHER_NODE, secondaries: [] };
  fabric.plug(nic, netns);
  fabric.plug(other, neighbour);
  ip(neighbour, [
    'link set eth0 up',
    `addr add ${OTHER_NODE}/16 dev eth0`,
    `route add default via ${GATEWAY}`,
  ]);
  takeUplink(netns, nic);
  const pods = endpoints.map((record) => {
    const pod = makeNetns(record.netns.split('/').at(-1) ?? '');
    attach(netns, record, hostMacs[record.hostVeth]);
    return { record, netns: pod };
  });
  const spaces = [...pods.map((pod) => pod.netns), neighbour, netns, fabric.netns];
  return {
    netns,
    nic,
    fabric,
    neighbour,
    pods,
    rules: () => listRules(netns),
    remove: () => {
      for (const space of spaces) openNetns(space.name).remove();
    },
  };
}

/**
 * The result of connectExternalInterface: no MULTICAST flag, no broadcast address, only the default route.
 */
function takeUplink(netns: Netns, { mac, primary }: Nic): void {
  ip(netns, [
    'link add azure0 type bridge',
    'link set eth0 multicast off',
    'link set eth0 master azure0',
    'link set eth0 up',
    'link set azure0 up',
    'link set eth0 type bridge_slave hairpin on',
    `addr add ${primary}/16 dev azure0`,
    `route add default via ${GATEWAY} dev azure0 proto boot`,
  ]);
  ebtables(netns, `POSTROUTING -s unicast -o eth0 -j snat --to-src ${mac} --snat-arp --snat-target ACCEPT`);
  ebtables(
    netns,
    `PREROUTING -p ARP --arp-op Request --arp-ip-dst ${primary} -j arpreply --arpreply-mac ${mac} --arpreply-target DROP`,
  );
  ebtables(
    netns,
    'PREROUTING -p ARP --arp-op Reply -i eth0 -j dnat --to-dst ff:ff:ff:ff:ff:ff --dnat-target ACCEPT',
  );
}

/** The result of LinuxBridgeEndpointClient for one pod. */
function attach(
  netns: Netns,
  { hostVeth, mac, netns: path, ifName, addresses: [cidr = ''] }: AzureEndpoint,
  hostMac: string | undefined,
): void {
  const address = cidr.split('/')[0] ?? '';
  const pod = path.split('/').at(-1) ?? '';
  const own = hostMac === undefined ? '' : `address ${hostMac} `;
  ip(netns, [
    `link add ${hostVeth} ${own}type veth peer name ${hostVeth}2 address ${mac}`,
    `link set ${hostVeth} multicast off`,
    `link set ${hostVeth} up`,
    `link set ${hostVeth} master azure0`,
    `neigh add ${address} lladdr ${mac} dev azure0 nud permanent`,
    `link set ${hostVeth} type bridge_slave hairpin on`,
    `link set ${hostVeth}2 netns ${pod}`,
  ]);
  ebtables(
    netns,
    `PREROUTING -p ARP --arp-op Request --arp-ip-dst ${address} -j arpreply --arpreply-mac ${mac} --arpreply-target DROP`,
  );
  ebtables(
    netns,
    `PREROUTING -p IPv4 -i eth0 --ip-dst ${address} -j dnat --to-dst ${mac} --dnat-target ACCEPT`,
  );
  ip(openNetns(pod), [
    `link set ${hostVeth}2 name ${ifName}`,
    `link set ${ifName} up`,
    `addr add ${cidr} dev ${ifName}`,
    `route add default via ${GATEWAY} dev ${ifName} proto static`,
  ]);
}

/** Adds a rule to ebtables' nat table. */
export function ebtables(netns: Netns, rule: string): void {
  netns.mustExec(['ebtables', '-t', 'nat', '-A', ...rule.split(' ')]);
}

function listRules(netns: Netns): readonly string[] {
  const { stdout } = netns.mustExec(['ebtables', '-t', 'nat', '-L']);
  return stdout.split('\n').filter((line) => line.startsWith('-'));
}

/** Runs the lines as one batch of ip(8). */
function ip(netns: Netns, lines: readonly string[]): void {
  netns.mustExec(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
}
