/**
 * Elements of the table of network policies: nft's text and the bytes of the kernel's registers. Pure.
 * Source: nft(8) SETS; nft pads each part of a concatenation to four bytes; NFTA_SET_ELEM_KEY_END ends an interval.
 */
import { align4 } from '../netlink/attribute.ts';
import { ipBytes, ipText } from '../netlink/bytes.ts';
import type { BodyReader } from '../netlink/reader.ts';

/** A part of a key: an address of a family, the number of a class, a protocol number, or a port. */
type KeyPart = 'ip' | 'ip6' | 'class' | 'protocol' | 'port';

const SIZES_BYTES: Readonly<Record<KeyPart, number>> = { ip: 4, ip6: 16, class: 4, protocol: 1, port: 2 };

/** Returns the lengths of the parts: as they are, and as they are in registers. */
export function lengthsOf(
  parts: readonly KeyPart[],
): readonly { readonly bytes: number; readonly padded: number }[] {
  return parts.map((part) => ({ bytes: SIZES_BYTES[part], padded: align4(SIZES_BYTES[part]) }));
}

/** The types of a set. Shape: `isInterval`: keys have an end; `value` of a map: the chain to jump to, or the number of a class. */
export type ElementShape = {
  readonly parts: readonly KeyPart[];
  readonly isInterval: boolean;
  readonly value?: 'chain' | 'class';
};

/** Returns the types of the set by its name; undefined for a set that is not vnet's. */
export function shapeOfSet(name: string): ElementShape | undefined {
  const [, word, digit, suffix] =
    /^(self|(?:pod|peer|port|range|cidr)_(?:in|eg))([46])(_[0-9a-f]+)?$/.exec(name) ?? [];
  const ip = digit === '4' ? 'ip' : 'ip6';
  const kind = (word ?? '').replace(/_.*/, '');
  if (['port', 'range', 'cidr'].includes(kind) !== (suffix !== undefined)) return undefined;
  switch (kind) {
    case 'self':
      return { parts: [ip, ip], isInterval: false };
    case 'pod':
      return { parts: [ip], isInterval: false, value: 'chain' };
    case 'peer':
      return { parts: [ip], isInterval: false, value: 'class' };
    case 'port':
      return { parts: ['class', 'protocol', 'port'], isInterval: false };
    case 'range':
      return { parts: ['class', 'protocol', 'port'], isInterval: true };
    case 'cidr':
      return { parts: [ip, 'protocol', 'port'], isInterval: true };
    default:
      return undefined;
  }
}

/** Returns the bytes of the class's number, as the packet's priority has them. */
export function classBytes(number: string): Uint8Array {
  return new Uint8Array(new Uint32Array([Number.parseInt(number, 16)]).buffer);
}

/** Returns the class's number. Law: inverse of classBytes. */
export function classText(bytes: BodyReader): string {
  const [first = 0, second = 0, third = 0, fourth = 0] = bytes.toBytes();
  // Both architectures that vnet runs on are little-endian.
  const number = first + second * 2 ** 8 + third * 2 ** 16 + fourth * 2 ** 24;
  return number.toString(16).padStart(8, '0');
}

/** The first and last key of an interval as bytes; equal for a single key. */
export type KeyBytes = { readonly first: Uint8Array; readonly last: Uint8Array };

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
  if (part === 'class') return classBytes(text);
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
  if (part === 'class') return classText(bytes);
  return String(part === 'port' ? bytes.at8(0) * 256 + bytes.at8(1) : bytes.at8(0));
}
