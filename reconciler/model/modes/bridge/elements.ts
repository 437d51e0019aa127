/** The sets of bridge mode's nftables table, and the elements of one pod. Pure. */
import { familyOf, linkLocalOf, normaliseAddress } from '../../addresses/address.ts';
import { NFT_TABLE } from '../../names.ts';
import type { NftSets } from '../../kinds/nft-element.ts';
import { HOST, type NftElementObject } from '../../state.ts';

/** The sets. Shape: `own_macs` and `other_macs` are filled by the rules, too. */
export const BRIDGE_SETS: NftSets = {
  pods: { key: ['ipv4_addr'], value: 'ether_addr' },
  ports: { key: ['ifname'] },
  port_macs: { key: ['ifname', 'ether_addr'] },
  port_ips: { key: ['ifname', 'ipv4_addr'] },
  port_sources: { key: ['ifname', 'ether_addr', 'ipv4_addr'] },
  pods6: { key: ['ipv6_addr'], value: 'ether_addr' },
  port_ips6: { key: ['ifname', 'ipv6_addr'] },
  port_sources6: { key: ['ifname', 'ether_addr', 'ipv6_addr'] },
  via_host: { key: ['ifname', 'ipv4_addr'], value: 'ether_addr' },
  other_macs: { key: ['ether_addr'], options: 'size 65536; flags dynamic;' },
  own_macs: { key: ['ifname'], value: 'ether_addr', options: 'size 65536; flags dynamic;' },
};

/** The IPv6 addresses that pods reach through the node. */
export const VIA_HOST6_SETS: NftSets = {
  via_host6: { key: ['ifname', 'ipv6_addr'], value: 'ether_addr' },
};

/** The sets of pods whose frames to each other go to the fabric. */
export const TUNNEL_SETS: NftSets = {
  tunnel_pods: { key: ['ipv4_addr'] },
  tunnel_pods6: { key: ['ipv6_addr'] },
};

/**
 * Returns the table elements of one pod; with `antiSpoofing` false its port is unfiltered and does not follow
 * a MAC changed in the pod.
 * Shape: `ownMac` is the observed MAC of the pod's interface.
 */
export function bridgeElements(pod: {
  readonly hostVeth: string;
  readonly mac: string;
  readonly addresses: readonly string[];
  readonly antiSpoofing: boolean;
  readonly ownMac?: string | undefined;
}): readonly NftElementObject[] {
  const mac = pod.mac.toLowerCase();
  const ipv4 = pod.addresses.filter((address) => familyOf(address) === 4);
  const global = pod.addresses.filter((address) => familyOf(address) === 6).map(normaliseAddress);
  // Neighbour discovery also uses the link-local address.
  const ipv6 = global.length > 0 ? [...global, linkLocalOf(mac)] : global;
  const delivery = [
    ...ipv4.map((address) => element('pods', address, mac)),
    ...ipv6.map((address) => element('pods6', address, mac)),
  ];
  if (!pod.antiSpoofing) return delivery;
  const ownMac = pod.ownMac?.toLowerCase() ?? mac;
  return [
    ...delivery,
    ...(ownMac === mac ? [] : [element('own_macs', pod.hostVeth, ownMac), element('other_macs', mac)]),
    element('port_macs', `${pod.hostVeth} . ${mac}`),
    ...ipv4.map((address) => element('port_ips', `${pod.hostVeth} . ${address}`)),
    ...ipv4.map((address) => element('port_sources', `${pod.hostVeth} . ${mac} . ${address}`)),
    ...ipv6.map((address) => element('port_ips6', `${pod.hostVeth} . ${address}`)),
    ...global.map((address) => element('port_sources6', `${pod.hostVeth} . ${mac} . ${address}`)),
    // Last, so that the port is filtered only after its own addresses are known.
    element('ports', pod.hostVeth),
  ];
}

/** Returns the elements for the addresses that the pod reaches through the node, whose MAC is the bridge's. */
export function viaHostElements(
  hostVeth: string,
  addresses: readonly string[],
  mac: string,
): readonly NftElementObject[] {
  return addresses.map((address) => {
    const set = address.includes(':') ? 'via_host6' : 'via_host';
    return element(set, `${hostVeth} . ${normaliseAddress(address)}`, mac.toLowerCase());
  });
}

/** Returns an element of the bridge's table. */
export function element(set: string, key: string, value?: string): NftElementObject {
  const data = value === undefined ? {} : { value };
  return { kind: 'nft-element', netns: HOST, table: NFT_TABLE, set, key, ...data };
}
