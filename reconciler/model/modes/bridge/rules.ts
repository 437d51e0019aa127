/**
 * The nftables rules of bridge mode: they replace azure-vnet's ebtables rules, at a constant cost per packet.
 * Pure. Azure's network delivers to the VM only frames for its NIC's MAC, answers every ARP request itself,
 * and drops frames with any other source MAC; these rules adapt the frames of pods on a bridge.
 */
import type { BridgeNetwork } from '../../../../schemas/generated/vnet.ts';
import type { NftSets } from '../../kinds/nft-element.ts';
import type { NftChain, NftFragment } from '../../nft-table.ts';
import { acceptsRouters } from '../parts/settings.ts';
import { isOffLink } from './network.ts';
import { BRIDGE_SETS, VIA_HOST6_SETS } from './elements.ts';

/**
 * The rules that do not depend on the uplink. Pods send IPv4, ARP and, with an IPv6 address of the network, IPv6: frames of
 * any other type are dropped, and so are frames with a VLAN tag, since their payload would pass unchecked and the receiver strips
 * a tag of id 0.
 */
const ANTISPOOF = {
  types: 'ether type vmap { ip : goto antispoof_ip, arp : goto antispoof_arp, ip6 : goto antispoof_ip6 }',
  others: 'drop',
};

/** A pod sends only from its own addresses. Frames from its own MAC and address do not come here: see `own` below. */
const ANTISPOOF_IP = {
  ip: 'ether type ip iifname . ip saddr != @port_ips drop',
  translate: 'iifname . ether saddr != @port_macs jump translate',
};

/**
 * A pod sends IPv6 from its own addresses and the link-local one of its MAC, is no router (CVE-2020-10749), and answers
 * solicitations only for its own addresses. The kernel finds the transport header behind extension headers.
 * Source: RFC 8200 3 (source address at byte 8, destination at 24), RFC 4861 4.3 and 4.4 (target at byte 8).
 */
const ANTISPOOF_IP6 = {
  router: 'icmpv6 type { nd-router-advert, nd-redirect } drop',
  'nd-target': 'icmpv6 type nd-neighbor-advert iifname . @th,64,128 != @port_ips6 drop',
  ip6: 'ether type ip6 iifname . @nh,64,128 != @port_ips6 drop',
  translate: 'iifname . ether saddr != @port_macs jump translate',
};

/**
 * Only ARP of Ethernet and IPv4, since other types have different field offsets; 0.0.0.0 is an ARP probe (RFC 5227).
 * On the bridge, a port has one MAC, the document's. A pod whose MAC is changed later (`tuning`, Multus) is
 * translated at its port in both directions: `own_macs` has the MAC of its last ARP frame, which it sends whenever
 * its MAC changes (arp_notify), before any other frame; `other_macs` has the MACs of such ports. Remaining frames from a foreign MAC are
 * dropped.
 */
const ANTISPOOF_ARP = {
  'arp-form': 'arp htype . arp ptype . arp hlen . arp plen != { 1 . ip . 6 . 4 } drop',
  'arp-ip': 'ether type arp arp saddr ip != 0.0.0.0 iifname . arp saddr ip != @port_ips drop',
  'arp-forget-own-mac': 'ether type arp delete @own_macs { iifname : ether saddr }',
  'arp-forget-other-mac': 'ether type arp delete @other_macs { ether saddr }',
  translate: 'iifname . ether saddr != @port_macs jump translate',
  'arp-mac': 'ether type arp iifname . arp saddr ether != @port_macs drop',
};

const TRANSLATE = {
  'arp-learn-own-mac': 'ether type arp add @own_macs { iifname : ether saddr }',
  'arp-payload': 'ether type arp arp saddr ether set arp saddr ip map @pods',
  arp: 'ether type arp ether saddr set arp saddr ip map @pods',
  'arp-learn-other-mac': 'ether type arp iifname . ether saddr @port_macs add @other_macs { ether saddr }',
  ip: 'ether type ip ether saddr set ip saddr map @pods',
  ip6: 'ether type ip6 ether saddr set @nh,64,128 map @pods6',
  mac: 'iifname . ether saddr != @port_macs drop',
};

/**
 * Pods send everything outside their bridge to the fabric; frames for these addresses go to the node instead. Without
 * pkttype, the IP layer drops them as those of another host.
 */
const VIA_HOST = {
  'via-host': 'ether daddr set iifname . ip daddr map @via_host meta pkttype set host accept',
};

/** The same in IPv6. */
const VIA_HOST6 = {
  'via-host6':
    'ether type ip6 ether daddr set iifname . @nh,192,128 map @via_host6 meta pkttype set host accept',
};

/** The parts of a table for these addresses; a family without any has no rule. */
function viaHostParts(addresses: readonly string[]): {
  readonly sets: NftSets;
  readonly four: NftChain['rules'];
  readonly six: NftChain['rules'] | undefined;
} {
  const six = addresses.filter((address) => address.includes(':')).length;
  return {
    sets: six > 0 ? { ...BRIDGE_SETS, ...VIA_HOST6_SETS } : BRIDGE_SETS,
    four: six === addresses.length ? {} : VIA_HOST,
    six: six > 0 ? VIA_HOST6 : undefined,
  };
}

/** Requests for the address of a pod go to that pod alone. */
const TO_POD = {
  'arp-request-to-pod': 'arp operation request ether daddr set arp daddr ip map @pods',
  'nd-solicit-to-pod': 'icmpv6 type nd-neighbor-solicit ether daddr set @th,64,128 map @pods6',
};

/** The fabric sends to the MAC of the NIC, and answers to it. */
const FROM_UPLINK = {
  ip: 'ether type ip ether daddr set ip daddr map @pods',
  ip6: 'ether type ip6 ether daddr set @nh,192,128 map @pods6',
  ...TO_POD,
  'arp-reply-to-asker': 'arp operation reply ether daddr set arp daddr ip map @pods',
  'arp-reply-target': 'arp operation reply arp daddr ether set arp daddr ip map @pods',
};

/** Source: nft(8), family bridge; priority dstnat is -300 there. */
const PREROUTING = 'type filter hook prerouting priority dstnat; policy accept;';

/** Source: nft(8), family bridge; priority srcnat is 300 there. */
const POSTROUTING = 'type filter hook postrouting priority srcnat; policy accept;';

/** A frame from the own MAC and address of a pod needs this rule only. */
const OWN = 'ether type ip iifname . ether saddr . ip saddr @port_sources goto from_pod';

/**
 * The same in IPv6, but for neighbour discovery, where more than the source is checked: 58 is ICMPv6, whose name nft looks up in
 * /etc/protocols, which a small root file system lacks.
 */
const OWN6 =
  'ether type ip6 meta l4proto != 58 iifname . ether saddr . @nh,64,128 @port_sources6 goto from_pod6';

/** The rules for the ports of pods, with or without an uplink in the bridge. */
export const PORT_RULES: NftFragment = {
  family: 'bridge',
  sets: BRIDGE_SETS,
  chains: {
    translate: { hook: '', rules: TRANSLATE },
    antispoof_ip: { hook: '', rules: ANTISPOOF_IP },
    antispoof_arp: { hook: '', rules: ANTISPOOF_ARP },
    antispoof_ip6: { hook: '', rules: ANTISPOOF_IP6 },
    antispoof: { hook: '', rules: ANTISPOOF },
    from_pod: { hook: '', rules: {} },
    from_pod6: { hook: '', rules: {} },
    prerouting: {
      hook: PREROUTING,
      rules: {
        own: OWN,
        own6: OWN6,
        antispoof: 'iifname @ports jump antispoof',
        ...TO_POD,
      },
    },
    postrouting: {
      hook: POSTROUTING,
      rules: {
        // Few pods have another MAC than the document's: all others need one lookup of an almost empty set.
        'own-mac':
          'ether daddr @other_macs oifname . ether daddr @port_macs ether daddr set oifname map @own_macs',
        // A pod has its addresses and routes from the document. Without `icmpv6`, since nft would compare the type of each frame first.
        'no-router': 'meta l4proto 58 @th,0,8 { 134, 137 } oifname @ports drop',
      },
    },
  },
};

/**
 * Returns the rules for the uplink in the bridge, in front of those of the ports but for the two of pods' own frames: a frame from the
 * uplink needs these and one more.
 */
export function uplinkRules({
  uplink,
  bridge,
  routeViaHost = [],
}: Pick<BridgeNetwork, 'uplink' | 'bridge' | 'routeViaHost'>): NftFragment {
  const { name } = uplink;
  // Where pods are not filtered, none of them may be the node's router.
  const isOpen = bridge.antiSpoofing === false && acceptsRouters(uplink);
  const others = isOpen ? { [`${name}-router`]: 'icmpv6 type { nd-router-advert, nd-redirect } drop' } : {};
  const mac = uplink.mac.toLowerCase();
  const toUplink = `to_${mac.replaceAll(':', '')}`;
  const { sets, four, six } = viaHostParts(routeViaHost);
  return {
    family: 'bridge',
    sets,
    chains: {
      from_uplink: { hook: '', rules: FROM_UPLINK },
      [toUplink]: {
        hook: '',
        rules: {
          source: `ether saddr set ${mac}`,
          'arp-source': `ether type arp arp saddr ether set ${mac}`,
        },
      },
      from_pod: { hook: '', rules: four },
      ...(six === undefined ? {} : { from_pod6: { hook: '', rules: six } }),
      prerouting: {
        hook: PREROUTING,
        rules: { own: OWN, own6: OWN6, [`${name}-in`]: `iifname "${name}" goto from_uplink`, ...others },
      },
      postrouting: {
        hook: POSTROUTING,
        rules: { [`${name}-out`]: `oifname "${name}" goto ${toUplink}` },
      },
    },
  };
}

/** Returns the rules behind those of the ports: for a pod with a changed MAC, and for frames of IPv6. */
export function lastRules(network: BridgeNetwork): readonly NftFragment[] {
  const { sets, four, six } = viaHostParts(network.routeViaHost ?? []);
  return [
    {
      family: 'bridge',
      sets,
      chains: { prerouting: { hook: PREROUTING, rules: { ...four, ...six } } },
    },
    ...(isOffLink(network) ? [LONE_RULES] : []),
  ];
}

/**
 * Gives a frame for a pod of the node, or for the node, its MAC. The node takes only frames with this packet type; for other pods it means
 * nothing.
 */
const LOCAL_IP6 = 'ether daddr set @nh,192,128 map @pods6 meta pkttype set host';

/**
 * Pods that are alone on their link send all IPv6 to the gateway's MAC: packets for a pod of the node, or for the node, go
 * there directly.
 */
const LONE_RULES: NftFragment = {
  family: 'bridge',
  sets: BRIDGE_SETS,
  chains: {
    from_pod6: { hook: '', rules: { 'local-ip6': LOCAL_IP6 } },
    prerouting: { hook: PREROUTING, rules: { 'local-ip6': `ether type ip6 ${LOCAL_IP6}` } },
  },
};
