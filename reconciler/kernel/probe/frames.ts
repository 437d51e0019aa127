/** The frames of probes for an address, and their answers. Pure. Source: RFC 5227 2.1.1, RFC 4861 4.3 and 4.4, RFC 4862 5.4.2. */
import { ipBytes, ipText } from '../netlink/bytes.ts';
import { BodyReader } from '../netlink/reader.ts';

/** EtherTypes of probes. */
export const ETH_P = { arp: 0x0806, ip6: 0x86dd } as const;

const ETHERNET_BYTES = 14;
/** Ethernet and IPv4 addresses, and the operation "request". */
const ARP_HEAD = [0, 1, 8, 0, 6, 4, 0, 1];
const ICMPV6 = 58;
const SOLICITATION = 135;
const ADVERTISEMENT = 136;
const IPV6_HEADER_BYTES = 40;

/** Returns the frame of a probe: an ARP request from 0.0.0.0, or a neighbour solicitation from ::. */
export function probeFrame(mac: string, address: string): Uint8Array {
  const target = ipBytes(address);
  return target.length === 4 ? arpProbe(macBytes(mac), target) : solicitation(macBytes(mac), target);
}

function macBytes(mac: string): readonly number[] {
  return mac.split(':').map((digits) => Number.parseInt(digits, 16));
}

function macText(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}

function arpProbe(mac: readonly number[], target: Uint8Array): Uint8Array {
  const all = [255, 255, 255, 255, 255, 255];
  return Uint8Array.from([
    ...all,
    ...mac,
    8,
    6,
    ...ARP_HEAD,
    ...mac,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    ...target,
  ]);
}

function solicitation(mac: readonly number[], target: Uint8Array): Uint8Array {
  const last = target.slice(13);
  const to = [0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, ...last];
  const from = Array.from({ length: 16 }, () => 0);
  const body = [SOLICITATION, 0, 0, 0, 0, 0, 0, 0, ...target];
  const sum = checksum([...from, ...to, 0, 0, 0, body.length, 0, 0, 0, ICMPV6, ...body]);
  body[2] = sum >>> 8;
  body[3] = sum & 0xff;
  const header = [0x60, 0, 0, 0, 0, body.length, ICMPV6, 255, ...from, ...to];
  return Uint8Array.from([0x33, 0x33, 0xff, ...last, ...mac, 0x86, 0xdd, ...header, ...body]);
}

function checksum(bytes: readonly number[]): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += (bytes[at] ?? 0) * 256 + (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16);
  return 0xffff - sum;
}

/** A sender that has the address, or also probes for it. */
export type ProbeClaim = { readonly address: string; readonly mac: string };

/**
 * Returns the address that the frame claims, and by which MAC; undefined for any other frame. Another machine's probe claims its
 * address, too.
 */
export function claimIn(frame: Uint8Array): ProbeClaim | undefined {
  const type = (frame[12] ?? 0) * 256 + (frame[13] ?? 0);
  const body = frame.subarray(ETHERNET_BYTES);
  if (type === ETH_P.arp) return arpClaim(body);
  return type === ETH_P.ip6 ? advertised(frame, body) : undefined;
}

function arpClaim(body: Uint8Array): ProbeClaim | undefined {
  const isIpv4 = ARP_HEAD.slice(0, 6).every((byte, at) => body[at] === byte);
  if (!isIpv4 || body.length < 28) return undefined;
  const isProbe = body.slice(14, 18).every((byte) => byte === 0);
  const address = ipText(BodyReader.of(isProbe ? body.slice(24, 28) : body.slice(14, 18)));
  return address === undefined ? undefined : { address, mac: macText(body.slice(8, 14)) };
}

function advertised(frame: Uint8Array, body: Uint8Array): ProbeClaim | undefined {
  if (body[6] !== ICMPV6 || body.length < IPV6_HEADER_BYTES + 24) return undefined;
  const type = body[IPV6_HEADER_BYTES];
  const isProbe = type === SOLICITATION && body.slice(8, 24).every((byte) => byte === 0);
  if (type !== ADVERTISEMENT && !isProbe) return undefined;
  const target = ipText(BodyReader.of(body.slice(IPV6_HEADER_BYTES + 8, IPV6_HEADER_BYTES + 24)));
  return target === undefined ? undefined : { address: target, mac: macText(frame.slice(6, 12)) };
}
