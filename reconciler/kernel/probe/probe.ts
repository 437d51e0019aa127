/** Asks the network whether an address is in use, before a pod is given it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { err, failure, ok, type Result } from '../../model/result.ts';
import { FLAGS, type Sys } from '../../model/ports/sys.ts';
import { HOST } from '../../model/state.ts';
import { failureOf } from '../../os/errno.ts';
import type { LinkFact } from '../netlink/link.ts';
import { readLink } from '../read.ts';
import { Sockets } from '../sockets.ts';
import { type ProbeClaim, claimIn, ETH_P, probeFrame } from './frames.ts';

/** Source: packet(7). */
const AF_PACKET = 17;
const SOCKADDR_BYTES = 20;
const FRAME_BYTES = 2048;

/** How often each address is probed, and the interval of looking for answers. */
const PROBES = 2;
const LOOK_MS = 5;

/**
 * The question. Shape: the first of `devices` that exists is asked on; `addresses` without lengths.
 * Units: milliseconds.
 */
export type ProbeQuestion = {
  readonly devices: readonly string[];
  readonly addresses: readonly string[];
  readonly timeoutMs: number;
};

/**
 * Resolves to the addresses that other machines have, each with the MAC; after `timeoutMs`, or with the first answer.
 * Errors: `not-found` without an interface.
 */
export async function probeAddresses(
  sys: Sys,
  question: ProbeQuestion,
): Promise<Result<readonly ProbeClaim[]>> {
  const link = findLink(sys, question.devices);
  if (!link.ok) return link;
  const types = new Set(question.addresses.map((address) => (address.includes(':') ? ETH_P.ip6 : ETH_P.arp)));
  const opened: number[] = [];
  try {
    for (const type of types) {
      const fd = openSocket(sys, link.value.index, type);
      if (fd < 0) return err(failureOf(fd, `probe on ${link.value.name}`));
      opened.push(fd);
    }
    return await ask(sys, opened, { ...question, mac: link.value.mac ?? '' });
  } finally {
    for (const fd of opened) sys.close(fd);
  }
}

function findLink(sys: Sys, devices: readonly string[]): Result<LinkFact> {
  const sockets = new Sockets(sys, { readOnly: true, lifetime: 'one-shot' });
  try {
    const socket = sockets.route(HOST);
    if (!socket.ok) return socket;
    for (const name of devices) {
      const link = readLink(socket.value, name);
      if (!link.ok) return link;
      if (link.value?.mac !== undefined) return ok(link.value);
    }
  } finally {
    sockets.close();
  }
  return err(
    failure('not-found', 'probe an address', `there is no interface ${devices.join(' or ')}`, {
      hint: 'See ip link.',
    }),
  );
}

/** struct sockaddr_ll; the protocol is in network byte order. */
function openSocket(sys: Sys, index: number, type: number): number {
  const swapped = ((type & 0xff) << 8) | (type >>> 8);
  const fd = sys.socket(AF_PACKET, FLAGS.SOCK_RAW | FLAGS.SOCK_CLOEXEC, swapped);
  if (fd < 0) return fd;
  const address = new DataView(new ArrayBuffer(SOCKADDR_BYTES));
  address.setUint16(0, AF_PACKET, true);
  address.setUint16(2, type, false);
  address.setInt32(4, index, true);
  const bound = sys.bind(fd, new Uint8Array(address.buffer));
  if (bound >= 0) return fd;
  sys.close(fd);
  return bound;
}

/** Frames that this machine sends are heard, too: they have its MAC. */
async function ask(
  sys: Sys,
  sockets: readonly number[],
  { addresses, timeoutMs, mac }: ProbeQuestion & { readonly mac: string },
): Promise<Result<readonly ProbeClaim[]>> {
  const begun = performance.now();
  const found = new Map<string, ProbeClaim>();
  for (let sent = 0; ; ) {
    const elapsedMs = performance.now() - begun;
    if (sent < PROBES && elapsedMs >= (sent * timeoutMs) / PROBES) {
      sent += 1;
      for (const address of addresses) sys.send(socketFor(sockets, address), probeFrame(mac, address), 0);
    }
    for (const claim of sockets.flatMap((fd) => hear(sys, fd))) {
      if (claim.mac !== mac && addresses.includes(claim.address)) found.set(claim.address, claim);
    }
    if (found.size > 0 || elapsedMs >= timeoutMs) return ok([...found.values()]);
    await sleep(Math.min(LOOK_MS, timeoutMs));
  }
}

/** One socket for each family, IPv4 first, or one for all. */
function socketFor(sockets: readonly number[], address: string): number {
  const [first = -1, second = first] = sockets;
  return address.includes(':') ? second : first;
}

function hear(sys: Sys, fd: number): readonly ProbeClaim[] {
  const into = new Uint8Array(FRAME_BYTES);
  const claims: ProbeClaim[] = [];
  for (;;) {
    const length = sys.recv(fd, into, FLAGS.MSG_DONTWAIT);
    if (length <= 0) return claims;
    const claim = claimIn(into.slice(0, length));
    if (claim !== undefined) claims.push(claim);
  }
}
