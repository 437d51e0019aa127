/** The sets of the bridge's table that send frames of policed pods to the IP layer. Pure. */
import type { NftSets } from '../../kinds/nft-element.ts';

/** The sets: addresses of policed pods, and the MAC of the bridge by its port. */
export const BROUTE_SETS: NftSets = {
  policed4: { key: ['ipv4_addr'] },
  policed6: { key: ['ipv6_addr'] },
  lifted: { key: ['ifname'], value: 'ether_addr' },
};
