/** Objects already reached in another way, or soon created by the kernel: they need no step. Pure. */
import { familyOf } from '../model/addresses/address.ts';
import { prefixOf } from '../model/kinds/address.ts';
import {
  type AddressObject,
  HOST,
  linkKeyOf,
  type NetObject,
  type RouteObject,
  type State,
} from '../model/state.ts';
import { MAIN_TABLE } from '../model/kinds/route.ts';

/** The identity of a pod's route: its namespace and destination. */
type Destination = Pick<RouteObject, 'netns' | 'family' | 'to'>;

/** The result of podRoutesOf(), on demand: it is rarely needed. */
type PodRoutes = () => ReadonlySet<string>;

/**
 * Returns the destinations of the pods' routes. In a pod, a route in any form is the work of another plugin: another table
 * (sbr), another interface (Multus). It is missing only if there is none at all.
 */
export function podRoutesOf(observed: State): ReadonlySet<string> {
  const found = new Set<string>();
  for (const object of observed.values()) {
    if (object.kind === 'route' && object.netns !== HOST && object.tos === undefined)
      found.add(podRouteKey(object));
  }
  return found;
}

function podRouteKey({ netns, family, to }: Destination): string {
  return `${netns} ${family} ${to}`;
}

/**
 * Returns true for a pod's route to a destination that the pod already reaches; not on an interface that is
 * only being created.
 */
export function isReached(want: NetObject, observed: State, podRoutes: PodRoutes): boolean {
  return want.kind === 'route' && podRoutes().has(podRouteKey(want)) && linkOf(want, observed) !== undefined;
}

/**
 * Returns the effective address: with its prefix route if the kernel will add that when the interface comes
 * up, or if another route has the same effect: in a pod any to that prefix, on the node one on the same interface.
 */
export function withPrefixRoute(
  want: NetObject,
  have: NetObject,
  observed: State,
  podRoutes: PodRoutes,
): NetObject {
  if (want.kind !== 'address' || have.kind !== 'address' || have.prefixRoute === true) return have;
  if (want.prefixRoute === false) return { ...have, prefixRoute: false };
  if (want.prefixRoute !== true) return have;
  const link = linkOf(want, observed);
  const isDown = link?.kind === 'link' && link.up === false;
  return isDown || isServed(want, observed, podRoutes) ? { ...have, prefixRoute: true } : have;
}

function isServed(want: AddressObject, observed: State, podRoutes: PodRoutes): boolean {
  const { netns, dev, address } = want;
  const to = prefixOf(want);
  if (netns !== HOST) return podRoutes().has(podRouteKey({ netns, family: familyOf(address) ?? 4, to }));
  return Array.from(observed.values()).some(
    (route) =>
      route.kind === 'route' &&
      route.netns === HOST &&
      route.dev === dev &&
      route.to === to &&
      route.table === MAIN_TABLE &&
      route.tos === undefined &&
      route.via === undefined,
  );
}

function linkOf(
  { netns, dev }: { readonly netns: string; readonly dev: string },
  observed: State,
): NetObject | undefined {
  return observed.get(linkKeyOf(dev, netns));
}
