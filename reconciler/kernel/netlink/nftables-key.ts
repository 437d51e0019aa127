/**
 * Keys and values of our nftables sets: nft's text and the bytes of the kernel's registers. Pure.
 * Source: nft(8) SETS and DATA TYPES; nft pads each part of a concatenation to four bytes.
 */
import type { NftDataType, NftFamily } from '../../model/kinds/nft-element.ts';
import { nftSets } from '../../model/modes/cores.ts';
import { familyOf } from '../../model/addresses/address.ts';
import { assertNever } from '../../model/result.ts';
import { align4 } from './attribute.ts';
import { BodyReader } from './reader.ts';
import { ipBytes, ipText, macBytes, macText } from './bytes.ts';

const SIZES_BYTES: Readonly<Record<NftDataType, number>> = {
  ipv4_addr: 4,
  ipv6_addr: 16,
  ether_addr: 6,
  ifname: 16,
};

const SEPARATOR = ' . ';

const encoder = new TextEncoder();

/** The sets and maps of our table, by name. */
export const NFT_SETS = nftSets();

/** Returns the family of the table that has the set; bridge for an unknown one. */
export function familyOfSet(set: string): NftFamily {
  return NFT_SETS[set]?.family ?? 'bridge';
}

/** Returns the bytes of a key or value; undefined if the text is not of these types. */
export function encodeRegister(types: readonly NftDataType[], text: string): Uint8Array | undefined {
  const parts = text.split(SEPARATOR);
  if (parts.length !== types.length) return undefined;
  const encoded: Uint8Array[] = [];
  let length = 0;
  // No entries() and reduce(): an ADD encodes a dozen, in code that is not compiled.
  for (const type of types) {
    const part = encodePart(type, parts[encoded.length] ?? '');
    if (part === undefined) return undefined;
    encoded.push(part);
    length += types.length === 1 ? SIZES_BYTES[type] : align4(SIZES_BYTES[type]);
  }
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of encoded) {
    bytes.set(part, at);
    at += align4(part.length);
  }
  return bytes;
}

function encodePart(type: NftDataType, text: string): Uint8Array | undefined {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
      return familyOf(text) === (type === 'ipv4_addr' ? 4 : 6) ? ipBytes(text) : undefined;
    case 'ether_addr':
      return /^[0-9a-f]{2}(:[0-9a-f]{2}){5}$/i.test(text) ? macBytes(text) : undefined;
    case 'ifname': {
      const name = encoder.encode(text);
      // The last byte stays NUL: no name is longer. Source: IFNAMSIZ.
      if (name.length === 0 || name.length >= SIZES_BYTES.ifname) return undefined;
      const bytes = new Uint8Array(SIZES_BYTES.ifname);
      bytes.set(name);
      return bytes;
    }
    default:
      return assertNever(type);
  }
}

/**
 * Returns the text of a key or value; undefined if its length does not match the types.
 * Law: inverse of encodeRegister.
 */
export function parseRegister(
  types: readonly NftDataType[],
  value: BodyReader | undefined,
): string | undefined {
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

function parsePart(type: NftDataType, value: BodyReader): string | undefined {
  switch (type) {
    case 'ipv4_addr':
    case 'ipv6_addr':
      return ipText(value);
    case 'ether_addr':
      return macText(value);
    case 'ifname':
      return value.toText();
    default:
      return assertNever(type);
  }
}
