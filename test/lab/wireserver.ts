/**
 * The host endpoint 168.63.129.16 of the fabric: returns each node its addresses, and misbehaves on request.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { extname, join } from 'node:path';
import type { Netns } from '../support/netns.ts';
import { HOST_ENDPOINT, type Nic } from './fabric.ts';
import type { WireserverOrder } from './wireserver-answer.ts';

/** The message of the host endpoint to its parent. */
export type WireserverReport =
  | { readonly kind: 'listening' }
  | { readonly kind: 'obeyed' }
  | { readonly kind: 'asked'; readonly count: number };

/** A running host endpoint. */
export type Wireserver = {
  readonly pid: number;
  /** Resolves when the host endpoint answers as ordered; absent options are unchanged. */
  order(change: Partial<WireserverOrder>): Promise<void>;
  /** Returns the number of queries so far. */
  askedCount(): number;
  /** Ensures that it neither keeps this process alive nor ends with it. */
  release(): void;
  /** Resolves when its process has ended. */
  stop(): Promise<void>;
};

/**
 * Resolves to a host endpoint that listens in the namespace and answers for the NICs. Rejects if it cannot
 * listen.
 */
export async function startWireserver(netns: Netns, nics: readonly Nic[]): Promise<Wireserver> {
  // In the npm package it is a bundle, like this file.
  const suffix = extname(import.meta.filename);
  const script = join(import.meta.dirname, `wireserver-process${suffix}`);
  const loader = suffix === '.ts' ? ['--import', import.meta.resolve('tsx')] : [];
  const node = [process.execPath, ...loader, script, HOST_ENDPOINT];
  const child = spawn('nsenter', [`--net=${netns.path}`, '--', ...node], {
    detached: true,
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let asked = 0;
  child.on('message', (message) => {
    const report = parseReport(message);
    if (report.kind === 'asked') asked = report.count;
  });
  await awaitReport(child, 'listening');
  let current: WireserverOrder = { nics, behaviour: 'answer', delayMs: 0, stay: false };
  const order: Wireserver['order'] = async (change) => {
    current = { ...current, ...change };
    const obeyed = awaitReport(child, 'obeyed');
    child.send(JSON.stringify(current));
    await obeyed;
  };
  await order({});
  return {
    pid: child.pid ?? 0,
    order,
    askedCount: () => asked,
    release: () => {
      child.disconnect();
      child.stderr?.destroy();
      child.unref();
    },
    stop: async () => {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGKILL');
      await ended;
    },
  };
}

function parseReport(message: unknown): WireserverReport {
  const report: WireserverReport = JSON.parse(String(message));
  return report;
}

/** Resolves when the child reports this; rejects with its output if it ends instead. */
function awaitReport(child: ChildProcess, kind: WireserverReport['kind']): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    const onExit = (code: number | null): void =>
      reject(new Error(`the host endpoint ended with ${code} before it was ${kind}: ${said.trim()}`));
    child.once('exit', onExit);
    child.on('message', function onMessage(message) {
      if (parseReport(message).kind !== kind) return;
      child.off('message', onMessage);
      child.off('exit', onExit);
      resolve();
    });
  });
}
