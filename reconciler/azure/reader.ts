/** Reads values from another program's JSON, and notes every malformed one. Pure. */
import { familyOf } from '../model/addresses/address.ts';
import { isAnyList, isRecord, isText } from '../model/objects.ts';

/** One value and its place. Shape: `wrong` collects the errors; a result with errors must not be used. */
export class RawReader {
  readonly #value: unknown;
  readonly #place: string;
  readonly #wrong: string[];
  #fields: Readonly<Record<string, unknown>> | undefined;

  constructor(value: unknown, place: string, wrong: string[]) {
    this.#value = value;
    this.#place = place;
    this.#wrong = wrong;
  }

  /** Returns the fields of the object; none for null or if absent. */
  fields(): Readonly<Record<string, unknown>> {
    this.#fields ??= this.#read('an object', isRecord, {});
    return this.#fields;
  }

  /** Returns the reader of one field of the object. */
  at(name: string): RawReader {
    return new RawReader(this.fields()[name], `${this.#place}.${name}`, this.#wrong);
  }

  /** Returns the readers of the fields of the object, with their names. */
  entries(): readonly (readonly [name: string, field: RawReader])[] {
    return Object.keys(this.fields()).map((name) => [name, this.at(name)]);
  }

  /** Returns the readers of the items of the list; none for null or if absent. */
  list(): readonly RawReader[] {
    const items = this.#read('a list', isAnyList, []);
    return items.map((item, index) => new RawReader(item, `${this.#place}[${index}]`, this.#wrong));
  }

  /** Returns the text; `''` for null or if absent. */
  text(): string {
    return this.#read('a text', isText, '');
  }

  /** Returns the non-empty texts of the list. */
  texts(): readonly string[] {
    return this.list()
      .map((item) => item.text())
      .filter((item) => item !== '');
  }

  /** Returns the flag; false for null or if absent. */
  flag(): boolean {
    return this.#read('true or false', (value) => typeof value === 'boolean', false);
  }

  /** Returns the base64-encoded MAC address with colons; `''` without one. */
  mac(): string {
    const text = this.text();
    const bytes = text === '' ? [] : decodeBase64(text);
    if (bytes?.length === 0) return '';
    if (bytes?.length === 6) return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
    this.#note('a MAC address in base64');
    return '';
  }

  /** Returns the address of `{IP, Mask}` with prefix length; undefined without one. */
  cidr(): string | undefined {
    const [address, mask] = [this.at('IP').text(), this.at('Mask')];
    if (address === '') return undefined;
    const bytes = decodeBase64(mask.text());
    const length = bytes === undefined ? undefined : prefixLength(bytes);
    if (length !== undefined) return `${address}/${length}`;
    mask.#note('a mask in base64');
    return undefined;
  }

  /** Returns the addresses of the list. */
  cidrs(): readonly string[] {
    return this.list().flatMap((item) => item.cidr() ?? []);
  }

  #read<T>(wanted: string, isValid: (value: unknown) => value is T, absent: T): T {
    if (this.#value === undefined || this.#value === null) return absent;
    if (isValid(this.#value)) return this.#value;
    this.#note(wanted);
    return absent;
  }

  #note(wanted: string): void {
    this.#wrong.push(`${this.#place} is not ${wanted}: ${(JSON.stringify(this.#value) ?? '').slice(0, 60)}`);
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
