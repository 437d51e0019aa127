/** Prefix routes of addresses that move: their order among those of other interfaces, and Linux's changes to them. */
import type { AddressObject } from '../../../model/kinds/address.ts';
import { ok } from '../../../model/result.ts';
import { type Applied, type ApplyContext, linkHandle } from '../../apply/context.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { changePrefixRoute, prefixRouteOf, reachOfAddress, type RoutedAddress } from '../prefix-route.ts';
import { listRoutes } from '../route.ts';

/**
 * Ensures that the route of a new IPv4 address of an uplink precedes those of other interfaces if that of the same address
 * elsewhere does: it replaces that one, and the kernel takes the first.
 */
export function keepRouteOrder(context: ApplyContext, want: AddressObject): Applied {
  const step = `order the routes of ${want.address}`;
  const link = want.address.includes(':') ? undefined : linkHandle(context, want, step);
  if (link?.ok !== true) return link ?? ok('unchanged');
  const { socket, index } = link.value;
  const own = prefixRouteOf({ ...want, index });
  const all = listRoutes(socket, { family: 4, table: own.table });
  if (!all.ok) return all;
  const alike = all.value.filter(
    ({ to, metric, tos }) => to === own.to && metric === own.metric && tos === undefined,
  );
  const at = alike.findIndex((route) => route.index === index);
  const twin = alike.findIndex((route) => route.index !== index && route.source === own.source);
  if (at < 0 || twin < 0 || at <= twin + 1) return ok('unchanged');
  const removed = changePrefixRoute(socket, { ...want, index }, false, step);
  return removed.ok ? changePrefixRoute(socket, { ...want, index }, true, step) : removed;
}

/**
 * The change of an IPv6 address.
 * Shape: `next` is the address with its other values, undefined if it was deleted; `others` are the other addresses of the interface.
 */
export type ChangedIpv6Address = {
  readonly before: RoutedAddress;
  readonly next: RoutedAddress | undefined;
  readonly others: readonly RoutedAddress[];
};

/**
 * Ensures that the route of the former address is gone unless an address has it, and, if it was changed, that the others of its
 * prefix have theirs. Linux goes by the prefix alone: whichever of its routes has the lowest metric is replaced by that of the changed
 * address, or deleted with the last address; no route is deleted while any other address has the prefix.
 * Source: modify_prefix_route(), check_cleanup_prefix_route() of net/ipv6/addrconf.c.
 */
export function settleRoutes(
  socket: NetlinkSocket,
  { before, next, others }: ChangedIpv6Address,
  step: string,
): Applied {
  const own = prefixRouteOf(before);
  const sharing = [...others, ...(next === undefined ? [] : [next])].filter(
    (one) => one.noPrefixRoute !== true && reachOfAddress(one) === own.to,
  );
  const isLeft =
    before.noPrefixRoute !== true && !sharing.some((one) => prefixRouteOf(one).metric === own.metric);
  const left = isLeft ? changePrefixRoute(socket, before, false, step) : ok('unchanged' as const);
  if (!left.ok || next === undefined) return left;
  const made = prefixRouteOf(next).metric;
  for (const other of sharing.filter((one) => prefixRouteOf(one).metric !== made)) {
    const kept = changePrefixRoute(socket, other, true, step);
    if (!kept.ok) return kept;
  }
  return ok('changed');
}
