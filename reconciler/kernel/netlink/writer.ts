/** Writes netlink message bodies. Pure. Source: netlink(7). */
import { align4, ATTRIBUTE_BYTES, hexBytes, NESTED, write16, write32 } from './attribute.ts';

const encoder = new TextEncoder();

/** Initial buffer size: enough for most messages. */
const SCRATCH_BYTES = 256;

/** Buffers of finished writers, reused because allocation costs more than writing a message. All zero. */
const idle: Uint8Array[] = [];

/** Writes one body: the fields of its fixed header, then its attributes. */
export class BodyWriter {
  // A typed array instead of a DataView: see BodyReader.
  #bytes = idle.pop() ?? new Uint8Array(SCRATCH_BYTES);
  #length = 0;

  /** Returns the written bytes and ends the writer. */
  finish(): Uint8Array {
    const written = this.#bytes.slice(0, this.#length);
    idle.push(this.#bytes.fill(0, 0, this.#length));
    this.#bytes = new Uint8Array();
    this.#length = 0;
    return written;
  }

  /** Adds a header field of 8 bits. */
  put8(value: number): this {
    const at = this.#grow(1);
    this.#bytes[at] = value;
    return this;
  }

  /** Adds a header field of 16 bits. */
  put16(value: number): this {
    const at = this.#grow(2);
    write16(this.#bytes, at, value);
    return this;
  }

  /** Adds a header field of 16 bits in network order. */
  put16be(value: number): this {
    return this.put8(value >>> 8).put8(value);
  }

  /** Adds a header field of 32 bits. */
  put32(value: number): this {
    const at = this.#grow(4);
    write32(this.#bytes, at, value);
    return this;
  }

  /** Adds an attribute of 8 bits. */
  u8(type: number, value: number): this {
    const at = this.#attribute(type, 1);
    this.#bytes[at] = value;
    return this;
  }

  /** Adds an attribute of 32 bits. */
  u32(type: number, value: number): this {
    const at = this.#attribute(type, 4);
    write32(this.#bytes, at, value);
    return this;
  }

  /** Adds a text attribute, NUL-terminated. */
  text(type: number, value: string): this {
    const encoded = encoder.encode(value);
    const at = this.#attribute(type, encoded.length + 1);
    this.#bytes.set(encoded, at);
    return this;
  }

  /** Adds an attribute of raw bytes, or an empty one. */
  bytes(type: number, value: Uint8Array): this {
    const at = this.#attribute(type, value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Adds attributes in the form of BodyReader.rest(), only those below `path`. */
  rest(attributes: readonly string[] | undefined, path = ''): this {
    for (const attribute of attributes ?? []) {
      const [type = '', hex = ''] = attribute.slice(path.length).split(' ');
      if (!attribute.startsWith(path) || type.includes('.')) continue;
      const bits = type.endsWith('n') ? NESTED : 0;
      this.bytes(Number.parseInt(type, 10) | bits, hexBytes(hex));
    }
    return this;
  }

  /** Adds an attribute with the contents that `fill` writes, possibly a header followed by attributes. */
  nest(type: number, fill: (writer: this) => void): this {
    const start = this.#grow(ATTRIBUTE_BYTES);
    fill(this);
    write16(this.#bytes, start, this.#length - start);
    write16(this.#bytes, start + 2, type | NESTED);
    this.#grow(align4(this.#length) - this.#length);
    return this;
  }

  /** Adds the output of `fill` after its 16-bit length, which counts itself. */
  sized(fill: (writer: this) => void): this {
    const start = this.#grow(2);
    fill(this);
    write16(this.#bytes, start, this.#length - start);
    this.#grow(align4(this.#length) - this.#length);
    return this;
  }

  /** Adds the attribute's header, and room for its value; returns the value's offset. */
  #attribute(type: number, length: number): number {
    const start = this.#grow(ATTRIBUTE_BYTES + align4(length));
    write16(this.#bytes, start, ATTRIBUTE_BYTES + length);
    write16(this.#bytes, start + 2, type);
    return start + ATTRIBUTE_BYTES;
  }

  /** Reserves zeroed space and returns its offset. */
  #grow(length: number): number {
    const start = this.#length;
    this.#length += length;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    return start;
  }
}

/** Returns the numbers as 32-bit words. */
export function wordBytes(...values: readonly number[]): Uint8Array {
  const body = new BodyWriter();
  for (const value of values) body.put32(value);
  return body.finish();
}
