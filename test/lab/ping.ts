/** Pings: a few to see whether an address answers, or many in a row to count what a change costs. */
import { spawn } from 'node:child_process';
import type { Netns } from '../support/netns.ts';

/** How many echo requests were sent, and the sequence numbers that were never answered. */
export type PingCount = { readonly sent: number; readonly lost: readonly number[] };

/** A ping that runs until it is told to stop. */
export type Pinging = { readonly stop: () => Promise<PingCount> };

/** Resolves to true when every one of three echo requests from the namespace was answered. */
export async function answers(from: Netns, address: string): Promise<boolean> {
  const ping = ['ping', '-n', '-q', '-c', '3', '-i', '0.05', '-W', '1', address];
  return parsePing((await from.exec(ping)).stdout).received === 3;
}

/** Returns a ping that sends every 10 ms from now on. It runs inside the namespace, whatever happens to its links. */
export function startPing(from: Netns, address: string): Pinging {
  const argv = [`--net=${from.path}`, '--', 'ping', '-n', '-i', '0.01', '-W', '1', address];
  const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'ignore'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = async (): Promise<PingCount> => {
    child.kill('SIGINT');
    await ended;
    return countLost(text);
  };
  return { stop };
}

/**
 * Returns what ping(8) printed as numbers. The request sent last may have been under way when ping was stopped: it
 * counts as lost only when the one before it was lost too.
 */
export function countLost(text: string): PingCount {
  const { sent } = parsePing(text);
  const seen = new Set([...text.matchAll(/bytes from .*icmp_seq=(\d+)/g)].map((match) => Number(match[1])));
  const lost = Array.from({ length: sent }, (_, index) => index + 1).filter((number) => !seen.has(number));
  const onlyLast = lost.length === 1 && lost[0] === sent && sent > 1;
  return onlyLast ? { sent: sent - 1, lost: [] } : { sent, lost };
}

function parsePing(text: string): { readonly sent: number; readonly received: number } {
  const match = /(\d+) packets transmitted, (\d+) received/.exec(text);
  return { sent: Number(match?.[1] ?? 0), received: Number(match?.[2] ?? 0) };
}
