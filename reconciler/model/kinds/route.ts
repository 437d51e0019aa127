/** Routes of all types. Pure. */
import { normaliseAddress, normalisePrefix } from '../addresses/address.ts';
import { DHCP_PROTOCOL, VNET_PROTOCOL } from '../names.ts';
import {
  type Disruption,
  HOST,
  type Kind,
  type KernelObject,
  type NetnsPath,
  type ObjectsByKey,
  type RestAttributes,
} from './kind.ts';
import { linkKeyOf } from './link.ts';
import { protocolName, showProtocol } from './words/protocol.ts';

/** The types of routes other than unicast. Source: RTN_* of linux/rtnetlink.h, named as in ip-route(8). */
export const ROUTE_TYPES = {
  local: 2,
  broadcast: 3,
  anycast: 4,
  multicast: 5,
  blackhole: 6,
  unreachable: 7,
  prohibit: 8,
  throw: 9,
} as const;

/** The type of a route that is not unicast. */
export type RouteType = keyof typeof ROUTE_TYPES;

/** One next hop of a multipath route. Shape: a weight of 1 is absent. */
export type NextHop = {
  readonly dev: string;
  readonly via?: string;
  readonly weight?: number;
  readonly onLink?: boolean;
  readonly rest?: RestAttributes;
};

/**
 * A route. The kernel's own routes for addresses (protocol kernel) are never in a State: they follow from the
 * addresses (an address's `prefixRoute` says that it exists).
 * Shape: `to` is a prefix or `default`; `from` is a source prefix (IPv6); `type` is absent for unicast; `tos`
 * is the type of service, absent for all; `table` 254 is main; `metric` 0 is none. `dev` is empty for a route
 * without an interface, and that of the first of `nextHops` for a multipath route. `nextHopId` refers to a
 * nexthop object. `dynamic`: it expires; `lifetimeSeconds` is the remaining time when it was read. `copy`
 * counts the kernel's earlier routes with the same identity (ip route append). `learned`: the kernel added it for a router
 * advertisement, and renews it; there is one for each router and interface. Numbers as in rtnetlink(7).
 */
export type RouteObject = {
  readonly kind: 'route';
  readonly netns: NetnsPath;
  readonly family: 4 | 6;
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly dev: string;
  readonly from?: string;
  readonly type?: RouteType;
  readonly via?: string;
  readonly source?: string;
  readonly scope?: number;
  readonly protocol?: number;
  readonly onLink?: boolean;
  readonly mtuBytes?: number;
  readonly tos?: number;
  readonly nextHopId?: number;
  readonly nextHops?: readonly NextHop[];
  readonly dynamic?: boolean;
  readonly lifetimeSeconds?: number;
  readonly copy?: number;
  readonly learned?: boolean;
  readonly rest?: RestAttributes;
};

/** The main routing table. Source: RT_TABLE_MAIN of linux/rtnetlink.h. */
export const MAIN_TABLE = 254;

/** The kernel's default for an IPv6 route without a metric. Source: IP6_RT_PRIO_USER of linux/ipv6_route.h. */
export const IPV6_METRIC = 1024;

/** The metric of IPv6 prefix routes. Source: IP6_RT_PRIO_ADDRCONF of linux/ipv6_route.h. */
export const IPV6_PREFIX_METRIC = 256;

/** Routes. */
export const routeKind: Kind<RouteObject> = {
  fields: {
    type: 'type',
    dev: 'dev',
    via: 'via',
    nextHopId: 'nhid',
    nextHops: 'nexthops',
    source: 'src',
    scope: 'scope',
    protocol: 'protocol',
    onLink: 'onlink',
    mtuBytes: 'mtu',
    rest: 'attributes',
  },
  volatile: ['lifetimeSeconds', 'learned'],
  carried: ['rest', 'lifetimeSeconds'],
  policy: 'routes',
  inPods: true,
  isEntry: true,
  list: {
    name: 'routes',
    headings: ['TO', 'VIA', 'DEV', 'TABLE', 'METRIC', 'SRC', 'PROTOCOL'],
    cells: ({ to, via = '', dev, table, metric, source = '', protocol }) => [
      to,
      via,
      dev,
      table === MAIN_TABLE ? 'main' : String(table),
      metric === 0 ? '' : String(metric),
      source,
      protocol === undefined ? '' : protocolName(protocol),
    ],
  },
  key: ({ to, from, tos, family, table, metric, copy, learned, via, dev }) => {
    const inFamily = to === 'default' && family === 6 ? ' inet6' : '';
    const inTable = table === MAIN_TABLE ? '' : ` table ${table}`;
    const forTos = tos === undefined ? '' : ` tos ${tos}`;
    const ofSource = from === undefined ? '' : ` from ${from}`;
    const another = learned === true ? ` via ${via} dev ${dev}` : copy === undefined ? '' : ` copy ${copy}`;
    return `route ${to}${inFamily}${ofSource}${forTos}${inTable}${metric === 0 ? '' : ` metric ${metric}`}${another}`;
  },
  // A gateway may be reached by another route; nexthop objects come in between.
  rank: ({ via, nextHopId, nextHops }) => ((via ?? nextHopId ?? nextHops) === undefined ? 40 : 43),
  normalise: normaliseRoute,
  show: (field, value) => (isHops(field, value) ? value.map(hopText).join(', ') : showProtocol(field, value)),
  describe: (route) => [`route ${route.to}`, wayOf(route)],
  isOurs: ({ protocol }) => protocol === VNET_PROTOCOL,
  needs: (route, desired) => [
    ...devicesOf(route).flatMap((dev) => [
      linkKeyOf(dev, route.netns),
      ...desired.onLink('address', route.netns, dev),
    ]),
    ...(route.nextHopId === undefined ? [] : desired.ofKind('nexthop')),
  ],
  isMoved: ({ netns }) => netns === HOST,
  isTaken: ({ learned }) => learned === true,
  disruptionOfChange: ({ want, have, fields }) => {
    const isKept = want.dev !== have.dev || have.nextHops?.every(({ via }) => via === want.via) === true;
    return !isKept && fields.some((field) => WAY.includes(field)) ? 'flow-reset' : 'hitless';
  },
  disruptionOfDeletion,
  isRepeated,
  goesWith: ({ family }, event) => event === 'gone' || event === 'down' || event === family,
  isLease: ({ protocol, tos }) => protocol === DHCP_PROTOCOL && tos === undefined,
};

/** The fields that two routes have in common, wherever they lead out. */
const COMPARED = [
  'type',
  'via',
  'nextHopId',
  'nextHops',
  'source',
  'protocol',
  'onLink',
  'mtuBytes',
  'rest',
] as const;

/** The fields that determine the path of packets. */
const WAY: readonly string[] = ['via', 'nextHops', 'nextHopId', 'type'];

/** Returns the interfaces of the route, each once: several for a multipath route, none for a blackhole. */
export function devicesOf({ dev, nextHops }: Pick<RouteObject, 'dev' | 'nextHops'>): readonly string[] {
  if (nextHops !== undefined) return [...new Set(nextHops.map((hop) => hop.dev))];
  return dev === '' ? [] : [dev];
}

function isHops(field: string, value: unknown): value is readonly NextHop[] {
  return field === 'nextHops' && Array.isArray(value);
}

function hopText({ via, dev, weight = 1, onLink, rest }: NextHop): string {
  const gateway = via === undefined ? '' : `via ${via} `;
  const more = [...(onLink === true ? ['onlink'] : []), ...(rest ?? [])].map((word) => ` ${word}`);
  return `${gateway}dev ${dev} weight ${weight}${more.join('')}`;
}

function wayOf({ type, via, dev, nextHops, nextHopId }: RouteObject): string {
  if (nextHopId !== undefined) return `nhid ${nextHopId}`;
  if (nextHops !== undefined) return nextHops.map(hopText).join(', ');
  return [type, via && `via ${via}`, dev && `dev ${dev}`].filter(Boolean).join(' ');
}

/** Returns the route in canonical form: IPv6 has no metric 0. */
export function normaliseRoute(route: RouteObject): RouteObject {
  const to = route.to === 'default' ? 'default' : normalisePrefix(route.to);
  const via = route.via === undefined ? undefined : normaliseAddress(route.via);
  const source = route.source === undefined ? undefined : normaliseAddress(route.source);
  const metric = route.family === 6 && route.metric === 0 ? IPV6_METRIC : route.metric;
  const from = route.from === undefined ? undefined : normalisePrefix(route.from);
  const isNormal = to === route.to && via === route.via && source === route.source && metric === route.metric;
  if (isNormal && from === route.from) return route;
  return {
    ...route,
    to,
    metric,
    ...(from === undefined ? {} : { from }),
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
  };
}

/**
 * Returns true for a route of a bridge's port that differs from one of the bridge in its interface alone: a network manager
 * that configures the NIC again appends its routes (NLM_F_APPEND).
 */
function isRepeated(have: RouteObject, desired: ObjectsByKey): boolean {
  const { copy, ...first } = have;
  const want = copy === undefined ? undefined : desired.get(routeKind.key(first));
  if (want === undefined || !isRoute(want)) return false;
  const port = desired.get(linkKeyOf(have.dev, have.netns));
  if (port?.kind !== 'link' || !('master' in port) || port.master !== want.dev) return false;
  return COMPARED.every((field) => JSON.stringify(want[field]) === JSON.stringify(have[field]));
}

const DESTINATION = ['netns', 'family', 'to', 'from', 'tos', 'table', 'via'] as const;

/** None if an equivalent route exists that differs only in its metric or, on a bridge, its interface: it was created before. */
function disruptionOfDeletion(have: RouteObject, desired: ObjectsByKey): Disruption {
  if (isRepeated(have, desired)) return 'hitless';
  const hasOtherWay = Array.from(desired.values()).some(
    (other) =>
      isRoute(other) &&
      (other.dev === have.dev || have.learned === true) &&
      DESTINATION.every((field) => other[field] === have[field]),
  );
  return hasOtherWay ? 'hitless' : 'flow-reset';
}

function isRoute(object: KernelObject): object is RouteObject {
  return object.kind === 'route';
}
