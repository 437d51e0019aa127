/**
 * The allocation for the next pod, one address of each family in the network's pools: its reservation, the
 * requested address, or the one free for the longest time. Pure, and on the ADD path: an allocation takes
 * effect only when the endpoint is written into the document.
 */
import type { Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  type Address,
  type Family,
  familyOfAddress,
  formatAddress,
  parseAddress,
  successor,
  withoutLength,
} from './address.ts';
import { poolKey } from './families.ts';
import { networkOf } from '../networks.ts';
import { type Held, isQuarantined, type PoolUse, reservedAddress, surveyPools, whyUnusable } from './pool.ts';
import { fail, type FailureCode, ok, type Result } from '../result.ts';

/**
 * The claimant of addresses.
 * Shape: `pod` is `namespace/name`, if the runtime passes it; `wanted` are addresses, with or without prefix
 * length, at most one of each family.
 */
export type AddressRequest = {
  readonly network: string;
  readonly now: Date;
  readonly pod?: string;
  readonly ifName: string;
  readonly wanted?: readonly string[];
  readonly own?: readonly string[];
};

/**
 * The allocation. Shape: `addresses` have the subnets' prefix lengths, IPv4 first; `gateways` are theirs, in this order; `mac` is
 * set only by a reservation.
 */
export type Allocation = {
  readonly addresses: readonly [string, ...string[]];
  readonly gateways: readonly string[];
  readonly mac?: string;
};

/**
 * Returns the addresses for the request, one from each pool of the network; the document is not changed. `held` are the holders
 * of addresses in this document.
 * The reservation of (pod, ifName) wins, then `wanted`, then the address released longest ago (never released counts as
 * longest); quarantined addresses are used only if no other is free.
 * Errors: `not-found` no such network; `conflict` the address has another holder, who is named; `invalid` it cannot be
 * assigned to a pod; `exhausted` no free address of a family: explainExhaustion() says more.
 * Law: each address is in its pool, and neither excluded, nor the node's, nor held by an endpoint (a leaving one too),
 * nor reserved for another pod. `exhausted` exactly when a family has no such address.
 */
export function allocateAddresses(
  document: VnetDocument,
  request: AddressRequest,
  held?: Held,
): Result<Allocation> {
  const network = networkOf(document, request.network);
  if (network === undefined) {
    return refuse(request, 'not-found', 'the document has no such network', {
      hint: `Add networks.${request.network} to the document, or correct the name in the CNI configuration.`,
    });
  }
  const uses = surveyPools(document, request.network, request.now, { held, own: request.own });
  const wanted = wantedOf(request, uses);
  if (!wanted.ok) return wanted;
  const reservation = network.reservations?.find((one) => isFor(one, request));
  const addresses: string[] = [];
  let mac: string | undefined;
  for (const use of uses) {
    const chosen = choose(use, request, reservation, wanted.value.get(use.family));
    if (!chosen.ok) return chosen;
    if (reservation !== undefined && reservedAddress(reservation, use.family) === chosen.value)
      ({ mac } = reservation);
    addresses.push(formatAddress(chosen.value) + use.pool.subnet.slice(use.pool.subnet.indexOf('/')));
  }
  const [first = '', ...more] = addresses;
  const gateways = uses.map(({ pool }) => pool.gateway);
  return ok({ addresses: [first, ...more], gateways, ...(mac === undefined ? {} : { mac }) });
}

/** Returns the wanted address of each family. */
function wantedOf(request: AddressRequest, uses: readonly PoolUse[]): Result<ReadonlyMap<Family, Address>> {
  const wanted = new Map<Family, Address>();
  for (const text of request.wanted ?? []) {
    const address = parseAddress(withoutLength(text));
    if (address === undefined) {
      return refuse(request, 'invalid', `the requested address "${text}" is not an IP address`, {
        hint: 'Request an address such as 10.240.0.36.',
      });
    }
    const family = familyOfAddress(address);
    if (!uses.some((use) => use.family === family)) {
      const pools = `networks.${request.network}.pools.${poolKey(family)}`;
      return refuse(request, 'invalid', `${text} was requested, but the network has no IPv${family} pool`, {
        hint: `Request another address, or add ${pools}.`,
      });
    }
    wanted.set(family, address);
  }
  return ok(wanted);
}

function choose(
  use: PoolUse,
  request: AddressRequest,
  own: Reservation | undefined,
  asked: Address | undefined,
): Result<Address> {
  const reserved = reservedFor(use, request, own);
  const wanted = asked ?? reserved;
  if (wanted !== undefined) return claim({ use, request, reserved, wanted });
  const free = longestReleased(use, request.now);
  if (free !== undefined) return ok(free);
  const message = `no free IPv${use.family} address in network ${use.name}`;
  return refuse(request, 'exhausted', message, { hint: 'Run fewer pods on this node.' });
}

/** A lapsed reservation is no claim to an address that another pod has since. */
function reservedFor(
  use: PoolUse,
  request: AddressRequest,
  own: Reservation | undefined,
): Address | undefined {
  const address = own && reservedAddress(own, use.family);
  if (address === undefined || own?.retainSeconds === undefined) return address;
  const holder = use.holders.get(address);
  return holder === undefined || holder.pod === request.pod ? address : undefined;
}

function isFor({ pod, ifName = 'eth0' }: Reservation, request: AddressRequest): boolean {
  return pod === request.pod && ifName === request.ifName;
}

type Claim = {
  readonly use: PoolUse;
  readonly request: AddressRequest;
  readonly reserved: Address | undefined;
  readonly wanted: Address;
};

/** Returns the one suitable address, or why it is not available. */
function claim({ use, request, reserved, wanted }: Claim): Result<Address> {
  const where = `networks.${use.name}`;
  const text = formatAddress(wanted);
  const isOwn = reserved === wanted;
  const other = isOwn ? undefined : use.reservations.get(wanted);
  if (other !== undefined && !isFor(other, request)) {
    const hint = `Request another address, or change ${where}.reservations.`;
    return refuse(request, 'conflict', `${text} is reserved for ${renderOwner(other)}`, { hint });
  }
  if (reserved !== undefined && !isOwn) {
    const { pod = '', ifName } = request;
    const message = `${text} was requested, but ${formatAddress(reserved)} is reserved for ${renderOwner({ pod, ifName })}`;
    return refuse(request, 'conflict', message, {
      hint: `Request no address, or change ${where}.reservations.`,
    });
  }
  const reason = whyUnusable(use, wanted);
  if (reason !== undefined) {
    const what = isOwn ? `${where}.reservations` : 'the requested address';
    const hint = `Correct ${what}, or change ${where}.pools.${poolKey(use.family)}.`;
    return refuse(request, 'invalid', `${text} ${reason}`, { hint });
  }
  const holder = use.holders.get(wanted);
  if (holder !== undefined) {
    const pod = holder.pod === undefined ? '' : ` (pod ${holder.pod})`;
    const message = `${text} is leased to endpoint ${holder.endpoint}${pod}${holder.leaving ? ', which is leaving' : ''}`;
    return refuse(request, 'conflict', message, { hint: 'Try again after that endpoint is deleted.' });
  }
  return ok(wanted);
}

function renderOwner({ pod, ifName = 'eth0' }: Pick<Reservation, 'pod' | 'ifName'>): string {
  return `${pod} ${ifName}`;
}

/**
 * Returns the free address that was released longest ago (never released counts as longest), a quarantined
 * one only if there is no other; undefined if none is free.
 */
function longestReleased(use: PoolUse, now: Date): Address | undefined {
  const free: Address[] = [];
  for (const { first, last } of use.usable) {
    for (let address = first; address <= last; address = successor(address)) {
      if (use.holders.has(address) || use.reservations.has(address)) continue;
      if (!use.wasReleased(address)) return address;
      free.push(address);
    }
  }
  let best: { readonly address: Address; readonly resting: boolean; readonly releasedMs: number } | undefined;
  for (const address of free) {
    const one = {
      address,
      resting: isQuarantined(use, address, now),
      releasedMs: use.releasedMs.get(address) ?? -Infinity,
    };
    const isSooner =
      one.resting === best?.resting ? one.releasedMs < best.releasedMs : best?.resting === true;
    if (best === undefined || isSooner) best = one;
  }
  return best?.address;
}

function refuse(
  request: AddressRequest,
  code: FailureCode,
  message: string,
  more: { readonly hint: string },
): Result<never> {
  return fail(code, stepOf(request), message, more);
}

function stepOf(request: AddressRequest): string {
  return `allocate an address in network ${request.network}`;
}
