/** The route that the kernel adds for an address, where vnet must add or delete it. */
import { familyOf, withoutLength } from '../../model/addresses/address.ts';
import { type AddressObject, prefixOf } from '../../model/kinds/address.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { ok } from '../../model/result.ts';
import type { Applied } from '../apply/context.ts';
import { NLM_F_CREATE } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { readLinkByIndex } from '../read.ts';
import { additionOf, removalOf } from './on-link.ts';
import { RT_SCOPE_LINK, routeCodec, type RouteFact } from './route-codec.ts';
import { IPV6_PREFIX_METRIC, MAIN_TABLE } from '../../model/kinds/route.ts';

/** An address with a prefix route. */
export type RoutedAddress = {
  readonly index: number;
  readonly address: string;
  readonly peer?: string | undefined;
  readonly noPrefixRoute?: boolean | undefined;
  readonly metric?: number | undefined;
  readonly lifetimes?: AddressObject['lifetimes'] | undefined;
};

/**
 * Ensures that the address has, or lacks, its route. The kernel adds it with the address and when the
 * interface comes up, and never again while it stays up.
 */
export function changePrefixRoute(
  socket: NetlinkSocket,
  fact: RoutedAddress,
  isWanted: boolean,
  step: string,
): Applied {
  const route = prefixRouteOf(fact);
  // Added before others to the same prefix: refused only if exactly this one exists.
  const addition = { ...additionOf(routeCodec, route), flags: NLM_F_CREATE };
  const done = socket.request(isWanted ? addition : removalOf(routeCodec, route), step);
  if (done.ok || done.error.code === (isWanted ? 'exists' : 'not-found')) {
    return ok(done.ok ? 'changed' : 'unchanged');
  }
  const link = isWanted ? readLinkByIndex(socket, fact.index) : ok(undefined);
  return link.ok && link.value?.up === false ? ok('unchanged') : done;
}

/** Returns the prefix to which the kernel adds a route for the address. */
export function reachOfAddress({ address, peer }: RoutedAddress): string {
  return prefixOf({ address, ...(peer === undefined ? {} : { peer }) });
}

/** Returns the route that the kernel adds for the address. Source: fib_add_ifaddr(), addrconf_prefix_route() of Linux. */
export function prefixRouteOf({ index, address, peer, metric = 0, lifetimes }: RoutedAddress): RouteFact {
  const isIpv4 = familyOf(address) === 4;
  return {
    index,
    family: isIpv4 ? 4 : 6,
    to: reachOfAddress({ index, address, peer }),
    table: MAIN_TABLE,
    metric: metric === 0 && !isIpv4 ? IPV6_PREFIX_METRIC : metric,
    source: isIpv4 ? withoutLength(address) : undefined,
    scope: isIpv4 ? RT_SCOPE_LINK : 0,
    protocol: KERNEL_PROTOCOL,
    lifetimeSeconds: isIpv4 || isForEver(lifetimes) ? undefined : lifetimes?.validSeconds,
  };
}

/** Returns true for a route as the kernel adds it for an address; a modified one is a separate route. */
export function isMadeByKernel({ protocol, via, hops, nextHopId, tos, mtuBytes, rest }: RouteFact): boolean {
  return protocol === KERNEL_PROTOCOL && (via ?? hops ?? nextHopId ?? tos ?? mtuBytes ?? rest) === undefined;
}

function isForEver(lifetimes: RoutedAddress['lifetimes']): boolean {
  return lifetimes === undefined || lifetimes.validSeconds === 0xffffffff;
}
