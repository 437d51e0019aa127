/** Packets with which a pod tries to pass network policies that allow nothing but UDP to port 9. */
import { datagram, icmp, icmp6, icmp6Packet, ipv4, ipv6, udp, word } from '../frames.ts';

/** The ends of the packets. */
export type Attack = { readonly from: string; readonly to: string };

const LIE = 'frame-lie';
const ALLOWED = datagram(9, LIE);
const DENIED = datagram(10, LIE);

/** Protocols whose payload begins as a datagram to the allowed port does. */
const PROTOCOLS = {
  ICMP: 1,
  IGMP: 2,
  IPIP: 4,
  TCP: 6,
  IPv6: 41,
  GRE: 47,
  ESP: 50,
  AH: 51,
  SCTP: 132,
  'UDP-Lite': 136,
  'an unassigned protocol': 254,
} as const;

/** The flag of a fragment that others follow. Source: RFC 791 3.1. */
const MORE = 0x2000;

/** Returns packets of IPv4 by name. */
export function attacksIn4({ from, to }: Attack): Readonly<Record<string, Buffer>> {
  const of = (protocol: number, payload: Buffer, more: object = {}): Buffer =>
    ipv4({ from, to, protocol, ...more }, payload);
  const last = Buffer.concat([word(9), word(9), Buffer.from(`${LIE}123`)]);
  return {
    'UDP to another port': of(17, DENIED),
    ...Object.fromEntries(Object.entries(PROTOCOLS).map(([name, protocol]) => [name, of(protocol, ALLOWED)])),
    'a tunnel': of(4, udp(from, to, LIE)),
    'an echo request': of(1, icmp(8, 0, Buffer.from(LIE))),
    'options and another port': of(17, DENIED, { options: Buffer.of(0x94, 4, 0, 0) }),
    'a first fragment to another port': of(17, Buffer.concat([DENIED, Buffer.alloc(7)]), {
      id: 7,
      fragment: MORE,
    }),
    'its last fragment': of(17, last, { id: 7, fragment: 3 }),
    'a last fragment alone': of(17, last, { id: 8, fragment: 3 }),
    'a first fragment to the allowed port': of(17, datagram(9, '0123456789abcdef'), {
      id: 9,
      fragment: MORE,
    }),
    'a fragment over it to another port': of(17, datagram(10, `${LIE}1234567`), { id: 9, fragment: MORE }),
    'the last fragment of both': of(17, Buffer.from('the end'), { id: 9, fragment: 3 }),
  };
}

/** Returns a datagram to the allowed port, by a loose source route through the node. Source: RFC 791 3.1. */
export function sourceRouted({ from, to }: Attack, node: string): Buffer {
  const last = Buffer.from(to.split('.').map(Number));
  const options = Buffer.concat([Buffer.of(0x83, 7, 4), last, Buffer.of(0)]);
  return ipv4({ from, to: node, protocol: 17, options }, ALLOWED);
}

const HEADERS = {
  'hop-by-hop options': 0,
  'destination options': 60,
  mobility: 135,
  'host identity': 139,
  shim6: 140,
} as const;

/** Returns packets of IPv6 by name. Shape: as attacksIn4(). */
export function attacksIn6({ from, to }: Attack): Readonly<Record<string, Buffer>> {
  const of = (next: number, payload: Buffer): Buffer => ipv6(from, to, [next, 64], payload);
  const padding = Buffer.of(17, 0, 1, 4, 0, 0, 0, 0);
  const fragment = (field: number, id: number): Buffer =>
    Buffer.concat([Buffer.of(17, 0), word(field), word(0), word(id)]);
  const routing = (type: number): Buffer => Buffer.concat([Buffer.of(17, 2, type, 0), Buffer.alloc(20)]);
  return {
    'UDP to another port': of(17, DENIED),
    ...Object.fromEntries(
      Object.entries(PROTOCOLS)
        .filter(([name]) => name !== 'AH')
        .map(([name, protocol]) => [name, of(protocol, ALLOWED)]),
    ),
    ...Object.fromEntries(
      Object.entries(HEADERS).map(([name, next]) => [name, of(next, Buffer.concat([padding, DENIED]))]),
    ),
    'an authentication header': of(51, Buffer.concat([Buffer.of(17, 1), Buffer.alloc(10), DENIED])),
    'two headers': of(60, Buffer.concat([Buffer.of(60, 0, 1, 4, 0, 0, 0, 0), padding, DENIED])),
    'a routing header': of(43, Buffer.concat([routing(0), DENIED])),
    'a segment routing header': of(43, Buffer.concat([routing(4), DENIED])),
    'no next header': of(59, ALLOWED),
    'an atomic fragment': of(44, Buffer.concat([fragment(0, 1), DENIED])),
    'a first fragment': of(44, Buffer.concat([fragment(1, 2), DENIED, Buffer.alloc(7)])),
    'its last fragment': of(44, Buffer.concat([fragment(24, 2), ALLOWED])),
    'a last fragment alone': of(44, Buffer.concat([fragment(24, 3), ALLOWED])),
    'an echo request': icmp6Packet(
      { from, to, hopLimit: 64 },
      Buffer.concat([Buffer.of(128, 0, 0, 0, 0, 0, 0, 1), Buffer.from(`${LIE}1`)]),
    ),
    'neighbour discovery of another link': icmp6Packet(
      { from, to, hopLimit: 64 },
      icmp6({ from, to, type: 135, target: to }, LIE).subarray(40),
    ),
  };
}

/** Returns the error about a datagram that `from` sent to `to` and `to` did not get: a router's, or a lie. Shape: with the packet that it is about. */
export function errorAbout(reporter: string, { from, to, ports: [source, port] }: Sent): Buffer {
  const about = Buffer.concat([word(source), word(port), word(17), word(0), Buffer.from(LIE)]);
  if (!from.includes(':')) {
    const quoted = ipv4({ from, to, protocol: 17 }, about);
    return ipv4({ from: reporter, to: from, protocol: 1 }, icmp(3, 3, quoted));
  }
  const quoted = Buffer.concat([
    Buffer.of(1, 4, 0, 0, 0, 0, 0, 0),
    ipv6(from, to, [17, 64], about),
    Buffer.of(0),
  ]);
  return icmp6Packet({ from: reporter, to: from, hopLimit: 64 }, quoted);
}

/** A datagram that was sent. */
export type Sent = {
  readonly from: string;
  readonly to: string;
  readonly ports: readonly [from: number, to: number];
};
