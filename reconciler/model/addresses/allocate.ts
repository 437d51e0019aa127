/**
 * Selects the address of a new endpoint: its reservation, the requested address, or the one free for the
 * longest time. Pure, and on the ADD path: the allocation takes effect only by writing the endpoint into the
 * document.
 */
import type { Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Address, formatAddress, parseAddress, successor, withoutLength } from './address.ts';
import { countAddresses } from './address-list.ts';
import { networkOf } from '../networks.ts';
import { type Held, isResting, type PoolUse, summarisePool, surveyPool, whyUnusable } from './pool.ts';
import { err, type Failure, type FailureCode, failure, ok, type Result } from '../result.ts';

/**
 * A request for an address.
 * Shape: `pod` is `namespace/name`, if given by the runtime; `wanted` an address, with or without prefix
 * length; `own` are the addresses of the node, which are never assigned.
 */
export type AddressRequest = {
  readonly network: string;
  readonly now: Date;
  readonly pod?: string;
  readonly ifName: string;
  readonly wanted?: string;
  readonly own?: readonly string[];
};

/** The allocation. Shape: `address` has the subnet's prefix length; `mac` is set only by a reservation. */
export type Allocation = { readonly address: string; readonly gateway: string; readonly mac?: string };

/**
 * Returns the address for the request; the document is not changed. `held` are the holders of addresses in this document.
 * The reservation of (pod, ifName) wins, then `wanted`, then the address released longest ago (never released counts as
 * longest); quarantined addresses are used only if no other is free.
 * Errors: `not-found` no such network; `conflict` the address has another holder, who is named; `invalid` it cannot be
 * assigned to a pod; `exhausted` no free address, with the counts.
 * Law: the address is in the pool, and neither excluded, nor the node's, nor held by an endpoint (a leaving one too),
 * nor reserved for another pod. `exhausted` exactly when no such address exists.
 */
export function allocateAddress(
  document: VnetDocument,
  request: AddressRequest,
  held?: Held,
): Result<Allocation> {
  if (networkOf(document, request.network) === undefined) {
    return refuse(request, 'not-found', 'the document has no such network', {
      hint: `Add networks.${request.network} to the document, or correct the name in the CNI configuration.`,
    });
  }
  const use = surveyPool(document, request.network, request.now, { held, own: request.own });
  const reservation = reservationFor(use, request);
  const wanted = request.wanted === undefined ? reservation?.address : withoutLength(request.wanted);
  if (wanted !== undefined) return claim({ use, request, reservation, wanted });
  const free = longestFree(use, request.now);
  return free === undefined ? err(exhausted(use, request)) : ok(grant(use, free));
}

/** An expired reservation has no claim against the address's present holder. */
function reservationFor(use: PoolUse, request: AddressRequest): Reservation | undefined {
  const found = use.network.reservations?.find((reservation) => isFor(reservation, request));
  if (found?.retainSeconds === undefined) return found;
  const holder = use.holders.get(parseAddress(found.address) ?? -1);
  return holder === undefined || holder.pod === request.pod ? found : undefined;
}

function isFor({ pod, ifName = 'eth0' }: Reservation, request: AddressRequest): boolean {
  return pod === request.pod && ifName === request.ifName;
}

type Claim = {
  readonly use: PoolUse;
  readonly request: AddressRequest;
  readonly reservation: Reservation | undefined;
  readonly wanted: string;
};

/** Returns the requested or reserved address, or why it cannot be assigned. */
function claim({ use, request, reservation, wanted }: Claim): Result<Allocation> {
  const where = `networks.${use.name}`;
  const address = parseAddress(wanted);
  if (address === undefined) {
    return refuse(request, 'invalid', `the requested address "${wanted}" is not an IP address`, {
      hint: 'Request an address such as 10.240.0.36.',
    });
  }
  const kept = use.reservations.get(address) ?? (reservation?.address === wanted ? reservation : undefined);
  if (kept !== undefined && !isFor(kept, request)) {
    const hint = `Request another address, or change ${where}.reservations.`;
    return refuse(request, 'conflict', `${wanted} is reserved for ${renderOwner(kept)}`, { hint });
  }
  if (reservation !== undefined && kept === undefined) {
    const message = `${wanted} was requested, but ${reservation.address} is reserved for ${renderOwner(reservation)}`;
    return refuse(request, 'conflict', message, {
      hint: `Request no address, or change ${where}.reservations.`,
    });
  }
  const reason = whyUnusable(use, address);
  if (reason !== undefined) {
    const hint = `Correct ${kept === undefined ? 'the requested address' : `${where}.reservations`}, or change ${where}.pool.`;
    return refuse(request, 'invalid', `${wanted} ${reason}`, { hint });
  }
  const holder = use.holders.get(address);
  if (holder !== undefined) {
    const pod = holder.pod === undefined ? '' : ` (pod ${holder.pod})`;
    const message = `${wanted} is leased to endpoint ${holder.endpoint}${pod}${holder.leaving ? ', which is leaving' : ''}`;
    return refuse(request, 'conflict', message, { hint: 'Try again after that endpoint is deleted.' });
  }
  return ok(grant(use, address, kept));
}

function renderOwner({ pod, ifName = 'eth0' }: Reservation): string {
  return `${pod} ${ifName}`;
}

function grant(use: PoolUse, address: Address, reservation?: Reservation): Allocation {
  const { subnet, gateway } = use.network.pool;
  const length = subnet.slice(subnet.indexOf('/') + 1);
  const mac = reservation?.mac === undefined ? {} : { mac: reservation.mac };
  return { address: `${formatAddress(address)}/${length}`, gateway, ...mac };
}

/**
 * Returns the free address that was released longest ago (never released counts as longest), a quarantined
 * one only if there is no other; undefined if none is free.
 */
function longestFree(use: PoolUse, now: Date): Address | undefined {
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
      resting: isResting(use, address, now),
      releasedMs: use.releasedMs.get(address) ?? -Infinity,
    };
    const isSooner =
      one.resting === best?.resting ? one.releasedMs < best.releasedMs : best?.resting === true;
    if (best === undefined || isSooner) best = one;
  }
  return best?.address;
}

function exhausted(use: PoolUse, request: AddressRequest): Failure {
  const { counts } = summarisePool(use, request.now);
  const parts = [`${counts.total} in the pool`, `${counts.used} in use`, `${counts.reserved} reserved`];
  const own = countAddresses(use.passedOver);
  if (own > 0) parts.push(`${own} passed over since the node itself has them`);
  if (counts.leaving > 0) parts.push(`${counts.leaving} leaving`);
  if (counts.withdrawn > 0) parts.push(`${counts.withdrawn} in use but withdrawn from the pool`);
  const remedy =
    use.network.pool.source === 'azure'
      ? "Give the node's network interface more secondary addresses in Azure, or run fewer pods on this node."
      : `Add addresses to networks.${use.name}.pool.addresses, or run fewer pods on this node.`;
  const wait =
    counts.leaving > 0
      ? ' Addresses of leaving endpoints become free when their pods are gone: try again.'
      : '';
  const message = `no free address in network ${use.name}: ${parts.join(', ')}`;
  return failure('exhausted', stepOf(request), message, { hint: remedy + wait });
}

function refuse(
  request: AddressRequest,
  code: FailureCode,
  message: string,
  more: { readonly hint: string },
): Result<never> {
  return err(failure(code, stepOf(request), message, more));
}

function stepOf(request: AddressRequest): string {
  return `allocate an address in network ${request.network}`;
}
