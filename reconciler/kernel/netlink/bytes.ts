/** MAC and IP addresses in netlink's form: bytes in network order. Pure. */
import { formatAddress, formatGroups, ipv6Groups, parseAddress } from '../../model/addresses/address.ts';
import { Bug } from '../../model/result.ts';
import { BodyReader } from './reader.ts';

/** Address families. Source: include/linux/socket.h. */
export const AF_UNSPEC = 0;
/** IPv4. */
export const AF_INET = 2;
/** Bridge ports and their forwarding database. */
export const AF_BRIDGE = 7;
/** IPv6. */
export const AF_INET6 = 10;

/** Returns the address family number of IPv4 or IPv6. */
export function familyNumber(family: 4 | 6): number {
  return family === 4 ? AF_INET : AF_INET6;
}

/** Returns the 4 or 16 bytes of an IP address. Throws a Bug for other text: callers pass validated values. */
export function ipBytes(text: string): Uint8Array {
  const groups = ipv6Groups(text);
  if (groups !== undefined)
    return Uint8Array.from({ length: 16 }, (_, at) => (groups[at >> 1] ?? 0) >> (at & 1 ? 0 : 8));
  const address = parseAddress(text);
  if (typeof address !== 'number') throw new Bug(`not an IP address: ${JSON.stringify(text)}`);
  return new Uint8Array([address >>> 24, address >>> 16, address >>> 8, address]);
}

/**
 * Returns the IP address in 4 or 16 bytes, undefined for another length; with `bits`, host bits beyond the
 * prefix are cleared.
 * Law: inverse of ipBytes.
 */
export function ipText(value: BodyReader | undefined, bits = 128): string | undefined {
  if (value?.length === 4) {
    const number = (value.at8(0) << 24) | (value.at8(1) << 16) | (value.at8(2) << 8) | value.at8(3);
    return formatAddress((bits === 0 ? 0 : bits >= 32 ? number : number & (-1 << (32 - bits))) >>> 0);
  }
  if (value?.length !== 16) return undefined;
  return formatGroups(
    Array.from({ length: 8 }, (_, index) => {
      const kept = Math.min(16, Math.max(0, bits - index * 16));
      return (value.at8(index * 2) * 256 + value.at8(index * 2 + 1)) & (0xffff << (16 - kept));
    }),
  );
}

/** Returns the six bytes of a MAC address. Throws a Bug for other text. */
export function macBytes(text: string): Uint8Array {
  if (!/^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text))
    throw new Bug(`not a MAC address: ${JSON.stringify(text)}`);
  return Uint8Array.from(text.split(':'), (part) => Number.parseInt(part, 16));
}

/** Returns the MAC address in six bytes; undefined for another length. Law: inverse of macBytes. */
export function macText(value: BodyReader | undefined): string | undefined {
  if (value?.length !== 6) return undefined;
  const hex = (at: number): string => (value.at8(at) < 16 ? '0' : '') + value.at8(at).toString(16);
  return `${hex(0)}:${hex(1)}:${hex(2)}:${hex(3)}:${hex(4)}:${hex(5)}`;
}

/** The text "tbf" and its zero byte, compared as a number. */
const TBF = BodyReader.of(new TextEncoder().encode('tbf\0')).at32(0);

/** Returns true for the name of a token bucket filter. */
export function isTokenBucket(name: BodyReader | undefined): boolean {
  return name?.at32(0) === TBF;
}
