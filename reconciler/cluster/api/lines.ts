/** Splits a stream of bytes into lines of strict UTF-8, wherever its chunks begin and end. Pure. */

/** A splitter: `push` returns the lines that a chunk completes, `rest` the number of bytes without their newline. */
export type LineSplitter = {
  readonly push: (chunk: Uint8Array) => readonly string[];
  readonly rest: () => number;
};

const NEWLINE = 10;

/**
 * Returns a splitter. Empty lines are left out. A character may be divided between chunks.
 * Errors: `push` throws a TypeError for bytes that are not UTF-8: the stream is then of no use.
 * Law: the lines do not depend on the borders of the chunks.
 */
export function splitLines(): LineSplitter {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let parts: Uint8Array[] = [];
  let length = 0;
  const take = (last: Uint8Array): string => {
    const line = joinBytes([...parts, last]);
    parts = [];
    length = 0;
    return decoder.decode(line);
  };
  return {
    push: (chunk) => {
      const lines: string[] = [];
      let from = 0;
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        const line = take(chunk.subarray(from, at));
        if (line !== '') lines.push(line);
        from = at + 1;
      }
      if (from < chunk.length) {
        // A copy: the socket may use its buffer again.
        parts.push(chunk.slice(from));
        length += chunk.length - from;
      }
      return lines;
    },
    rest: () => length,
  };
}

/** Returns the bytes of all parts, one after another. */
export function joinBytes(parts: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
