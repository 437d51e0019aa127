/**
 * Bodies of netlink messages: a fixed header followed by attributes (length, type, value, padded to 4 bytes), written
 * and read. Pure. Source: netlink(7), rtnetlink(7), include/uapi/linux/netlink.h (struct nlattr).
 */

/** Netlink numbers are in the byte order of the machine. */
export const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Set in the type of an attribute that holds attributes. Source: NLA_F_NESTED. */
const NESTED = 0x8000;
const NETWORK_ORDER = 0x4000;
const TYPE_MASK = ~(NESTED | NETWORK_ORDER);
const HEADER_BYTES = 4;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Returns the length with its padding: attributes and messages begin at multiples of four. */
export function align4(length: number): number {
  return (length + 3) & ~3;
}

/** How much a writer has to begin with: more than most messages are long. */
const SCRATCH_BYTES = 256;

/** What finished writers leave to the next: an array costs more to make than a message to write. All zero. */
const idle: Uint8Array[] = [];

/** Writes one body: first the fields of its fixed header, then its attributes. */
export class BodyWriter {
  // An array, not a DataView: see BodyReader.
  #bytes = idle.pop() ?? new Uint8Array(SCRATCH_BYTES);
  #length = 0;

  /** Returns what was written, and ends the writer. */
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

  /** Adds an attribute of 16 bits. */
  u16(type: number, value: number): this {
    const at = this.#attribute(type, 2);
    write16(this.#bytes, at, value);
    return this;
  }

  /** Adds an attribute of 32 bits. */
  u32(type: number, value: number): this {
    const at = this.#attribute(type, 4);
    write32(this.#bytes, at, value);
    return this;
  }

  /** Adds an attribute that is text with a closing NUL. */
  text(type: number, value: string): this {
    const encoded = encoder.encode(value);
    const at = this.#attribute(type, encoded.length + 1);
    this.#bytes.set(encoded, at);
    return this;
  }

  /** Adds an attribute of raw bytes; none makes an empty attribute. */
  bytes(type: number, value: Uint8Array): this {
    const at = this.#attribute(type, value.length);
    this.#bytes.set(value, at);
    return this;
  }

  /** Adds an attribute that holds whatever `fill` adds, a header of its own included. */
  nest(type: number, fill: (writer: this) => void): this {
    const start = this.#grow(HEADER_BYTES);
    fill(this);
    write16(this.#bytes, start, this.#length - start);
    write16(this.#bytes, start + 2, type | NESTED);
    this.#grow(align4(this.#length) - this.#length);
    return this;
  }

  /** Adds the attribute's header, and room for its value; returns where that begins. */
  #attribute(type: number, length: number): number {
    const start = this.#grow(HEADER_BYTES + align4(length));
    write16(this.#bytes, start, HEADER_BYTES + length);
    write16(this.#bytes, start + 2, type);
    return start + HEADER_BYTES;
  }

  /** Makes room and returns where it begins; what is not written stays zero. */
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

/** How many types of attributes table() knows: more than any message that it is asked about has. */
const TABLE_TYPES = 80;

/** A window onto received bytes: the body of a message, or the value of an attribute. */
export class BodyReader {
  // An array, not a DataView: before code is compiled, a DataView's method costs several times an element of an array.
  readonly #bytes: Uint8Array;
  readonly #start: number;
  readonly #end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.#bytes = bytes;
    this.#start = start;
    this.#end = end;
  }

  /** Returns a reader of the whole array. */
  static of(bytes: Uint8Array): BodyReader {
    return new BodyReader(bytes, 0, bytes.length);
  }

  /** Returns how many bytes the window has. */
  get length(): number {
    return this.#end - this.#start;
  }

  /** Returns the 8 bits at the offset; 0 beyond the end, as for a header shorter than we know. */
  at8(offset: number): number {
    const at = this.#start + offset;
    return at < this.#end ? (this.#bytes[at] ?? 0) : 0;
  }

  /** Returns the 16 bits at the offset; 0 beyond the end. */
  at16(offset: number): number {
    const at = this.#start + offset;
    return at + 2 <= this.#end ? read16(this.#bytes, at) : 0;
  }

  /** Returns the 32 bits at the offset, unsigned; 0 beyond the end. */
  at32(offset: number): number {
    const at = this.#start + offset;
    return at + 4 <= this.#end ? read32(this.#bytes, at) : 0;
  }

  /** Returns the 32 bits at the offset, signed; 0 beyond the end. */
  at32signed(offset: number): number {
    return this.at32(offset) | 0;
  }

  /** Returns a copy of the window's bytes. */
  toBytes(): Uint8Array {
    return this.#bytes.slice(this.#start, this.#end);
  }

  /** Returns the window as text, up to its first NUL. */
  toText(): string {
    const bytes = this.#bytes;
    // The kernel ends its text with one NUL, or pads it with more.
    let end = this.#end;
    while (end > this.#start && bytes[end - 1] === 0) end -= 1;
    const text = decoder.decode(bytes.subarray(this.#start, end));
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** Returns the window from the offset on. */
  from(offset: number): BodyReader {
    return new BodyReader(this.#bytes, Math.min(this.#start + offset, this.#end), this.#end);
  }

  /** Returns `length` bytes of the window from the offset on, or as many as there are. */
  slice(offset: number, length: number): BodyReader {
    const start = Math.min(this.#start + offset, this.#end);
    return new BodyReader(this.#bytes, start, Math.min(start + length, this.#end));
  }

  /**
   * Returns how to look up the value of the first attribute of a type; the attributes begin at the offset. They are
   * walked once, whatever is asked for.
   */
  table(offset: number): (type: number) => BodyReader | undefined {
    const bytes = this.#bytes;
    const end = this.#end;
    const starts = new Int32Array(TABLE_TYPES);
    for (let at = this.#start + align4(offset); at + HEADER_BYTES <= end; ) {
      const length = read16(bytes, at);
      if (length < HEADER_BYTES || at + length > end) break;
      const type = read16(bytes, at + 2) & TYPE_MASK;
      if (starts[type] === 0) starts[type] = at + HEADER_BYTES;
      at += align4(length);
    }
    return (type) => {
      const at = starts[type] ?? 0;
      return at === 0
        ? undefined
        : new BodyReader(bytes, at, at - HEADER_BYTES + read16(bytes, at - HEADER_BYTES));
    };
  }

  /** Returns the value of the first attribute of the type; the attributes begin at the offset. */
  attribute(offset: number, type: number): BodyReader | undefined {
    const bytes = this.#bytes;
    for (let at = this.#start + align4(offset); at + HEADER_BYTES <= this.#end; ) {
      const length = read16(bytes, at);
      if (length < HEADER_BYTES || at + length > this.#end) return undefined;
      if ((read16(bytes, at + 2) & TYPE_MASK) === type)
        return new BodyReader(bytes, at + HEADER_BYTES, at + length);
      at += align4(length);
    }
    return undefined;
  }

  /** Returns the values of all attributes of the type, in order; the attributes begin at the offset. */
  attributes(offset: number, type: number): BodyReader[] {
    const bytes = this.#bytes;
    const found: BodyReader[] = [];
    for (let at = this.#start + align4(offset); at + HEADER_BYTES <= this.#end; ) {
      const length = read16(bytes, at);
      if (length < HEADER_BYTES || at + length > this.#end) break;
      if ((read16(bytes, at + 2) & TYPE_MASK) === type)
        found.push(new BodyReader(bytes, at + HEADER_BYTES, at + length));
      at += align4(length);
    }
    return found;
  }
}

/** Returns the 16 bits at the place in the array. */
export function read16(bytes: Uint8Array, at: number): number {
  const first = bytes[at] ?? 0;
  const second = bytes[at + 1] ?? 0;
  return LITTLE_ENDIAN ? first | (second << 8) : (first << 8) | second;
}

/** Returns the 32 bits at the place in the array, unsigned. */
export function read32(bytes: Uint8Array, at: number): number {
  const first = read16(bytes, at);
  const second = read16(bytes, at + 2);
  return LITTLE_ENDIAN ? first + second * 0x10000 : first * 0x10000 + second;
}

/** Puts 16 bits at the place in the array. */
function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at + (LITTLE_ENDIAN ? 0 : 1)] = value;
  bytes[at + (LITTLE_ENDIAN ? 1 : 0)] = value >>> 8;
}

/** Puts 32 bits at the place in the array. */
export function write32(bytes: Uint8Array, at: number, value: number): void {
  for (let index = 0; index < 4; index += 1) {
    bytes[at + index] = value >>> (8 * (LITTLE_ENDIAN ? index : 3 - index));
  }
}
