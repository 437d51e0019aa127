/** Asks the network whether an address is in use, before a pod is given it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { err, fail, ok, type Result } from '../../model/result.ts';
import type { Sys } from '../../model/ports/sys.ts';
import { HOST } from '../../model/state.ts';
import { failureOf } from '../../os/errno.ts';
import type { LinkFact } from '../netlink/link.ts';
import { readLink } from '../read.ts';
import { Sockets } from '../sockets.ts';
import { type ProbeClaim, ETH_P, probeFrame } from './frames.ts';
import { probeSocketsOn } from './sockets.ts';

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
  const { index, name, mac = '' } = link.value;
  const sockets = probeSocketsOn(sys, index);
  const found = new Map<string, ProbeClaim>();
  // Frames that this machine sends are heard, too: they have its MAC.
  const hear = (claim: ProbeClaim): void => {
    if (claim.mac !== mac && question.addresses.includes(claim.address)) found.set(claim.address, claim);
  };
  const joined = sockets.join(new Set(question.addresses.map(typeOf)), hear);
  if (joined < 0) return err(failureOf(joined, `probe on ${name}`));
  const ask = (): void => {
    for (const address of question.addresses) sockets.send(typeOf(address), probeFrame(mac, address));
  };
  try {
    await until(question.timeoutMs, ask, () => {
      sockets.read();
      return found.size > 0;
    });
    return ok([...found.values()]);
  } finally {
    sockets.leave(hear);
  }
}

/** Asks PROBES times, evenly spread over the time; resolves at its end, or when there is an answer. */
async function until(timeoutMs: number, ask: () => void, isAnswered: () => boolean): Promise<void> {
  const begun = performance.now();
  for (let asked = 0; ; ) {
    const elapsedMs = performance.now() - begun;
    if (asked < PROBES && elapsedMs >= (asked * timeoutMs) / PROBES) {
      asked += 1;
      ask();
    }
    if (isAnswered() || elapsedMs >= timeoutMs) return;
    await sleep(Math.min(LOOK_MS, timeoutMs));
  }
}

function typeOf(address: string): number {
  return address.includes(':') ? ETH_P.ip6 : ETH_P.arp;
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
  return fail('not-found', 'probe an address', `there is no interface ${devices.join(' or ')}`, {
    hint: 'See ip link.',
  });
}
