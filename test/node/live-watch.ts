/** `vnet watch` as a process on a live node, with its events and status. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { VnetEvent } from '../../reconciler/loop/files/event.ts';
import { isStatus, type NodeStatus } from '../../reconciler/loop/files/status-file.ts';
import { parseJson } from '../../reconciler/model/objects.ts';
import { BIN, type LiveNode } from '../plugin/live-node.ts';

/** A running loop. */
export type LiveWatch = {
  readonly pid: number;
  /** Its events, oldest first. */
  readonly events: readonly VnetEvent[];
  readonly stderr: () => string;
  readonly status: () => NodeStatus | undefined;
  /** Resolves when the condition holds. Errors: rejects with the events and output at a timeout. */
  readonly until: (what: string, holds: () => boolean) => Promise<void>;
  /** Resolves to the exit code, or the terminating signal. */
  readonly end: (signal: NodeJS.Signals) => Promise<number | string>;
};

const LONGEST_MS = 300_000;
const POLL_MS = 5;

/** A node for the loop. Shape: `name` is `node-1` by default; `under` is a program that starts the loop; `program` is ours by default. */
export type WatchedNode = Pick<LiveNode, 'netns' | 'root'> & {
  readonly name?: string;
  readonly under?: readonly string[];
  readonly program?: string;
};

/** Resolves to the loop after its first round. */
export async function startWatch(node: WatchedNode, ...args: readonly string[]): Promise<LiveWatch> {
  const program = node.program ?? join(BIN, 'vnet');
  const words = [...(node.under ?? []), program, 'watch', '-o', 'jsonl', ...args];
  const argv = [`--net=${node.netns.path}`, '--', ...words];
  const child = spawn('nsenter', argv, {
    env: { ...process.env, VNET_ROOT: node.root, VNET_NODE: node.name ?? 'node-1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const events: VnetEvent[] = [];
  let said = '';
  let stderr = '';
  child.stdout.on('data', (chunk: Buffer) => {
    said += chunk.toString();
    const lines = said.split('\n');
    said = lines.pop() ?? '';
    events.push(...lines.map((line) => JSON.parse(line) as VnetEvent));
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const statusPath = join(node.root, 'run/vnet/status.json');
  const startedAt = new Date().toISOString();
  const status = (): NodeStatus | undefined =>
    existsSync(statusPath) ? parseJson(readFileSync(statusPath, 'utf8'), isStatus) : undefined;
  const until: LiveWatch['until'] = async (what, holds) => {
    const deadline = Date.now() + LONGEST_MS;
    while (!holds()) {
      if (Date.now() > deadline || child.exitCode !== null || child.signalCode !== null) {
        const told = events.map((event) => JSON.stringify(event)).join('\n');
        throw new Error(`${what} in vain\n${told}\n${stderr}\n${JSON.stringify(status())}`);
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  };
  const watch: LiveWatch = {
    pid: child.pid ?? 0,
    events,
    stderr: () => stderr,
    status,
    until,
    end: (signal) => endOf(child, signal),
  };
  await until('waited for the first round', () => (status()?.time ?? '') >= startedAt);
  return watch;
}

function endOf(child: ChildProcess, signal: NodeJS.Signals): Promise<number | string> {
  const ended = child.exitCode ?? child.signalCode;
  if (ended !== null) return Promise.resolve(ended);
  return new Promise((resolve) => {
    child.on('close', (code, by) => resolve(code ?? by ?? 'unknown'));
    child.kill(signal);
  });
}
