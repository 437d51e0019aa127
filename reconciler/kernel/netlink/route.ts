/** Unicast routes in rtnetlink. Pure. Source: rtnetlink(7), linux/rtnetlink.h. */
import { familyOf, normalisePrefix, parseCidr, withoutLength } from '../../model/addresses/address.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { Bug } from '../../model/result.ts';
import type { AddressSpec } from './address.ts';
import type { BodyReader } from './attribute.ts';
import { BodyWriter } from './attribute.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, familyNumber, ipBytes, ipText } from './bytes.ts';
import { NLM_F } from './message.ts';
import type { NetlinkRequest } from './message.ts';

const RTM_NEWROUTE = 24;
const RTM_DELROUTE = 25;
const RTM_GETROUTE = 26;

const RTA = {
  DST: 1,
  OIF: 4,
  GATEWAY: 5,
  PRIORITY: 6,
  PREFSRC: 7,
  METRICS: 8,
  MULTIPATH: 9,
  TABLE: 15,
  VIA: 18,
} as const;
const RTAX_MTU = 2;
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;
const RTN_UNICAST = 1;
const RT_TABLE_UNSPEC = 0;
const RT_SCOPE_NOWHERE = 255;
const RTPROT_UNSPEC = 0;
const HEADER_BYTES = 12;

/** The scope of routes through a gateway. Source: RT_SCOPE_* of linux/rtnetlink.h. */
const RT_SCOPE_UNIVERSE = 0;
/** The scope of what is on the link. */
export const RT_SCOPE_LINK = 253;

/** The table of a node's own and broadcast addresses, which the kernel keeps by itself. */
const RT_TABLE_LOCAL = 255;

const RT_TABLE_MAIN = 254;
/** The metric of IPv6 prefix routes. Source: IP6_RT_PRIO_ADDRCONF of linux/ipv6_route.h. */
const IPV6_PREFIX_METRIC = 256;

/** What the kernel gives a route of IPv6 without a metric. Source: IP6_RT_PRIO_USER of linux/ipv6_route.h. */
export const IPV6_DEFAULT_METRIC = 1024;

/** A route of one next hop. Shape: as RouteObject, with the index of the link. */
export type RouteFact = {
  readonly family: 4 | 6;
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly index: number;
  readonly via?: string | undefined;
  readonly source?: string | undefined;
  readonly scope?: number | undefined;
  readonly protocol?: number | undefined;
  readonly onLink?: boolean | undefined;
  readonly mtuBytes?: number | undefined;
};

/** Returns the request that adds a route: `ip route add`. */
export function createRoute(fact: RouteFact): NetlinkRequest {
  return { type: RTM_NEWROUTE, flags: NLM_F.CREATE | NLM_F.EXCL, body: encodeRoute(fact) };
}

/**
 * Returns the request that adds a route before others to the same prefix: `ip route prepend`. Refused only where exactly
 * this one is there.
 */
export function prependRoute(fact: RouteFact): NetlinkRequest {
  return { type: RTM_NEWROUTE, flags: NLM_F.CREATE, body: encodeRoute(fact) };
}

/** Returns the route that the kernel makes for an address. Source: fib_add_ifaddr(), addrconf_prefix_route() of Linux. */
export function prefixRouteOf({ index, address, metric = 0 }: AddressSpec): RouteFact {
  const isIpv4 = familyOf(address) === 4;
  return {
    index,
    family: isIpv4 ? 4 : 6,
    to: normalisePrefix(address),
    table: RT_TABLE_MAIN,
    metric: metric === 0 && !isIpv4 ? IPV6_PREFIX_METRIC : metric,
    source: isIpv4 ? withoutLength(address) : undefined,
    scope: isIpv4 ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE,
    protocol: KERNEL_PROTOCOL,
  };
}

/** Returns the request that adds a route, or puts it in the place of the one of the same prefix, table and metric. */
export function replaceRoute(fact: RouteFact): NetlinkRequest {
  return { type: RTM_NEWROUTE, flags: NLM_F.CREATE | NLM_F.REPLACE, body: encodeRoute(fact) };
}

/** Returns the request that removes exactly this route. */
export function deleteRoute(fact: RouteFact): NetlinkRequest {
  // In a request to delete, "nowhere" and protocol 0 mean any; the metrics would be compared, and are no identity.
  const body = encodeRoute({
    ...fact,
    scope: fact.family === 4 ? (fact.scope ?? RT_SCOPE_NOWHERE) : 0,
    protocol: fact.protocol ?? RTPROT_UNSPEC,
    mtuBytes: undefined,
  });
  return { type: RTM_DELROUTE, flags: 0, body };
}

/** Which routes to dump. Shape: absent and 0 are "all". */
export type RouteFilter = { readonly family?: 4 | 6; readonly index?: number; readonly table?: number };

/** Returns the request for unicast routes. Kernels without strict checking ignore all of the filter but the family. */
export function dumpRoutes({ family, index = 0, table = 0 }: RouteFilter): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0);
  body.put8(RT_TABLE_UNSPEC).put8(0).put8(0).put8(RTN_UNICAST).put32(0);
  if (table !== 0) body.u32(RTA.TABLE, table);
  if (index !== 0) body.u32(RTA.OIF, index);
  return { type: RTM_GETROUTE, flags: 0, body: body.finish() };
}

/** Returns the body that describes a route. Law: parseRoute gives it back. Throws a Bug for what is no prefix. */
export function encodeRoute(fact: RouteFact): Uint8Array {
  const cidr = fact.to === 'default' ? undefined : parseCidr(fact.to);
  if (fact.to !== 'default' && cidr === undefined) throw new Bug(`not a prefix: ${JSON.stringify(fact.to)}`);
  const body = new BodyWriter()
    .put8(familyNumber(fact.family))
    .put8(cidr?.length ?? 0)
    .put8(0)
    .put8(0)
    .put8(fact.table < 256 ? fact.table : RT_TABLE_UNSPEC)
    .put8(fact.protocol ?? RTPROT_UNSPEC)
    .put8(fact.scope ?? defaultScope(fact))
    .put8(RTN_UNICAST)
    .put32(fact.onLink === true ? RTNH_F_ONLINK : 0)
    .u32(RTA.TABLE, fact.table)
    .u32(RTA.OIF, fact.index);
  if (cidr !== undefined) body.bytes(RTA.DST, ipBytes(cidr.address));
  if (fact.via !== undefined) putGateway(body, fact.family, fact.via);
  if (fact.metric !== 0) body.u32(RTA.PRIORITY, fact.metric);
  if (fact.source !== undefined) body.bytes(RTA.PREFSRC, ipBytes(fact.source));
  const { mtuBytes } = fact;
  if (mtuBytes !== undefined) body.nest(RTA.METRICS, () => void body.u32(RTAX_MTU, mtuBytes));
  return body.finish();
}

/** The scope that ip-route(8) gives when none is named; IPv6 has none. */
function defaultScope({ family, via }: RouteFact): number {
  return family === 4 && via === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

function putGateway(body: BodyWriter, family: 4 | 6, via: string): void {
  const viaFamily = familyOf(via);
  if (viaFamily === undefined) throw new Bug(`not an IP address: ${JSON.stringify(via)}`);
  if (viaFamily === family) {
    body.bytes(RTA.GATEWAY, ipBytes(via));
    return;
  }
  // struct rtvia: the family, then the address.
  const address = ipBytes(via);
  const value = new Uint8Array(2 + address.length);
  value.set(new Uint8Array(new Uint16Array([familyNumber(viaFamily)]).buffer));
  value.set(address, 2);
  body.bytes(RTA.VIA, value);
}

/**
 * Returns the route that the body describes, or undefined for what is never in a State: types other than unicast,
 * table local, cached routes, IPv6 link-local and multicast prefixes, routes for one type of service or one source
 * prefix (keys do not tell them apart), and routes with several next hops, which vnet neither makes nor moves.
 */
export function parseRoute(body: BodyReader): RouteFact | undefined {
  const family = body.at8(0);
  if ((family !== AF_INET && family !== AF_INET6) || body.at8(7) !== RTN_UNICAST) return undefined;
  if (body.at8(2) !== 0 || body.at8(3) !== 0 || (body.at32(8) & RTM_F_CLONED) !== 0) return undefined;
  if (family === AF_INET6 && isLinkLocal(body.attribute(HEADER_BYTES, RTA.DST))) return undefined;
  const get = body.table(HEADER_BYTES);
  const table = get(RTA.TABLE)?.at32(0) ?? body.at8(4);
  const index = get(RTA.OIF)?.at32(0);
  if (table === RT_TABLE_LOCAL || index === undefined || get(RTA.MULTIPATH) !== undefined) return undefined;
  const to = parsePrefix(body.at8(1), get(RTA.DST));
  if (to === undefined) return undefined;
  const onLink = (body.at32(8) & RTNH_F_ONLINK) !== 0;
  return {
    family: family === AF_INET ? 4 : 6,
    to,
    table,
    metric: get(RTA.PRIORITY)?.at32(0) ?? 0,
    index,
    via: ipText(get(RTA.GATEWAY)) ?? ipText(get(RTA.VIA)?.from(2)),
    source: ipText(get(RTA.PREFSRC)),
    scope: body.at8(6),
    protocol: body.at8(5),
    onLink: onLink ? true : undefined,
    mtuBytes: get(RTA.METRICS)?.attribute(0, RTAX_MTU)?.at32(0),
  };
}

function parsePrefix(length: number, value: BodyReader | undefined): string | undefined {
  if (length === 0) return 'default';
  const address = ipText(value);
  return address === undefined ? undefined : `${address}/${length}`;
}

/** fe80::/10 and ff00::/8. Every interface has some: told before the text is made. */
function isLinkLocal(destination: BodyReader | undefined): boolean {
  const first = destination?.at8(0) ?? 0;
  return first === 0xff || (first === 0xfe && ((destination?.at8(1) ?? 0) & 0xc0) === 0x80);
}
