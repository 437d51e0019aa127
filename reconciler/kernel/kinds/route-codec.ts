/** The messages of routes. Pure. Source: rtnetlink(7), linux/rtnetlink.h. */
import { parseCidr } from '../../model/addresses/address.ts';
import type { RestAttributes } from '../../model/kinds/kind.ts';
import { normaliseRoute, ROUTE_TYPES, type RouteObject, type RouteType } from '../../model/kinds/route.ts';
import { KERNEL_PROTOCOL } from '../../model/names.ts';
import { Bug } from '../../model/result.ts';
import { type BodyReader, knownTypes } from '../netlink/reader.ts';
import { BodyWriter } from '../netlink/writer.ts';
import { AF_INET, AF_INET6, familyNumber, ipBytes, ipText } from '../netlink/bytes.ts';
import {
  gatewayIn,
  type HopFact,
  namedHops,
  parseHops,
  putGateway,
  putHops,
  RTA_GATEWAY,
  RTA_VIA,
  RTNH_F_ONLINK,
} from './multipath.ts';
import { addFields, type Codec, withoutDefault } from './on-link.ts';
import type { Mutable, LinkPlace } from './wire.ts';

const RTM_NEWROUTE = 24;

/** Attribute: the destination. */
export const RTA_DST = 1;
const RTA_SRC = 2;
/** Attribute: the interface. */
export const RTA_OIF = 4;
const RTA_PRIORITY = 6;
const RTA_PREFSRC = 7;
const RTA_METRICS = 8;
const RTA_MULTIPATH = 9;
const RTA_CACHEINFO = 12;
/** Attribute: the table, if its number has more than 8 bits. */
export const RTA_TABLE = 15;
const RTA_PREF = 20;
const RTA_EXPIRES = 23;
const RTA_NH_ID = 30;
const RTAX_MTU = 2;

/**
 * Attributes with a field. CACHEINFO holds counters (age, use), except the remaining lifetime of an IPv6
 * route.
 */
const KNOWN = knownTypes(
  RTA_DST,
  RTA_SRC,
  RTA_OIF,
  RTA_GATEWAY,
  RTA_PRIORITY,
  RTA_PREFSRC,
  RTA_METRICS,
  RTA_MULTIPATH,
  RTA_CACHEINFO,
  RTA_TABLE,
  RTA_VIA,
  RTA_NH_ID,
);
const KNOWN_METRICS = knownTypes(RTAX_MTU);
const METRICS_PATH = `${RTA_METRICS}.`;
/** The default preference of an IPv6 route: medium. */
const MEDIUM = `${RTA_PREF} 00`;
const RTM_F_CLONED = 0x200;
/** The type of routes to a gateway or an interface. */
export const RTN_UNICAST = 1;
/** No table in the header. */
export const RT_TABLE_UNSPEC = 0;
const RT_SCOPE_NOWHERE = 255;
const RT_SCOPE_HOST = 254;
const RTPROT_UNSPEC = 0;
const HEADER_BYTES = 12;
/** The offset of the remaining lifetime in struct rta_cacheinfo, and its unit. Source: USER_HZ is 100. */
const EXPIRES_AT = 8;
const USER_HZ = 100;

/** The scope of routes through a gateway. Source: RT_SCOPE_* of linux/rtnetlink.h. */
const RT_SCOPE_UNIVERSE = 0;
/** The scope of destinations on the link. */
export const RT_SCOPE_LINK = 253;

/**
 * A route in rtnetlink's form.
 * Shape: as RouteObject, with the index of the link: 0 for a route without one, that of the first hop for a
 * multipath route.
 */
export type RouteFact = {
  readonly family: 4 | 6;
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly index: number;
  readonly from?: string | undefined;
  readonly type?: RouteType | undefined;
  readonly via?: string | undefined;
  readonly source?: string | undefined;
  readonly scope?: number | undefined;
  readonly protocol?: number | undefined;
  readonly onLink?: boolean | undefined;
  readonly mtuBytes?: number | undefined;
  readonly tos?: number | undefined;
  readonly nextHopId?: number | undefined;
  readonly hops?: readonly HopFact[] | undefined;
  readonly lifetimeSeconds?: number | undefined;
  readonly rest?: RestAttributes | undefined;
};

/** The messages of routes. Law: parse inverts encode. */
export const routeCodec: Codec<RouteObject, RouteFact> = {
  message: RTM_NEWROUTE,
  encode,
  encodeRemoval: (fact) =>
    // In a deletion, scope "nowhere" and protocol 0 match any; metrics would be compared, but are not part of
    // the identity.
    encode({
      ...fact,
      scope: fact.family === 4 ? (fact.scope ?? RT_SCOPE_NOWHERE) : 0,
      protocol: fact.protocol ?? RTPROT_UNSPEC,
      mtuBytes: undefined,
      lifetimeSeconds: undefined,
      hops: undefined,
      index: fact.hops === undefined ? fact.index : 0,
      rest: undefined,
    }),
  parse,
  toObject,
  toFact: (object, index, indexOf) => {
    const { nextHops, ...route } = normaliseRoute(object);
    const hops = nextHops?.map(({ dev, ...hop }) => ({ index: indexOf?.(dev) ?? index, ...hop }));
    return { ...route, index, hops };
  },
};

function toObject(fact: RouteFact, place: LinkPlace): RouteObject {
  const { family, to, table, metric, hops, lifetimeSeconds } = fact;
  const { netns, dev } = place;
  const route: Mutable<RouteObject> = { kind: 'route', netns, dev, family, to, table, metric };
  if (hops !== undefined) route.nextHops = namedHops(hops, place);
  if (lifetimeSeconds !== undefined) {
    route.dynamic = true;
    route.lifetimeSeconds = lifetimeSeconds;
  }
  return addFields(route, fact, FIELDS);
}

const FIELDS = [
  'from',
  'type',
  'via',
  'source',
  'scope',
  'protocol',
  'onLink',
  'mtuBytes',
  'tos',
  'nextHopId',
  'rest',
] as const;

/** Throws a Bug for an invalid prefix. */
function encode(fact: RouteFact): Uint8Array {
  const to = prefixOf(fact.to);
  const from = fact.from === undefined ? undefined : prefixOf(fact.from);
  const body = new BodyWriter()
    .put8(familyNumber(fact.family))
    .put8(to?.length ?? 0)
    .put8(from?.length ?? 0)
    .put8(fact.tos ?? 0)
    .put8(fact.table < 256 ? fact.table : RT_TABLE_UNSPEC)
    .put8(fact.protocol ?? RTPROT_UNSPEC)
    .put8(fact.scope ?? defaultScope(fact))
    .put8(fact.type === undefined ? RTN_UNICAST : ROUTE_TYPES[fact.type])
    .put32(fact.onLink === true ? RTNH_F_ONLINK : 0)
    .u32(RTA_TABLE, fact.table);
  if (to !== undefined) body.bytes(RTA_DST, ipBytes(to.address));
  if (from !== undefined) body.bytes(RTA_SRC, ipBytes(from.address));
  putWay(body, fact);
  if (fact.metric !== 0) body.u32(RTA_PRIORITY, fact.metric);
  if (fact.source !== undefined) body.bytes(RTA_PREFSRC, ipBytes(fact.source));
  if (fact.lifetimeSeconds !== undefined) body.u32(RTA_EXPIRES, fact.lifetimeSeconds);
  putMetrics(body, fact);
  return body.rest(fact.rest).finish();
}

function prefixOf(text: string): { readonly address: string; readonly length: number } | undefined {
  const cidr = text === 'default' ? undefined : parseCidr(text);
  if (text !== 'default' && cidr === undefined) throw new Bug(`not a prefix: ${JSON.stringify(text)}`);
  return cidr;
}

/** The kernel accepts a nexthop object or several hops instead of interface and gateway, not with them. */
function putWay(body: BodyWriter, { family, index, via, nextHopId, hops }: RouteFact): void {
  if (nextHopId !== undefined) body.u32(RTA_NH_ID, nextHopId);
  else if (hops !== undefined) putHops(body, family, hops);
  else {
    if (index !== 0) body.u32(RTA_OIF, index);
    if (via !== undefined) putGateway(body, family, via);
  }
}

function putMetrics(body: BodyWriter, { mtuBytes, rest }: RouteFact): void {
  const isOther = rest?.some((attribute) => attribute.startsWith(METRICS_PATH)) === true;
  if (mtuBytes === undefined && !isOther) return;
  body.nest(RTA_METRICS, () => {
    if (mtuBytes !== undefined) body.u32(RTAX_MTU, mtuBytes);
    body.rest(rest, METRICS_PATH);
  });
}

/** The default scope of ip-route(8); IPv6 has none. */
function defaultScope({ family, type, via, hops, nextHopId }: RouteFact): number {
  if (family === 6) return RT_SCOPE_UNIVERSE;
  if (type === 'local') return RT_SCOPE_HOST;
  return (via ?? hops ?? nextHopId) === undefined ? RT_SCOPE_LINK : RT_SCOPE_UNIVERSE;
}

/**
 * Returns the route in the body; undefined for routes that are never in a State: cached ones, and the
 * kernel's own for addresses and interfaces, except prefix routes, which `observe/reach.ts` assigns to their
 * addresses.
 */
function parse(body: BodyReader): RouteFact | undefined {
  const family = body.at8(0);
  if ((family !== AF_INET && family !== AF_INET6) || (body.at32(8) & RTM_F_CLONED) !== 0) return undefined;
  const [protocol, kernelType] = [body.at8(5), body.at8(7)];
  if (protocol === KERNEL_PROTOCOL) {
    if (kernelType !== RTN_UNICAST) return undefined;
    if (family === AF_INET6 && isLinkLocal(body.attribute(HEADER_BYTES, RTA_DST))) return undefined;
  }
  const type = kernelType === RTN_UNICAST ? undefined : TYPE_NAMES[kernelType];
  if (kernelType !== RTN_UNICAST && type === undefined) return undefined;
  const get = body.table(HEADER_BYTES);
  const to = prefixIn(body.at8(1), get(RTA_DST));
  if (to === undefined) return undefined;
  const multipath = get(RTA_MULTIPATH);
  const hops = multipath && parseHops(multipath);
  const nextHopId = get(RTA_NH_ID)?.at32(0);
  const metrics = get(RTA_METRICS);
  return {
    family: family === AF_INET ? 4 : 6,
    to,
    from: body.at8(2) === 0 ? undefined : prefixIn(body.at8(2), get(RTA_SRC)),
    type,
    table: get(RTA_TABLE)?.at32(0) ?? body.at8(4),
    metric: get(RTA_PRIORITY)?.at32(0) ?? 0,
    index: get(RTA_OIF)?.at32(0) ?? hops?.[0]?.index ?? 0,
    // Gateway and hops of a nexthop object are listed with the route, but belong to the object.
    via: nextHopId === undefined ? gatewayIn(get) : undefined,
    hops: nextHopId === undefined ? hops : undefined,
    nextHopId,
    source: ipText(get(RTA_PREFSRC)),
    scope: body.at8(6),
    protocol,
    onLink: nextHopId === undefined && (body.at32(8) & RTNH_F_ONLINK) !== 0 ? true : undefined,
    mtuBytes: metrics?.attribute(0, RTAX_MTU)?.at32(0),
    tos: body.at8(3) || undefined,
    lifetimeSeconds: family === AF_INET6 ? lifetimeOf(get(RTA_CACHEINFO)) : undefined,
    rest: restOf(body, metrics),
  };
}

const TYPE_NAMES: readonly (RouteType | undefined)[] = typeNames();

function typeNames(): readonly (RouteType | undefined)[] {
  const names: (RouteType | undefined)[] = [];
  for (const [name, number] of Object.entries(ROUTE_TYPES)) if (isRouteType(name)) names[number] = name;
  return names;
}

function isRouteType(name: string): name is RouteType {
  return name in ROUTE_TYPES;
}

/** 0 means unlimited. A route about to expire gets one second. */
function lifetimeOf(info: BodyReader | undefined): number | undefined {
  const left = info?.at32signed(EXPIRES_AT) ?? 0;
  return left === 0 ? undefined : Math.max(1, Math.round(left / USER_HZ));
}

function restOf(body: BodyReader, metrics: BodyReader | undefined): RestAttributes | undefined {
  const ofMetrics = metrics?.rest(0, KNOWN_METRICS, METRICS_PATH) ?? NONE;
  const ofRoute = withoutDefault(body.rest(HEADER_BYTES, KNOWN), MEDIUM) ?? NONE;
  return ofMetrics.length + ofRoute.length === 0 ? undefined : [...ofMetrics, ...ofRoute];
}

const NONE: RestAttributes = [];

/** Returns the prefix of that length; undefined without its address. */
export function prefixIn(length: number, value: BodyReader | undefined): string | undefined {
  if (length === 0) return 'default';
  const address = ipText(value);
  return address === undefined ? undefined : `${address}/${length}`;
}

/** fe80::/10 and ff00::/8: every interface has some. Skipped before the text is made. */
function isLinkLocal(destination: BodyReader | undefined): boolean {
  const first = destination?.at8(0) ?? 0;
  return first === 0xff || (first === 0xfe && ((destination?.at8(1) ?? 0) & 0xc0) === 0x80);
}
