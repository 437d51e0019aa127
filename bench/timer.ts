/**
 * Times processes through native/timer.c: without a shell, with stdin from memory, all started by one
 * process.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** A process to start. Shape: `env` is its whole environment. */
export type Job = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly input: string;
};

/** The end of a process. Units: as named; CPU and memory include the children it waited for. */
export type Timed = {
  readonly pid: number;
  readonly wallMs: number;
  readonly cpuMs: number;
  readonly maxRssMb: number;
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** Concurrently started processes. Units: milliseconds from the first start to the last end. */
export type Batch = { readonly wallMs: number; readonly processes: readonly Timed[] };

/** Starts processes in its own namespaces. */
export type Timer = {
  /** Resolves when all jobs, started together, have ended; the next batch may begin `settleMs` later. */
  run(jobs: readonly Job[], settleMs: number): Promise<Batch>;
  stop(): Promise<void>;
};

/** Returns a timer. `command` starts the compiled native/timer.c in the namespaces of the processes. */
export function startTimer(command: readonly string[]): Timer {
  const child = spawn(command[0] ?? '', command.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const { stdin, stdout } = child;
  const reader = makeReader(stdout);
  child.on('exit', () => reader.end());
  return {
    run: async (jobs, settleMs) => {
      stdin.write(encodeBatch(jobs, settleMs));
      const wallMs = Number(await reader.line()) / 1e6;
      const processes: Timed[] = [];
      while (processes.length < jobs.length) processes.push(await readTimed(reader));
      return { wallMs, processes };
    },
    stop: () => stop(child),
  };
}

/** Returns the batch in the form of native/timer.c. */
export function encodeBatch(jobs: readonly Job[], settleMs: number): Buffer {
  const strings = (values: readonly string[]): string => values.map((value) => `${value}\0`).join('');
  const one = ({ argv, env, input }: Job): string => {
    const variables = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    const head = `${argv.length} ${variables.length} ${Buffer.byteLength(input)}\n`;
    return head + strings(argv) + strings(variables) + input;
  };
  return Buffer.from(`${jobs.length} ${Math.round(settleMs * 1000)}\n${jobs.map(one).join('')}`);
}

async function readTimed(reader: Reader): Promise<Timed> {
  const fields = (await reader.line()).split(' ').map(Number);
  const [pid = 0, wallNs = 0, userUs = 0, systemUs = 0, maxRssKb = 0, code = 0, out = 0, error = 0] = fields;
  return {
    pid,
    wallMs: wallNs / 1e6,
    cpuMs: (userUs + systemUs) / 1e3,
    maxRssMb: maxRssKb / 1024,
    code,
    stdout: (await reader.bytes(out)).toString(),
    stderr: (await reader.bytes(error)).toString(),
  };
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = once(child, 'exit');
  child.stdin?.end();
  await ended;
}

type Reader = {
  line(): Promise<string>;
  bytes(length: number): Promise<Buffer>;
  end(): void;
};

/** Lines and counted bytes of a stream. */
function makeReader(stream: NodeJS.ReadableStream): Reader {
  let held = Buffer.alloc(0);
  let hasEnded = false;
  let wake: () => void = () => undefined;
  stream.on('data', (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  });
  const more = async (): Promise<void> => {
    if (hasEnded) throw new Error('the timer has ended; its output is above');
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  };
  const take = (length: number): Buffer => {
    const taken = held.subarray(0, length);
    held = held.subarray(length);
    return taken;
  };
  return {
    line: async () => {
      while (!held.includes('\n')) await more();
      return take(held.indexOf('\n') + 1)
        .toString()
        .trimEnd();
    },
    bytes: async (length) => {
      while (held.length < length) await more();
      return take(length);
    },
    end: () => {
      hasEnded = true;
      wake();
    },
  };
}
