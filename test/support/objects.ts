/** Kernel objects of tests. */
import { HOST, type RouteObject } from '../../reconciler/model/state.ts';

/** Returns the route in the main table of the host. */
export function hostRoute(to: string, dev: string, more: Partial<RouteObject> = {}): RouteObject {
  const family = to.includes(':') ? 6 : 4;
  return { kind: 'route', netns: HOST, family, to, table: 254, metric: 0, dev, ...more };
}
