/** Routes on the wire. Source: rtnetlink(7), linux/rtnetlink.h. */
import { normaliseRoute, type RouteObject } from '../../model/kinds/route.ts';
import { VNET_PROTOCOL } from '../../model/names.ts';
import { ok, type Result } from '../../model/result.ts';
import type { LinkHandle } from '../apply/context.ts';
import type { BodyReader } from '../netlink/reader.ts';
import { BodyWriter } from '../netlink/writer.ts';
import { AF_UNSPEC, familyNumber } from '../netlink/bytes.ts';
import type { NetlinkRequest } from '../netlink/message.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { createQuestion, orAbsent, readLinkByIndex } from '../read.ts';
import { type FoundObject, subscriptionOf, wireOnLink } from './on-link.ts';
import {
  routeCodec,
  type RouteFact,
  RT_TABLE_UNSPEC,
  prefixIn,
  RTA_DST,
  RTA_OIF,
  RTA_TABLE,
  RTN_UNICAST,
} from './route-codec.ts';
import type { Wire } from './wire.ts';

const RTM_GETROUTE = 26;
const RTNLGRP_IPV4_ROUTE = 7;
const RTNLGRP_IPV6_ROUTE = 11;

/** Offsets in a notification, including the 16 bytes of the netlink header. */
const AT_TABLE = 20;
const AT_PROTOCOL = 21;

/** The table of local and broadcast addresses, maintained by the kernel. */
const RT_TABLE_LOCAL = 255;

const { create, change, remove, find, podRequest } = wireOnLink(routeCodec, {
  read: (socket, index) => listRoutes(socket, { index }),
  find: findInPlace,
  isSame: (found, have) =>
    found.index === have.index &&
    found.via === have.via &&
    found.nextHopId === have.nextHopId &&
    JSON.stringify(found.hops) === JSON.stringify(have.hops) &&
    (have.protocol === undefined || found.protocol === have.protocol),
});

/**
 * Routes; they are listed in `observe/reach.ts`, with the addresses. Prefix, table and metric identify one.
 * It is looked up before a deletion, since the kernel takes a request without metric or gateway as matching
 * any: a different route there is kept.
 */
export const routeWire: Wire<RouteObject> = {
  create,
  change,
  remove,
  // One to a pod is the only one of its kind that ADD makes; others may have needs in the same batch.
  request: (context, want) =>
    (want.via ?? want.nextHopId ?? want.nextHops) === undefined ? podRequest(context, want) : undefined,
  podRequest: (context, want) => (want.nextHops === undefined ? podRequest(context, want) : undefined),
  find,
  subscription: subscriptionOf(routeCodec, {
    groups: [RTNLGRP_IPV4_ROUTE],
    inet6Groups: [RTNLGRP_IPV6_ROUTE],
    inPods: true,
    filter: [
      { at: AT_TABLE, is: RT_TABLE_LOCAL, verdict: 'drop' },
      { at: AT_PROTOCOL, is: VNET_PROTOCOL, verdict: 'accept' },
      { destination: true, verdict: 'accept' },
      { verdict: 'drop' },
    ],
  }),
};

/** Returns the routes of all types that match the filter; with `to`, those to others are skipped before they are parsed. */
export function listRoutes(
  socket: NetlinkSocket,
  filter: RouteFilter = {},
  to?: string,
): Result<RouteFact[]> {
  const { family, index = 0, table, isUnicast } = filter;
  const request = question(`${family} ${index} ${table} ${isUnicast}`, () => dumpRoutes(filter));
  const routes = orAbsent(
    socket.dump(
      request,
      (body) => (to === undefined || destinationOf(body) === to ? routeCodec.parse(body) : undefined),
      'list routes',
    ),
    [],
  );
  if (!routes.ok || index === 0) return routes;
  return ok(routes.value.filter((route) => route.index === index));
}

/** Source: linux/rtnetlink.h, struct rtmsg. */
function destinationOf(body: BodyReader): string | undefined {
  return prefixIn(body.at8(1), body.attribute(HEADER_BYTES, RTA_DST));
}

const HEADER_BYTES = 12;

/** A scan queries all routes of a thousand pods in sequence. */
const question = createQuestion();

const IDENTITY = ['to', 'from', 'tos', 'table', 'metric'] as const;
const LEARNED = [...IDENTITY, 'via', 'index'] as const;

/** Returns the route with the identity of the desired one, on any link unless it is learned. */
function findInPlace(
  { socket, index: own }: LinkHandle,
  want: RouteObject,
): Result<FoundObject<RouteObject, RouteFact> | undefined> {
  const wanted = { ...normaliseRoute(want), index: own };
  const facts = listRoutes(socket, { ...wanted, index: 0 }, wanted.to);
  if (!facts.ok) return facts;
  const identity = want.learned === true ? LEARNED : IDENTITY;
  const fact = facts.value.find((one) => identity.every((field) => one[field] === wanted[field]));
  if (fact === undefined) return ok(undefined);
  const names = new Map([[own, want.dev]]);
  for (const index of [fact.index, ...(fact.hops ?? []).map((hop) => hop.index)]) {
    const link = index === 0 || names.has(index) ? ok(undefined) : readLinkByIndex(socket, index);
    if (!link.ok) return link;
    if (link.value !== undefined) names.set(index, link.value.name);
  }
  const nameOf = (index: number): string | undefined => names.get(index);
  const place = { netns: want.netns, dev: nameOf(fact.index) ?? '', nameOf };
  return ok({ fact, object: routeCodec.toObject(fact, place) });
}

/** A filter for a dump. Shape: absent and 0 mean all; `isUnicast` omits all other types. */
type RouteFilter = {
  readonly family?: 4 | 6;
  readonly index?: number;
  readonly table?: number;
  readonly isUnicast?: boolean;
};

/** Returns the request for routes. Kernels without strict checking apply only the family. */
function dumpRoutes({ family, index = 0, table = 0, isUnicast }: RouteFilter): NetlinkRequest {
  const number = family === undefined ? AF_UNSPEC : familyNumber(family);
  const body = new BodyWriter().put8(number).put8(0).put8(0).put8(0);
  body.put8(RT_TABLE_UNSPEC).put8(0).put8(0);
  body.put8(isUnicast === true ? RTN_UNICAST : 0).put32(0);
  if (table !== 0) body.u32(RTA_TABLE, table);
  if (index !== 0) body.u32(RTA_OIF, index);
  return { type: RTM_GETROUTE, flags: 0, body: body.finish() };
}
