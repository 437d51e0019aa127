/** The use of the addresses of a network's pools, for people: counts and lists. Pure; off the ADD path. */
import type { VnetDocument } from '../../../schemas/generated/vnet.ts';
import { type Address, type Family, familyOfAddress, formatAddress, parseAddress } from './address.ts';
import {
  type AddressList,
  compare,
  containsAddress,
  countAddresses,
  formatAddresses,
  intersectAddresses,
  listAddresses,
  mergeRanges,
  subtractAddresses,
} from './address-list.ts';
import type { AddressRequest } from './allocate.ts';
import { poolKey } from './families.ts';
import {
  freeAddresses,
  type Holder,
  type KnownUse,
  isQuarantined,
  ofFamily,
  type PoolUse,
  surveyPools,
} from './pool.ts';
import type { Failure } from '../result.ts';

/** An address and the endpoint that has it. */
type HeldAddress = { readonly address: string; readonly endpoint: string; readonly pod?: string };

/**
 * The use of a pool's addresses.
 * Shape: counts are exact up to 2^53; `quarantined` and `free` are ranges as in the document; `reserved` are reservations without a
 * current endpoint. In addition to `total`: `withdrawn` are leased addresses that are no longer in the pool (or excluded), `node` those
 * that an interface of the node has, `answered` those for which another machine answered a probe.
 * Law: counts.total = used + leaving + reserved + quarantined + free.
 */
export type PoolSummary = {
  readonly network: string;
  readonly family: Family;
  readonly counts: Readonly<
    Record<
      'total' | 'used' | 'leaving' | 'reserved' | 'quarantined' | 'free' | 'withdrawn' | 'node' | 'answered',
      number
    >
  >;
  readonly used: readonly HeldAddress[];
  readonly leaving: readonly HeldAddress[];
  readonly withdrawn: readonly HeldAddress[];
  readonly reserved: readonly { readonly address: string; readonly pod: string }[];
  readonly quarantined: readonly string[];
  readonly free: readonly string[];
  readonly node: readonly string[];
  readonly answered: readonly string[];
};

/** Addresses for which other machines answered a probe. */
type Answered = { readonly answered?: readonly string[] | undefined };

/** No pod is given either. */
function passedOver(own: readonly string[] = [], answered: readonly string[] = []): readonly string[] {
  return [...own, ...answered];
}

function othersIn({ family }: PoolUse, answered: readonly string[] = []): AddressList {
  return listAddresses(
    ofFamily(
      answered.flatMap((address) => parseAddress(address) ?? []),
      family,
    ),
  );
}

/** Returns the use of a network's pools, lists in address order. Errors: throws a Bug when there is no such network. */
export function describePools(
  document: VnetDocument,
  network: string,
  now: Date,
  { answered, own, held }: KnownUse & Answered = {},
): readonly PoolSummary[] {
  return surveyPools(document, network, now, { held, own: passedOver(own, answered) }).map((use) =>
    summarisePool(use, now, othersIn(use, answered)),
  );
}

/**
 * Returns the networks with a pool that has no address for another pod: quarantined ones are assigned if no other is free, those that
 * the node itself has (`own`) never.
 */
export function exhaustedNetworks(
  document: VnetDocument,
  now: Date,
  own: readonly string[] = [],
): readonly string[] {
  const { endpoints = {} } = document;
  let held = 0;
  for (const id of Object.keys(endpoints)) held += endpoints[id]?.addresses.length ?? 0;
  return Object.keys(document.networks).filter((name) =>
    surveyPools(document, name, now, { own }).some((use) => isExhausted(use, held)),
  );
}

/** A pool that is larger than all that is held need not be searched. */
function isExhausted(use: PoolUse, held: number): boolean {
  const total = countAddresses(use.usable);
  if (total > held + use.reservations.size) return false;
  return total + countAddresses(use.passedOver) > 0 && countAddresses(freeAddresses(use)) === 0;
}

function summarisePool(use: PoolUse, now: Date, others: AddressList): PoolSummary {
  const held = [...use.holders]
    .filter(([address]) => familyOfAddress(address) === use.family)
    .toSorted(([left], [right]) => compare(left, right));
  // An address that a pod and the node have is used, and reported as a conflict.
  const taken = listAddresses(held.map(([address]) => address));
  const known = subtractAddresses(use.passedOver, taken);
  const answered = intersectAddresses(known, others);
  const node = subtractAddresses(known, answered);
  const usable = mergeRanges([...use.usable, ...subtractAddresses(use.passedOver, known)]);
  const inPool = held.filter(([address]) => containsAddress(usable, address));
  const used = inPool.filter(([, holder]) => !holder.leaving).map(nameHeld);
  const leaving = inPool.filter(([, holder]) => holder.leaving).map(nameHeld);
  const withdrawn = held
    .filter(([address, holder]) => !holder.foreign && !containsAddress(usable, address))
    .map(nameHeld);
  const reserved = [...use.reservations]
    .filter(([address]) => !use.holders.has(address) && containsAddress(use.usable, address))
    .map(([address, { pod }]) => ({ address: formatAddress(address), pod }));
  const available = freeAddresses(use);
  const free = subtractAddresses(available, restingIn(use, now));
  const quarantined = subtractAddresses(available, free);
  return {
    network: use.name,
    family: use.family,
    counts: {
      total: countAddresses(usable),
      used: used.length,
      leaving: leaving.length,
      reserved: reserved.length,
      quarantined: countAddresses(quarantined),
      free: countAddresses(free),
      withdrawn: withdrawn.length,
      node: countAddresses(node),
      answered: countAddresses(answered),
    },
    used,
    leaving,
    withdrawn,
    reserved,
    quarantined: formatAddresses(quarantined),
    free: formatAddresses(free),
    node: formatAddresses(node),
    answered: formatAddresses(answered),
  };
}

function restingIn(use: PoolUse, now: Date): AddressList {
  const released = ofFamily(use.releasedMs.keys(), use.family);
  return listAddresses(released.filter((address) => isQuarantined(use, address, now)));
}

function nameHeld([address, { endpoint, pod }]: readonly [Address, Holder]): HeldAddress {
  return { address: formatAddress(address), endpoint, ...(pod === undefined ? {} : { pod }) };
}

/**
 * Returns the Failure of an allocation without a free address, with the counts of the exhausted pool and the
 * remedy.
 */
export function explainExhaustion(
  document: VnetDocument,
  { network, now, own, answered }: Pick<AddressRequest, 'network' | 'now' | 'own'> & Answered,
  plain: Failure,
): Failure {
  const uses = surveyPools(document, network, now, { own: passedOver(own, answered) }).map((use) => ({
    use,
    ...summarisePool(use, now, othersIn(use, answered)),
  }));
  const found = uses.find(({ counts }) => counts.free + counts.quarantined === 0);
  if (found === undefined) return plain;
  const { use, counts, family } = found;
  const parts = [`${counts.total} in the pool`, `${counts.used} in use`, `${counts.reserved} reserved`];
  if (counts.node > 0) parts.push(`${counts.node} skipped, since the node itself has them`);
  if (counts.answered > 0) parts.push(`${counts.answered} skipped, since other machines have them`);
  if (counts.leaving > 0) parts.push(`${counts.leaving} leaving`);
  if (counts.withdrawn > 0) parts.push(`${counts.withdrawn} in use but withdrawn from the pool`);
  const remedy =
    use.pool.source === 'azure'
      ? "Give the node's network interface more secondary addresses in Azure, or run fewer pods on this node."
      : `Add addresses to networks.${network}.pools.${poolKey(family)}.addresses, or run fewer pods on this node.`;
  const wait =
    counts.leaving > 0
      ? ' Addresses of leaving endpoints become free when their pods are gone: try again.'
      : '';
  return { ...plain, message: `${plain.message}: ${parts.join(', ')}`, hint: remedy + wait };
}
