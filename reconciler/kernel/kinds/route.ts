/** Unicast routes on the wire. Source: rtnetlink(7), linux/rtnetlink.h. */
import { familyOf, parseCidr } from '../../model/addresses/address.ts';
import type { RestAttributes } from '../../model/kinds/kind.ts';
import { normaliseRoute, type RouteObject } from '../../model/kinds/route.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import { Bug, ok, type Result } from '../../model/result.ts';
import type { LinkHandle } from '../apply/context.ts';
import { type BodyReader, knownTypes } from '../netlink/reader.ts';
import { BodyWriter } from '../netlink/writer.ts';
import { AF_INET, AF_INET6, AF_UNSPEC, familyNumber, ipBytes, ipText } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { createQuestion, orAbsent, readLinkByIndex } from '../read.ts';
import { addFields, type Codec, type Found, hearingOf, unusual, wireOnLink } from './on-link.ts';
import type { Growing, LinkPlace, Wire } from './wire.ts';

const RTM_NEWROUTE = 24;
const RTM_GETROUTE = 26;
const RTNLGRP_IPV4_ROUTE = 7;
const RTNLGRP_IPV6_ROUTE = 11;

const RTA_DST = 1;
const RTA_OIF = 4;
const RTA_GATEWAY = 5;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_CACHEINFO = 12;
const RTA_TABLE = 15;
const RTA_VIA = 18;
const RTA_MULTIPATH = 9;
const RTA_PREF = 20;
const RTA_NH_ID = 30;
const RTAX_MTU = 2;

/** What the parser knows. Of CACHEINFO the kernel keeps count (age, use, expiry): it is no property of the route. */
const KNOWN = knownTypes(
  RTA_DST,
  RTA_OIF,
  RTA_GATEWAY,
  RTA_PRIORITY,
  RTA_PREFSRC,
  RTA_METRICS,
  RTA_CACHEINFO,
  RTA_TABLE,
  RTA_VIA,
);
const KNOWN_METRICS = knownTypes(RTAX_MTU);
const METRICS_PATH = `${RTA_METRICS}.`;
/** Every IPv6 route has a preference: medium, unless somebody says otherwise. */
const MEDIUM = `${RTA_PREF} 00`;
const RTNH_F_ONLINK = 4;
const RTM_F_CLONED = 0x200;
const RTN_UNICAST = 1;
const RT_TABLE_UNSPEC = 0;
const RT_SCOPE_NOWHERE = 255;
const RTPROT_UNSPEC = 0;
const HEADER_BYTES = 12;

/** Places in an announcement, which begins with 16 bytes of netlink's own. */
const AT_TABLE = 20;
const AT_PROTOCOL = 21;
const AT_TYPE = 23;

/** The scope of routes through a gateway. Source: RT_SCOPE_* of linux/rtnetlink.h. */
const RT_SCOPE_UNIVERSE = 0;
/** The scope of what is on the link. */
export const RT_SCOPE_LINK = 253;

/** The table of a node's own and broadcast addresses, which the kernel keeps by itself. */
const RT_TABLE_LOCAL = 255;

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
  readonly tos?: number | undefined;
  readonly rest?: RestAttributes | undefined;
};

/** The messages of routes. Law: parse gives back what encode is given. */
export const routeCodec: Codec<RouteObject, RouteFact> = {
  message: RTM_NEWROUTE,
  encode,
  encodeRemoval: (fact) =>
    // In a request to delete, "nowhere" and protocol 0 mean any; the metrics would be compared, and are no identity.
    encode({
      ...fact,
      scope: fact.family === 4 ? (fact.scope ?? RT_SCOPE_NOWHERE) : 0,
      protocol: fact.protocol ?? RTPROT_UNSPEC,
      mtuBytes: undefined,
      rest: undefined,
    }),
  parse,
  toObject,
  toFact: (object, index) => ({ ...normaliseRoute(object), index }),
};

const { create, change, remove, find } = wireOnLink(routeCodec, {
  read: (socket, index) => listRoutes(socket, { index }),
  find: findInPlace,
  isSame: (found, have) =>
    found.index === have.index &&
    found.via === have.via &&
    (have.protocol === undefined || found.protocol === have.protocol),
});

/**
 * Routes; they are listed in `observe/reach.ts`, with the addresses. One's place is its prefix, table and metric: there is
 * one route in each. It is looked up before it is removed, since to the kernel a request without a metric or gateway
 * means any: another route in its place stays.
 */
export const routeWire: Wire<RouteObject> = {
  create,
  change,
  remove,
  find,
  hearing: hearingOf(routeCodec, {
    groups: [RTNLGRP_IPV4_ROUTE],
    inet6Groups: [RTNLGRP_IPV6_ROUTE],
    inPods: true,
    filter: [
      { at: AT_TYPE, isNot: RTN_UNICAST, verdict: 'drop' },
      { at: AT_TABLE, is: RT_TABLE_LOCAL, verdict: 'drop' },
      { at: AT_PROTOCOL, is: VNET_PROTOCOL, verdict: 'accept' },
      { destination: true, verdict: 'accept' },
      { verdict: 'drop' },
    ],
  }),
};

/** Returns the routes, all of them without a filter. */
export function listRoutes(socket: NetlinkSocket, filter: RouteFilter = {}): Result<RouteFact[]> {
  const { family, index = 0, table } = filter;
  const request = question(`${family} ${index} ${table}`, () => dumpRoutes(filter));
  const routes = orAbsent(socket.dump(request, parse, 'list routes'), []);
  if (!routes.ok || index === 0) return routes;
  return ok(routes.value.filter((route) => route.index === index));
}

/** A thousand pods in a row are asked for all routes. */
const question = createQuestion();

/** Returns the route that has the place of the one wanted, on whatever link. */
function findInPlace(
  { socket }: LinkHandle,
  want: RouteObject,
): Result<Found<RouteObject, RouteFact> | undefined> {
  const { family, to, tos, table, metric } = normaliseRoute(want);
  const facts = listRoutes(socket, { family, table });
  if (!facts.ok) return facts;
  const fact = facts.value.find(
    (one) => one.to === to && one.tos === tos && one.table === table && one.metric === metric,
  );
  if (fact === undefined) return ok(undefined);
  const link = readLinkByIndex(socket, fact.index);
  if (!link.ok) return link;
  return ok({ fact, object: toObject(fact, { netns: want.netns, dev: link.value?.name ?? '' }) });
}

function toObject(fact: RouteFact, { netns, dev }: LinkPlace): RouteObject {
  const { family, to, table, metric } = fact;
  const route: Growing<RouteObject> = { kind: 'route', netns, dev, family, to, table, metric };
  return addFields(route, fact, ['via', 'source', 'scope', 'protocol', 'onLink', 'mtuBytes', 'tos', 'rest']);
}

/** Which routes to dump. Shape: absent and 0 are "all". */
export type RouteFilter = { readonly family?: 4 | 6; readonly index?: number; readonly table?: number };

/** Returns the request for unicast routes. Kernels without strict checking ignore all of the filter but the family. */
export function dumpRoutes({ family, index = 0, table = 0 }: RouteFilter): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0);
  body.put8(RT_TABLE_UNSPEC).put8(0).put8(0).put8(RTN_UNICAST).put32(0);
  if (table !== 0) body.u32(RTA_TABLE, table);
  if (index !== 0) body.u32(RTA_OIF, index);
  return { type: RTM_GETROUTE, flags: 0, body: body.finish() };
}

/** Throws a Bug for what is no prefix. */
function encode(fact: RouteFact): Uint8Array {
  const cidr = fact.to === 'default' ? undefined : parseCidr(fact.to);
  if (fact.to !== 'default' && cidr === undefined) throw new Bug(`not a prefix: ${JSON.stringify(fact.to)}`);
  const body = new BodyWriter()
    .put8(familyNumber(fact.family))
    .put8(cidr?.length ?? 0)
    .put8(0)
    .put8(fact.tos ?? 0)
    .put8(fact.table < 256 ? fact.table : RT_TABLE_UNSPEC)
    .put8(fact.protocol ?? RTPROT_UNSPEC)
    .put8(fact.scope ?? defaultScope(fact))
    .put8(RTN_UNICAST)
    .put32(fact.onLink === true ? RTNH_F_ONLINK : 0)
    .u32(RTA_TABLE, fact.table)
    .u32(RTA_OIF, fact.index);
  if (cidr !== undefined) body.bytes(RTA_DST, ipBytes(cidr.address));
  if (fact.via !== undefined) putGateway(body, fact.family, fact.via);
  if (fact.metric !== 0) body.u32(RTA_PRIORITY, fact.metric);
  if (fact.source !== undefined) body.bytes(RTA_PREFSRC, ipBytes(fact.source));
  putMetrics(body, fact);
  // The kernel takes a next-hop object in the place of interface and gateway, not beside them.
  return body.rest(fact.rest?.filter((attribute) => !attribute.startsWith(`${RTA_NH_ID} `))).finish();
}

function putMetrics(body: BodyWriter, { mtuBytes, rest }: RouteFact): void {
  const isOther = rest?.some((attribute) => attribute.startsWith(METRICS_PATH)) === true;
  if (mtuBytes === undefined && !isOther) return;
  body.nest(RTA_METRICS, () => {
    if (mtuBytes !== undefined) body.u32(RTAX_MTU, mtuBytes);
    body.rest(rest, METRICS_PATH);
  });
}

/** The scope that ip-route(8) gives when none is named; IPv6 has none. */
function defaultScope({ family, via }: RouteFact): number {
  return family === 4 && via === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

function putGateway(body: BodyWriter, family: 4 | 6, via: string): void {
  const viaFamily = familyOf(via);
  if (viaFamily === undefined) throw new Bug(`not an IP address: ${JSON.stringify(via)}`);
  if (viaFamily === family) {
    body.bytes(RTA_GATEWAY, ipBytes(via));
    return;
  }
  // struct rtvia: the family, then the address.
  const address = ipBytes(via);
  const value = new Uint8Array(2 + address.length);
  value.set(new Uint8Array(new Uint16Array([familyNumber(viaFamily)]).buffer));
  value.set(address, 2);
  body.bytes(RTA_VIA, value);
}

/**
 * Returns the route that the body describes, or undefined for what is never in a State: types other than unicast,
 * table local, cached routes, IPv6 link-local and multicast prefixes, routes for one source prefix (keys do not tell them
 * apart), and routes with several next hops, which vnet neither makes nor moves.
 */
function parse(body: BodyReader): RouteFact | undefined {
  const family = body.at8(0);
  if ((family !== AF_INET && family !== AF_INET6) || body.at8(7) !== RTN_UNICAST) return undefined;
  if (body.at8(2) !== 0 || (body.at32(8) & RTM_F_CLONED) !== 0) return undefined;
  if (family === AF_INET6 && isLinkLocal(body.attribute(HEADER_BYTES, RTA_DST))) return undefined;
  const get = body.table(HEADER_BYTES);
  const table = get(RTA_TABLE)?.at32(0) ?? body.at8(4);
  const index = get(RTA_OIF)?.at32(0);
  if (table === RT_TABLE_LOCAL || index === undefined || get(RTA_MULTIPATH) !== undefined) return undefined;
  const to = parsePrefix(body.at8(1), get(RTA_DST));
  if (to === undefined) return undefined;
  const onLink = (body.at32(8) & RTNH_F_ONLINK) !== 0;
  const metrics = get(RTA_METRICS);
  return {
    family: family === AF_INET ? 4 : 6,
    to,
    table,
    metric: get(RTA_PRIORITY)?.at32(0) ?? 0,
    index,
    via: ipText(get(RTA_GATEWAY)) ?? ipText(get(RTA_VIA)?.from(2)),
    source: ipText(get(RTA_PREFSRC)),
    scope: body.at8(6),
    protocol: body.at8(5),
    onLink: onLink ? true : undefined,
    mtuBytes: metrics?.attribute(0, RTAX_MTU)?.at32(0),
    tos: body.at8(3) || undefined,
    rest: restOf(body, metrics),
  };
}

function restOf(body: BodyReader, metrics: BodyReader | undefined): RestAttributes | undefined {
  const ofMetrics = metrics?.rest(0, KNOWN_METRICS, METRICS_PATH) ?? NONE;
  const ofRoute = unusual(body.rest(HEADER_BYTES, KNOWN), MEDIUM) ?? NONE;
  return ofMetrics.length + ofRoute.length === 0 ? undefined : [...ofMetrics, ...ofRoute];
}

const NONE: RestAttributes = [];

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
