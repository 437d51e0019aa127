/** SCTP packets with an INIT chunk. Source: RFC 9260, 3.1 and 3.3.2; the checksum is CRC32c. */

const TABLE = Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = (value & 1) === 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
  return value >>> 0;
});

function crc32c(bytes: Buffer): number {
  let crc = 0xffffffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ (TABLE[(crc ^ byte) & 255] ?? 0);
  return (crc ^ 0xffffffff) >>> 0;
}

/** Returns an INIT to the port; `tag` is its initiate tag, by which the receiver knows it. */
export function initOf(port: number, tag: number): Buffer {
  const packet = Buffer.alloc(32);
  packet.writeUInt16BE(30_000 + (tag % 30_000), 0);
  packet.writeUInt16BE(port, 2);
  packet.writeUInt8(1, 12);
  packet.writeUInt16BE(20, 14);
  packet.writeUInt32BE(tag, 16);
  packet.writeUInt32BE(65_536, 20);
  packet.writeUInt16BE(1, 24);
  packet.writeUInt16BE(1, 26);
  packet.writeUInt32BE(tag, 28);
  packet.writeUInt32LE(crc32c(packet), 8);
  return packet;
}

/** Returns the tag of the INIT in an IPv4 packet; undefined for other packets. */
export function parseInit(packet: Uint8Array): number | undefined {
  const bytes = Buffer.from(packet.buffer, packet.byteOffset, packet.length);
  const start = (bytes.readUInt8(0) & 15) * 4;
  return bytes.length >= start + 32 && bytes.readUInt8(start + 12) === 1
    ? bytes.readUInt32BE(start + 16)
    : undefined;
}
