/**
 * Elements of the table of network policies: nft's text and the bytes of the kernel's registers. Pure.
 * Source: nft(8) SETS; nft pads each part of a concatenation to four bytes; NFTA_SET_ELEM_KEY_END ends an interval.
 */
import { align4 } from '../netlink/attribute.ts';
import { ipBytes, ipText } from '../netlink/bytes.ts';
import type { BodyReader } from '../netlink/reader.ts';

/** A part of a key: an address of a family, a protocol number, or a port. */
type KeyPart = 'ip' | 'ip6' | 'protocol' | 'port';

const SIZES_BYTES: Readonly<Record<KeyPart, number>> = { ip: 4, ip6: 16, protocol: 1, port: 2 };

/** The types of a set. Shape: `isInterval`: keys have an end; `isMap`: elements have a chain. */
export type ElementShape = {
  readonly parts: readonly KeyPart[];
  readonly isInterval: boolean;
  readonly isMap: boolean;
};

/** The first and last key of an interval as bytes; equal for a single key. */
export type KeyBytes = { readonly first: Uint8Array; readonly last: Uint8Array };

/** Returns the types of the set by its name; undefined for a set that is not vnet's. */
export function shapeOfSet(name: string): ElementShape | undefined {
  const [, word, digit, suffix] = /^([a-z_]+)([46])(_[0-9a-f]+)?$/.exec(name) ?? [];
  const ip = digit === '4' ? 'ip' : 'ip6';
  if (suffix !== undefined) {
    const isOfClass = ['in', 'eg', 'block_in', 'block_eg'].includes(word ?? '');
    return isOfClass ? { parts: [ip, 'protocol', 'port'], isInterval: true, isMap: false } : undefined;
  }
  if (word === 'self') return { parts: [ip, ip], isInterval: false, isMap: false };
  if (word === 'iso_in' || word === 'iso_eg') return { parts: [ip], isInterval: false, isMap: false };
  const isMap = ['from', 'to', 'blocks_in', 'blocks_eg'].includes(word ?? '');
  return isMap ? { parts: [ip], isInterval: false, isMap } : undefined;
}

/** Returns the bytes of the key; undefined if the text is not of these types. */
export function encodeKey({ parts }: ElementShape, text: string): KeyBytes | undefined {
  const texts = text.split(' . ');
  if (texts.length !== parts.length) return undefined;
  const length = parts.reduce((sum, part) => sum + align4(SIZES_BYTES[part]), 0);
  const [first, last] = [new Uint8Array(length), new Uint8Array(length)];
  let at = 0;
  for (const [index, part] of parts.entries()) {
    const [from = '', to = from] = (texts[index] ?? '').split('-');
    first.set(partBytes(part, from), at);
    last.set(partBytes(part, to), at);
    at += align4(SIZES_BYTES[part]);
  }
  return { first, last };
}

function partBytes(part: KeyPart, text: string): Uint8Array {
  if (part === 'ip' || part === 'ip6') return ipBytes(text);
  const number = Number(text);
  return part === 'port' ? new Uint8Array([number >>> 8, number & 255]) : new Uint8Array([number]);
}

/** Returns the text of the key. Law: inverse of encodeKey. */
export function parseKey({ parts }: ElementShape, first: BodyReader, last: BodyReader): string {
  let at = 0;
  return parts
    .map((part) => {
      const size = SIZES_BYTES[part];
      const [from, to] = [partText(part, first.slice(at, size)), partText(part, last.slice(at, size))];
      at += align4(size);
      return from === to ? from : `${from}-${to}`;
    })
    .join(' . ');
}

function partText(part: KeyPart, bytes: BodyReader): string {
  if (part === 'ip' || part === 'ip6') return ipText(bytes) ?? '';
  return String(part === 'port' ? bytes.at8(0) * 256 + bytes.at8(1) : bytes.at8(0));
}
