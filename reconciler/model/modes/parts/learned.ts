/** Default routes that the kernel learns from router advertisements. Pure. */
import type { Route, Uplink } from '../../../../schemas/generated/vnet.ts';
import { devicesOf, MAIN_TABLE, normaliseRoute } from '../../kinds/route.ts';
import { RA_PROTOCOL } from '../../names.ts';
import { HOST, keyOf, type RouteObject, type State } from '../../state.ts';

/** Returns true for a default route of the uplink that a router advertised. */
function isFromRouter({ to, via = '', dynamic, protocol }: Route): boolean {
  const isDefault = to === 'default' || to === '::/0';
  return isDefault && dynamic === true && protocol === RA_PROTOCOL && via.includes(':');
}

/** Returns the number of routers before this one in the list: their stand-ins have lower metrics. */
export function placeAmongRouters(routes: readonly Route[], index: number): number {
  return routes.slice(0, index).filter(isFromRouter).length;
}

/** Returns the learned routes of the uplink on these interfaces, and their stand-ins: vnet moves both. Shape: for their keys. */
export function learnedRoutes({ routes = [] }: Uplink, devices: readonly string[]): readonly RouteObject[] {
  return routes.flatMap((given, index) => {
    if (!isFromRouter(given)) return [];
    const { via = '', table = MAIN_TABLE, metric = 0 } = given;
    const nth = placeAmongRouters(routes, index);
    return devices.flatMap((dev) => {
      const place = { kind: 'route', netns: HOST, family: 6, to: 'default', table, metric, dev } as const;
      const route: RouteObject = normaliseRoute({ ...place, via });
      return [route, { ...route, learned: true }, standInFor(route, { nth })];
    });
  });
}

/**
 * Returns the route that takes the place of one learned by the kernel, on any interface: only the kernel can make that one, and it
 * ignores the advertisements of a router for which there is another route with the same metric (EEXIST in
 * ndisc_router_discovery() of Linux). The next advertisement adds the learned route again, which has precedence. Each of several
 * routers has its own metric: otherwise Linux would join their routes.
 */
export function standInFor(
  learned: RouteObject,
  { dev = learned.dev, nth = 0 }: { readonly dev?: string; readonly nth?: number | undefined } = {},
): RouteObject {
  const { learned: _learned, copy: _copy, ...route } = normaliseRoute(learned);
  return { ...route, dev, metric: route.metric + 1 + nth };
}

/** Returns true if one of the routes takes the place of the learned one. */
export function hasStandIn({ via }: RouteObject, carried: State): boolean {
  return Array.from(carried.values()).some(
    (route) =>
      route.kind === 'route' && route.to === 'default' && route.via === via && route.protocol === RA_PROTOCOL,
  );
}

/**
 * Returns the route that is desired for one that expires: it, where it was observed on one of the interfaces (`dev` is the desired
 * one); a stand-in for a learned one that moves; else none. `nth` is its placeAmongRouters().
 */
export function expiringRoute(
  route: RouteObject,
  nth: number,
  { seen, dev, others }: { readonly seen: State; readonly dev: string; readonly others: readonly string[] },
): readonly RouteObject[] {
  const on = [dev, ...others];
  const at = (wanted: RouteObject): RouteObject | undefined => {
    const found = seen.get(keyOf(normaliseRoute(wanted)));
    return found?.kind === 'route' && devicesOf(found).some((one) => on.includes(one)) ? found : undefined;
  };
  const learned = on.flatMap((one) => at({ ...route, dev: one, learned: true }) ?? [])[0];
  if (learned !== undefined)
    return [learned.dev === dev ? { ...route, learned: true } : standInFor(learned, { dev, nth })];
  if (at(route) !== undefined) return [route];
  if (route.protocol !== RA_PROTOCOL || route.to !== 'default') return [];
  const standIn = standInFor(route, { nth });
  return at(standIn) === undefined ? [] : [standIn];
}
