/** Runs commands of the system for tests and the lab; never through a shell. */
import { spawn, spawnSync } from 'node:child_process';

/**
 * The result of a command.
 * Units: milliseconds. `code` is 128 + signal if a signal ended it, as in shells.
 */
export type Outcome = {
  readonly argv: readonly string[];
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly durationMs: number;
};

/** Options of a command. `env` is added to ours; an undefined value removes a variable. */
export type ExecOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly timeoutMs?: number;
};

/** Timeout of a silent command: far more than any takes on a busy machine. */
const LONGEST_MS = 100_000;

const SIGNAL_CODES: Readonly<Record<string, number>> = {
  SIGHUP: 129,
  SIGINT: 130,
  SIGKILL: 137,
  SIGTERM: 143,
};

/** Returns the result of the command; blocks until its end. A command that cannot be started has code 127. */
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

/**
 * Resolves to the result of the command after its end. A command that cannot be started has code 127; never
 * rejects.
 */
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
  // A command that does not read its input closes the pipe (EPIPE): that does not affect its success.
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

/**
 * Returns the result of the command.
 * Errors: throws with command, code and output if it did not exit with 0.
 */
export function mustExec(argv: readonly string[], options: ExecOptions = {}): Outcome {
  const outcome = execNow(argv, options);
  if (outcome.code !== 0) throw new Error(renderOutcome(outcome, options.input));
  return outcome;
}

/** Returns the output of a preview that has steps or failed; empty if the kernel matches the document (exit code 0). */
export function pendingIn(preview: Outcome): string {
  return preview.code === 0 ? '' : renderOutcome(preview);
}

/** Returns a failed command as text: command, exit code, output and input. */
export function renderOutcome(outcome: Outcome, input?: string): string {
  const told = input === undefined ? '' : `\nits input was:\n${input}`;
  const said = `${outcome.stderr}${outcome.stdout}`.trim();
  return `\`${outcome.argv.join(' ')}\` exited with ${outcome.code}: ${said}${told}`;
}

function exitCode(status: number | null, signal: NodeJS.Signals | null): number {
  return status ?? SIGNAL_CODES[signal ?? ''] ?? 255;
}
