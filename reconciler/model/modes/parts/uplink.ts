/** Addresses and routes of an uplink: in the document, and as objects of the desired State. Pure. */
import type { Route, Uplink, UplinkAddress } from '../../../../schemas/generated/vnet.ts';
import { familyOf } from '../../addresses/address.ts';
import { hardwareOf } from '../../kinds/hardware.ts';
import { VNET_PROTOCOL } from '../../names.ts';
import type { Observation } from '../../ports/kernel.ts';
import {
  type AddressObject,
  HOST,
  type LinkObject,
  type NetObject,
  type RouteObject,
  type State,
} from '../../state.ts';
import { isFirstOf, isOfOneHost } from './addresses.ts';
import { routeIn } from './routes.ts';

/**
 * Returns the addresses of a network's uplink on the interface that is to have them: the bridge, or the
 * uplink itself.
 */
export function uplinkAddresses(uplink: Uplink, dev: string): readonly NetObject[] {
  const prefixes = new Set<string>();
  return (uplink.addresses ?? []).map(({ label, ...address }) => ({
    kind: 'address',
    netns: HOST,
    dev,
    ...address,
    ...precedenceOf(address, prefixes),
    // A label belongs to the interface for which it was made (eth0:1).
    ...(label !== undefined && dev === uplink.name ? { label } : {}),
  }));
}

/**
 * The first address of a prefix in the document's order is its primary one; `prefixes` records the prefixes seen. It
 * adds a route to its prefix, unless that is disabled or another address has the prefix.
 */
function precedenceOf(
  { address, noPrefixRoute }: Pick<AddressObject, 'address' | 'noPrefixRoute'>,
  prefixes: Set<string>,
): Pick<AddressObject, 'secondary' | 'prefixRoute'> {
  if (!isFirstOf(address, prefixes)) return familyOf(address) === 4 ? { secondary: true } : {};
  return noPrefixRoute === true || isOfOneHost(address) ? {} : { prefixRoute: true };
}

/** Returns the host's route through the link; without a protocol it gets our mark. */
export function hostRoute(route: Route, dev: string): RouteObject {
  return routeIn(route, { netns: HOST, dev, protocol: route.protocol ?? VNET_PROTOCOL });
}

/** Returns the uplink with all addresses and routes of the carriers: itself or the bridge that holds it. */
export function describeUplink(
  observation: Observation,
  link: LinkObject,
  carriers: readonly string[],
): Uplink {
  const addresses = hostAddresses(observation).filter(({ dev }) => carriers.includes(dev));
  // The document cannot express a route's type of service: it would apply to all.
  const routes = Array.from(observation.state.values()).flatMap((object) =>
    object.kind === 'route' &&
    object.netns === HOST &&
    object.tos === undefined &&
    carriers.includes(object.dev)
      ? [object]
      : [],
  );
  return {
    name: link.name,
    mac: link.mac ?? '',
    ...(link.mtuBytes === undefined ? {} : { mtu: link.mtuBytes }),
    addresses: addresses.toSorted(byPrecedence).map(describeAddress),
    routes: routes
      .filter(({ protocol }) => protocol !== VNET_PROTOCOL)
      .toSorted(byReach)
      .map(describeRoute),
  };
}

/** Returns the links of the node that were observed. */
export function hostLinks({ state }: Observation): readonly LinkObject[] {
  return Array.from(state.values()).flatMap((object) =>
    object.kind === 'link' && object.netns === HOST ? [object] : [],
  );
}

/** Returns the addresses of the node that were observed. */
export function hostAddresses({ state }: Observation): readonly AddressObject[] {
  return Array.from(state.values()).flatMap((object) =>
    object.kind === 'address' && object.netns === HOST ? [object] : [],
  );
}

/** Returns the link of the node that has this as an alternative name. */
export function otherNamed(state: State, name: string): LinkObject | undefined {
  for (const object of state.values()) {
    if (object.kind === 'link' && object.netns === HOST && hardwareOf(object).altNames.includes(name))
      return object;
  }
  return undefined;
}

/** Primary addresses before the secondary ones of their prefix. */
function byPrecedence(left: AddressObject, right: AddressObject): number {
  return Number(left.secondary === true) - Number(right.secondary === true);
}

/** Routes to gateways before the routes that use them, so that they can be created in this order. */
function byReach(left: RouteObject, right: RouteObject): number {
  return Number(left.via !== undefined) - Number(right.via !== undefined);
}

function describeAddress({
  address,
  scope,
  broadcast,
  label,
  metric,
  noPrefixRoute,
}: AddressObject): UplinkAddress {
  return {
    address,
    ...(scope === undefined || scope === 0 ? {} : { scope }),
    ...(broadcast === undefined || familyOf(address) !== 4 ? {} : { broadcast }),
    ...(label === undefined ? {} : { label }),
    ...(metric === undefined || metric === 0 ? {} : { metric }),
    ...(noPrefixRoute === true ? { noPrefixRoute } : {}),
  };
}

function describeRoute(route: RouteObject): Route {
  const { to, via, source, table, metric, scope, protocol, onLink, mtuBytes } = route;
  return {
    to,
    ...(via === undefined ? {} : { via }),
    ...(source === undefined ? {} : { source }),
    ...(table === 254 ? {} : { table }),
    ...(metric === 0 ? {} : { metric }),
    ...(scope === undefined || scope === 0 ? {} : { scope }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(onLink === true ? { onLink } : {}),
    ...(mtuBytes === undefined ? {} : { mtu: mtuBytes }),
  };
}
