/** Raw Ethernet frames, as spoofers send them. */
const bytesOf = (address: string): Buffer => Buffer.from(address.replaceAll(':', ''), 'hex');
const bytesOfIpv4 = (address: string): Buffer => Buffer.from(address.split('.').map(Number));

/** The MAC of a broadcast. */
export const EVERYONE = 'ff:ff:ff:ff:ff:ff';

/** Returns a number as two bytes, big-endian. */
export function word(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

/** Returns a frame. Shape: `types` are the tags with their IDs, followed by the EtherType. */
export function ethernet(to: string, from: string, types: readonly number[], payload: Buffer): Buffer {
  return Buffer.concat([bytesOf(to), bytesOf(from), ...types.map(word), payload]);
}

/** The header of an IPv4 packet. Shape: `options` have a multiple of 4 bytes; `fragment` is the field with flags and offset. */
export type Ipv4Header = {
  readonly from: string;
  readonly to: string;
  readonly protocol: number;
  readonly options?: Buffer;
  readonly id?: number;
  readonly fragment?: number;
};

/** Returns an IPv4 packet with this payload. Source: RFC 791. */
export function ipv4(
  { from, to, protocol, options = Buffer.alloc(0), id = 0, fragment = 0 }: Ipv4Header,
  payload: Buffer,
): Buffer {
  const header = Buffer.concat([Buffer.alloc(20), options]);
  header.writeUInt8(0x40 + header.length / 4, 0);
  header.writeUInt16BE(header.length + payload.length, 2);
  header.writeUInt16BE(id, 4);
  header.writeUInt16BE(fragment, 6);
  header.writeUInt8(64, 8);
  header.writeUInt8(protocol, 9);
  bytesOfIpv4(from).copy(header, 12);
  bytesOfIpv4(to).copy(header, 16);
  header.writeUInt16BE(checksum(header), 10);
  return Buffer.concat([header, payload]);
}

/** Returns a UDP datagram from port 9 with this text, without a checksum. Source: RFC 768. */
export function datagram(port: number, text: string): Buffer {
  return Buffer.concat([word(9), word(port), word(8 + text.length), word(0), Buffer.from(text)]);
}

/** Returns an IPv4 packet with a UDP datagram to port 9 with this text. */
export function udp(from: string, to: string, text: string): Buffer {
  return ipv4({ from, to, protocol: 17 }, datagram(9, text));
}

/** Returns an ICMP message with a valid checksum. Source: RFC 792. */
export function icmp(type: number, code: number, payload: Buffer): Buffer {
  const message = Buffer.concat([Buffer.of(type, code, 0, 0, 0, 0, 0, 0), payload]);
  message.writeUInt16BE(
    checksum(message.length % 2 === 0 ? message : Buffer.concat([message, Buffer.of(0)])),
    2,
  );
  return message;
}

function checksum(header: Buffer): number {
  let sum = 0;
  for (let at = 0; at < header.length; at += 2) sum += header.readUInt16BE(at);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return 0xffff - sum;
}

/**
 * An ARP message.
 * Shape: `form` is hardware type, protocol type, and the two address lengths.
 * Source: RFC 826.
 */
export type Arp = {
  readonly operation: 1 | 2;
  readonly mac: string;
  readonly ip: string;
  readonly targetMac: string;
  readonly targetIp: string;
  readonly form?: readonly [number, number, number, number];
};

/** Returns the ARP message, padded with text. */
export function arp(
  { operation, mac, ip, targetMac, targetIp, form = [1, 0x0800, 6, 4] }: Arp,
  text: string,
): Buffer {
  const [hardware, protocol, hardwareBytes, protocolBytes] = form;
  const head = [word(hardware), word(protocol), Buffer.of(hardwareBytes, protocolBytes), word(operation)];
  const addresses = [bytesOf(mac), bytesOfIpv4(ip), bytesOf(targetMac), bytesOfIpv4(targetIp)];
  return Buffer.concat([...head, ...addresses, Buffer.from(text)]);
}

/** Returns the 16 bytes of an IPv6 address. */
function bytesOfIpv6(address: string): Buffer {
  const [head = [], tail = []] = address
    .split('::')
    .map((half) => half.split(':').filter((group) => group !== ''));
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => '0');
  return Buffer.concat([...head, ...zeros, ...tail].map((group) => word(Number.parseInt(group, 16))));
}

/** Returns an IPv6 packet of the next header with this payload. Source: RFC 8200 3. */
export function ipv6(
  from: string,
  to: string,
  [next, hopLimit]: readonly [number, number],
  payload: Buffer,
): Buffer {
  const head = Buffer.of(0x60, 0, 0, 0, ...word(payload.length), next, hopLimit);
  return Buffer.concat([head, bytesOfIpv6(from), bytesOfIpv6(to), payload]);
}

/** Returns an IPv6 packet with a UDP datagram to port 9 with this text, without a checksum: no host on the way looks at it. */
export function udp6(from: string, to: string, text: string): Buffer {
  return ipv6(from, to, [17, 64], datagram(9, text));
}

/**
 * Returns an ICMPv6 message of the type, about the target if there is one, with a valid checksum and this text.
 * Source: RFC 4443 2.3, RFC 4861 4.
 */
export function icmp6(
  {
    from,
    to,
    type,
    target,
  }: { readonly from: string; readonly to: string; readonly type: number; readonly target?: string },
  text: string,
): Buffer {
  const about = target === undefined ? Buffer.alloc(8) : bytesOfIpv6(target);
  const data = Buffer.from(text.padEnd(text.length + (text.length % 2)));
  const body = Buffer.concat([Buffer.of(type, 0, 0, 0, 0, 0, 0, 0), about, data]);
  return icmp6Packet({ from, to, hopLimit: 255 }, body);
}

/** Returns a packet with the ICMPv6 message, whose checksum is made valid. Shape: an even number of bytes. */
export function icmp6Packet(
  { from, to, hopLimit }: { readonly from: string; readonly to: string; readonly hopLimit: number },
  body: Buffer,
): Buffer {
  const pseudo = [bytesOfIpv6(from), bytesOfIpv6(to), word(0), word(body.length), word(0), word(58)];
  body.writeUInt16BE(checksum(Buffer.concat([...pseudo, body])), 2);
  return ipv6(from, to, [58, hopLimit], body);
}

/** A router's advertisement. Shape: `seconds` are the lifetimes of the router, and of the prefix: valid and preferred. */
export type Advertisement = {
  readonly mac: string;
  readonly prefix: string;
  readonly seconds: readonly [router: number, valid: number, preferred: number];
  readonly router?: string;
};

function doubleWord(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

/** Returns the frame of a router's advertisement (fe80::1's) of a prefix of 64 bits for SLAAC. Source: RFC 4861 4.2 and 4.6.2. */
export function routerAdvertisement({
  mac,
  prefix,
  seconds: [lifetime, valid, preferred],
  router: from = 'fe80::1',
}: Advertisement): Buffer {
  const to = 'ff02::1';
  const prefixOption = [
    Buffer.of(3, 4, 64, 0xc0),
    doubleWord(valid),
    doubleWord(preferred),
    doubleWord(0),
    bytesOfIpv6(prefix),
  ];
  const source = [Buffer.of(1, 1), bytesOf(mac)];
  const body = Buffer.concat([
    Buffer.of(134, 0, 0, 0, 64, 0),
    word(lifetime),
    Buffer.alloc(8),
    ...prefixOption,
    ...source,
  ]);
  return ethernet('33:33:00:00:00:01', mac, [0x86dd], icmp6Packet({ from, to, hopLimit: 255 }, body));
}
