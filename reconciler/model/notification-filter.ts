/** The notifications needed to maintain the desired State. Pure. */
import { familyOf, normalisePrefix } from './addresses/address.ts';
import type { Destination, NotificationFilter } from './ports/monitor.ts';
import {
  type AddressObject,
  forEachIn,
  HOST,
  type NetObject,
  type RouteObject,
  type State,
} from './state.ts';

/** Returns the interest of a desired State. Law: depends on the objects only, not on their order. */
export function notificationFilterOf(desired: State): NotificationFilter {
  const here = new Map<string, Destination>();
  const inPods = new Map<string, Destination>();
  let hasIpv6 = false;
  forEachIn(desired, (object) => {
    if (object.kind !== 'route' && object.kind !== 'address') return;
    const concern = concernOf(object);
    hasIpv6 ||= concern.isIpv6;
    const { destination } = concern;
    if (destination !== undefined) (object.netns === HOST ? here : inPods).set(concern.key, destination);
  });
  return { destinations: inOrder(here), podDestinations: inOrder(inPods), hasIpv6 };
}

/** Returns true if both interests are equal. */
export function isSameFilter(left: NotificationFilter, right: NotificationFilter): boolean {
  return JSON.stringify(left) === JSON.stringify(right);
}

/** Returns true if the first interest covers the second. */
export function covers(whole: NotificationFilter, part: NotificationFilter): boolean {
  return (
    (whole.hasIpv6 || !part.hasIpv6) &&
    part.destinations.every((one) => isIn(whole.destinations, one)) &&
    part.podDestinations.every((one) => isIn(whole.podDestinations, one))
  );
}

function isIn(all: readonly Destination[], one: Destination): boolean {
  return all.some(({ family, to }) => family === one.family && to === one.to);
}

/** The contribution of one object. */
type Concern = {
  readonly isIpv6: boolean;
  readonly key: string;
  readonly destination: Destination | undefined;
};

/** Cached by object: of a thousand endpoints, all but one are unchanged. */
const concerns = new WeakMap<NetObject, Concern>();

function concernOf(object: AddressObject | RouteObject): Concern {
  const known = concerns.get(object);
  if (known !== undefined) return known;
  const found = destinationOf(object);
  const destination = found === undefined ? undefined : { family: found.family, to: found.to };
  const key = destination === undefined ? '' : `${destination.family} ${destination.to}`;
  const concern = { isIpv6: isIpv6(object), key, destination };
  concerns.set(object, concern);
  return concern;
}

function isIpv6(object: AddressObject | RouteObject): boolean {
  if (object.kind === 'route') return object.family === 6;
  return familyOf(object.address) === 6;
}

/** A route has a destination itself, an address through the prefix route that the kernel adds for it. */
function destinationOf(object: AddressObject | RouteObject): Destination | undefined {
  if (object.kind === 'route') return object;
  if (object.prefixRoute !== true) return undefined;
  return { family: familyOf(object.address) ?? 4, to: normalisePrefix(object.address) };
}

function inOrder(found: ReadonlyMap<string, Destination>): readonly Destination[] {
  return [...found.keys()].toSorted().flatMap((key) => found.get(key) ?? []);
}
