/**
 * The names of ip(8) for unknown attributes that vnet only carries: `8.11 20000000` is `initcwnd 32`. Pure.
 */
import type { KernelObject, RestAttributes } from '../kind.ts';

/** The text form of an attribute's value. `text` ends with a NUL; `realms` are two halves of a word. */
type Form = 'u8' | 'u32' | 'text' | 'realms';

type Words = Readonly<Record<string, readonly [name: string, form: Form]>>;

/**
 * The attributes with a name, by kind and type.
 * Source: include/uapi/linux/rtnetlink.h (RTA_*, RTAX_*), if_addr.h, neighbour.h; names as in ip-route(8).
 */
export const ATTRIBUTE_WORDS: Readonly<Record<string, Words>> = {
  route: {
    '8.1': ['lock', 'u32'],
    '8.3': ['window', 'u32'],
    '8.4': ['rtt', 'u32'],
    '8.5': ['rttvar', 'u32'],
    '8.6': ['ssthresh', 'u32'],
    '8.7': ['cwnd', 'u32'],
    '8.8': ['advmss', 'u32'],
    '8.9': ['reordering', 'u32'],
    '8.10': ['hoplimit', 'u32'],
    '8.11': ['initcwnd', 'u32'],
    '8.12': ['features', 'u32'],
    '8.13': ['rto_min', 'u32'],
    '8.14': ['initrwnd', 'u32'],
    '8.15': ['quickack', 'u32'],
    '8.16': ['congctl', 'text'],
    '8.17': ['fastopen_no_cookie', 'u32'],
    '11': ['realms', 'realms'],
    '20': ['pref', 'u8'],
  },
  address: { '11': ['proto', 'u8'], '8': ['flags', 'u32'] },
  rule: {
    '14': ['suppress_prefixlength', 'u32'],
    '3': ['iif', 'text'],
    '17': ['oif', 'text'],
    '4': ['goto', 'u32'],
    '22': ['ipproto', 'u8'],
  },
  neighbour: { '15': ['flags_ext', 'u32'] },
};

/** Numbers are in host byte order, as in the kernel. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

const NOTHING: Words = {};

/**
 * Returns the attributes in readable form; one without a name is unchanged.
 * Law: attributesOf() inverts it.
 */
export function wordsOf(kind: KernelObject['kind'], rest: RestAttributes): readonly string[] {
  const words = ATTRIBUTE_WORDS[kind] ?? NOTHING;
  return rest.map((attribute) => {
    const [type = '', hex = ''] = attribute.split(' ');
    const [name, form] = words[type] ?? [];
    const text = form === undefined ? undefined : textOf(form, hex);
    return text === undefined ? attribute : `${name} ${text}`;
  });
}

/** Returns the attributes of the words. Total: an unknown word is kept verbatim. */
export function attributesOf(kind: KernelObject['kind'], words: readonly string[]): RestAttributes {
  const types = new Map(
    Object.entries(ATTRIBUTE_WORDS[kind] ?? NOTHING).map(([type, [name, form]]) => [name, { type, form }]),
  );
  return words.map((said) => {
    const [name = '', text = ''] = said.split(' ');
    const known = types.get(name);
    return known === undefined ? said : `${known.type} ${hexOf(known.form, text)}`;
  });
}

/** Returns undefined for a value of the wrong length, or one that would not be restored exactly. */
function textOf(form: Form, hex: string): string | undefined {
  const text = decode(form, hex);
  return text !== undefined && text !== '' && !/\s/.test(text) && hexOf(form, text) === hex
    ? text
    : undefined;
}

function decode(form: Form, hex: string): string | undefined {
  const bytes = Array.from(hex.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16));
  switch (form) {
    case 'u8':
      return bytes.length === 1 ? String(bytes[0]) : undefined;
    case 'u32':
      return bytes.length === 4 ? String(numberOf(bytes)) : undefined;
    case 'realms': {
      const value = numberOf(bytes);
      return bytes.length === 4 ? `${value >>> 16}/${value & 0xffff}` : undefined;
    }
    case 'text':
      return String.fromCodePoint(...bytes.slice(0, -1));
  }
}

function hexOf(form: Form, text: string): string {
  switch (form) {
    case 'u8':
      return byte(Number(text));
    case 'u32':
      return word(Number(text));
    case 'realms': {
      const [from = 0, to = 0] = text.split('/').map(Number);
      return word(((from << 16) | to) >>> 0);
    }
    case 'text':
      return `${Array.from(text, (letter) => byte(letter.codePointAt(0) ?? 0)).join('')}00`;
  }
}

function numberOf(bytes: readonly number[]): number {
  const ordered = IS_LITTLE_ENDIAN ? bytes.toReversed() : bytes;
  return ordered.reduce((value, one) => value * 256 + one, 0);
}

function word(value: number): string {
  const bytes = [value >>> 24, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff];
  return (IS_LITTLE_ENDIAN ? bytes.toReversed() : bytes).map(byte).join('');
}

function byte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0');
}
