/** SHA-1 of short text: azure-vnet names veths by it. Own code since the pure layer has no `node:crypto`. */

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

/** Returns the 20 bytes of the SHA-1 digest of the text's UTF-8. Source: FIPS 180-4, section 6.1. */
export function sha1(text: string): Uint8Array {
  const words = padded(new TextEncoder().encode(text));
  const digest = new Int32Array([0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0]);
  for (let start = 0; start < words.length; start += 16) addBlock(digest, words.subarray(start, start + 16));
  const bytes = new Uint8Array(20);
  const view = new DataView(bytes.buffer);
  digest.forEach((word, index) => view.setInt32(index * 4, word));
  return bytes;
}

function padded(message: Uint8Array): Int32Array {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 4, message.length * 8);
  return Int32Array.from({ length: bytes.length / 4 }, (_, index) => view.getInt32(index * 4));
}

function addBlock(digest: Int32Array, block: Int32Array): void {
  const schedule = new Int32Array(80);
  schedule.set(block);
  for (let round = 16; round < 80; round += 1) {
    const word =
      at(schedule, round - 3) ^ at(schedule, round - 8) ^ at(schedule, round - 14) ^ at(schedule, round - 16);
    schedule[round] = rotate(word, 1);
  }
  let [a, b, c, d, e] = [at(digest, 0), at(digest, 1), at(digest, 2), at(digest, 3), at(digest, 4)];
  for (let round = 0; round < 80; round += 1) {
    const next = (rotate(a, 5) + mix(round, b, c, d) + e + at(schedule, round)) | 0;
    [e, d, c, b, a] = [d, c, rotate(b, 30), a, next];
  }
  [a, b, c, d, e].forEach((word, index) => {
    digest[index] = (at(digest, index) + word) | 0;
  });
}

function at(words: Int32Array, index: number): number {
  return words[index] ?? 0;
}

function mix(round: number, b: number, c: number, d: number): number {
  if (round < 20) return ((b & c) | (~b & d)) + 0x5a827999;
  if (round < 40) return (b ^ c ^ d) + 0x6ed9eba1;
  if (round < 60) return ((b & c) | (b & d) | (c & d)) + 0x8f1bbcdc;
  return (b ^ c ^ d) + 0xca62c1d6;
}

/** Returns the digest of the text in hexadecimal. */
export function sha1Hex(text: string): string {
  return Array.from(sha1(text), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
