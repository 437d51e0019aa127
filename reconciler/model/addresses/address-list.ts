/**
 * Lists of IPv4 addresses as sorted, disjoint ranges of numbers: a /16 costs as much as one address. Pure, and without
 * a library, because allocation is on the ADD path; range.ts validates user input.
 */
import { formatIpv4, parseIpv4, parsePrefixIpv4 } from './address.ts';
import { Bug } from '../result.ts';

/** Addresses from `first` to `last`, both included. Units: unsigned 32-bit numbers; first <= last. */
export type AddressRange = { readonly first: number; readonly last: number };

/** Sorted, disjoint ranges that do not touch each other: the one form of a set of addresses. */
export type AddressList = readonly AddressRange[];

/** Returns the list with exactly the addresses of the ranges. Law: merging twice changes nothing. */
export function mergeRanges(ranges: Iterable<AddressRange>): AddressList {
  const sorted = [...ranges].toSorted((left, right) => left.first - right.first);
  const merged: { first: number; last: number }[] = [];
  for (const { first, last } of sorted) {
    const previous = merged.at(-1);
    if (previous === undefined || first > previous.last + 1) merged.push({ first, last });
    else if (last > previous.last) previous.last = last;
  }
  return merged;
}

/** Returns the list that holds exactly the given addresses. Units: unsigned 32-bit numbers. */
export function listAddresses(addresses: Iterable<number>): AddressList {
  // Sorted as numbers by the engine itself: with a function to compare, a thousand cost a millisecond.
  const ranges: { first: number; last: number }[] = [];
  for (const address of new Uint32Array(addresses).toSorted()) {
    const previous = ranges.at(-1);
    if (previous === undefined || address > previous.last + 1) ranges.push({ first: address, last: address });
    else previous.last = address;
  }
  return ranges;
}

/**
 * Returns the addresses of texts that were checked before: single addresses, `a-b`, and prefixes.
 * Errors: throws a Bug for text that `parseRange` refuses; leaving it out could give away an excluded address.
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
  return text.includes('/') ? parsePrefixIpv4(text) : readPair(text);
}

function readPair(text: string): AddressRange | undefined {
  const [from = '', to = from, ...rest] = text.split('-');
  const first = parseIpv4(from);
  const last = parseIpv4(to);
  if (first === undefined || last === undefined || last < first || rest.length > 0) return undefined;
  return { first, last };
}

/** Returns the addresses of `list` that are not in `without`. Law: the result and `without` have nothing in common. */
export function subtractAddresses(list: AddressList, without: AddressList): AddressList {
  const left: AddressRange[] = [];
  let next = 0;
  for (const range of list) {
    let first = range.first;
    while ((without[next]?.last ?? Infinity) < first) next += 1;
    for (let at = next; first <= range.last; at += 1) {
      const hole = without[at];
      if (hole === undefined || hole.first > range.last) {
        left.push({ first, last: range.last });
        break;
      }
      if (hole.first > first) left.push({ first, last: hole.first - 1 });
      first = hole.last + 1;
    }
  }
  return left;
}

/** Returns the addresses that are in both lists. */
export function intersectAddresses(one: AddressList, other: AddressList): AddressList {
  return subtractAddresses(one, subtractAddresses(one, other));
}

/** Returns how many addresses the list holds. */
export function countAddresses(list: AddressList): number {
  return list.reduce((sum, { first, last }) => sum + last - first + 1, 0);
}

/** Returns true when the address (an unsigned 32-bit number) is in the list; looks at log n ranges. */
export function containsAddress(list: AddressList, address: number): boolean {
  let low = 0;
  let high = list.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const range = list[middle];
    if (range === undefined) return false;
    if (address < range.first) high = middle - 1;
    else if (address > range.last) low = middle + 1;
    else return true;
  }
  return false;
}

/** Returns the list as texts that `expandRanges` reads: `10.240.0.36-10.240.0.65`, or one address alone. */
export function formatAddresses(list: AddressList): readonly string[] {
  return list.map(({ first, last }) =>
    first === last ? formatIpv4(first) : `${formatIpv4(first)}-${formatIpv4(last)}`,
  );
}

/**
 * Returns the shortest list of ranges with exactly these addresses, in order.
 * Errors: throws a Bug for text that is not an address.
 */
export function compressAddresses(addresses: readonly string[]): readonly string[] {
  return formatAddresses(expandRanges(addresses));
}
