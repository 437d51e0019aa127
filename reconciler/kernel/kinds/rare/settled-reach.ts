/**
 * Reads addresses and routes until they fit together. Linux changes an address and its prefix route under one lock, but lists
 * each without it: between the two lists, a DHCP client's change seems half done.
 */
import { isOfOneHost } from '../../../model/modes/parts/addresses.ts';
import type { Result } from '../../../model/result.ts';
import type { LinkFact } from '../../netlink/link.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { readLinkByIndex } from '../../read.ts';
import { isMadeByKernel } from '../prefix-route.ts';
import type { AddressesAndRoutes } from '../rare-steps.ts';
import { MAIN_TABLE } from '../../../model/kinds/route.ts';

/** Index of `lo` in every namespace. Source: LOOPBACK_IFINDEX of linux/net.h. */
const LOOPBACK_INDEX = 1;
/** Several clients may configure several interfaces one after the other. */
const MAX_READS = 5;

/**
 * Returns the first of the values without a contradiction, or the second of two equal ones: the node is in that state, because someone has
 * deleted or added a prefix route by hand.
 * Errors: those of `read`.
 */
export function readSettled<T extends AddressesAndRoutes>(
  socket: NetlinkSocket,
  links: readonly LinkFact[],
  read: () => Result<T>,
): Result<T> {
  let last = '';
  for (let reads = 1; ; reads += 1) {
    const seen = read();
    if (!seen.ok) return seen;
    const doubt = contradictionIn(seen.value, links);
    if (doubt === '' || doubt === last || reads === MAX_READS) return seen;
    last = doubt;
    // A single link is read under the lock: the change that was under way is complete afterwards.
    const waited = readLinkByIndex(socket, LOOPBACK_INDEX);
    if (!waited.ok) return waited;
  }
}

/** Returns the prefix routes without an address, and the addresses without a prefix route; empty without any. */
export function contradictionIn(
  { addresses, routes, connected }: AddressesAndRoutes,
  links: readonly LinkFact[],
): string {
  const parts: string[] = [];
  for (const route of routes) {
    const { index, to, table, type, metric } = route;
    if (type !== undefined || table !== MAIN_TABLE || !isMadeByKernel(route)) continue;
    if (index !== LOOPBACK_INDEX) parts.push(`route ${to} ${index} ${metric}`);
  }
  const up = new Set(links.flatMap((link) => (link.up ? [link.index] : [])));
  for (const one of addresses) {
    const { index, address, peer, noPrefixRoute, isSecondary } = one;
    const isWithout = isSecondary === true || noPrefixRoute === true || index === LOOPBACK_INDEX;
    if (isWithout || connected.has(one) || !up.has(index)) continue;
    if (peer !== undefined || !isOfOneHost(address)) parts.push(`address ${address} ${index}`);
  }
  return parts.join(', ');
}
