/**
 * Routes, neighbours and forwarding entries of the simulated kernel.
 * Source: net/ipv4/fib_semantics.c (fib_check_nh_v4_gw), net/ipv6/route.c (ip6_validate_gw),
 * net/core/neighbour.c, net/bridge/br_fdb.c, as verified by the contract suite.
 */
import { normalisePrefix, parseCidr, withoutLength } from '../../model/addresses/address.ts';
import { MAIN_TABLE, normaliseRoute } from '../../model/kinds/route.ts';
import type { FdbObject, LinkObject, NeighbourObject, RouteObject } from '../../model/state.ts';
import { isIpv6, isIpv6Off, isLocal } from './addresses.ts';
import type { SimulatedKind } from './generic.ts';
import { deviceOfNexthop } from './nexthops.ts';
import { deletePrefixRoute, hasPrefixRoute } from './prefix-routes.ts';
import { CHANGED, type Outcome, refuse, type SimulatedTables, UNCHANGED } from './tables.ts';

const SCOPE_UNIVERSE = 0;
const SCOPE_LINK = 253;

/**
 * Routes: one that differs from the one to delete is kept. Errors as in Linux: device down, gateway or source
 * unusable.
 */
export const simulatedRoute: SimulatedKind<RouteObject> = {
  created: createdRoute,
  refuses: cannotRoute,
  remove: (tables, have) => {
    const route = tables.find(createdRoute(have, tables));
    if (route === undefined) return deletePrefixRoute(tables, have);
    if (route.dev !== have.dev || route.via !== have.via) return UNCHANGED;
    if (JSON.stringify(route.nextHops) !== JSON.stringify(have.nextHops)) return UNCHANGED;
    if (route.nextHopId !== have.nextHopId) return UNCHANGED;
    if (route.protocol !== (have.protocol ?? route.protocol)) return UNCHANGED;
    if (route.source !== (have.source ?? route.source)) return UNCHANGED;
    tables.remove(route);
    return CHANGED;
  },
};

/** Neighbours. */
export const simulatedNeighbour: SimulatedKind<NeighbourObject> = {
  refuses: (tables, want) => {
    const isOff = isIpv6(want.address) && isIpv6Off(tables, want);
    return isOff ? refuse('invalid', want, 'IPv6 is disabled on this device') : undefined;
  },
};

/** Forwarding entries: a bridge has one for each MAC, and adds its own and its ports' MACs itself. */
export const simulatedFdb: SimulatedKind<FdbObject> = {
  refuses: (tables, want) => {
    const port = tables.linkAt(want.netns, want.dev);
    if (!port?.master) return refuse('unsupported', want, 'the interface is not a port of a bridge');
    if (tables.find(want) !== undefined) return undefined;
    const onBridge = siblings(tables, port);
    const mac = want.mac.toLowerCase();
    const isTaken =
      onBridge.some((link) => link.mac === mac) ||
      tables
        .all('fdb')
        .some(
          (one) =>
            one.netns === want.netns && one.mac === mac && onBridge.some(({ name }) => name === one.dev),
        );
    return isTaken ? refuse('exists', want, 'File exists') : undefined;
  },
};

function siblings(tables: SimulatedTables, port: LinkObject): readonly LinkObject[] {
  return tables
    .all('link')
    .filter(
      ({ netns, master, name }) => netns === port.netns && (master === port.master || name === port.master),
    );
}

/** A route with a nexthop object is on the object's interface. */
function createdRoute(asked: RouteObject, tables: SimulatedTables): RouteObject {
  const want = normaliseRoute(asked);
  const isDirect = (want.via ?? want.nextHops ?? want.nextHopId) === undefined;
  const scope = isDirect && want.family === 4 ? SCOPE_LINK : SCOPE_UNIVERSE;
  const { dynamic: _ends, copy: _counted, nextHopId, ...kept } = want;
  const dev = nextHopId === undefined ? undefined : deviceOfNexthop(tables, want.netns, nextHopId);
  return {
    ...kept,
    ...(nextHopId === undefined ? {} : { nextHopId }),
    ...(dev === undefined ? {} : { dev }),
    ...(want.lifetimeSeconds === undefined ? {} : { dynamic: true }),
    scope: want.family === 6 ? SCOPE_UNIVERSE : (want.scope ?? scope),
  };
}

function cannotRoute(tables: SimulatedTables, route: RouteObject): Outcome | undefined {
  if (route.to !== 'default' && parseCidr(route.to) === undefined) {
    return refuse('invalid', route, `${route.to} is not a prefix`);
  }
  if (route.nextHopId !== undefined) {
    const isThere = tables.all('nexthop').some(({ id }) => id === route.nextHopId);
    return isThere ? undefined : refuse('invalid', route, 'Nexthop id does not exist');
  }
  for (const { dev, via, onLink } of route.nextHops ?? []) {
    const { nextHops: _hops, ...one } = route;
    const single = { ...one, dev, ...(onLink === undefined ? {} : { onLink }) };
    const refusal = cannotRoute(tables, via === undefined ? single : { ...single, via });
    if (refusal !== undefined) return refusal;
  }
  if (route.nextHops !== undefined || route.dev === '') return undefined;
  if (route.via !== undefined && route.onLink !== true && !isReachable(tables, route, route.via)) {
    return refuse('invalid', route, 'Network is unreachable: nexthop has invalid gateway');
  }
  if (route.family === 6 && isIpv6Off(tables, route)) {
    return refuse('permission', route, 'IPv6 is disabled on nexthop device');
  }
  if (tables.linkAt(route.netns, route.dev)?.up !== true)
    return refuse('invalid', route, 'Network is down: the device for the nexthop is not up');
  if (route.source !== undefined && !isLocal(tables, route.netns, route.source)) {
    return refuse('invalid', route, 'Invalid prefsrc address');
  }
  return undefined;
}

/** A prefix that is on-link, or has a gateway. */
type Hop = { readonly prefix: string; readonly scope: number; readonly isGateway: boolean };

function isReachable(tables: SimulatedTables, route: RouteObject, via: string): boolean {
  const hops = hopsOn(tables, route).filter(({ prefix }) => contains(prefix, via));
  if (route.family === 4) return hops.some(({ scope }) => scope > (route.scope ?? SCOPE_UNIVERSE));
  if (via.startsWith('fe80:')) return true;
  const longest = hops.reduce((length, { prefix }) => Math.max(length, lengthOf(prefix)), -1);
  return hops.some(({ prefix, isGateway }) => lengthOf(prefix) === longest && !isGateway);
}

/** The prefixes implied by the addresses of the device, and those of its routes. */
function hopsOn(tables: SimulatedTables, { netns, dev, family, table }: RouteObject): readonly Hop[] {
  const implied = tables
    .all('address')
    .filter((one) => one.netns === netns && one.dev === dev && isIpv6(one.address) === (family === 6))
    .flatMap((one) => [
      { prefix: `${withoutLength(one.address)}/${family === 4 ? 32 : 128}`, scope: 254, isGateway: false },
      ...(hasPrefixRoute(tables, one)
        ? [{ prefix: normalisePrefix(one.address), scope: SCOPE_LINK, isGateway: false }]
        : []),
    ]);
  const explicit = tables
    .all('route')
    .filter((one) => one.netns === netns && one.dev === dev && one.family === family)
    .filter((one) => one.table === table || one.table === MAIN_TABLE)
    .map((one) => ({
      prefix: one.to === 'default' ? (family === 4 ? '0.0.0.0/0' : '::/0') : one.to,
      scope: one.scope ?? SCOPE_UNIVERSE,
      isGateway: one.via !== undefined,
    }));
  return [...implied, ...explicit];
}

function lengthOf(prefix: string): number {
  return parseCidr(prefix)?.length ?? -1;
}

function contains(prefix: string, address: string): boolean {
  return normalisePrefix(`${address}/${lengthOf(prefix)}`) === normalisePrefix(prefix);
}
