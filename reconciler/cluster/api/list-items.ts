/**
 * Reads the items of a list one by one from a stream of bytes: a list of 30 000 pods is never held as one text or value. Pure.
 */
import { joinBytes } from './lines.ts';

/**
 * A reader of one list. `push` returns the texts of the items that a chunk completes; `end` the text of the list with an empty
 * `items`, undefined if the list is cut.
 */
export type ListReader = {
  readonly push: (chunk: Uint8Array) => readonly string[];
  readonly end: () => string | undefined;
};

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** The depth of the items within `{"items":[`. */
const ITEM_DEPTH = 2;

const ITEMS = '"items":';

/**
 * Returns a reader.
 * Errors: `push` and `end` throw a TypeError for bytes that are not UTF-8.
 * Law: the items and the rest do not depend on the borders of the chunks.
 */
export function readListItems(): ListReader {
  return new Scanner();
}

class Scanner implements ListReader {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true });
  #held: Uint8Array[] = [];
  #outside = '';
  #depth = 0;
  #isQuoted = false;
  #isEscaped = false;
  /** The depth of the array `items` while the scan is in it. */
  #isInItems = false;
  #isWhole = false;

  push(chunk: Uint8Array): readonly string[] {
    const items: string[] = [];
    let from = 0;
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0;
      if (this.#skipString(byte)) continue;
      switch (byte) {
        case OPEN_LIST:
          this.#depth += 1;
          if (this.#depth !== ITEM_DEPTH || this.#isInItems) break;
          this.#take(chunk.subarray(from, at + 1));
          from = at + 1;
          this.#isInItems = this.#outside.replaceAll(/\s/g, '').endsWith(`${ITEMS}[`);
          break;
        case OPEN_OBJECT:
          this.#depth += 1;
          break;
        case CLOSE_OBJECT:
          this.#depth -= 1;
          this.#isWhole ||= this.#depth === 0;
          if (!this.#isInItems || this.#depth !== ITEM_DEPTH) break;
          items.push(this.#text(chunk.subarray(from, at + 1)));
          from = at + 1;
          break;
        case CLOSE_LIST:
          this.#depth -= 1;
          if (this.#isInItems && this.#depth < ITEM_DEPTH) {
            this.#isInItems = false;
            from = at;
          }
          break;
        case COMMA:
          if (this.#isInItems && this.#depth === ITEM_DEPTH) from = at + 1;
          break;
        default:
      }
    }
    if (from < chunk.length) this.#held.push(chunk.slice(from));
    return items;
  }

  end(): string | undefined {
    if (!this.#isWhole) return undefined;
    this.#take(new Uint8Array());
    return this.#outside;
  }

  /** True within a string and at its quotation marks. */
  #skipString(byte: number): boolean {
    if (!this.#isQuoted) {
      this.#isQuoted = byte === QUOTE;
      return this.#isQuoted;
    }
    if (this.#isEscaped) this.#isEscaped = false;
    else if (byte === BACKSLASH) this.#isEscaped = true;
    else if (byte === QUOTE) this.#isQuoted = false;
    return true;
  }

  #take(last: Uint8Array): void {
    this.#outside += this.#text(last);
  }

  #text(last: Uint8Array): string {
    const parts = [...this.#held, last];
    this.#held = [];
    return this.#decoder.decode(joinBytes(parts));
  }
}
