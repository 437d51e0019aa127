/**
 * IPv4, IPv6, prefixes and MAC addresses as text and numbers. Pure, and without a library: it is on the ADD path,
 * where loading one costs more than the whole kernel work.
 */

const [ZERO, NINE, DOT] = [48, 57, 46];

/** Returns the IPv4 address as an unsigned 32-bit number, or undefined when the text is not one (dotted quad only). */
export function parseIpv4(text: string): number | undefined {
  let value = 0;
  let octet = 0;
  let digits = 0;
  let dots = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= ZERO && code <= NINE) {
      octet = octet * 10 + code - ZERO;
      digits += 1;
      if (digits > 3 || octet > 255) return undefined;
    } else if (code === DOT && digits > 0 && dots < 3) {
      value = value * 256 + octet;
      octet = 0;
      digits = 0;
      dots += 1;
    } else return undefined;
  }
  return dots === 3 && digits > 0 ? value * 256 + octet : undefined;
}

/** Returns the dotted quad of an unsigned 32-bit number. Law: parseIpv4(formatIpv4(n)) = n. */
export function formatIpv4(value: number): string {
  return `${value >>> 24}.${(value >>> 16) & 255}.${(value >>> 8) & 255}.${value & 255}`;
}

/** Returns the eight 16-bit groups of an IPv6 address, or undefined when the text is not one. Source: RFC 4291 2.2. */
export function parseIpv6(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '');
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '') : [];
  if (head === undefined || tail === undefined) return undefined;
  if (halves.length === 1) return head.length === 8 ? head : undefined;
  const gap = 8 - head.length - tail.length;
  return gap < 1 ? undefined : [...head, ...Array.from({ length: gap }, () => 0), ...tail];
}

function parseGroups(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (index === parts.length - 1 && part.includes('.')) {
      const quad = parseIpv4(part);
      if (quad === undefined) return undefined;
      groups.push(quad >>> 16, quad & 0xffff);
    } else if (/^[0-9A-Fa-f]{1,4}$/.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** Returns the canonical text of eight IPv6 groups. Source: RFC 5952: lower case, longest run of zeros shortened. */
export function formatIpv6(groups: readonly number[]): string {
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start += 1) {
    let length = 0;
    while (start + length < 8 && groups[start + length] === 0) length += 1;
    if (length > bestLength) [bestStart, bestLength] = [start, length];
  }
  const hex = groups.map((group) => group.toString(16));
  if (bestStart < 0) return hex.join(':');
  return `${hex.slice(0, bestStart).join(':')}::${hex.slice(bestStart + bestLength).join(':')}`;
}

/** Returns 4 or 6, or undefined when the text (an address, with or without prefix length) is neither. */
export function familyOf(text: string): 4 | 6 | undefined {
  const address = withoutLength(text);
  if (parseIpv4(address) !== undefined) return 4;
  return parseIpv6(address) === undefined ? undefined : 6;
}

/** An address and the length of its prefix. Shape: `{ address: '10.240.0.35', length: 16 }`. */
export type Cidr = { readonly address: string; readonly length: number };

/** Returns address and prefix length of `10.240.0.35/16`, or undefined; host bits are kept. */
export function parseCidr(text: string): Cidr | undefined {
  const address = withoutLength(text);
  const family = familyOf(address);
  const lengthText = text.slice(address.length + 1);
  if (family === undefined || !/^\d{1,3}$/.test(lengthText)) return undefined;
  const length = Number(lengthText);
  return length <= (family === 4 ? 32 : 128) ? { address: normaliseAddress(address), length } : undefined;
}

/** Returns first and last address of an IPv4 prefix as numbers, or undefined. Law: first is the network address. */
export function parsePrefixIpv4(text: string): { readonly first: number; readonly last: number } | undefined {
  const cidr = parseCidr(text);
  const value = cidr === undefined ? undefined : parseIpv4(cidr.address);
  if (cidr === undefined || value === undefined) return undefined;
  const first = networkOf(value, cidr.length);
  return { first, last: first + 2 ** (32 - cidr.length) - 1 };
}

/** The address without its host bits. */
function networkOf(ipv4: number, length: number): number {
  const size = 2 ** (32 - length);
  return Math.floor(ipv4 / size) * size;
}

/** Returns the address without its prefix length. */
export function withoutLength(cidr: string): string {
  const slash = cidr.indexOf('/');
  return slash < 0 ? cidr : cidr.slice(0, slash);
}

/** Returns the address (with or without prefix length) in canonical spelling; other text is returned unchanged. */
export function normaliseAddress(text: string): string {
  // IPv4 has one spelling.
  if (!text.includes(':')) return text;
  const address = withoutLength(text);
  const groups = parseIpv6(address);
  return groups === undefined ? text : formatIpv6(groups) + text.slice(address.length);
}

/** Returns the prefix without host bits (`10.240.0.35/16` becomes `10.240.0.0/16`); other text unchanged. */
export function normalisePrefix(text: string): string {
  const cidr = parseCidr(text);
  if (cidr === undefined) return text;
  const ipv4 = parseIpv4(cidr.address);
  if (ipv4 !== undefined) return `${formatIpv4(networkOf(ipv4, cidr.length))}/${cidr.length}`;
  const groups = parseIpv6(cidr.address) ?? [];
  const masked = groups.map((group, index) => {
    const bits = Math.min(16, Math.max(0, cidr.length - index * 16));
    return group & (0xffff << (16 - bits)) & 0xffff;
  });
  return `${formatIpv6(masked)}/${cidr.length}`;
}

/** Returns the MAC address in lower case with colons. */
export function normaliseMac(text: string): string {
  return text.toLowerCase();
}
