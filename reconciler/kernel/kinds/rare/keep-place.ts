/** The order of routes to one prefix through several interfaces. */
import type { AddressObject } from '../../../model/kinds/address.ts';
import { ok } from '../../../model/result.ts';
import { type Applied, type ApplyContext, linkHandle } from '../../apply/context.ts';
import { changePrefixRoute, prefixRouteOf } from '../prefix-route.ts';
import { listRoutes } from '../route.ts';

/**
 * Ensures that the route of a new IPv4 address of an uplink precedes those of other interfaces if that of the same address
 * elsewhere does: it replaces that one, and the kernel takes the first.
 */
export function keepPlace(context: ApplyContext, want: AddressObject): Applied {
  const step = `order the routes of ${want.address}`;
  const link = want.address.includes(':') ? undefined : linkHandle(context, want, step);
  if (link?.ok !== true) return link ?? ok('unchanged');
  const { socket, index } = link.value;
  const own = prefixRouteOf({ ...want, index });
  const all = listRoutes(socket, { family: 4, table: own.table });
  if (!all.ok) return all;
  const alike = all.value.filter(
    ({ to, metric, tos }) => to === own.to && metric === own.metric && tos === undefined,
  );
  const at = alike.findIndex((route) => route.index === index);
  const twin = alike.findIndex((route) => route.index !== index && route.source === own.source);
  if (at < 0 || twin < 0 || at <= twin + 1) return ok('unchanged');
  const removed = changePrefixRoute(socket, { ...want, index }, false, step);
  return removed.ok ? changePrefixRoute(socket, { ...want, index }, true, step) : removed;
}
