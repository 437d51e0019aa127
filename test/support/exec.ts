/** Runs commands of the system for tests and the lab; never through a shell. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { Socket } from 'node:net';
import { constants } from 'node:os';
import { type Command, startCommand, type Started, statusOf, waitForEnd } from './spawn.ts';

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

/**
 * Options of a command. `env` is added to ours; an undefined value removes a variable. `netns` is the path of the network
 * namespace in which it is started.
 */
export type ExecOptions = {
  readonly input?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly netns?: string;
  readonly timeoutMs?: number;
};

/** Timeout of a silent command: far more than any takes on a busy machine. */
const LONGEST_MS = 300_000;

/** Returns the result of the command; blocks until its end. A command that cannot be started has code 127. */
export function execNow(argv: readonly string[], options: ExecOptions = {}): Outcome {
  const begun = performance.now();
  const timeoutMs = options.timeoutMs ?? LONGEST_MS;
  const started = startCommand(commandOf(argv, options));
  if (started === undefined) return execByNode(argv, options);
  const { status, output } = waitForEnd(started, timeoutMs);
  const [stdout = '', stderr = ''] = output.map(String);
  return {
    argv: wordsOf(argv, options),
    code: codeOf(status),
    stdout,
    stderr,
    durationMs: performance.now() - begun,
  };
}

function commandOf(argv: readonly string[], { input = '', env, cwd, netns }: ExecOptions): Command {
  return { argv, env: { ...process.env, ...env }, input, cwd, netns };
}

/** The command that a person would type. */
function wordsOf(argv: readonly string[], { netns }: ExecOptions): readonly string[] {
  return netns === undefined ? argv : ['nsenter', `--net=${netns}`, '--', ...argv];
}

/** The exit code in a status of waitpid(2). */
function codeOf(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? status >> 8 : 128 + signal;
}

/** For a command that cannot be started otherwise: too much input, or no such file. */
function execByNode(argv: readonly string[], options: ExecOptions): Outcome {
  const begun = performance.now();
  const words = wordsOf(argv, options);
  const done = spawnSync(words[0] ?? '', words.slice(1), {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    input: options.input ?? '',
    env: { ...process.env, ...options.env },
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    timeout: options.timeoutMs ?? LONGEST_MS,
    killSignal: 'SIGKILL',
  });
  return {
    argv: words,
    code: done.error === undefined ? exitCode(done.status, done.signal) : 127,
    stdout: done.stdout ?? '',
    stderr: done.error === undefined ? (done.stderr ?? '') : done.error.message,
    durationMs: performance.now() - begun,
  };
}

/**
 * Resolves to the result of the command after its end. A command that cannot be started has code 127; never
 * rejects.
 */
export async function exec(argv: readonly string[], options: ExecOptions = {}): Promise<Outcome> {
  const begun = performance.now();
  const started = startCommand(commandOf(argv, options));
  if (started === undefined) return spawnByNode(argv, options);
  const timer = setTimeout(() => process.kill(started.pid, 'SIGKILL'), options.timeoutMs ?? LONGEST_MS);
  const [stdout, stderr] = await Promise.all([textOf(started.stdout), textOf(started.stderr)]);
  const status = await endOf(started);
  clearTimeout(timer);
  const durationMs = performance.now() - begun;
  return { argv: wordsOf(argv, options), code: codeOf(status), stdout, stderr, durationMs };
}

/** Resolves to the text of a pipe, once all its writers have closed it. */
async function textOf(fd: number): Promise<string> {
  const chunks: Buffer[] = [];
  const pipe = new Socket({ fd, readable: true, writable: false });
  pipe.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(pipe, 'close');
  return Buffer.concat(chunks).toString();
}

/** Most commands end right after their output. */
async function endOf(started: Started): Promise<number> {
  for (;;) {
    const status = statusOf(started);
    if (status !== undefined) return status;
    await new Promise((resolve) => void setTimeout(resolve, 1));
  }
}

function spawnByNode(argv: readonly string[], options: ExecOptions): Promise<Outcome> {
  const begun = performance.now();
  const words = wordsOf(argv, options);
  const child = spawn(words[0] ?? '', words.slice(1), {
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
        argv: words,
        code,
        stdout: Buffer.concat(out).toString(),
        stderr,
        durationMs: performance.now() - begun,
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
  return status ?? (signal === null ? 255 : 128 + constants.signals[signal]);
}
