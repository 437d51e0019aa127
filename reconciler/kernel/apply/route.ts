/** Changes routes. A route's place is its prefix, table and metric: there is one route in each. */
import { ok } from '../../model/result.ts';
import type { Result } from '../../model/result.ts';
import { keyOf, normaliseObject } from '../../model/state.ts';
import type { RouteObject } from '../../model/state.ts';
import { createRoute, deleteRoute, IPV6_DEFAULT_METRIC, replaceRoute } from '../netlink/route.ts';
import type { RouteFact } from '../netlink/route.ts';
import type { NetlinkSocket } from '../netlink/socket.ts';
import { firstDifference, routeObject } from '../objects.ts';
import { readLinkByIndex, readRoutes } from '../read.ts';
import type { Applied, Workshop } from './context.ts';
import { benchOf, changed, existing } from './context.ts';

/** Ensures the route. Errors: `exists` when another route has its place. */
export function createRouteOn(workshop: Workshop, want: RouteObject): Applied {
  const step = `add ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const { socket, index } = bench.value;
  const added = socket.request(createRoute(factOf(want, index)), step);
  if (added.ok || added.error.code !== 'exists') return changed(added);
  const have = find(socket, want);
  if (!have.ok) return have;
  return have.value === undefined ? added : existing(have.value.object, placed(want), step);
}

/** Ensures the route, in the place of the one that is there, in one step. */
export function replaceRouteOn(workshop: Workshop, want: RouteObject): Applied {
  const step = `replace ${keyOf(want)}`;
  const bench = benchOf(workshop, want, step);
  if (!bench.ok) return bench;
  const { socket, index } = bench.value;
  const have = find(socket, want);
  if (!have.ok) return have;
  if (have.value !== undefined && firstDifference(have.value.object, placed(want)) === undefined) {
    return ok('unchanged');
  }
  return changed(socket.request(replaceRoute(factOf(want, index)), step));
}

/**
 * Ensures that this route is gone. It is looked up first, since to the kernel a request without a metric or gateway
 * means any: another route in its place stays.
 */
export function deleteRouteOn(workshop: Workshop, have: RouteObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const bench = benchOf(workshop, have, step);
  if (!bench.ok) return bench;
  const { socket, index } = bench.value;
  const now = find(socket, have);
  if (!now.ok) return now;
  const fact = now.value?.fact;
  const wanted = factOf(have, index);
  if (fact === undefined || fact.index !== index || fact.via !== wanted.via) return ok('unchanged');
  if (wanted.protocol !== undefined && fact.protocol !== wanted.protocol) return ok('unchanged');
  return changed(socket.request(deleteRoute(fact), step));
}

type Found = { readonly fact: RouteFact; readonly object: RouteObject };

/** Returns the route that has the place of the one wanted, on whatever link. */
function find(socket: NetlinkSocket, want: RouteObject): Result<Found | undefined> {
  const { family, to, table, metric } = placed(want);
  const facts = readRoutes(socket, { family, table });
  if (!facts.ok) return facts;
  const fact = facts.value.find((one) => one.to === to && one.table === table && one.metric === metric);
  if (fact === undefined) return ok(undefined);
  const link = readLinkByIndex(socket, fact.index);
  if (!link.ok) return link;
  return ok({ fact, object: routeObject(fact, { netns: want.netns, dev: link.value?.name ?? '' }) });
}

/** Returns the route with the place that the kernel gives it: normalised, and IPv6 knows no metric 0. */
function placed(want: RouteObject): RouteObject {
  const metric = want.family === 6 && want.metric === 0 ? IPV6_DEFAULT_METRIC : want.metric;
  return normaliseRoute({ ...want, metric });
}

function normaliseRoute(want: RouteObject): RouteObject {
  const normal = normaliseObject(want);
  return normal.kind === 'route' ? normal : want;
}

function factOf(want: RouteObject, index: number): RouteFact {
  const { family, to, table, metric, via, source, scope, protocol, onLink, mtuBytes } = placed(want);
  return { index, family, to, table, metric, via, source, scope, protocol, onLink, mtuBytes };
}
