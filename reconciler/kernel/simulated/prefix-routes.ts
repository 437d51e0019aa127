/**
 * The simulated kernel's routes for addresses. They follow from the addresses, except deleted ones: those
 * addresses have `prefixRoute: false`.
 * Source: fib_add_ifaddr() of net/ipv4/fib_frontend.c, addrconf_prefix_route() of net/ipv6/addrconf.c, as
 * verified by the contract suite.
 */
import { prefixOf } from '../../model/kinds/address.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import type { AddressObject, NetnsPath, RouteObject } from '../../model/state.ts';
import { CHANGED, type Outcome, type SimulatedTables, UNCHANGED } from './tables.ts';
import { IPV6_PREFIX_METRIC, MAIN_TABLE } from '../../model/kinds/route.ts';

/** An observation compares each address with all others of its device. */
const prefixes = new WeakMap<AddressObject, string>();

/** Returns prefixOf(), computed once for each object. */
export function knownPrefix(address: AddressObject): string {
  const prefix = prefixes.get(address) ?? prefixOf(address);
  prefixes.set(address, prefix);
  return prefix;
}

/**
 * Returns true if the kernel has the route to the prefix of this address, because of it or of another address
 * of its prefix.
 */
export function hasPrefixRoute(tables: SimulatedTables, address: AddressObject): boolean {
  const isAlone = address.peer === undefined && address.address.endsWith('/32');
  if (address.noPrefixRoute === true || isAlone) return false;
  if (tables.linkAt(address.netns, address.dev)?.up !== true) return false;
  const sharing = sharingWith(tables, address);
  // In IPv4 only the oldest makes a route, with its own metric.
  const able = isIpv4(address) ? sharing.slice(0, 1) : sharing;
  const making = able.filter((one) => sameMetric(one, address));
  return making.some(({ noPrefixRoute, prefixRoute }) => noPrefixRoute !== true && prefixRoute !== false);
}

/**
 * Ensures that the prefix route of the address exists, or does not; on an interface that is down, it is added
 * when that comes up. Returns true if something was changed.
 */
export function setPrefixRoute(
  tables: SimulatedTables,
  address: AddressObject,
  { isWanted }: { readonly isWanted: boolean },
): boolean {
  if (hasPrefixRoute(tables, address) === isWanted) return false;
  if (isWanted && tables.linkAt(address.netns, address.dev)?.up !== true) return false;
  for (const one of sharingWith(tables, address)) {
    if (isWanted) restore(tables, one);
    else tables.put({ ...one, prefixRoute: false });
  }
  return true;
}

/** Ensures the prefix routes of an interface that comes up. */
export function restorePrefixRoutes(
  tables: SimulatedTables,
  { netns, name }: { readonly netns: NetnsPath; readonly name: string },
): void {
  for (const address of tables.all('address')) {
    if (address.netns === netns && address.dev === name) restore(tables, address);
  }
}

/** Ensures the prefix routes of an address that is new or has another metric. */
export function renewPrefixRoute(tables: SimulatedTables, address: AddressObject): void {
  const sharing = sharingWith(tables, address).filter((one) => sameMetric(one, address));
  for (const one of isIpv4(address) ? [address] : sharing) restore(tables, one);
}

/** Ensures the prefix routes of a changed IPv6 address, and of the others of its prefix: vnet puts back those that Linux replaces. */
export function keepPrefixRoutes(tables: SimulatedTables, address: AddressObject): void {
  for (const one of sharingWith(tables, address)) restore(tables, one);
}

function sameMetric(left: AddressObject, right: AddressObject): boolean {
  return (left.metric ?? IPV6_PREFIX_METRIC) === (right.metric ?? IPV6_PREFIX_METRIC);
}

/** Ensures that the route does not exist if it is a prefix route. */
export function deletePrefixRoute(tables: SimulatedTables, route: RouteObject): Outcome {
  if (route.table !== MAIN_TABLE || (route.protocol ?? KERNEL_PROTOCOL) !== KERNEL_PROTOCOL) return UNCHANGED;
  const address = tables
    .all('address')
    .find(
      (one) =>
        one.netns === route.netns &&
        one.dev === route.dev &&
        knownPrefix(one) === route.to &&
        (one.metric ?? (isIpv4(one) ? 0 : IPV6_PREFIX_METRIC)) === route.metric,
    );
  return address !== undefined && setPrefixRoute(tables, address, { isWanted: false }) ? CHANGED : UNCHANGED;
}

/** Deleted by hand: the address no longer has it. */
function restore(tables: SimulatedTables, address: AddressObject): void {
  if (address.prefixRoute === undefined) return;
  const { prefixRoute: _removed, ...rest } = address;
  tables.put(rest);
}

/** The addresses of the interface with the prefix of this one, oldest first. */
function sharingWith(tables: SimulatedTables, address: AddressObject): readonly AddressObject[] {
  const prefix = knownPrefix(address);
  return tables
    .all('address')
    .filter((one) => one.netns === address.netns && one.dev === address.dev && knownPrefix(one) === prefix);
}

function isIpv4({ address }: AddressObject): boolean {
  return !address.includes(':');
}
