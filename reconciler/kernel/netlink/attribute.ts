/**
 * Netlink message bodies: a fixed header followed by attributes (length, type, value, padded to 4 bytes).
 * Code shared by reader and writer. Pure.
 * Source: netlink(7), rtnetlink(7), include/uapi/linux/netlink.h (struct nlattr).
 */

/** Netlink uses the machine's byte order. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Type flag of an attribute that contains attributes. Source: NLA_F_NESTED. */
export const NESTED = 0x8000;
const NETWORK_ORDER = 0x4000;
/** The bits of a type without its flags. */
export const TYPE_MASK = ~(NESTED | NETWORK_ORDER);
/** Length of an attribute's header. */
export const ATTRIBUTE_BYTES = 4;

/** Returns the padded length: attributes and messages start at multiples of four. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** Returns the 16 bits at the offset. */
export function read16(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  return LITTLE_ENDIAN ? first | (second << 8) : (first << 8) | second;
}

/** Returns the 32 bits at the offset, unsigned. */
export function read32(bytes: Uint8Array, at: number): number {
  const first = read16(bytes, at);
  const second = read16(bytes, at + 2);
  return LITTLE_ENDIAN ? first + second * 0x10000 : first * 0x10000 + second;
}

/** Writes 16 bits at the offset. */
export function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at + (LITTLE_ENDIAN ? 0 : 1)] = value;
  bytes[at + (LITTLE_ENDIAN ? 1 : 0)] = value >>> 8;
}

/** Writes 32 bits at the offset. */
export function write32(bytes: Uint8Array, at: number, value: number): void {
  for (let index = 0; index < 4; index += 1) {
    bytes[at + index] = value >>> (8 * (LITTLE_ENDIAN ? index : 3 - index));
  }
}

/** Returns the bytes in hex, two digits each. Law: inverse of hexBytes. */
export function hexOf(bytes: Uint8Array): string {
  let hex = '';
  for (const byte of bytes) hex += (byte < 16 ? '0' : '') + byte.toString(16);
  return hex;
}

/** Returns the bytes of hex digits. */
export function hexBytes(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
