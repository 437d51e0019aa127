/** Denied packets: as the kernel logs them, and in words. Pure. */
import { formatAddress } from '../addresses/address.ts';
import type { PolicyInput } from './compiler/compile.ts';
import { type ConnectionEnd, explainConnection, type PolicyReason } from './explain.ts';
import { nameOfPod, type TransportProtocol } from './members.ts';
import type { Direction } from './rules.ts';

/** A denied packet. Shape: `direction` of the end that denied it; `port` of the destination, absent where the protocol has none. */
export type DeniedPacket = {
  readonly direction: Direction;
  readonly source: string;
  readonly destination: string;
  readonly protocol: number;
  readonly port?: number;
};

/** The packets that were denied in each direction, since the table exists. */
export type DeniedCounts = Readonly<Record<Direction, number>>;

/** The packets of the pods with one profile: those judged, and those of them that were denied. Replies are not judged. */
export type JudgedCounts = { readonly judged: number; readonly denied: number };

/** Source: IANA protocol numbers. */
const TRANSPORTS: Readonly<Record<number, TransportProtocol>> = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' };

const PROTOCOL_NAMES: Readonly<Record<number, string>> = { 1: 'ICMP', 58: 'ICMPv6' };

/**
 * Returns the addresses, protocol and port of an IP packet; undefined if it is cut off before them.
 * Source: RFC 791 3.1, RFC 8200 3. Extension headers are not followed.
 */
export function parseDeniedPacket(bytes: Uint8Array): Omit<DeniedPacket, 'direction'> | undefined {
  const at = (index: number): number => bytes[index] ?? 0;
  const version = at(0) >> 4;
  const isFour = version === 4;
  const headerBytes = isFour ? (at(0) & 15) * 4 : 40;
  if ((!isFour && version !== 6) || bytes.length < headerBytes) return undefined;
  const protocol = at(isFour ? 9 : 6);
  const address = (from: number): string => {
    const part = bytes.subarray(from, from + (isFour ? 4 : 16));
    return isFour
      ? formatAddress(part.reduce((sum, byte) => sum * 256 + byte, 0))
      : formatAddress(part.reduce((sum, byte) => sum * 256n + BigInt(byte), 0n));
  };
  const [source, destination] = isFour ? [address(12), address(16)] : [address(8), address(24)];
  const hasPort = TRANSPORTS[protocol] !== undefined && bytes.length >= headerBytes + 4;
  const port = at(headerBytes + 2) * 256 + at(headerBytes + 3);
  return { source, destination, protocol, ...(hasPort ? { port } : {}) };
}

/** A denial with names. Shape: `policies` isolate the pod that denied it. */
export type NamedDenial = { readonly message: string; readonly policies: readonly string[] };

/** Returns the denial in words, with the pods' names: `shop/web to shop/db, TCP 81: …`. */
export function nameDenial(
  input: PolicyInput,
  { direction, source, destination, protocol, port }: DeniedPacket,
): NamedDenial {
  const endOf = (address: string): ConnectionEnd => ({
    address,
    pod: input.pods.find(({ addresses }) => addresses.includes(address)),
  });
  const ends = { source: endOf(source), destination: endOf(destination) };
  const transport = TRANSPORTS[protocol];
  const decisions = explainConnection(input, { ...ends, protocol: transport, port: port ?? 0 });
  const decided = decisions.find((one) => one.direction === direction);
  const reason = decided?.isAllowed === false ? decided.reason : undefined;
  const service = `${transport ?? PROTOCOL_NAMES[protocol] ?? `protocol ${protocol}`}${port === undefined ? '' : ` ${port}`}`;
  const policies = reason?.kind === 'no-rule' ? reason.policies : [];
  const message = `${direction}: ${nameOfEnd(ends.source)} to ${nameOfEnd(ends.destination)}, ${service}: ${whyDenied(reason)}`;
  return { message, policies };
}

function nameOfEnd({ address, pod }: ConnectionEnd): string {
  return pod === undefined ? address : `${nameOfPod(pod)} (${address})`;
}

function whyDenied(reason: PolicyReason | undefined): string {
  if (reason?.kind === 'no-rule') return `no rule of ${reason.policies.join(', ')} allows it`;
  return reason?.kind === 'labels-unknown'
    ? 'the labels of the pod are unknown'
    : 'denied by policies that have changed since';
}
