/** The sources of packets, as hosts of the lab's fabric see them. */
import type { Netns } from '../support/netns.ts';

/** An address beyond the virtual network, whose host records the sources of the packets that it gets. */
export const OUTSIDE = '203.0.113.1';

/** An IPv6 address beyond the virtual network, as OUTSIDE. */
export const OUTSIDE6 = 'fd00:99::1';

/** Records the sources of IPv6 packets to OUTSIDE6, as recordSources(). */
export function recordSources6(fabric: Netns): void {
  // Linux adds the local route of an address with nodad later, in a work queue.
  const isLocal = `ip -6 route show table local ${OUTSIDE6} | grep -q .`;
  const add = `ip addr add ${OUTSIDE6}/128 dev lo nodad; until ${isLocal}; do sleep 0.01; done`;
  fabric.mustExec(['sh', '-ec', add]);
  const script = `table ip6 seen {
    set outside { type ipv6_addr; flags dynamic; }
    set forwarded { type ipv6_addr; flags dynamic; }
    chain input { type filter hook input priority 0; ip6 daddr ${OUTSIDE6} add @outside { ip6 saddr }; }
    chain forward { type filter hook forward priority 0; icmpv6 type echo-request add @forwarded { ip6 saddr }; }
  }\n`;
  fabric.mustExec(['nft', '-f', '-'], { input: script });
}

/** Records in two sets the sources of packets to OUTSIDE, and of those that the fabric forwards. */
export function recordSources(fabric: Netns): void {
  fabric.mustExec(['ip', 'addr', 'add', `${OUTSIDE}/32`, 'dev', 'lo']);
  const script = `table ip seen {
    set outside { type ipv4_addr; flags dynamic; }
    set forwarded { type ipv4_addr; flags dynamic; }
    chain input { type filter hook input priority 0; ip daddr ${OUTSIDE} add @outside { ip saddr }; }
    chain forward { type filter hook forward priority 0; icmp type echo-request add @forwarded { ip saddr }; }
  }\n`;
  fabric.mustExec(['nft', '-f', '-'], { input: script });
}

/** Returns the recorded sources, and forgets them. */
export function sourcesAt(fabric: Netns, set = 'outside', family: 'ip' | 'ip6' = 'ip'): readonly string[] {
  const listed = fabric.mustExec(['nft', '-j', 'list', 'set', family, 'seen', set]).stdout;
  const {
    nftables,
  }: { readonly nftables: readonly { readonly set?: { readonly elem?: readonly string[] } }[] } =
    JSON.parse(listed);
  fabric.mustExec(['nft', 'flush', 'set', family, 'seen', set]);
  return nftables.flatMap(({ set: found }) => found?.elem ?? []);
}
