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
 * Ensures that the other addresses of the prefix keep their routes where an IPv6 address gets other flags: Linux removes those
 * with another metric. Source: modify_prefix_route() of net/ipv6/addrconf.c.
 */
export function keepRoutes(
  socket: NetlinkSocket,
  fact: RoutedAddress,
  others: readonly RoutedAddress[],
  step: string,
): void {
  const prefix = reachOfAddress(fact);
  for (const other of others) {
    const isAlike = other.metric !== fact.metric && reachOfAddress(other) === prefix;
    if (isAlike && other.noPrefixRoute !== true) changePrefixRoute(socket, other, true, step);
  }
}

/**
 * Ensures that the route of a deleted IPv6 address is deleted, unless another address has it: Linux may keep it where it expires, or
 * another address has no such route. Source: check_cleanup_prefix_route() of net/ipv6/addrconf.c.
 */
export function removeLeftRoute(
  socket: NetlinkSocket,
  fact: RoutedAddress,
  others: readonly RoutedAddress[],
  step: string,
): Applied {
  const prefix = reachOfAddress(fact);
  const isShared = others.some(
    (one) => one.noPrefixRoute !== true && one.metric === fact.metric && reachOfAddress(one) === prefix,
  );
  if (isShared) return ok('changed');
  const routed = changePrefixRoute(socket, fact, false, step);
  return routed.ok ? ok('changed') : routed;
}
