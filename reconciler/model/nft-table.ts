/**
 * Our nftables table: what replaces azure-vnet's ebtables rules, at a constant cost for each packet. Pure.
 * Azure's network delivers to the VM only frames for its NIC's MAC, answers every ARP request itself, and drops frames
 * from any other source MAC; these rules make pods on a bridge fit in.
 */
import type { BridgeNetwork } from '../../schemas/generated/vnet.ts';
import { NFT_TABLE } from './names.ts';
import { sha1Hex } from './sha1.ts';
import { HOST, type NftElementObject, type NftTableObject } from './state.ts';

/** A rule as nft reads it. Shape: `id` says what it is for, in people's words with dashes. */
type Rule = { readonly chain: string; readonly id: string; readonly text: string };

const SETS = `
  map pods { type ipv4_addr : ether_addr; }
  set ports { type ifname; }
  set port_macs { type ifname . ether_addr; }
  set port_ips { type ifname . ipv4_addr; }
  map own_macs { type ifname : ether_addr; size 65536; flags dynamic; }`;

const CHAINS = `
  chain antispoof { }
  chain translate { }
  chain prerouting { type filter hook prerouting priority dstnat; policy accept; }
  chain postrouting { type filter hook postrouting priority srcnat; policy accept; }`;

/**
 * The rules that do not depend on the networks. A pod may send only from its own addresses, ARP payload included;
 * 0.0.0.0 is an ARP probe (RFC 5227). A pod has no IPv6 address of the network, so nothing that it sends in IPv6 is from one of
 * its own: no router advertisement reaches another pod (CVE-2020-10749), and a thousand pods that come up do not flood each
 * other with neighbour discovery.
 * On the bridge a port has one MAC, the document's. A pod that was given another one afterwards (`tuning`, Multus) is
 * translated at its port, both ways: `own_macs` is what it calls itself in its last ARP frame, which it sends whenever
 * its MAC changes (arp_notify), and before it sends anything else. What is then still from a foreign MAC is dropped.
 */
const COMMON: readonly Rule[] = [
  { chain: 'antispoof', id: 'ip', text: 'ether type ip iifname . ip saddr != @port_ips drop' },
  { chain: 'antispoof', id: 'ip6', text: 'ether type ip6 drop' },
  {
    chain: 'antispoof',
    id: 'arp-ip',
    text: 'ether type arp arp saddr ip != 0.0.0.0 iifname . arp saddr ip != @port_ips drop',
  },
  {
    chain: 'antispoof',
    id: 'arp-forget-own-mac',
    text: 'ether type arp delete @own_macs { iifname : ether saddr }',
  },
  {
    chain: 'antispoof',
    id: 'translate',
    text: 'iifname . ether saddr != @port_macs jump translate',
  },
  { chain: 'antispoof', id: 'arp-mac', text: 'ether type arp iifname . arp saddr ether != @port_macs drop' },
  {
    chain: 'translate',
    id: 'arp-learn-own-mac',
    text: 'ether type arp add @own_macs { iifname : ether saddr }',
  },
  {
    chain: 'translate',
    id: 'arp-payload',
    text: 'ether type arp arp saddr ether set arp saddr ip map @pods',
  },
  { chain: 'translate', id: 'arp', text: 'ether type arp ether saddr set arp saddr ip map @pods' },
  { chain: 'translate', id: 'ip', text: 'ether type ip ether saddr set ip saddr map @pods' },
  { chain: 'translate', id: 'mac', text: 'iifname . ether saddr != @port_macs drop' },
  { chain: 'prerouting', id: 'antispoof', text: 'iifname @ports jump antispoof' },
  {
    chain: 'prerouting',
    id: 'arp-request-to-pod',
    text: 'arp operation request ether daddr set arp daddr ip map @pods',
  },
  {
    chain: 'postrouting',
    id: 'own-mac',
    text: 'oifname . ether daddr @port_macs ether daddr set oifname map @own_macs',
  },
];

function uplinkRules(name: string, mac: string): readonly Rule[] {
  const from = `iifname "${name}"`;
  const to = `oifname "${name}"`;
  return [
    { chain: 'prerouting', id: `${name}-ip-to-pod`, text: `${from} ether daddr set ip daddr map @pods` },
    {
      chain: 'prerouting',
      id: `${name}-arp-reply-to-asker`,
      text: `${from} arp operation reply ether daddr set arp daddr ip map @pods`,
    },
    {
      chain: 'prerouting',
      id: `${name}-arp-reply-target`,
      text: `${from} arp operation reply arp daddr ether set arp daddr ip map @pods`,
    },
    { chain: 'postrouting', id: `${name}-source`, text: `${to} ether saddr set ${mac}` },
    {
      chain: 'postrouting',
      id: `${name}-arp-source`,
      text: `${to} ether type arp arp saddr ether set ${mac}`,
    },
  ];
}

/**
 * Returns the nftables table for these networks.
 * Shape: the script may be run again on a table that exists: it replaces every rule in one transaction and keeps the
 * elements, so that no packet sees a table without them.
 * Source: nft(8), families bridge; priorities dstnat (-300) and srcnat (300) of that family.
 */
export function deriveNftTable(networks: readonly BridgeNetwork[]): NftTableObject {
  const uplinks = networks.flatMap(({ uplink }) => uplinkRules(uplink.name, uplink.mac.toLowerCase()));
  const rules = ['antispoof', 'translate', 'prerouting', 'postrouting'].flatMap((chain) =>
    [...COMMON, ...uplinks].filter((rule) => rule.chain === chain),
  );
  const marks = rules.map((rule) => `${rule.id}:${sha1Hex(rule.text).slice(0, 8)}`);
  const lines = rules.map(
    (rule, index) =>
      `add rule bridge ${NFT_TABLE} ${rule.chain} ${rule.text} comment "vnet:${marks[index] ?? ''}"`,
  );
  const script = [
    `table bridge ${NFT_TABLE} {${SETS}${CHAINS}\n}`,
    `flush table bridge ${NFT_TABLE}`,
    ...lines,
    '',
  ].join('\n');
  return {
    kind: 'nft-table',
    netns: HOST,
    family: 'bridge',
    name: NFT_TABLE,
    rules: rules.map((rule, index) => `${rule.chain} ${marks[index] ?? ''}`),
    script,
  };
}

/**
 * Returns the elements that one pod adds to the table; `antiSpoofing` false leaves its port unwatched: then nothing
 * follows a MAC that is changed in the pod. Shape: `ownMac` is what the pod's interface really has, where it was seen.
 */
export function deriveNftElements(pod: {
  readonly hostVeth: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly antiSpoofing: boolean;
  readonly ownMac?: string | undefined;
}): readonly NftElementObject[] {
  const mac = pod.mac.toLowerCase();
  const delivery = pod.addresses.map((address) => element('pods', address, mac));
  if (!pod.antiSpoofing) return delivery;
  const ownMac = pod.ownMac?.toLowerCase() ?? mac;
  return [
    ...delivery,
    ...(ownMac === mac ? [] : [element('own_macs', pod.hostVeth, ownMac)]),
    element('port_macs', `${pod.hostVeth} . ${mac}`),
    ...pod.addresses.map((address) => element('port_ips', `${pod.hostVeth} . ${address}`)),
    // Last, so that the port is watched only when its own addresses are known.
    element('ports', pod.hostVeth),
  ];
}

function element(set: string, key: string, value?: string): NftElementObject {
  const data = value === undefined ? {} : { value };
  return { kind: 'nft-element', netns: HOST, table: NFT_TABLE, set, key, ...data };
}
