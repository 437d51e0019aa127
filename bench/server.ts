/**
 * The server of a node's calls: `vnet watch`, or the temporary server that the first call of a burst starts on a node without
 * a resident process. Its work for a call counts as the call's.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { execNow } from '../test/support/exec.ts';

/**
 * A running server. Units: milliseconds of CPU since its start.
 * Shape: `settle` resolves after its own follow-up work for a call or a change of the document.
 */
export type Server = {
  readonly pid: number;
  readonly cpuMs: () => number;
  readonly settle: () => Promise<void>;
};

/** Idle means that it has used almost no CPU for this long. Units: milliseconds. */
const QUIET = { sampleMs: 25, cpuMs: 0.3, samples: 3 };

/** The resident process checks again a second after a call; that is part of the call's cost. Units: milliseconds. */
export const SECOND_LOOK_MS = 1100;

/** The exit code of flock(1) for a held lock. */
const HELD = 42;

/** Units: milliseconds. */
const END = { lookMs: 10, longestMs: 10_000 };

/** Returns this process as a server. */
export function serverOf(pid: number): Server {
  const cpuMs = (): number => cpuOf(pid);
  return { pid, cpuMs, settle: () => settle(cpuMs) };
}

/**
 * Returns the temporary server of the node with its state in `root`; undefined without one.
 * Law: it lives as long as the flock on serve.lock is held; its process ID is at the start of that file.
 */
export function findServer(root: string): Server | undefined {
  const path = join(root, 'run/vnet/serve.lock');
  if (!existsSync(path)) return undefined;
  const { code, stderr } = execNow(['flock', '--nonblock', '-E', String(HELD), path, 'true']);
  if (code === 0) return undefined;
  const text = readFileSync(path, 'utf8');
  const pid = Number.parseInt(text, 10);
  if (code !== HELD || !(pid > 1))
    throw new Error(`no holder can be determined from ${path}: ${text}${stderr}`);
  return isTemporary(pid) ? serverOf(pid) : undefined;
}

/** `vnet watch` holds the same lock, and stays. */
function isTemporary(pid: number): boolean {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) && readFileSync(path, 'utf8').split('\0').includes('serve');
}

/** Ensures that the node has no temporary server. Errors: rejects if it does not exit on request. */
export async function endServer(root: string): Promise<void> {
  const server = findServer(root);
  if (server === undefined) return;
  process.kill(server.pid, 'SIGTERM');
  const start = performance.now();
  while (findServer(root) !== undefined) {
    if (performance.now() - start > END.longestMs) throw new Error(`server ${server.pid} does not leave`);
    await pause(END.lookMs);
  }
}

/**
 * Starts to count the server's use; the server may start later. Returns a function that resolves to the use
 * once the server is idle again, after `afterMs` at the earliest. Units: milliseconds of CPU.
 */
export function countServer(find: () => Server | undefined, afterMs = 0): () => Promise<number> {
  const before = find();
  const beforeMs = before?.cpuMs() ?? 0;
  return async () => {
    const server = find();
    if (server === undefined) return 0;
    await pause(afterMs);
    await server.settle();
    return Math.max(0, server.cpuMs() - (server.pid === before?.pid ? beforeMs : 0));
  };
}

/**
 * Returns the CPU of all threads of the process.
 * Units: milliseconds.
 * Source: Documentation/scheduler/sched-stats.rst, /proc/PID/schedstat.
 */
export function cpuOf(pid: number): number {
  const nanoseconds = readdirSync(`/proc/${pid}/task`).map((thread) => cpuOfThread(pid, thread));
  return nanoseconds.reduce((sum, value) => sum + value, 0) / 1e6;
}

/** The engine's threads come and go, also between the list and the reading. Units: nanoseconds. */
function cpuOfThread(pid: number, thread: string): number {
  try {
    return Number(readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'utf8').split(' ')[0]);
  } catch {
    return 0;
  }
}

async function settle(cpuMs: () => number): Promise<void> {
  for (let [quiet, last] = [0, cpuMs()]; quiet < QUIET.samples; ) {
    await pause(QUIET.sampleMs);
    const now = cpuMs();
    quiet = now - last < QUIET.cpuMs ? quiet + 1 : 0;
    last = now;
  }
}

function pause(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs));
}
