/**
 * The state of a network's address pools, computed from the document alone: used, free and quarantined addresses. An
 * address is in use exactly when an endpoint has it. Pure.
 */
import type { Endpoint, Network, Reservation, VnetDocument } from '../../../schemas/generated/vnet.ts';
import {
  type Address,
  type Family,
  familyOfAddress,
  formatAddress,
  parseAddress,
  withoutLength,
} from './address.ts';
import {
  type AddressList,
  containsAddress,
  expandRanges,
  listAddresses,
  mergeRanges,
  subtractAddresses,
} from './address-list.ts';
import { type FamilyPool, type Pool, poolsOf } from './families.ts';
import { parseReleaseKey, releaseKey } from '../names.ts';
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
 * All facts about the addresses of one family of a network.
 * Shape: `holders` may have addresses of the other family, too; `usable` are the addresses that can be assigned to pods, used or not; `reservations` are those in force now;
 * `releasedMs` is the time of an address's last release, `wasReleased` whether it was ever released.
 */
export type PoolUse = {
  readonly name: string;
  readonly network: Network;
  readonly family: Family;
  readonly pool: Pool;
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
 * Returns the users of the addresses of each pool of the network; `held` avoids iterating the endpoints.
 * Errors: throws a Bug if the document has no such network.
 */
export function surveyPools(
  document: VnetDocument,
  name: string,
  now: Date,
  { held, own = [] }: KnownUse = {},
): readonly PoolUse[] {
  const network = networkOf(document, name);
  if (network === undefined) throw new Bug(`the document has no network "${name}"`);
  let known: ReadonlyMap<Address, Holder> | undefined;
  // Lazy: a pool with more addresses than endpoints cannot be exhausted.
  const holders = (): ReadonlyMap<Address, Holder> =>
    (known ??= held?.holders(name) ?? holdersIn(document, name));
  // Another interface of the node (docker0, a second NIC) may have an address of the pool.
  const others = own.flatMap((address) => parseAddress(withoutLength(address)) ?? []);
  return poolsOf(network).map((one) => surveyPool({ document, name, network, holders, now, others }, one));
}

type PoolInputs = Pick<PoolUse, 'name' | 'network'> & {
  readonly holders: () => PoolUse['holders'];
  readonly document: VnetDocument;
  readonly now: Date;
  readonly others: readonly Address[];
};

function surveyPool(
  { document, name, network, holders, now, others }: PoolInputs,
  { family, pool }: FamilyPool,
): PoolUse {
  const own = ofFamily(ownAddresses(network).keys(), family);
  const barred = mergeRanges([...expandRanges(pool.exclude ?? []), ...listAddresses(own)]);
  const listed = subtractAddresses(expandRanges(pool.addresses), barred);
  const passedOver = listAddresses(
    ofFamily(others, family).filter((address) => containsAddress(listed, address)),
  );
  const { released = {} } = document;
  let known: ReadonlyMap<Address, number> | undefined;
  // Lazy: most callers need no release times.
  const releases = (): ReadonlyMap<Address, number> => (known ??= releasesIn(released, name));
  const reservations = new Map<Address, Reservation>();
  for (const reservation of network.reservations ?? []) {
    const address = reservedAddress(reservation, family);
    if (address === undefined || reservations.has(address)) continue;
    if (!isLapsed(reservation, () => releases().get(address), now)) reservations.set(address, reservation);
  }
  return {
    name,
    network,
    family,
    pool,
    usable: passedOver.length === 0 ? listed : subtractAddresses(listed, passedOver),
    passedOver,
    reservations,
    get holders() {
      return holders();
    },
    get releasedMs() {
      return releases();
    },
    wasReleased: (address) => Object.hasOwn(released, releaseKey(name, formatAddress(address))),
  };
}

/** Returns those of the addresses that are of the family. */
export function ofFamily(addresses: Iterable<Address>, family: Family): readonly Address[] {
  return [...addresses].filter((address) => familyOfAddress(address) === family);
}

/** Returns the reserved address of the family. */
export function reservedAddress({ addresses }: Reservation, family: Family): Address | undefined {
  const values = addresses.map((address) => parseAddress(address));
  return values.find((value) => value !== undefined && familyOfAddress(value) === family);
}

/** A reservation lapses some time after its pod; an unused one, or one without a limit, does not. */
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

/** Returns the endpoint's addresses. */
export function addressesOf({ addresses }: Endpoint): readonly Address[] {
  return addresses.flatMap((cidr) => parseAddress(withoutLength(cidr)) ?? []);
}

function releasesIn(released: Readonly<Record<string, string>>, name: string): ReadonlyMap<Address, number> {
  const times = new Map<Address, number>();
  for (const [key, time] of Object.entries(released)) {
    const parts = parseReleaseKey(key);
    const address = parts.network === name ? parseAddress(parts.address) : undefined;
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
  const excluded = containsAddress(expandRanges(use.pool.exclude ?? []), address);
  return excluded ? 'is excluded from the pool' : 'is not in the pool';
}

/** Returns the usable addresses without holder and reservation, quarantined ones included. */
export function freeAddresses(use: PoolUse): AddressList {
  return subtractAddresses(
    use.usable,
    listAddresses([...ofFamily(use.holders.keys(), use.family), ...use.reservations.keys()]),
  );
}

/**
 * Returns true while the address is quarantined.
 * A release in the future means that the clock was set back; it counts for no longer than the quarantine itself.
 */
export function isQuarantined(use: PoolUse, address: Address, now: Date): boolean {
  const releasedMs = use.releasedMs.get(address);
  if (releasedMs === undefined) return false;
  return Math.abs(now.getTime() - releasedMs) < quarantineMs(use.pool);
}

function quarantineMs({ quarantineSeconds }: Pool): number {
  return (quarantineSeconds ?? DEFAULT_QUARANTINE_SECONDS) * 1000;
}
