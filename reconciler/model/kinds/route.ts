/** Unicast routes. Pure. */
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
import { protocolName, showProtocol } from './protocol.ts';

/**
 * A unicast route. Routes that the kernel itself adds for an address (protocol kernel) and those of table local are
 * never in a State: they follow from the addresses (`prefixRoute` says of an address that its own is there).
 * Shape: `to` is a prefix or `default`; `tos` the type of service that it is for, absent for all; `table` 254 is main;
 * `metric` 0 is none. Numbers as in rtnetlink(7).
 */
export type RouteObject = {
  readonly kind: 'route';
  readonly netns: NetnsPath;
  readonly family: 4 | 6;
  readonly to: string;
  readonly table: number;
  readonly metric: number;
  readonly dev: string;
  readonly via?: string;
  readonly source?: string;
  readonly scope?: number;
  readonly protocol?: number;
  readonly onLink?: boolean;
  readonly mtuBytes?: number;
  readonly tos?: number;
  readonly rest?: RestAttributes;
};

/** The main routing table. Source: RT_TABLE_MAIN of linux/rtnetlink.h. */
const MAIN_TABLE = 254;

/** The kernel's default for an IPv6 route without a metric. Source: IP6_RT_PRIO_USER of linux/ipv6_route.h. */
const IPV6_METRIC = 1024;

/** Routes. */
export const routeKind: Kind<RouteObject> = {
  fields: {
    dev: 'dev',
    via: 'via',
    source: 'src',
    scope: 'scope',
    protocol: 'protocol',
    onLink: 'onlink',
    mtuBytes: 'mtu',
    rest: 'attributes',
  },
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
  key: ({ to, tos, family, table, metric }) => {
    const inFamily = to === 'default' && family === 6 ? ' inet6' : '';
    const inTable = table === MAIN_TABLE ? '' : ` table ${table}`;
    const forTos = tos === undefined ? '' : ` tos ${tos}`;
    return `route ${to}${inFamily}${forTos}${inTable}${metric === 0 ? '' : ` metric ${metric}`}`;
  },
  // A gateway may be reached by another route.
  rank: ({ via }) => (via === undefined ? 40 : 41),
  normalise: normaliseRoute,
  show: showProtocol,
  describe: ({ to, via, dev }) => [`route ${to}`, `${via === undefined ? '' : `via ${via} `}dev ${dev}`],
  isOurs: ({ protocol }) => protocol === VNET_PROTOCOL,
  needs: ({ netns, dev }, desired) => [linkKeyOf(dev, netns), ...desired.onLink('address', netns, dev)],
  isMoved: ({ netns }) => netns === HOST,
  disruptionOfChange: ({ want, have, fields }) =>
    want.dev === have.dev && fields.includes('via') ? 'flow-reset' : 'hitless',
  disruptionOfDeletion,
  goesWith: ({ family }, event) => event === 'gone' || event === 'down' || event === family,
  isLease: ({ protocol, tos }) => protocol === DHCP_PROTOCOL && tos === undefined,
};

/** Returns the route in the one spelling in which routes are compared: IPv6 knows no metric 0. */
export function normaliseRoute(route: RouteObject): RouteObject {
  const to = route.to === 'default' ? 'default' : normalisePrefix(route.to);
  const via = route.via === undefined ? undefined : normaliseAddress(route.via);
  const source = route.source === undefined ? undefined : normaliseAddress(route.source);
  const metric = route.family === 6 && route.metric === 0 ? IPV6_METRIC : route.metric;
  const isNormal = to === route.to && via === route.via && source === route.source && metric === route.metric;
  if (isNormal) return route;
  return {
    ...route,
    to,
    metric,
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
  };
}

/** Nothing when another route leads to the same the same way: it was made before, only its metric differs. */
function disruptionOfDeletion(have: RouteObject, desired: ObjectsByKey): Disruption {
  const hasOtherWay = Array.from(desired.values()).some(
    (other) =>
      isRoute(other) &&
      other.netns === have.netns &&
      other.family === have.family &&
      other.to === have.to &&
      other.tos === have.tos &&
      other.table === have.table &&
      other.dev === have.dev &&
      other.via === have.via,
  );
  return hasOtherWay ? 'hitless' : 'flow-reset';
}

function isRoute(object: KernelObject): object is RouteObject {
  return object.kind === 'route';
}
