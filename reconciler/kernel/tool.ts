/** Runs the system's own tools. The one file that imports execa; loaded only when one is to be run. */
import { execaSync } from 'execa';

/** Container runtimes may call a plugin with an odd PATH; these are where distributions keep such tools. */
const FALLBACK_PATH = '/usr/sbin:/usr/bin:/sbin:/bin';

/** How long a tool may take. Units: milliseconds. */
const TIMEOUT_MS = 10_000;

/** How a tool ended. Shape: `said` is what it wrote to stderr, or how it failed where it wrote nothing. */
export type ToolOutcome =
  | { readonly kind: 'done'; readonly stdout: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'timeout'; readonly timeoutMs: number }
  | { readonly kind: 'failed'; readonly said: string };

/** Returns how the tool ended; blocks. It is found by PATH and where distributions keep such tools, and speaks English. */
export function runTool(name: string, args: readonly string[], input = ''): ToolOutcome {
  const path = [process.env['PATH'], FALLBACK_PATH]
    .filter((part) => part !== undefined && part !== '')
    .join(':');
  const done = execaSync(name, [...args], {
    input,
    env: { PATH: path, LC_ALL: 'C' },
    timeout: TIMEOUT_MS,
    reject: false,
  });
  if (!done.failed) return { kind: 'done', stdout: done.stdout };
  if (done.timedOut) return { kind: 'timeout', timeoutMs: TIMEOUT_MS };
  if (done.code === 'ENOENT') return { kind: 'missing' };
  const said = done.stderr.trim();
  return { kind: 'failed', said: said === '' ? (done.shortMessage ?? 'it failed') : said };
}

/** Shows the page, which is roff, in man(1) on this terminal; blocks until the reader is done. */
export function showManual(roff: string): ToolOutcome {
  const done = execaSync('man', ['-l', '-'], {
    input: roff,
    stdout: 'inherit',
    stderr: 'ignore',
    reject: false,
  });
  if (!done.failed) return { kind: 'done', stdout: '' };
  return { kind: 'failed', said: done.shortMessage ?? 'it failed' };
}

/** Runs the user's editor on the file, on this terminal; blocks until it ends. `command` may have arguments, as sh reads them. */
export function runEditor(command: string, file: string): ToolOutcome {
  const script = `${command} "$1"`;
  const done = execaSync('sh', ['-c', script, command, file], { stdio: 'inherit', reject: false });
  if (!done.failed) return { kind: 'done', stdout: '' };
  return {
    kind: 'failed',
    said: done.shortMessage ?? `it ended with ${done.exitCode ?? done.signal ?? 'an error'}`,
  };
}
