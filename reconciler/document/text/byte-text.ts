/** A text of ASCII as its bytes, so that what stays of it is neither decoded nor encoded again. Pure. */
import type { Cut } from '../layout.ts';

/** As much of a string as the splicer needs. */
export type TextSource = Pick<string, 'length' | 'slice' | 'indexOf' | 'lastIndexOf' | 'charAt'>;

/** The bytes as a TextSource. Law: every method answers as that of the decoded string, for places that are in it. */
export class ByteText implements TextSource {
  readonly #bytes: Buffer;

  /** Bytes above 127 would be other letters: who has such keeps the text. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bufferOf(bytes);
  }

  /** Returns how many letters it has. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Returns the letters from `start` to before `end`. */
  slice(start = 0, end: number = this.length): string {
    return this.#bytes.toString('latin1', start, end);
  }

  /** Returns where the letters are first, from `from` on; -1 for nowhere. */
  indexOf(letters: string, from = 0): number {
    return this.#bytes.indexOf(letters, from, 'latin1');
  }

  /** Returns where the letters are last, at `from` or before; -1 for nowhere. */
  lastIndexOf(letters: string, from: number = this.length): number {
    return this.#bytes.lastIndexOf(letters, from, 'latin1');
  }

  /** Returns the letter there, '' beyond the end. */
  charAt(at: number): string {
    return this.slice(at, at + 1);
  }
}

/**
 * Returns the bytes with the replacements made, which must come from the first to the last; undefined when one brings a
 * letter that is not ASCII.
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
