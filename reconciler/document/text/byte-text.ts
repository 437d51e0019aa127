/** An ASCII text as bytes, so that unchanged parts are neither decoded nor encoded. Pure. */
import type { Cut } from '../layout.ts';

/** The string methods that the splicer uses. */
export type TextSource = Pick<string, 'length' | 'slice' | 'indexOf' | 'lastIndexOf' | 'charAt'>;

/** The bytes as a TextSource. Law: within the text, every method equals that of the decoded string. */
export class ByteText implements TextSource {
  readonly #bytes: Buffer;

  /** Only for ASCII: other texts are kept as strings. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bufferOf(bytes);
  }

  /** Returns the number of characters. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Returns the characters from `start` to `end`, exclusive. */
  slice(start = 0, end: number = this.length): string {
    return this.#bytes.toString('latin1', start, end);
  }

  /** Returns the first position of the text at or after `from`; -1 if there is none. */
  indexOf(letters: string, from = 0): number {
    return this.#bytes.indexOf(letters, from, 'latin1');
  }

  /** Returns the last position of the text at or before `from`; -1 if there is none. */
  lastIndexOf(letters: string, from: number = this.length): number {
    return this.#bytes.lastIndexOf(letters, from, 'latin1');
  }

  /** Returns the character at the position; '' beyond the end. */
  charAt(at: number): string {
    return this.slice(at, at + 1);
  }
}

/**
 * Returns the bytes with the replacements, which must be in ascending order; undefined if one contains a
 * non-ASCII character.
 */
export function cutBytes(bytes: Uint8Array, cuts: readonly Cut[]): Uint8Array | undefined {
  let length = bytes.length;
  for (const { start, end, text } of cuts) length += text.length - (end - start);
  const result = Buffer.allocUnsafeSlow(length);
  let [from, to] = [0, 0];
  const keep = (end: number): void => {
    result.set(bytes.subarray(from, end), to);
    to += end - from;
  };
  for (const { start, end, text } of cuts) {
    keep(start);
    if (Buffer.byteLength(text) !== text.length) return undefined;
    to += result.write(text, to, 'latin1');
    from = end;
  }
  keep(bytes.length);
  return result;
}

function bufferOf({ buffer, byteOffset, length }: Uint8Array): Buffer {
  return Buffer.from(buffer, byteOffset, length);
}
