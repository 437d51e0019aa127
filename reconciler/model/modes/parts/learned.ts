/** Default routes that the kernel learns from router advertisements. Pure. */
import type { Uplink } from '../../../../schemas/generated/vnet.ts';
import { devicesOf, normaliseRoute } from '../../kinds/route.ts';
import { RA_PROTOCOL } from '../../names.ts';
import { HOST, keyOf, type RouteObject, type State } from '../../state.ts';

const MAIN_TABLE = 254;

/** Returns the learned routes of the uplink on these interfaces, and their stand-ins: vnet moves both. Shape: for their keys. */
export function learnedRoutes({ routes = [] }: Uplink, devices: readonly string[]): readonly RouteObject[] {
  return routes.flatMap(({ to, via = '', dynamic, protocol, table = MAIN_TABLE, metric = 0 }) => {
    if (dynamic !== true || protocol !== RA_PROTOCOL || !via.includes(':')) return [];
    if (to !== 'default' && to !== '::/0') return [];
    return devices.flatMap((dev) => {
      const route: RouteObject = { kind: 'route', netns: HOST, family: 6, to: 'default', table, metric, dev };
      return [normaliseRoute(route), standInFor(route)];
    });
  });
}

/**
 * Returns the route that takes the place of one learned by the kernel, on any interface: only the kernel can make that one, and it
 * ignores the advertisements of a router for which there is another route with the same metric (EEXIST in
 * ndisc_router_discovery() of Linux). The next advertisement adds the learned route again, which has precedence.
 */
export function standInFor(learned: RouteObject, place: Pick<RouteObject, 'dev'> = learned): RouteObject {
  const { learned: _learned, ...route } = normaliseRoute(learned);
  return { ...route, dev: place.dev, metric: route.metric + 1 };
}

/**
 * Returns the route that is desired for one that expires: it, where it was observed on one of the interfaces (`dev` is the desired
 * one); a stand-in for a learned one that moves; else none.
 */
export function expiringRoute(
  route: RouteObject,
  { seen, dev, others }: { readonly seen: State; readonly dev: string; readonly others: readonly string[] },
): readonly RouteObject[] {
  const on = [dev, ...others];
  const at = (wanted: RouteObject): RouteObject | undefined => {
    const found = seen.get(keyOf(normaliseRoute(wanted)));
    return found?.kind === 'route' && devicesOf(found).some((one) => on.includes(one)) ? found : undefined;
  };
  const found = at(route);
  if (found !== undefined)
    return [found.learned === true && found.dev !== dev ? standInFor(found, route) : route];
  if (route.protocol !== RA_PROTOCOL || route.to !== 'default') return [];
  const standIn = standInFor(route);
  return at(standIn) === undefined ? [] : [standIn];
}
