/** Reads values from another program's JSON, and notes every malformed one. Pure. */
import { familyOf } from '../model/addresses/address.ts';

/** A JSON object. */
export type RawObject = Readonly<Record<string, unknown>>;

/** Collects the errors; a result with errors is empty and must not be used. */
export class RawReader {
  readonly wrong: string[] = [];

  /** Returns the object at the place; empty for null or if absent. */
  object(value: unknown, place: string): RawObject {
    if (value === undefined || value === null) return {};
    if (typeof value === 'object' && !Array.isArray(value)) return Object.fromEntries(Object.entries(value));
    this.#note(place, 'an object', value);
    return {};
  }

  /** Returns the entries of the object at the place, with the place of each. */
  entries(value: unknown, place: string): readonly (readonly [key: string, value: unknown, place: string])[] {
    return Object.entries(this.object(value, place)).map(([key, inner]) => [key, inner, `${place}.${key}`]);
  }

  /** Returns the items of the list at the place, with the place of each; empty for null or if absent. */
  list(value: unknown, place: string): readonly (readonly [value: unknown, place: string])[] {
    if (value === undefined || value === null) return [];
    if (Array.isArray(value)) return value.map((item: unknown, index) => [item, `${place}[${index}]`]);
    this.#note(place, 'a list', value);
    return [];
  }

  /** Returns the text at the place; `''` for null or if absent. */
  text(value: unknown, place: string): string {
    if (value === undefined || value === null) return '';
    if (typeof value === 'string') return value;
    this.#note(place, 'a text', value);
    return '';
  }

  /** Returns the non-empty texts of the list at the place. */
  texts(value: unknown, place: string): readonly string[] {
    return this.list(value, place)
      .map(([item, at]) => this.text(item, at))
      .filter((item) => item !== '');
  }

  /** Returns the flag at the place; false for null or if absent. */
  flag(value: unknown, place: string): boolean {
    if (value === undefined || value === null) return false;
    if (typeof value === 'boolean') return value;
    this.#note(place, 'true or false', value);
    return false;
  }

  /** Returns the base64-encoded MAC address with colons; `''` without one. */
  mac(value: unknown, place: string): string {
    const text = this.text(value, place);
    const bytes = text === '' ? [] : decodeBase64(text);
    if (bytes?.length === 0) return '';
    if (bytes?.length !== 6) {
      this.#note(place, 'a MAC address in base64', value);
      return '';
    }
    return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
  }

  /** Returns the address of `{IP, Mask}` with prefix length; undefined without one. */
  cidr(value: unknown, place: string): string | undefined {
    const object = this.object(value, place);
    const address = this.text(object['IP'], `${place}.IP`);
    if (address === '') return undefined;
    const mask = decodeBase64(this.text(object['Mask'], `${place}.Mask`));
    const length = mask === undefined ? undefined : prefixLength(mask);
    if (length === undefined) {
      this.#note(`${place}.Mask`, 'a mask in base64', object['Mask']);
      return undefined;
    }
    return `${address}/${length}`;
  }

  #note(place: string, wanted: string, value: unknown): void {
    this.wrong.push(`${place} is not ${wanted}: ${(JSON.stringify(value) ?? '').slice(0, 60)}`);
  }
}

/** Returns the bytes; undefined if the text is not base64. */
function decodeBase64(text: string): readonly number[] | undefined {
  try {
    return Array.from(atob(text), (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** Returns the text of the bytes in base64. */
function encodeBase64(bytes: readonly number[]): string {
  return btoa(String.fromCharCode(...bytes));
}

/** Returns the bytes of a MAC address in base64. */
export function encodeMac(mac: string): string {
  return encodeBase64(mac.split(':').map((byte) => Number.parseInt(byte, 16)));
}

/** Returns `{IP, Mask}` of an address with prefix length. */
export function encodeCidr(cidr: string): { readonly IP: string; readonly Mask: string } {
  const [address = '', length = '0'] = cidr.split('/');
  const count = familyOf(address) === 4 ? 4 : 16;
  const bytes = Array.from({ length: count }, (_, index) => {
    const bits = Math.min(8, Math.max(0, Number(length) - index * 8));
    return (0xff << (8 - bits)) & 0xff;
  });
  return { IP: address, Mask: encodeBase64(bytes) };
}

/** Returns the number of leading one bits; undefined if other bits are set. */
function prefixLength(mask: readonly number[]): number | undefined {
  const bits = mask.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const match = /^(1*)0*$/.exec(bits);
  return bits === '' || match === null ? undefined : (match[1] ?? '').length;
}
