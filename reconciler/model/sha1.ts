/**
 * SHA-1 of short text: azure-vnet derives veth names from it. Own code, since the pure layer has no
 * `node:crypto`. On the ADD path, in a process without compiled code: hence plain loops over numbers, without
 * allocation.
 */

/** Returns the 20 bytes of the SHA-1 digest of the text's UTF-8. Source: FIPS 180-4, section 6.1. */
export function sha1(text: string): Uint8Array {
  const words = padded(new TextEncoder().encode(text));
  const digest = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  for (let start = 0; start < words.length; start += 16) addBlock(digest, words.subarray(start, start + 16));
  const view = new DataView(new ArrayBuffer(20));
  for (let index = 0; index < 5; index += 1) view.setInt32(index * 4, digest[index] ?? 0);
  return new Uint8Array(view.buffer);
}

/**
 * Returns the message as big-endian words: with a one bit, zeros, and its length in bits, padded to whole
 * blocks.
 */
function padded(message: Uint8Array): Int32Array {
  const words = new Int32Array(Math.ceil((message.length + 9) / 64) * 16);
  for (let index = 0; index < message.length; index += 1) addByte(words, index, message[index] ?? 0);
  addByte(words, message.length, 0x80);
  words[words.length - 1] = message.length * 8;
  return words;
}

function addByte(words: Int32Array, index: number, byte: number): void {
  words[index >> 2] = (words[index >> 2] ?? 0) | (byte << (24 - (index & 3) * 8));
}

function addBlock(digest: Int32Array, block: Int32Array): void {
  const schedule = new Int32Array(80);
  schedule.set(block);
  let a = digest[0] ?? 0;
  let b = digest[1] ?? 0;
  let c = digest[2] ?? 0;
  let d = digest[3] ?? 0;
  let e = digest[4] ?? 0;
  for (let round = 0; round < 80; round += 1) {
    if (round >= 16) schedule[round] = scheduled(schedule, round);
    const next = (((a << 5) | (a >>> 27)) + mix(round, b, c, d) + e + (schedule[round] ?? 0)) | 0;
    e = d;
    d = c;
    c = (b << 30) | (b >>> 2);
    b = a;
    a = next;
  }
  digest.set([(digest[0] ?? 0) + a, (digest[1] ?? 0) + b, (digest[2] ?? 0) + c]);
  digest.set([(digest[3] ?? 0) + d, (digest[4] ?? 0) + e], 3);
}

function scheduled(words: Int32Array, round: number): number {
  const near = (words[round - 3] ?? 0) ^ (words[round - 8] ?? 0);
  const word = near ^ (words[round - 14] ?? 0) ^ (words[round - 16] ?? 0);
  return (word << 1) | (word >>> 31);
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** Returns the digest of the text in hexadecimal. */
export function sha1Hex(text: string): string {
  let hex = '';
  for (const byte of sha1(text)) hex += byte.toString(16).padStart(2, '0');
  return hex;
}
