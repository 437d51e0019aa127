/**
 * Frames between the ports of a bridge do not pass the IP layer, where network policies are enforced: those of policed pods are
 * sent there. Pure. Independent of br_netfilter, which any program may switch.
 */
import { familyOf } from '../../addresses/address.ts';
import type { Endpoint } from '../../../../schemas/generated/vnet.ts';
import type { NftFragment } from '../../nft-table.ts';
import { NFT_TABLE } from '../../names.ts';
import { HOST, type NftElementObject } from '../../state.ts';
import { sendingAddresses } from '../local-pods.ts';
import { BROUTE_SETS } from './broute-sets.ts';
import { POLICED } from '../compiler/sets.ts';

const LIFT = 'ether daddr set iifname map @lifted meta pkttype set host accept';

const RULES = {
  'ip-from': `ether type ip ip saddr @policed4 ip daddr != 224.0.0.0/4 ip daddr != 255.255.255.255 ${LIFT}`,
  'ip-to': `ether type ip ip daddr @policed4 ${LIFT}`,
  nd: 'icmpv6 type 133-137 ip6 hoplimit 255 return',
  'ip6-from': `ether type ip6 @nh,64,128 @policed6 @nh,192,8 < 0xff ${LIFT}`,
  'ip6-to': `ether type ip6 @nh,192,128 @policed6 ${LIFT}`,
};

const JUMP = { lift: 'ether type { ip, ip6 } jump lift' };

/**
 * Returns the rules, at the end of each chain that frames pass on a bridge with or without an uplink. Neighbour discovery stays on
 * the bridge; so do packets to a group. A packet to one pod does not, whatever station its frame is to: the bridge would flood a
 * frame to a group, and receivers take its packet.
 * Source: RFC 8200 3 (source address at byte 8, destination at 24).
 */
export function brouteRules(hasUplink: boolean): NftFragment {
  return {
    family: 'bridge',
    sets: BROUTE_SETS,
    chains: {
      lift: { hook: '', rules: RULES },
      from_pod: { hook: '', rules: JUMP },
      from_pod6: { hook: '', rules: JUMP },
      ...(hasUplink ? { from_uplink: { hook: '', rules: JUMP } } : {}),
      prerouting: { hook: 'type filter hook prerouting priority dstnat; policy accept;', rules: JUMP },
    },
  };
}

/** Returns the element for a port of the bridge. */
export function broutePort(dev: string, bridgeMac: string): NftElementObject {
  return element('lifted', dev, bridgeMac.toLowerCase());
}

/** Returns the elements of those addresses of the endpoint that are policed, the link-local one of its MAC included. */
export function policedElements(
  endpoint: Endpoint,
  isPoliced: (set: string, address: string) => boolean,
): readonly NftElementObject[] {
  return sendingAddresses(endpoint).flatMap((address) => {
    const set = POLICED[familyOf(address) ?? 4];
    return isPoliced(set, address) ? [element(set, address)] : [];
  });
}

function element(set: string, key: string, value?: string): NftElementObject {
  const data = value === undefined ? {} : { value };
  return { kind: 'nft-element', netns: HOST, table: NFT_TABLE, set, key, ...data };
}
