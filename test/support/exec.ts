/** Runs commands of the system for tests and the lab; never through a shell. */
import { spawn, spawnSync } from 'node:child_process';

/** What a command left behind. Units: milliseconds. `code` is 128 + signal when a signal ended it, as shells say. */
export type Outcome = {
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** How to run a command. `env` is added to ours; an undefined value takes a variable away. */
export type ExecOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
};

/** So long for what stays silent: far more than any command takes on a busy machine. */
const LONGEST_MS = 100_000;

const SIGNAL_CODES: Readonly<Record<string, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGKILL: 137,
  SIGTERM: 143,
};

/** Returns what the command did; waits for its end and blocks. A command that can't be started has code 127. */
export function execNow(argv: readonly string[], options: ExecOptions = {}): Outcome {
  const started = performance.now();
  const done = spawnSync(argv[0] ?? '', argv.slice(1), {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeoutMs ?? LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  return {
    argv,
    code: done.error === undefined ? exitCode(done.status, done.signal) : 127,
    stdout: done.stdout ?? '',
    stderr: done.error === undefined ? (done.stderr ?? '') : done.error.message,
    durationMs: performance.now() - started,
  };
}

/** Resolves to what the command did once it has ended. A command that can't be started has code 127; never rejects. */
export function exec(argv: readonly string[], options: ExecOptions = {}): Promise<Outcome> {
  const started = performance.now();
  const child = spawn(argv[0] ?? '', argv.slice(1), {
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeoutMs ?? LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk));
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk));
  // A command that does not read its input closes it under us (EPIPE): that says nothing about its success.
  child.stdin.on('error', () => undefined);
  child.stdin.end(options.input ?? '');
  return new Promise((resolve) => {
    const finish = (code: number, stderr: string): void =>
      resolve({
        argv,
        code,
        stdout: Buffer.concat(out).toString(),
        stderr,
        durationMs: performance.now() - started,
      });
    child.on('error', (error) => finish(127, error.message));
    child.on('close', (status, signal) => finish(exitCode(status, signal), Buffer.concat(err).toString()));
  });
}

/** Returns what the command did. Errors: throws with command, code and output when it did not exit with 0. */
export function mustExec(argv: readonly string[], options: ExecOptions = {}): Outcome {
  const outcome = execNow(argv, options);
  if (outcome.code !== 0) throw new Error(renderOutcome(outcome, options.input));
  return outcome;
}

/** Returns a failed command as text: what was run, how it ended, what it said and was told. */
export function renderOutcome(outcome: Outcome, input?: string): string {
  const told = input === undefined ? '' : `\nits input was:\n${input}`;
  const said = `${outcome.stderr}${outcome.stdout}`.trim();
  return `\`${outcome.argv.join(' ')}\` exited with ${outcome.code}: ${said}${told}`;
}

function exitCode(status: number | null, signal: NodeJS.Signals | null): number {
  return status ?? SIGNAL_CODES[signal ?? ''] ?? 255;
}
