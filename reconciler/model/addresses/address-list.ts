/**
 * Sets of addresses of one family as sorted, disjoint ranges: a whole prefix costs as much as one address. Pure, and without
 * a library, because allocation is on the ADD path; range.ts validates user input.
 */
import {
  type Address,
  type AddressRange,
  formatAddress,
  parseAddress,
  parsePrefix,
  predecessor,
  successor,
} from './address.ts';
import { Bug } from '../result.ts';

/** Sorted, disjoint, non-adjacent ranges: the only form of a set of addresses. */
export type AddressList = readonly AddressRange[];

/** Returns the list with exactly the addresses of the ranges. Law: merging twice changes nothing. */
export function mergeRanges(ranges: Iterable<AddressRange>): AddressList {
  const merged: { first: Address; last: Address }[] = [];
  for (const { first, last } of [...ranges].toSorted((left, right) => compare(left.first, right.first))) {
    const previous = merged.at(-1);
    if (previous === undefined || first > successor(previous.last)) merged.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return merged;
}

/** Returns the order of two addresses: negative, 0 or positive. */
export function compare(left: Address, right: Address): number {
  return left < right ? -1 : Number(left > right);
}

/** Returns the list of exactly these addresses, which are of one family. */
export function listAddresses(addresses: Iterable<Address>): AddressList {
  const ranges: { first: Address; last: Address }[] = [];
  for (const address of sorted([...addresses])) {
    const previous = ranges.at(-1);
    if (previous === undefined || address > successor(previous.last))
      ranges.push({ first: address, last: address });
    else previous.last = address;
  }
  return ranges;
}

/**
 * The engine's own numeric sort is used for IPv4: with a comparison function, a thousand addresses cost a
 * millisecond.
 */
function sorted(addresses: readonly Address[]): Iterable<Address> {
  const isIpv4 = addresses.every((address) => typeof address === 'number');
  return isIpv4 ? new Uint32Array(addresses).toSorted() : addresses.toSorted(compare);
}

/**
 * Returns the addresses of validated texts: single addresses, `a-b`, and prefixes.
 * Errors: throws a Bug for text that parseRange() refuses; skipping it could assign an excluded address.
 */
export function expandRanges(texts: readonly string[]): AddressList {
  return mergeRanges(texts.map(readChecked));
}

function readChecked(text: string): AddressRange {
  const range = readRange(text);
  if (range === undefined) throw new Bug(`the address range "${text}" was used before validation`);
  return range;
}

/** Returns the addresses of one text: a single address, `a-b`, or a prefix; undefined for any other text. */
export function readRange(text: string): AddressRange | undefined {
  return text.includes('/') ? parsePrefix(text) : readPair(text);
}

function readPair(text: string): AddressRange | undefined {
  const [from = '', to = from, ...rest] = text.split('-');
  const first = parseAddress(from);
  const last = parseAddress(to);
  if (first === undefined || last === undefined || last < first || rest.length > 0) return undefined;
  return typeof first === typeof last ? { first, last } : undefined;
}

/** Returns the addresses of `list` that are not in `without`. Law: the result and `without` are disjoint. */
export function subtractAddresses(list: AddressList, without: AddressList): AddressList {
  const left: AddressRange[] = [];
  let next = 0;
  for (const range of list) {
    let { first } = range;
    while ((without[next]?.last ?? Infinity) < first) next += 1;
    for (let at = next; first <= range.last; at += 1) {
      const hole = without[at];
      if (hole === undefined || hole.first > range.last) {
        left.push({ first, last: range.last });
        break;
      }
      if (hole.first > first) left.push({ first, last: predecessor(hole.first) });
      first = successor(hole.last);
    }
  }
  return left;
}

/** Returns the addresses that are in both lists. */
export function intersectAddresses(one: AddressList, other: AddressList): AddressList {
  return subtractAddresses(one, subtractAddresses(one, other));
}

/** Returns the number of addresses in the list. Units: exact up to 2^53, rounded above. */
export function countAddresses(list: AddressList): number {
  return list.reduce((sum, { first, last }) => sum + Number(BigInt(last) - BigInt(first)) + 1, 0);
}

/** Returns true if the address is in the list; examines log n ranges. */
export function containsAddress(list: AddressList, address: Address): boolean {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const range = list[middle];
    if (range === undefined) return false;
    if (address < range.first) high = middle - 1;
    else if (address > range.last) low = middle + 1;
    else return typeof address === typeof range.first;
  }
  return false;
}

/** Returns the list as texts for expandRanges(): `10.240.0.36-10.240.0.65`, or a single address. */
export function formatAddresses(list: AddressList): readonly string[] {
  return list.map(({ first, last }) =>
    first === last ? formatAddress(first) : `${formatAddress(first)}-${formatAddress(last)}`,
  );
}

/**
 * Returns the shortest list of ranges with exactly these addresses, in order.
 * Errors: throws a Bug for text that is not an address.
 */
export function compressAddresses(addresses: readonly string[]): readonly string[] {
  return formatAddresses(expandRanges(addresses));
}
