/**
 * SHA-1 of short text: azure-vnet derives veth names from it. Own code, since the pure layer has no
 * `node:crypto`. On the ADD path, in a process without compiled code: hence plain loops over numbers, without
 * allocation.
 */

/** Returns the 20 bytes of the SHA-1 digest of the text's UTF-8. Source: FIPS 180-4, section 6.1. */
export function sha1(text: string): Uint8Array {
  const view = new DataView(new ArrayBuffer(20));
  digestOf(text).forEach((word, index) => view.setInt32(index * 4, word));
  return new Uint8Array(view.buffer);
}

/** Returns the digest of the text in hexadecimal. */
export function sha1Hex(text: string): string {
  let hex = '';
  for (const word of digestOf(text)) hex += (word >>> 0).toString(16).padStart(8, '0');
  return hex;
}

function digestOf(text: string): Int32Array {
  const words = padded(new TextEncoder().encode(text));
  const digest = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  const schedule = new Int32Array(80);
  for (let start = 0; start < words.length; start += 16) {
    schedule.set(words.subarray(start, start + 16));
    addBlock(digest, schedule);
  }
  return digest;
}

/**
 * Returns the message as big-endian words: with a one bit, zeros, and its length in bits, padded to whole
 * blocks.
 */
function padded(message: Uint8Array): Int32Array {
  const { length } = message;
  const words = new Int32Array(Math.ceil((length + 9) / 64) * 16);
  for (let index = 0; index <= length; index += 1) {
    const byte = index === length ? 0x80 : (message[index] ?? 0);
    words[index >> 2] = (words[index >> 2] ?? 0) | (byte << (24 - (index & 3) * 8));
  }
  words[words.length - 1] = length * 8;
  return words;
}

/** In one function: in code that is not compiled, calls would be half of the time. */
function addBlock(digest: Int32Array, schedule: Int32Array): void {
  let [a = 0, b = 0, c = 0, d = 0, e = 0] = digest;
  for (let round = 0; round < 80; round += 1) {
    let word = schedule[round] ?? 0;
    if (round >= 16) {
      const near = (schedule[round - 3] ?? 0) ^ (schedule[round - 8] ?? 0);
      const mixed = near ^ (schedule[round - 14] ?? 0) ^ (schedule[round - 16] ?? 0);
      word = (mixed << 1) | (mixed >>> 31);
      schedule[round] = word;
    }
    let next = ((a << 5) | (a >>> 27)) + e + word;
    if (round < 20) next += ((b & c) | (~b & d)) + 0x5a827999;
    else if (round < 40) next += (b ^ c ^ d) + 0x6ed9eba1;
    else if (round < 60) next += ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
    else next += (b ^ c ^ d) + 0xca62c1d6;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next | 0;
  }
  for (const [index, word] of [a, b, c, d, e].entries()) digest[index] = (digest[index] ?? 0) + word;
}
