/** Runs programs on this terminal. The one file that imports execa; loaded on demand. */
import { execaSync } from 'execa';
import type { ToolOutcome } from './run-tool.ts';
import { splitCommand } from './split-command.ts';

/** Re-exported for run-tool-node.ts, since execa is imported in one file. */
export { execaSync as execSync };

/** Shows the roff page in man(1) on this terminal; blocks until the reader quits. */
export function showManual(roff: string): ToolOutcome {
  const done = execaSync('man', ['-l', '-'], {
    input: roff,
    stdout: 'inherit',
    stderr: 'ignore',
    reject: false,
  });
  if (!done.failed) return { kind: 'done', stdout: '' };
  return { kind: 'failed', said: done.shortMessage ?? 'failed without a message' };
}

/**
 * Runs the user's editor on the file, on this terminal; blocks until it exits. `command` may have arguments,
 * see splitCommand().
 */
export function runEditor(command: string, file: string): ToolOutcome {
  const words = splitCommand(command);
  if (words === undefined) return { kind: 'failed', said: 'unclosed quote, or empty' };
  const [program, ...args] = words;
  const done = execaSync(program, [...args, file], { stdio: 'inherit', reject: false });
  if (!done.failed) return { kind: 'done', stdout: '' };
  return {
    kind: 'failed',
    said: done.shortMessage ?? `exited with ${done.exitCode ?? done.signal ?? 'an error'}`,
  };
}
