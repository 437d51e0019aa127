/**
 * Keys and values of our nftables sets: text as `nft` prints it, and the bytes of the kernel's registers. Pure.
 * Source: nft(8) SETS and DATA TYPES; nft pads each part of a concatenation to four bytes.
 */
import { parseIpv4 } from '../../model/addresses/address.ts';
import { assertNever } from '../../model/result.ts';
import { BodyReader, align4 } from './attribute.ts';
import { ipBytes, ipText, macBytes, macText } from './bytes.ts';

/** The data types that our sets are made of, by their names in nft(8). */
type DataType = 'ipv4_addr' | 'ether_addr' | 'ifname';

const SIZES_BYTES: Readonly<Record<DataType, number>> = { ipv4_addr: 4, ether_addr: 6, ifname: 16 };

const SEPARATOR = ' . ';

/** What the elements of a set are. Shape: several parts of `key` are a concatenation; `value` is that of a map. */
export type SetShape = { readonly key: readonly DataType[]; readonly value?: DataType };

/** The sets and maps of our table, by name. */
export const SET_SHAPES: Readonly<Record<string, SetShape>> = {
  pods: { key: ['ipv4_addr'], value: 'ether_addr' },
  ports: { key: ['ifname'] },
  port_macs: { key: ['ifname', 'ether_addr'] },
  port_ips: { key: ['ifname', 'ipv4_addr'] },
  own_macs: { key: ['ifname'], value: 'ether_addr' },
};

/** Returns the bytes of a key or value, or undefined when the text is not of the types. */
export function encodeRegister(types: readonly DataType[], text: string): Uint8Array | undefined {
  const parts = text.split(SEPARATOR);
  if (parts.length !== types.length) return undefined;
  const width = (type: DataType): number =>
    types.length === 1 ? SIZES_BYTES[type] : align4(SIZES_BYTES[type]);
  const bytes = new Uint8Array(types.reduce((sum, type) => sum + width(type), 0));
  let at = 0;
  for (const [index, type] of types.entries()) {
    const part = encodePart(type, parts[index] ?? '');
    if (part === undefined) return undefined;
    bytes.set(part, at);
    at += width(type);
  }
  return bytes;
}

function encodePart(type: DataType, text: string): Uint8Array | undefined {
  switch (type) {
    case 'ipv4_addr':
      return parseIpv4(text) === undefined ? undefined : ipBytes(text);
    case 'ether_addr':
      return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? macBytes(text) : undefined;
    case 'ifname': {
      const bytes = new TextEncoder().encode(text);
      // The last byte stays NUL: longer names can't exist. Source: IFNAMSIZ.
      return text !== '' && bytes.length < SIZES_BYTES.ifname ? bytes : undefined;
    }
    default:
      return assertNever(type);
  }
}

/** Returns the text of a key or value, or undefined when it hasn't the length of the types. Law: inverse of encodeRegister. */
export function parseRegister(types: readonly DataType[], value: BodyReader | undefined): string | undefined {
  if (value === undefined) return undefined;
  const parts: string[] = [];
  let at = 0;
  for (const type of types) {
    const part = parsePart(type, value.slice(at, SIZES_BYTES[type]));
    if (part === undefined) return undefined;
    parts.push(part);
    at += align4(SIZES_BYTES[type]);
  }
  return parts.join(SEPARATOR);
}

function parsePart(type: DataType, value: BodyReader): string | undefined {
  switch (type) {
    case 'ipv4_addr':
      return ipText(value);
    case 'ether_addr':
      return macText(value);
    case 'ifname':
      return value.toText();
    default:
      return assertNever(type);
  }
}
