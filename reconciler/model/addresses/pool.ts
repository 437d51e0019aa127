/**
 * The state of one network's address pool, computed from the document alone: used, free and quarantined addresses. An
 * address is in use exactly when an endpoint has it. Pure.
 */
import type { Endpoint, Network, Pool, Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Address, formatAddress, parseAddress, withoutLength } from './address.ts';
import {
  type AddressList,
  compare,
  containsAddress,
  countAddresses,
  expandRanges,
  formatAddresses,
  listAddresses,
  mergeRanges,
  subtractAddresses,
} from './address-list.ts';
import { networkOf } from '../networks.ts';
import { ownAddresses } from './own.ts';
import { Bug } from '../result.ts';

/** The default quarantine of a released address. Units: seconds. */
const DEFAULT_QUARANTINE_SECONDS = 30;

/** An endpoint that has an address. Shape: `foreign` if another IPAM plugin assigned it. */
export type Holder = {
  readonly endpoint: string;
  readonly pod?: string;
  readonly leaving: boolean;
  readonly foreign: boolean;
};

/** An index of the holders of addresses, which avoids reading every endpoint. */
export interface Held {
  /** Returns the holders of addresses of the network. */
  holders(network: string): ReadonlyMap<Address, Holder>;
  /** Returns true if an endpoint of any network has this MAC, in lower case. */
  hasMac(mac: string): boolean;
}

/**
 * All facts about the addresses of a network.
 * Units: addresses are numbers.
 * Shape: `usable` are the addresses that can be assigned to pods, used or not; `reservations` are those in
 * force now; `releasedMs` is the time of an address's last release, `wasReleased` whether it was ever
 * released.
 */
export type PoolUse = {
  readonly name: string;
  readonly network: Network;
  readonly usable: AddressList;
  readonly passedOver: AddressList;
  readonly holders: ReadonlyMap<Address, Holder>;
  readonly reservations: ReadonlyMap<Address, Reservation>;
  readonly releasedMs: ReadonlyMap<Address, number>;
  readonly wasReleased: (address: Address) => boolean;
};

/** Facts outside the document. Shape: `held` avoids iterating the endpoints; `own` are all addresses of the node. */
export type KnownUse = { readonly held?: Held | undefined; readonly own?: readonly string[] | undefined };

/**
 * Returns the use of the network's addresses.
 * Errors: throws a Bug if the document has no such network.
 */
export function surveyPool(
  document: VnetDocument,
  name: string,
  now: Date,
  { held, own = [] }: KnownUse = {},
): PoolUse {
  const network = networkOf(document, name);
  if (network === undefined) throw new Bug(`the document has no network "${name}"`);
  const excluded = expandRanges(network.pool.exclude ?? []);
  const barred = mergeRanges([...excluded, ...listAddresses(ownAddresses(network).keys())]);
  const listed = subtractAddresses(expandRanges(network.pool.addresses), barred);
  // Another interface of the node (docker0, a second NIC) may have an address of the pool.
  const others = own.flatMap((address) => parseAddress(withoutLength(address)) ?? []);
  const passedOver = listAddresses(others.filter((address) => containsAddress(listed, address)));
  const { released = {} } = document;
  let known: ReadonlyMap<Address, number> | undefined;
  // Lazy: most callers need no release times.
  const releases = (): ReadonlyMap<Address, number> => (known ??= releasesIn(released, name));
  const reservations = new Map<Address, Reservation>();
  for (const reservation of network.reservations ?? []) {
    const address = parseAddress(reservation.address);
    if (address === undefined || reservations.has(address)) continue;
    if (!isLapsed(reservation, () => releases().get(address), now)) reservations.set(address, reservation);
  }
  return {
    name,
    network,
    usable: passedOver.length === 0 ? listed : subtractAddresses(listed, passedOver),
    passedOver,
    holders: held?.holders(name) ?? holdersIn(document, name),
    reservations,
    get releasedMs() {
      return releases();
    },
    wasReleased: (address) => Object.hasOwn(released, `${name}/${formatAddress(address)}`),
  };
}

/** A reservation expires some time after its pod; one never used, or without a limit, does not. */
function isLapsed({ retainSeconds }: Reservation, released: () => number | undefined, now: Date): boolean {
  const releasedMs = retainSeconds === undefined ? undefined : released();
  if (retainSeconds === undefined || releasedMs === undefined) return false;
  return Math.abs(now.getTime() - releasedMs) >= retainSeconds * 1000;
}

function holdersIn(document: VnetDocument, name: string): ReadonlyMap<Address, Holder> {
  const holders = new Map<Address, Holder>();
  const { endpoints = {} } = document;
  // No Object.entries: allocating a thousand pairs costs more than the loop.
  for (const id of Object.keys(endpoints)) {
    const endpoint = id.startsWith(`${name}/`) ? endpoints[id] : undefined;
    if (endpoint === undefined) continue;
    const holder = holderOf(id, endpoint);
    for (const address of addressesOf(endpoint)) holders.set(address, holder);
  }
  return holders;
}

/** Returns the endpoint as a holder of addresses. */
export function holderOf(id: string, { pod, leaving, ipam }: Endpoint): Holder {
  const named = pod === undefined ? {} : { pod };
  return { endpoint: id, ...named, leaving: leaving !== undefined, foreign: ipam !== undefined };
}

/** Returns the endpoint's IPv4 addresses. */
export function addressesOf({ addresses }: Endpoint): readonly Address[] {
  return addresses.flatMap((cidr) => parseAddress(withoutLength(cidr)) ?? []);
}

function releasesIn(released: Readonly<Record<string, string>>, name: string): ReadonlyMap<Address, number> {
  const times = new Map<Address, number>();
  for (const [key, time] of Object.entries(released)) {
    if (!key.startsWith(`${name}/`)) continue;
    const address = parseAddress(key.slice(name.length + 1));
    if (address !== undefined) times.set(address, Date.parse(time));
  }
  return times;
}

/** Returns why the address can never be assigned to a pod; undefined if it can. */
export function whyUnusable(use: PoolUse, address: Address): string | undefined {
  if (containsAddress(use.usable, address)) return undefined;
  if (containsAddress(use.passedOver, address)) return 'is an address of the node itself';
  const own = ownAddresses(use.network).get(address);
  if (own !== undefined) return `is ${own.meaning}`;
  const excluded = containsAddress(expandRanges(use.network.pool.exclude ?? []), address);
  return excluded ? 'is excluded from the pool' : 'is not in the pool';
}

/** Returns the usable addresses without holder and reservation, quarantined ones included. */
function freeAddresses(use: PoolUse): AddressList {
  return subtractAddresses(use.usable, listAddresses([...use.holders.keys(), ...use.reservations.keys()]));
}

/**
 * Returns true while the address is quarantined.
 * A release in the future means that the clock was set back; it counts for no longer than the quarantine itself.
 */
export function isResting(use: PoolUse, address: Address, now: Date): boolean {
  const releasedMs = use.releasedMs.get(address);
  if (releasedMs === undefined) return false;
  return Math.abs(now.getTime() - releasedMs) < quarantineMs(use.network.pool);
}

function quarantineMs(pool: Pool): number {
  return (pool.quarantineSeconds ?? DEFAULT_QUARANTINE_SECONDS) * 1000;
}

/** An address and its endpoint. */
type HeldAddress = { readonly address: string; readonly endpoint: string; readonly pod?: string };

/**
 * The use of a pool's addresses.
 * Shape: `quarantined` and `free` are ranges as in the document; `reserved` are reservations without a
 * current endpoint; `withdrawn` are leased addresses that are no longer in the pool (or excluded), in addition to `total`.
 * Law: counts.total = used + leaving + reserved + quarantined + free.
 */
export type PoolSummary = {
  readonly network: string;
  readonly counts: Readonly<
    Record<'total' | 'used' | 'leaving' | 'reserved' | 'quarantined' | 'free' | 'withdrawn', number>
  >;
  readonly used: readonly HeldAddress[];
  readonly leaving: readonly HeldAddress[];
  readonly withdrawn: readonly HeldAddress[];
  readonly reserved: readonly Reservation[];
  readonly quarantined: readonly string[];
  readonly free: readonly string[];
};

/**
 * Returns the use of a network's pool, lists in address order.
 * Errors: throws a Bug if there is no such network.
 */
export function describePool(
  document: VnetDocument,
  network: string,
  now: Date,
  known?: KnownUse,
): PoolSummary {
  return summarisePool(surveyPool(document, network, now, known), now);
}

/** Returns the summary of a pool that was already surveyed. */
export function summarisePool(use: PoolUse, now: Date): PoolSummary {
  const held = [...use.holders].toSorted(([left], [right]) => compare(left, right));
  const inPool = held.filter(([address]) => containsAddress(use.usable, address));
  const used = inPool.filter(([, holder]) => !holder.leaving).map(nameHeld);
  const leaving = inPool.filter(([, holder]) => holder.leaving).map(nameHeld);
  const withdrawn = held
    .filter(([address, holder]) => !holder.foreign && !containsAddress(use.usable, address))
    .map(nameHeld);
  const reserved = [...use.reservations]
    .filter(([address]) => !use.holders.has(address) && containsAddress(use.usable, address))
    .map(([, reservation]) => reservation);
  const available = freeAddresses(use);
  const resting = listAddresses([...use.releasedMs.keys()].filter((address) => isResting(use, address, now)));
  const free = subtractAddresses(available, resting);
  const quarantined = subtractAddresses(available, free);
  return {
    network: use.name,
    counts: {
      total: countAddresses(use.usable),
      used: used.length,
      leaving: leaving.length,
      reserved: reserved.length,
      quarantined: countAddresses(quarantined),
      free: countAddresses(free),
      withdrawn: withdrawn.length,
    },
    used,
    leaving,
    withdrawn,
    reserved,
    quarantined: formatAddresses(quarantined),
    free: formatAddresses(free),
  };
}

function nameHeld([address, { endpoint, pod }]: readonly [Address, Holder]): HeldAddress {
  return { address: formatAddress(address), endpoint, ...(pod === undefined ? {} : { pod }) };
}
