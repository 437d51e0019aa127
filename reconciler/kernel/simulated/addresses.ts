/**
 * Addresses and sysctls of the simulated kernel.
 * Source: net/ipv4/devinet.c and fib_frontend.c, net/ipv6/addrconf.c, as verified by the contract suite.
 */
import { parseCidr, withoutLength } from '../../model/addresses/address.ts';
import type { FieldChange } from '../../model/kinds/kind.ts';
import type { AddressObject, NetnsPath, SysctlObject } from '../../model/state.ts';
import {
  hasPrefixRoute,
  keepPrefixRoutes,
  knownPrefix,
  renewPrefixRoute,
  setPrefixRoute,
} from './prefix-routes.ts';
import { CHANGED, isAsWanted, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';
import { MAIN_TABLE } from '../../model/kinds/route.ts';

/** Ensures the address. Errors: not-found, exists, invalid, permission (IPv6 is disabled there). */
export function createAddress(tables: SimulatedTables, asked: AddressObject): Outcome {
  const { prefixRoute: _comesAlong, place: _comes, secondary: _follows, ...want } = asked;
  const cidr = parseCidr(want.address);
  if (cidr === undefined)
    return refuse('invalid', want, `${want.address} is not an address with a prefix length`);
  if (tables.linkAt(want.netns, want.dev) === undefined) return refuse('not-found', want, 'No such device');
  if (isIpv6(want.address) && isIpv6Off(tables, want)) {
    return refuse('permission', want, 'IPv6 is disabled on this device', 'Set its sysctl disable_ipv6 to 0.');
  }
  const have = tables.find(want);
  if (have !== undefined && isAsWanted(have, want)) return UNCHANGED;
  const there = onDevice(tables, want);
  if (have !== undefined || (isIpv6(want.address) && there.some((other) => sameLocal(other, want)))) {
    return refuse('exists', want, 'Address already assigned');
  }
  const created = createdAddress(want);
  if (
    !isIpv6(want.address) &&
    there.some((other) => sameSubnet(other, want) && other.scope !== created.scope)
  ) {
    return refuse('invalid', want, 'Invalid scope value');
  }
  tables.put(created);
  renewPrefixRoute(tables, created);
  return CHANGED;
}

/**
 * Ensures the fields of the address. Only metric and prefix route can be changed in place; otherwise the
 * address is deleted, with its dependents, and added again.
 * Errors: as createAddress.
 */
export function updateAddress(
  tables: SimulatedTables,
  { want, fields }: FieldChange<AddressObject>,
): Outcome {
  const own = fields.filter((field) => field !== 'prefixRoute');
  const updated = updateFields(tables, want, own);
  const address = tables.find(want);
  if (!updated.ok || address === undefined || own.length === fields.length) return updated;
  return setPrefixRoute(tables, address, { isWanted: want.prefixRoute === true }) ? CHANGED : updated;
}

/** The fields that Linux changes on an existing address. */
const IN_PLACE: readonly string[] = ['metric', 'noDad', 'lifetimes'];

function updateFields(tables: SimulatedTables, want: AddressObject, fields: readonly string[]): Outcome {
  const have = tables.find(want);
  if (have === undefined) return createAddress(tables, want);
  const { place: _comes, secondary: _follows, ...said } = want;
  const next: AddressObject = { ...have, ...said };
  const wanted = Object.entries(next).filter(([name]) => fields.includes(name));
  const held = new Map(Object.entries(have));
  const isMoved = fields.includes('place');
  if (!isMoved && wanted.every(([name, value]) => held.get(name) === value)) return UNCHANGED;
  if (fields.some((field) => !IN_PLACE.includes(field))) {
    deleteAddress(tables, have);
    return createAddress(tables, next);
  }
  tables.put(next);
  if (isIpv6(next.address)) keepPrefixRoutes(tables, next);
  // Linux adds the new route, then deletes the old one, and takes its metric 0 as matching any.
  else if (fields.includes('metric') && (have.metric ?? 0) !== 0) renewPrefixRoute(tables, next);
  return CHANGED;
}

/**
 * Ensures that the address does not exist. In IPv4, deleting a primary address removes the secondary
 * addresses of its subnet (unless the device promotes them) and the main table's routes with it as source;
 * deleting a device's last address removes all IPv4 objects on the device.
 */
export function deleteAddress(tables: SimulatedTables, have: AddressObject): Outcome {
  const address = tables.find(have);
  if (address === undefined) return UNCHANGED;
  if (isIpv6(address.address)) {
    tables.remove(address);
    forgetSource(tables, address);
    return CHANGED;
  }
  const subnet = onDevice(tables, address).filter((other) => sameSubnet(other, address));
  const isPrimary = subnet[0] === address;
  const isPromoting = isPrimary && promotes(tables, address);
  const secondaries = onDevice(tables, address).filter((other) => isSecondary(tables, other));
  for (const gone of isPrimary && !isPromoting ? subnet : [address]) {
    tables.remove(gone);
    forgetSource(tables, gone);
  }
  const [, next] = subnet;
  if (isPromoting && next !== undefined) promote(tables, next, secondaries);
  if (!onDevice(tables, address).some((other) => !isIpv6(other.address))) {
    tables.removeOn({ netns: address.netns, name: address.dev }, 4);
  }
  return CHANGED;
}

/** Ensures that the address comes after all primary ones of its device and before these secondary ones. */
function promote(tables: SimulatedTables, next: AddressObject, secondaries: readonly AddressObject[]): void {
  for (const moved of [next, ...secondaries.filter((other) => other !== next)]) {
    tables.remove(moved);
    tables.put(moved);
  }
}

/**
 * Returns the address as observed: secondary if added after another one of its IPv4 prefix on the device, and
 * with its prefix route if that exists.
 */
export function observedAddress(tables: SimulatedTables, address: AddressObject): AddressObject {
  const { secondary: _said, prefixRoute: _kept, ...rest } = address;
  return {
    ...rest,
    place: placeOf(tables, address),
    ...(isSecondary(tables, address) ? { secondary: true } : {}),
    ...(hasPrefixRoute(tables, address) ? { prefixRoute: true } : {}),
  };
}

function isSecondary(tables: SimulatedTables, address: AddressObject): boolean {
  const [first] = onDevice(tables, address).filter((other) => sameSubnet(other, address));
  return first !== address && !isIpv6(address.address);
}

/** Linux lists IPv4 addresses by scope, oldest first, the secondary ones last, and IPv6 addresses newest first. */
function placeOf(tables: SimulatedTables, address: AddressObject): number {
  const family = isIpv6(address.address);
  const alike = onDevice(tables, address).filter((other) => isIpv6(other.address) === family);
  if (family) return alike.indexOf(address) - alike.length;
  const rank = (one: AddressObject): number =>
    isSecondary(tables, one) ? MAX_SCOPE : MAX_SCOPE - 1 - (one.scope ?? 0);
  return alike.toSorted((left, right) => rank(left) - rank(right)).indexOf(address) + 1;
}

const MAX_SCOPE = 256;

/** Returns true for an IPv6 address or prefix. */
export function isIpv6(text: string): boolean {
  return text.includes(':');
}

/** Returns true if the device's sysctl disables IPv6. */
export function isIpv6Off(tables: SimulatedTables, at: { netns: NetnsPath; dev: string }): boolean {
  return simulatedSysctl(tables, at.netns, `net/ipv6/conf/${at.dev}/disable_ipv6`) === '1';
}

/** Returns true if any interface of the namespace has the address. */
export function isLocal(tables: SimulatedTables, netns: NetnsPath, address: string): boolean {
  return tables.all('address').some((one) => one.netns === netns && withoutLength(one.address) === address);
}

/** Ensures the sysctl. Errors: not-found (no such sysctl, or no such device). */
export function writeSysctl(tables: SimulatedTables, want: SysctlObject): Outcome {
  const value = simulatedSysctl(tables, want.netns, want.name);
  if (value === undefined) return refuse('not-found', want, 'No such file or directory');
  if (value === want.value) return UNCHANGED;
  tables.put(want);
  const [, dev] = /^net\/ipv6\/conf\/([^/]+)\/disable_ipv6$/.exec(want.name) ?? [];
  if (dev !== undefined && want.value === '1') tables.removeOn({ netns: want.netns, name: dev }, 6);
  return CHANGED;
}

/** The sysctls of a device or namespace, with their initial values. */
const SYSCTLS: readonly (readonly [RegExp, string])[] = [
  [/^net\/ipv4\/ip_forward$/, '0'],
  [/^net\/ipv6\/conf\/([^/]+)\/(accept_ra|accept_dad|autoconf)$/, '1'],
  [/^net\/ipv6\/conf\/([^/]+)\/(disable_ipv6|forwarding|addr_gen_mode|keep_addr_on_down|proxy_ndp)$/, '0'],
  [/^net\/ipv4\/conf\/([^/]+)\/(promote_secondaries|forwarding|proxy_arp|arp_ignore|arp_announce)$/, '0'],
  [/^net\/ipv4\/conf\/([^/]+)\/send_redirects$/, '1'],
  [/^net\/ipv4\/conf\/([^/]+)\/(rp_filter|arp_notify|accept_local|route_localnet)$/, '0'],
];

/** Returns the value of the sysctl; undefined if it does not exist. */
export function simulatedSysctl(tables: SimulatedTables, netns: NetnsPath, name: string): string | undefined {
  const held = tables.find({ kind: 'sysctl', netns, name, value: '' });
  if (held !== undefined) return held.value;
  for (const [pattern, value] of SYSCTLS) {
    const match = pattern.exec(name);
    const dev = match?.[1];
    const known = dev === undefined || dev === 'all' || dev === 'default';
    if (match !== null && (known || tables.linkAt(netns, dev) !== undefined)) return value;
  }
  return undefined;
}

/** Returns the address as the kernel shows it, without default values. */
function createdAddress({
  label,
  metric,
  noPrefixRoute,
  dynamic: _ends,
  ...want
}: AddressObject): AddressObject {
  return {
    ...want,
    ...(want.lifetimes === undefined ? {} : { dynamic: true }),
    ...(isIpv6(want.address) ? { noDad: want.noDad ?? true } : {}),
    scope: want.scope ?? 0,
    ...(label === undefined || label === want.dev ? {} : { label }),
    ...(metric ? { metric } : {}),
    ...(noPrefixRoute === true ? { noPrefixRoute } : {}),
  };
}

function onDevice(tables: SimulatedTables, like: AddressObject): readonly AddressObject[] {
  return tables.all('address').filter(({ netns, dev }) => netns === like.netns && dev === like.dev);
}

function sameLocal(left: AddressObject, right: AddressObject): boolean {
  return withoutLength(left.address) === withoutLength(right.address);
}

function sameSubnet(left: AddressObject, right: AddressObject): boolean {
  return knownPrefix(left) === knownPrefix(right);
}

function promotes(tables: SimulatedTables, { netns, dev }: AddressObject): boolean {
  return ['all', dev].some(
    (name) => simulatedSysctl(tables, netns, `net/ipv4/conf/${name}/promote_secondaries`) === '1',
  );
}

/**
 * Ensures that routes of other devices no longer use these addresses of a deleted device as source. Linux
 * does so only for primary IPv4 addresses (__inet_del_ifa of a dead device, fib_del_ifaddr without a
 * primary).
 */
export function forgetSourcesOfDevice(tables: SimulatedTables, addresses: readonly AddressObject[]): void {
  for (const address of addresses) {
    const primary = addresses.find((other) => sameSubnet(other, address));
    if (primary === address && !isIpv6(address.address)) forgetSource(tables, address);
  }
}

/**
 * Deleting a source address removes the main table's IPv4 routes with it; an IPv6 route stays, without it.
 */
function forgetSource(tables: SimulatedTables, { netns, address }: AddressObject): void {
  const source = withoutLength(address);
  if (isLocal(tables, netns, source)) return;
  for (const route of tables.all('route')) {
    if (route.netns !== netns || route.source !== source) continue;
    if (route.family === 4 && route.table === MAIN_TABLE) tables.remove(route);
    if (route.family === 6) {
      const { source: _gone, ...rest } = route;
      tables.put(rest);
    }
  }
}
