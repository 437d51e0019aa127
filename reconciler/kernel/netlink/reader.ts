/** Reads netlink message bodies. Pure. Source: netlink(7). */
import { align4, ATTRIBUTE_BYTES, hexOf, NESTED, read16, read32, TYPE_MASK } from './attribute.ts';

const decoder = new TextDecoder();

/** Number of attribute types in table(): more than any message that is parsed with it has. */
const TABLE_TYPES = 80;

/** The attribute types that a parser knows, marked with 1. */
export type KnownTypes = Uint8Array;

/** Returns the set of these types. */
export function knownTypes(...types: readonly number[]): KnownTypes {
  const known = new Uint8Array(TABLE_TYPES);
  for (const type of types) known[type] = 1;
  return known;
}

/** A window on received bytes: the body of a message, or the value of an attribute. */
export class BodyReader {
  // A typed array instead of a DataView: in interpreted code, a DataView method costs several times an array
  // access.
  // Declared only: in interpreted code, a private name costs as much as the rest of the constructor.
  declare private readonly bytes: Uint8Array;
  declare private readonly start: number;
  declare private readonly end: number;

  constructor(bytes: Uint8Array, start: number, end: number) {
    this.bytes = bytes;
    this.start = start;
    this.end = end;
  }

  /** Returns a reader of the whole array. */
  static of(bytes: Uint8Array): BodyReader {
    return new BodyReader(bytes, 0, bytes.length);
  }

  /** Returns the length of the window in bytes. */
  get length(): number {
    return this.end - this.start;
  }

  /** Returns the 8 bits at the offset; 0 beyond the end, as for a shorter header of an older kernel. */
  at8(offset: number): number {
    const at = this.start + offset;
    return at < this.end ? (this.bytes[at] ?? 0) : 0;
  }

  /** Returns the 16 bits at the offset; 0 beyond the end. */
  at16(offset: number): number {
    const at = this.start + offset;
    return at + 2 <= this.end ? read16(this.bytes, at) : 0;
  }

  /** Returns the 32 bits at the offset, unsigned; 0 beyond the end. */
  at32(offset: number): number {
    const at = this.start + offset;
    return at + 4 <= this.end ? read32(this.bytes, at) : 0;
  }

  /** Returns the 32 bits at the offset, signed; 0 beyond the end. */
  at32signed(offset: number): number {
    return this.at32(offset) | 0;
  }

  /** Returns a copy of the window's bytes. */
  toBytes(): Uint8Array {
    return this.bytes.slice(this.start, this.end);
  }

  /** Returns the window as text, up to its first NUL. */
  toText(): string {
    const bytes = this.bytes;
    // The kernel terminates or pads text with NULs.
    let end = this.end;
    while (end > this.start && bytes[end - 1] === 0) end -= 1;
    const text = decoder.decode(bytes.subarray(this.start, end));
    const nul = text.indexOf('\0');
    return nul < 0 ? text : text.slice(0, nul);
  }

  /** Returns the window from the offset on. */
  from(offset: number): BodyReader {
    return new BodyReader(this.bytes, Math.min(this.start + offset, this.end), this.end);
  }

  /** Returns `length` bytes from the offset on, or as many as exist. */
  slice(offset: number, length: number): BodyReader {
    const start = Math.min(this.start + offset, this.end);
    return new BodyReader(this.bytes, start, Math.min(start + length, this.end));
  }

  /**
   * Returns a lookup of the first attribute of a type; attributes start at the offset. They are walked only
   * once.
   */
  table(offset: number): (type: number) => BodyReader | undefined {
    const bytes = this.bytes;
    const starts = new Int32Array(TABLE_TYPES);
    this.#walk(offset, (type, at) => {
      if (starts[type & TYPE_MASK] === 0) starts[type & TYPE_MASK] = at;
      return false;
    });
    return (type) => {
      const at = starts[type] ?? 0;
      return at === 0
        ? undefined
        : new BodyReader(bytes, at, at - ATTRIBUTE_BYTES + read16(bytes, at - ATTRIBUTE_BYTES));
    };
  }

  /**
   * Returns the attributes of unknown types in raw form, undefined if there are none; attributes start at the
   * offset.
   * Shape: `<path><type> <bytes in hex>`, in order; an `n` after the type: marked as nested by the kernel.
   * `path` is that of the containing attribute: `8.`.
   */
  rest(offset: number, known: KnownTypes, path = ''): readonly string[] | undefined {
    let found: string[] | undefined;
    this.#walk(offset, (type, at, end) => {
      if (known[type & TYPE_MASK] === 1) return false;
      const hex = hexOf(this.bytes.subarray(at, end));
      (found ??= []).push(`${path}${type & TYPE_MASK}${(type & NESTED) === 0 ? '' : 'n'} ${hex}`);
      return false;
    });
    return found;
  }

  /** Returns the value of the first attribute of the type; attributes start at the offset. */
  attribute(offset: number, type: number): BodyReader | undefined {
    let found: BodyReader | undefined;
    this.#walk(offset, (raw, at, end) => {
      if ((raw & TYPE_MASK) !== type) return false;
      found = new BodyReader(this.bytes, at, end);
      return true;
    });
    return found;
  }

  /** Returns the values of all attributes of the type, in order; attributes start at the offset. */
  attributes(offset: number, type: number): BodyReader[] {
    const found: BodyReader[] = [];
    this.#walk(offset, (raw, at, end) => {
      if ((raw & TYPE_MASK) === type) found.push(new BodyReader(this.bytes, at, end));
      return false;
    });
    return found;
  }

  /** Calls `visit` with type and offset of each attribute until it returns true; stops at a malformed one. */
  #walk(offset: number, visit: (type: number, at: number, end: number) => boolean): void {
    const bytes = this.bytes;
    for (let at = this.start + align4(offset); at + ATTRIBUTE_BYTES <= this.end; ) {
      const length = read16(bytes, at);
      if (length < ATTRIBUTE_BYTES || at + length > this.end) return;
      if (visit(read16(bytes, at + 2), at + ATTRIBUTE_BYTES, at + length)) return;
      at += align4(length);
    }
  }
}
