/**
 * IP addresses and prefixes of both families as text and as numbers, and MAC addresses. The one place that reads and prints
 * them. Pure, and without a library: it is on the ADD path, where loading one costs more than the whole kernel work.
 *
 * Spellings: IPv4 is four decimal numbers; a leading zero is refused, since some programs read it as octal. IPv6 is read in
 * every form of RFC 4291 2.2 without a zone, and printed as RFC 5952 says.
 */

/**
 * An address: IPv4 as an unsigned 32-bit number, IPv6 as a bigint of 128 bits, so that the type determines
 * the family.
 * Law: `<` is the order of the addresses of one family.
 */
export type Address = number | bigint;

/** The family of an address. */
export type Family = 4 | 6;

/** Addresses of one family from `first` to `last`, both included. Shape: first <= last. */
export type AddressRange = { readonly first: Address; readonly last: Address };

/** An address and the length of its prefix. Shape: `{ address: '10.240.0.35', length: 16 }`; `value` is the address. */
export type Cidr = { readonly address: string; readonly value: Address; readonly length: number };

// A regular expression: in a process that was just started it is four times as fast as a loop over the
// characters.
const IPV4 = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** Returns the address; undefined for other text. Law: inverse of formatAddress. */
export function parseAddress(text: string): Address | undefined {
  return ipv6Groups(text)?.reduce((value, group) => (value << 16n) | BigInt(group), 0n) ?? parseIpv4(text);
}

function parseIpv4(text: string): number | undefined {
  const match = IPV4.exec(text);
  if (match === null) return undefined;
  const [, first = '', second = '', third = '', fourth = ''] = match;
  // In interpreted code, the operator takes half of the time of Number().
  const [a, b, c, d] = [+first, +second, +third, +fourth];
  return a > 255 || b > 255 || c > 255 || d > 255 ? undefined : ((a * 256 + b) * 256 + c) * 256 + d;
}

/** Returns the eight 16-bit groups of an IPv6 address; undefined for other text. Law: formatGroups inverts it, but for the spelling. */
export function ipv6Groups(text: string): readonly number[] | undefined {
  if (!text.includes(':')) return undefined;
  const [head, tail, more] = text
    .split('::')
    .map((half, index, halves) => parseGroups(half, index === halves.length - 1));
  if (head === undefined || more !== undefined) return undefined;
  const isWhole = !text.includes('::');
  const gap = 8 - head.length - (tail?.length ?? 0);
  if (isWhole ? gap !== 0 : tail === undefined || gap < 1) return undefined;
  return isWhole ? head : [...head, ...Array.from({ length: gap }, () => 0), ...(tail ?? [])];
}

/** The last part of an address may be a dotted quad. */
function parseGroups(text: string, isLast: boolean): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    const quad = isLast && index === parts.length - 1 ? parseIpv4(part) : undefined;
    if (quad !== undefined) groups.push(quad >>> 16, quad & 0xffff);
    else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Returns the canonical text of the address. Law: parseAddress(formatAddress(a)) = a. */
export function formatAddress(address: Address): string {
  if (typeof address === 'number') {
    return `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;
  }
  // A search for a free address prints one after the other: all but the last group stay.
  const [high, low] = [address >> 16n, Number(address & 0xffffn)];
  if (low !== 0 && high === printed.high) return printed.text + low.toString(16);
  const text = formatGroups(
    Array.from({ length: 8 }, (_, index) => Number((address >> BigInt(112 - index * 16)) & 0xffffn)),
  );
  if (low !== 0 && !text.includes('.')) printed = { high, text: text.slice(0, text.lastIndexOf(':') + 1) };
  return text;
}

/** The groups that the last printed IPv6 address begins with; a last group of 0 may be shortened. */
let printed = { high: -1n, text: '' };

/**
 * Returns the canonical text of the eight 16-bit groups of an IPv6 address.
 * Source: RFC 5952: lower case, the longest run of zeros shortened, the dotted quad of an IPv4-mapped address.
 */
export function formatGroups(groups: readonly number[]): string {
  let [bestStart, bestLength] = [-1, 1];
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestLength === 5 && bestStart === 0 && groups[5] === 0xffff) {
    const [high = 0, low = 0] = groups.slice(6);
    return `::ffff:${formatAddress(high * 65_536 + low)}`;
  }
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** Returns the next address. Shape: the last one of a family has none; callers stay inside a range. */
export function successor(address: Address): Address {
  return typeof address === 'number' ? address + 1 : address + 1n;
}

/** Returns the previous address. Law: inverse of successor. */
export function predecessor(address: Address): Address {
  return typeof address === 'number' ? address - 1 : address - 1n;
}

/** Returns 4 or 6 for an address with or without prefix length; undefined for other text. */
export function familyOf(text: string): Family | undefined {
  const address = withoutLength(text);
  if (ipv6Groups(address) !== undefined) return 6;
  return parseIpv4(address) === undefined ? undefined : 4;
}

/** Returns the family of the address. */
export function familyOfAddress(address: Address): Family {
  return typeof address === 'number' ? 4 : 6;
}

/** Returns address and prefix length of `10.240.0.35/16`, or undefined; host bits are kept. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/');
  const value = slash < 0 ? undefined : parseAddress(text.slice(0, slash));
  const lengthText = text.slice(slash + 1);
  if (value === undefined || !/^\d{1,3}$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  return length <= bitsOf(value)
    ? { address: typeof value === 'number' ? text.slice(0, slash) : formatAddress(value), value, length }
    : undefined;
}

function bitsOf(address: Address): number {
  return typeof address === 'number' ? 32 : 128;
}

/** Returns first and last address of a prefix, or undefined. Law: first is the network address. */
export function parsePrefix(text: string): AddressRange | undefined {
  const cidr = parseCidr(text);
  if (cidr === undefined) return undefined;
  const { value, length } = cidr;
  if (typeof value === 'number') {
    const size = 2 ** (32 - length);
    const first = Math.floor(value / size) * size;
    return { first, last: first + size - 1 };
  }
  const hostBits = BigInt(128 - length);
  const first = (value >> hostBits) << hostBits;
  return { first, last: first + (1n << hostBits) - 1n };
}

/** Returns true if the address is in the range, and of its family. */
export function isInRange(address: Address, { first, last }: AddressRange): boolean {
  return typeof address === typeof first && address >= first && address <= last;
}

/** Returns the address without its prefix length. */
export function withoutLength(cidr: string): string {
  const slash = cidr.indexOf('/');
  return slash < 0 ? cidr : cidr.slice(0, slash);
}

/** Returns the prefix that is the address alone: its length is 32 or 128. */
export function hostPrefixOf(cidr: string): string {
  const address = withoutLength(cidr);
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** Returns the address (with or without prefix length) in canonical spelling; other text is returned unchanged. */
export function normaliseAddress(text: string): string {
  // IPv4 has only one notation.
  const address = withoutLength(text);
  const groups = ipv6Groups(address);
  return groups === undefined ? text : formatGroups(groups) + text.slice(address.length);
}

/** Returns the prefix without host bits (`10.240.0.35/16` becomes `10.240.0.0/16`); other text unchanged. */
export function normalisePrefix(text: string): string {
  const range = parsePrefix(text);
  return range === undefined
    ? text
    : `${formatAddress(range.first)}/${Number(text.slice(text.indexOf('/') + 1))}`;
}

/** Returns the link-local address that the kernel gives an interface with the MAC. Source: RFC 4291 2.5.6 and appendix A. */
export function linkLocalOf(mac: string): string {
  const [a, b, c, d, e, f] = mac.split(':').map((part) => Number.parseInt(part, 16));
  const groups = [
    ((a ?? 0) ^ 2) * 256 + (b ?? 0),
    (c ?? 0) * 256 + 0xff,
    0xfe00 + (d ?? 0),
    (e ?? 0) * 256 + (f ?? 0),
  ];
  return formatGroups([0xfe80, 0, 0, 0, ...groups]);
}

/** Returns the MAC address in lower case with colons. */
export function normaliseMac(text: string): string {
  return text.toLowerCase();
}
