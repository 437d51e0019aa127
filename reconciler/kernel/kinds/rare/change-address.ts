/** Changes of addresses that no pod has: flags, lifetimes, metrics, their order. */
import { normaliseAddress } from '../../../model/addresses/address.ts';
import type { AddressObject } from '../../../model/kinds/address.ts';
import type { FieldChange } from '../../../model/kinds/kind.ts';
import { ok } from '../../../model/result.ts';
import { keyOf } from '../../../model/state.ts';
import {
  type Applied,
  type ApplyContext,
  changed,
  firstDifference,
  linkHandle,
} from '../../apply/context.ts';
import type { NetlinkSocket } from '../../netlink/socket.ts';
import { addressCodec, type AddressFact, addressObject, encodeAddress, readAddresses } from '../address.ts';
import { replacementOf, removalOf } from '../on-link.ts';
import { changePrefixRoute } from '../prefix-route.ts';
import { keepRouteOrder, settleRoutes } from './prefix-routes.ts';

/** Ensures an address of an uplink, which `add` creates, with its flags and the place of its route. */
export function createMoved(context: ApplyContext, want: AddressObject, add: () => Applied): Applied {
  const created = createFlagged(context, want, add);
  const placed = created.ok ? keepRouteOrder(context, want) : created;
  return placed.ok ? created : placed;
}

function createFlagged(context: ApplyContext, want: AddressObject, add: () => Applied): Applied {
  const created = add();
  if (want.noDad !== false || (!created.ok && created.error.code !== 'exists')) return created;
  const flagged = changeAddress(context, { want, have: want, fields: ['noDad'] });
  return flagged.ok && !created.ok ? add() : flagged.ok ? created : flagged;
}

/** Ensures that the IPv6 address does not exist, nor its route, unless another address has that, too. */
export function removeIpv6Address(context: ApplyContext, have: AddressObject): Applied {
  const step = `delete ${keyOf(have)}`;
  const link = linkHandle(context, have, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  const facts = readAddresses(socket, index);
  if (!facts.ok) return facts;
  const own = findAddress(facts.value, have);
  // Its metric may have changed since it was read.
  const before = own ?? addressCodec.toFact(have, index);
  const removed = changed(socket.request(removalOf(addressCodec, before), step));
  if (!removed.ok) return removed;
  const others = facts.value.filter((one) => one !== own);
  const settled = settleRoutes(socket, { before, next: undefined, others }, step);
  return settled.ok ? removed : settled;
}

function findAddress(
  facts: readonly AddressFact[],
  { address: text, peer: other }: AddressObject,
): AddressFact | undefined {
  const wanted = normaliseAddress(text);
  return facts.find(({ address, peer }) => address === wanted && peer === other);
}

/**
 * Ensures the named fields of the address. Metric and prefix route are changed in place; IPv4 keeps all other
 * fields as created, so the address is deleted and added again in one datagram.
 */
export function changeAddress(context: ApplyContext, { want, fields }: FieldChange<AddressObject>): Applied {
  const step = `change ${keyOf(want)}`;
  const link = linkHandle(context, want, step);
  if (!link.ok) return link;
  const { socket, index } = link.value;
  const facts = readAddresses(socket, index);
  if (!facts.ok) return facts;
  const fact = findAddress(facts.value, want);
  const have = fact && addressObject(fact, want);
  const next = addressCodec.toFact({ ...have, ...want }, index);
  const isSet = fields.some((field) => field === 'lifetimes' || field === 'place');
  const differs = have === undefined || isSet || firstDifference(have, want, fields) !== undefined;
  const isInPlace = fields.every((field) => IN_PLACE.includes(field));
  const before = isInPlace ? undefined : fact;
  const updated: Applied = differs
    ? replace(socket, { before, next, isThere: have !== undefined && isInPlace }, step)
    : ok('unchanged');
  if (updated.ok && updated.value === 'changed' && fact !== undefined && want.address.includes(':')) {
    const others = facts.value.filter((one) => one !== fact);
    const made = isInPlace ? { next, others } : { next: undefined, others: [...others, next] };
    const settled = settleRoutes(socket, { before: fact, ...made }, step);
    if (!settled.ok) return settled;
  }
  const isWanted = want.prefixRoute === true;
  if (!updated.ok || !fields.includes('prefixRoute') || (isWanted && have === undefined)) return updated;
  const routed = changePrefixRoute(socket, next, isWanted, step);
  return routed.ok && routed.value === 'unchanged' ? updated : routed;
}

/** The fields that the kernel changes on an existing address. */
const IN_PLACE: readonly string[] = ['metric', 'prefixRoute', 'lifetimes', 'noDad'];

type Replacement = {
  readonly before: AddressFact | undefined;
  readonly next: AddressFact;
  readonly isThere: boolean;
};

function replace(socket: NetlinkSocket, { before, next, isThere }: Replacement, step: string): Applied {
  // A new address must skip duplicate address detection; an existing one only gets its flags.
  const flagged = {
    ...replacementOf(addressCodec, next),
    body: encodeAddress(next, next.noDad !== false),
  };
  const requests = [
    ...(before === undefined ? [] : [removalOf(addressCodec, before)]),
    ...(isThere ? [] : [replacementOf(addressCodec, next)]),
    ...(isThere || next.noDad === false ? [flagged] : []),
  ];
  const answers = socket.requests(requests, step);
  return changed(answers.slice(before === undefined ? 0 : 1).find((answer) => !answer.ok) ?? ok(undefined));
}
