/**
 * An Azure-like fabric of network namespaces. It answers every ARP request with one MAC, delivers by destination IP to
 * the owning node's NIC, is the gateway and the host endpoint, and drops and counts every frame whose source MAC is
 * not that of the node's NIC. NICs with IPv6 addresses have one neighbour, the link-local gateway: no multicast and no
 * neighbour discovery pass from one to another.
 */
import type { Outcome } from '../support/exec.ts';
import { ipBatch, makeNetns, type Netns } from '../support/netns.ts';

/** The MAC in the fabric's ARP replies. Source: azure-vnet's virtual MAC. */
export const FABRIC_MAC = '12:34:56:78:9a:bc';
/** The gateway of the subnet: its first address, as in every Azure subnet. */
export const GATEWAY = '10.240.0.1';
/** The gateway of NICs with IPv6 addresses. Source: azure-vnet's virtual IPv6 gateway. */
export const GATEWAY6 = 'fe80::1234:5678:9abc';
/** The subnet of nodes and pods. */
const SUBNET = '10.240.0.0/16';
/** Address of the host endpoint; DHCP gives a node a /32 route to it. */
export const HOST_ENDPOINT = '168.63.129.16';
/** Address of the metadata service; DHCP gives a node a /32 route to it. */
export const METADATA = '169.254.169.254';

/** Addresses beyond the virtual network, of which the fabric is the host. */
export const OUTSIDES = { 4: HOST_ENDPOINT, 6: 'fd00:99::53' } as const;

/** The IPv6 addresses of a NIC, and the pod CIDR that the route table sends to its node. */
export type NicIpv6 = {
  readonly primary: string;
  readonly secondaries: readonly string[];
  readonly podCidr: string;
};

/** One NIC of the fabric: its node, the addresses delivered to it, and the pod CIDR that the route table sends to its node. */
export type Nic = {
  readonly node: string;
  readonly mac: string;
  readonly primary: string;
  readonly secondaries: readonly string[];
  readonly podCidr?: string;
  readonly ipv6?: NicIpv6;
};

/** The two nodes of the lab, each with 30 secondary addresses, as an AKS node for 30 pods has. */
export const NICS: readonly [Nic, Nic] = [
  {
    node: 'node1',
    mac: '00:0d:3a:51:c4:90',
    primary: '10.240.0.35',
    secondaries: addresses(36, 65),
    podCidr: '10.244.0.0/24',
  },
  {
    node: 'node2',
    mac: '00:0d:3a:51:c4:91',
    primary: '10.240.0.66',
    secondaries: addresses(67, 96),
    podCidr: '10.244.1.0/24',
  },
];

/** The same nodes, with IPv6 addresses. */
export const DUAL_NICS: readonly [Nic, Nic] = [
  { ...NICS[0], ipv6: ipv6Of(NICS[0], 'fd00:244::/64') },
  { ...NICS[1], ipv6: ipv6Of(NICS[1], 'fd00:244:0:1::/64') },
];

/** The address 10.240.0.36 has its counterpart fd00:240::36. */
function ipv6Of({ primary, secondaries }: Nic, podCidr: string): NicIpv6 {
  const counterpart = (address: string): string => address.replace('10.240.0.', 'fd00:240::');
  return { primary: counterpart(primary), secondaries: secondaries.map(counterpart), podCidr };
}

function addresses(first: number, last: number): readonly string[] {
  return Array.from({ length: last - first + 1 }, (_, index) => `10.240.0.${first + index}`);
}

/** The fabric. */
export type Fabric = {
  readonly netns: Netns;
  /** Ensures that the NIC is plugged: `eth0` in the node's namespace, down and without addresses. */
  plug(nic: Nic, node: Netns): void;
  /** Ensures that the NIC and its port are gone, as after switching the machine off. */
  unplug(nic: Nic): void;
  /** Returns the number of the node's frames dropped for a foreign source MAC. */
  foreignFrames(nic: Nic): number;
  /** Returns the number of packets delivered to the node that they came from. */
  returnedPackets(nic: Nic): number;
  /** Returns the same for IPv6. */
  returnedPackets6(nic: Nic): number;
  remove(): void;
};

/** Returns a fabric in a new namespace of that name, with nothing plugged. */
export function makeFabric(name: string): Fabric {
  const netns = makeNetns(name);
  setUp(netns);
  return {
    netns,
    plug: (nic, node) => plug(netns, nic, node),
    unplug: (nic) => {
      netns.execNow(['ip', 'link', 'del', portOf(nic)]);
    },
    foreignFrames: (nic) => readCounter(netns, counterOf(nic)),
    returnedPackets: (nic) => readCounter(netns, returnedOf(nic), 'ip'),
    returnedPackets6: (nic) => readCounter(netns, returnedOf(nic), 'ip6'),
    remove: () => netns.remove(),
  };
}

/** Returns the name of the fabric's end of the NIC's cable. */
export function portOf(nic: Nic): string {
  return `to-${nic.node}`;
}

function counterOf(nic: Nic): string {
  return `foreign_${nic.node}`;
}

function returnedOf(nic: Nic): string {
  return `returned_${nic.node}`;
}

/** The fabric's own addresses, and `void`: the target of all addresses of the subnet without a node. */
function setUp(netns: Netns): void {
  writeSysctls(netns, {
    'net/ipv4/ip_forward': '1',
    'net/ipv4/conf/all/rp_filter': '0',
    'net/ipv4/conf/default/rp_filter': '0',
    'net/ipv4/conf/all/send_redirects': '0',
    'net/ipv4/conf/default/send_redirects': '0',
    'net/ipv6/conf/all/disable_ipv6': '1',
    'net/ipv6/conf/default/disable_ipv6': '1',
  });
  const own = [GATEWAY, HOST_ENDPOINT, METADATA].map((address) => `addr add ${address}/32 dev lo`);
  // The route makes proxy ARP answer for unknown addresses, too; a bridge without ports discards their
  // packets.
  ipBatch(netns, [...own, 'link add void type bridge', 'link set void up', `route add ${SUBNET} dev void`]);
  // The fabric ignores requests for a node's own primary address: a second reply would be a race.
  nft(netns, [
    'add table arp fabric',
    'add set arp fabric primaries { type ifname . ipv4_addr; }',
    'add chain arp fabric input { type filter hook input priority 0; }',
    'add rule arp fabric input arp operation request iifname . arp daddr ip @primaries drop',
    'add table netdev fabric',
    'add table ip fabric',
    'add chain ip fabric forward { type filter hook forward priority 0; }',
    'add table ip6 fabric',
    'add chain ip6 fabric forward { type filter hook forward priority 0; }',
  ]);
}

function plug(netns: Netns, nic: Nic, node: Netns): void {
  const port = portOf(nic);
  const owned = [nic.primary, ...nic.secondaries];
  ipBatch(netns, [
    `link add ${port} address ${FABRIC_MAC} type veth peer name eth0 address ${nic.mac} netns ${node.name}`,
    `link set ${port} up`,
  ]);
  // proxy_arp_pvlan: replies also for addresses behind the same port, as Azure does for a node's own pods.
  writeSysctls(netns, {
    [`net/ipv4/conf/${port}/proxy_arp`]: '1',
    [`net/ipv4/conf/${port}/proxy_arp_pvlan`]: '1',
    [`net/ipv4/neigh/${port}/proxy_delay`]: '0',
  });
  ipBatch(netns, [
    ...owned.flatMap((address) => [
      `route replace ${address}/32 dev ${port}`,
      `neigh replace ${address} lladdr ${nic.mac} dev ${port} nud permanent`,
    ]),
    ...(nic.podCidr === undefined ? [] : [`route replace ${nic.podCidr} via ${nic.primary} dev ${port}`]),
  ]);
  if (nic.ipv6 !== undefined) plugIpv6(netns, nic, nic.ipv6);
  const counter = counterOf(nic);
  const drop = `counter name ${counter} drop`;
  nft(netns, [
    `add element arp fabric primaries { ${port} . ${nic.primary} }`,
    `add counter ip fabric ${returnedOf(nic)}`,
    `add rule ip fabric forward iifname ${port} oifname ${port} counter name ${returnedOf(nic)}`,
    `add counter ip6 fabric ${returnedOf(nic)}`,
    `add rule ip6 fabric forward iifname ${port} oifname ${port} counter name ${returnedOf(nic)}`,
    `add counter netdev fabric ${counter}`,
    `add chain netdev fabric ${nic.node} { type filter hook ingress device "${port}" priority -500; }`,
    `flush chain netdev fabric ${nic.node}`,
    `add rule netdev fabric ${nic.node} ether saddr != ${nic.mac} ${drop}`,
    `add rule netdev fabric ${nic.node} ether type arp arp saddr ether != ${nic.mac} ${drop}`,
  ]);
}

function plugIpv6(netns: Netns, nic: Nic, { primary, secondaries, podCidr }: NicIpv6): void {
  const port = portOf(nic);
  writeSysctls(netns, {
    'net/ipv6/conf/lo/disable_ipv6': '0',
    [`net/ipv6/conf/${port}/disable_ipv6`]: '0',
    'net/ipv6/conf/all/forwarding': '1',
    [`net/ipv6/conf/${port}/accept_dad`]: '0',
  });
  ipBatch(netns, [
    `addr replace ${GATEWAY6}/64 dev ${port} nodad`,
    `addr replace ${OUTSIDES[6]}/128 dev lo nodad`,
    ...[primary, ...secondaries].flatMap((address) => [
      `route replace ${address}/128 dev ${port}`,
      `neigh replace ${address} lladdr ${nic.mac} dev ${port} nud permanent`,
    ]),
    `route replace ${podCidr} via ${primary} dev ${port}`,
  ]);
}

function readCounter(netns: Netns, name: string, family: 'netdev' | 'ip' | 'ip6' = 'netdev'): number {
  const listed = netns.mustExec(['nft', '-j', 'list', 'counters', 'table', family, 'fabric']);
  const parsed: {
    readonly nftables: readonly { readonly counter?: { readonly name: string; readonly packets: number } }[];
  } = JSON.parse(listed.stdout);
  const counter = parsed.nftables.find((entry) => entry.counter?.name === name)?.counter;
  if (counter === undefined) throw new Error(`the fabric has no counter ${name}: was the NIC ever plugged?`);
  return counter.packets;
}

function nft(netns: Netns, lines: readonly string[]): Outcome {
  return netns.mustExec(['nft', '-f', '-'], { input: `${lines.join('\n')}\n` });
}

/** Sets the sysctls, by their paths below /proc/sys, in one process. */
export function writeSysctls(netns: Netns, values: Readonly<Record<string, string>>): void {
  const script = Object.entries(values).map(([name, value]) => `echo ${value} > /proc/sys/${name}`);
  netns.mustExec(['sh', '-ec', script.join('\n')]);
}
