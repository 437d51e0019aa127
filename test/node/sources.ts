/** The sources of packets, as hosts of the lab's fabric see them. */
import type { Netns } from '../support/netns.ts';

/** An address beyond the virtual network, whose host records the sources of the packets that it gets. */
export const OUTSIDE = '203.0.113.1';

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
export function sourcesAt(fabric: Netns, set = 'outside'): readonly string[] {
  const listed = fabric.mustExec(['nft', '-j', 'list', 'set', 'ip', 'seen', set]).stdout;
  const {
    nftables,
  }: { readonly nftables: readonly { readonly set?: { readonly elem?: readonly string[] } }[] } =
    JSON.parse(listed);
  fabric.mustExec(['nft', 'flush', 'set', 'ip', 'seen', set]);
  return nftables.flatMap(({ set: found }) => found?.elem ?? []);
}
