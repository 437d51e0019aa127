/**
 * Routes, neighbours and forwarding entries of the simulated kernel. Source: net/ipv4/fib_semantics.c
 * (fib_check_nh_v4_gw), net/ipv6/route.c (ip6_validate_gw), net/core/neighbour.c, net/bridge/br_fdb.c, as the contract
 * suite finds them.
 */
import { normalisePrefix, parseCidr, withoutLength } from '../../model/addresses/address.ts';
import type { FdbObject, LinkObject, NeighbourObject, RouteObject } from '../../model/state.ts';
import { isIpv6, isIpv6Off, isLocal } from './addresses.ts';
import { deletePrefixRoute, hasPrefixRoute } from './prefix-routes.ts';
import {
  all,
  CHANGED,
  find,
  isAsWanted,
  linkAt,
  type Outcome,
  put,
  refuse,
  remove,
  type SimulatedWorld,
  UNCHANGED,
} from './world.ts';

const MAIN_TABLE = 254;
const SCOPE_UNIVERSE = 0;
const SCOPE_LINK = 253;
/** What IPv6 makes of metric 0. Source: IP6_RT_PRIO_USER of include/net/ip6_route.h. */
const IPV6_METRIC = 1024;

/** Ensures the route. Errors: not-found, exists, invalid (as Linux: device down, gateway or source unusable). */
export function createRoute(world: SimulatedWorld, want: RouteObject): Outcome {
  const born = bornRoute(want);
  const refusal = cannotRoute(world, born);
  if (refusal !== undefined) return refusal;
  const have = find(world, born);
  if (have !== undefined) return isAsWanted(have, born) ? UNCHANGED : refuse('exists', want, 'File exists');
  put(world, born);
  return CHANGED;
}

/** Ensures the route in the place of one with the same prefix, table and metric, in one step. Errors: as createRoute. */
export function replaceRoute(world: SimulatedWorld, want: RouteObject): Outcome {
  const born = bornRoute(want);
  const have = find(world, born);
  if (have !== undefined && isAsWanted(have, born)) return UNCHANGED;
  const refusal = cannotRoute(world, born);
  if (refusal !== undefined) return refusal;
  put(world, born);
  return CHANGED;
}

/** Ensures that this route is gone; one of its key that differs in what `have` says stays: it is another's. */
export function deleteRoute(world: SimulatedWorld, have: RouteObject): Outcome {
  const route = find(world, bornRoute(have));
  if (route === undefined) return deletePrefixRoute(world, have);
  if (route.dev !== have.dev || route.via !== have.via) return UNCHANGED;
  if (route.protocol !== (have.protocol ?? route.protocol)) return UNCHANGED;
  if (route.source !== (have.source ?? route.source)) return UNCHANGED;
  remove(world, route);
  return CHANGED;
}

/** Ensures the neighbour. Errors: not-found, exists. */
export function createNeighbour(world: SimulatedWorld, want: NeighbourObject): Outcome {
  const refusal = cannotKnow(world, want);
  if (refusal !== undefined) return refusal;
  const have = find(world, want);
  if (have !== undefined) return isAsWanted(have, want) ? UNCHANGED : refuse('exists', want, 'File exists');
  put(world, want);
  return CHANGED;
}

/** Ensures the neighbour in the place of another one. Errors: not-found. */
export function replaceNeighbour(world: SimulatedWorld, want: NeighbourObject): Outcome {
  const refusal = cannotKnow(world, want);
  if (refusal !== undefined) return refusal;
  const have = find(world, want);
  if (have !== undefined && isAsWanted(have, want)) return UNCHANGED;
  put(world, want);
  return CHANGED;
}

/** Ensures the forwarding entry. Errors: not-found, unsupported (not a port of a bridge), exists (on another port). */
export function createFdb(world: SimulatedWorld, want: FdbObject): Outcome {
  const port = linkAt(world, want.netns, want.dev);
  if (port === undefined) return refuse('not-found', want, 'No such device');
  if (!port.master) return refuse('unsupported', want, 'the interface is not a port of a bridge');
  if (find(world, want) !== undefined) return UNCHANGED;
  const onBridge = siblings(world, port);
  const taken =
    onBridge.some(({ mac }) => mac === want.mac.toLowerCase()) ||
    all(world, 'fdb').some(
      ({ netns, mac, dev }) =>
        netns === want.netns && mac === want.mac.toLowerCase() && onBridge.some(({ name }) => name === dev),
    );
  if (taken) return refuse('exists', want, 'File exists');
  put(world, want);
  return CHANGED;
}

/** Ensures that the neighbour or forwarding entry is gone. Total. */
export function deleteEntry(world: SimulatedWorld, have: NeighbourObject | FdbObject): Outcome {
  const entry = find(world, have);
  if (entry === undefined) return UNCHANGED;
  remove(world, entry);
  return CHANGED;
}

function siblings(world: SimulatedWorld, port: LinkObject): readonly LinkObject[] {
  return all(world, 'link').filter(
    ({ netns, master, name }) => netns === port.netns && (master === port.master || name === port.master),
  );
}

function bornRoute(want: RouteObject): RouteObject {
  const scope = want.via === undefined && want.family === 4 ? SCOPE_LINK : SCOPE_UNIVERSE;
  return {
    ...want,
    metric: want.family === 6 && want.metric === 0 ? IPV6_METRIC : want.metric,
    scope: want.family === 6 ? SCOPE_UNIVERSE : (want.scope ?? scope),
  };
}

function cannotRoute(world: SimulatedWorld, route: RouteObject): Outcome | undefined {
  const link = linkAt(world, route.netns, route.dev);
  if (link === undefined) return refuse('not-found', route, 'No such device');
  if (route.to !== 'default' && parseCidr(route.to) === undefined) {
    return refuse('invalid', route, `${route.to} is not a prefix`);
  }
  if (route.via !== undefined && route.onLink !== true && !isReachable(world, route, route.via)) {
    return refuse('invalid', route, 'Network is unreachable: nexthop has invalid gateway');
  }
  if (route.family === 6 && isIpv6Off(world, route)) {
    return refuse('permission', route, 'IPv6 is disabled on nexthop device');
  }
  if (link.up !== true)
    return refuse('invalid', route, 'Network is down: the device for the nexthop is not up');
  if (route.source !== undefined && !isLocal(world, route.netns, route.source)) {
    return refuse('invalid', route, 'Invalid prefsrc address');
  }
  return undefined;
}

function cannotKnow(world: SimulatedWorld, want: NeighbourObject): Outcome | undefined {
  if (linkAt(world, want.netns, want.dev) === undefined) return refuse('not-found', want, 'No such device');
  const isOff = isIpv6(want.address) && isIpv6Off(world, want);
  return isOff ? refuse('invalid', want, 'IPv6 is disabled on this device') : undefined;
}

/** A prefix that is on link, or leads elsewhere. */
type Hop = { readonly prefix: string; readonly scope: number; readonly isGateway: boolean };

function isReachable(world: SimulatedWorld, route: RouteObject, via: string): boolean {
  const hops = hopsOn(world, route).filter(({ prefix }) => contains(prefix, via));
  if (route.family === 4) return hops.some(({ scope }) => scope > (route.scope ?? SCOPE_UNIVERSE));
  if (via.startsWith('fe80:')) return true;
  const longest = hops.reduce((length, { prefix }) => Math.max(length, lengthOf(prefix)), -1);
  return hops.some(({ prefix, isGateway }) => lengthOf(prefix) === longest && !isGateway);
}

/** The prefixes that the addresses of the device imply, and those of its routes. */
function hopsOn(world: SimulatedWorld, { netns, dev, family, table }: RouteObject): readonly Hop[] {
  const implied = all(world, 'address')
    .filter((one) => one.netns === netns && one.dev === dev && isIpv6(one.address) === (family === 6))
    .flatMap((one) => [
      { prefix: `${withoutLength(one.address)}/${family === 4 ? 32 : 128}`, scope: 254, isGateway: false },
      ...(hasPrefixRoute(world, one)
        ? [{ prefix: normalisePrefix(one.address), scope: SCOPE_LINK, isGateway: false }]
        : []),
    ]);
  const explicit = all(world, 'route')
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
