/** Pings: a few to test an address, or a series to count the losses of a change. */
import { spawn } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import type { Netns } from '../support/netns.ts';

/** The number of echo requests, and the sequence numbers without a reply. */
export type PingCount = { readonly sent: number; readonly lost: readonly number[] };

/** A ping that runs until stopped. */
export type Pinging = {
  /** Resolves after that many further answers, or after half a minute without one: the count shows losses. */
  readonly answered: (more: number) => Promise<void>;
  /** As answered(), where an ICMP error (a reject, an unreachable host) counts, too. */
  readonly heard: (more: number) => Promise<void>;
  /** Resolves to the count of all that were sent before the call. */
  readonly stop: () => Promise<PingCount>;
};

/**
 * Returns true at the first echo reply, false after 20 seconds without one. A busy kernel activates a link
 * some time after it is up (linkwatch has a work queue and waits for the RTNL lock), and drops packets until then.
 */
export function reaches(from: Netns, address: string): boolean {
  const deadline = performance.now() + 20_000;
  // ping(8) ends at an ICMP error, such as that of its own host three seconds after an unanswered ARP request.
  do {
    if (from.execNow(['ping', '-n', '-q', '-c', '1', '-w', '20', address]).code === 0) return true;
  } while (performance.now() < deadline);
  return false;
}

/**
 * Resolves to true if the first three echo requests were answered: the reply to a later one shows that they had time.
 * Resolves to false if one was lost or rejected, or nothing arrives for ten seconds.
 */
export async function answers(from: Netns, address: string): Promise<boolean> {
  const pinging = startPing(from, address, { intervalMs: 20, patienceMs: 10_000 });
  await pinging.heard(4);
  const { sent, lost } = await pinging.stop();
  return sent >= 4 && lost.every((number) => number > 3);
}

/** Resolves to true if none of three echo requests from the namespace is answered within a second. */
export async function staysSilent(from: Netns, address: string): Promise<boolean> {
  const ping = ['ping', '-n', '-q', '-c', '3', '-i', '0.05', '-W', '1', address];
  return (await from.exec(ping)).stdout.includes('3 packets transmitted, 0 received');
}

const PATIENCE_MS = 30_000;

/**
 * Returns a ping that sends from now on, every 10 ms unless given. It runs inside the namespace, independently of the state
 * of links.
 */
export function startPing(
  from: Netns,
  address: string,
  { intervalMs = 10, patienceMs = PATIENCE_MS } = {},
): Pinging {
  const interval = String(intervalMs / 1_000);
  const argv = [`--net=${from.path}`, '--', 'ping', '-n', '-i', interval, '-W', '1', address];
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'pipe'] });
  let [text, reported] = ['', ''];
  let heardAt = performance.now();
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
    heardAt = performance.now();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    reported += chunk.toString();
  });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  const until = async (holds: () => boolean, since = performance.now()): Promise<void> => {
    const deadline = since + patienceMs;
    while (!holds() && !hasEnded() && performance.now() < deadline) await pause(5);
  };
  const more = (numbers: (text: string) => readonly number[], count: number): Promise<void> => {
    const wanted = numbers(text).length + count;
    return until(() => numbers(text).length >= wanted);
  };
  const stop = async (): Promise<PingCount> => {
    // Before the first reply it may not handle signals yet.
    await until(() => heardIn(text).length > 0, heardAt);
    child.kill('SIGQUIT');
    await until(() => SENT_SO_FAR.test(reported));
    const sent = Number(SENT_SO_FAR.exec(reported)?.[1] ?? 0);
    // The reply to a later request shows that all of these had time to be answered.
    await until(() => (heardIn(text).at(-1) ?? 0) > sent, heardAt);
    child.kill('SIGINT');
    await until(hasEnded);
    return countLost(text, sent);
  };
  return { answered: (count) => more(numbersIn, count), heard: (count) => more(heardIn, count), stop };
}

/** ping(8)'s output on SIGQUIT: number of replies and of requests. */
const SENT_SO_FAR = /\d+\/(\d+) packets/;

function numbersIn(text: string): readonly number[] {
  return [...text.matchAll(/bytes from .*icmp_seq=(\d+)/g)].map((match) => Number(match[1]));
}

/** Requests with a reply, or with an ICMP error: `From 10.240.0.35 icmp_seq=1 Packet filtered`. */
function heardIn(text: string): readonly number[] {
  return [...text.matchAll(/(?:bytes from|^From) .*icmp_seq=(\d+)/gm)].map((match) => Number(match[1]));
}

/** Returns ping(8)'s output about the first `sent` requests as numbers. */
export function countLost(text: string, sent: number): PingCount {
  const seen = new Set(numbersIn(text));
  const lost = Array.from({ length: sent }, (_, index) => index + 1).filter((number) => !seen.has(number));
  return { sent, lost };
}
