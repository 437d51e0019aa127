/** Runs programs on this terminal. The one file that imports execa; loaded on demand. */
import { execaSync } from 'execa';
import type { ToolOutcome } from './run-tool.ts';

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

/**
 * Returns the words: separated by blanks, which both kinds of quotes protect; a backslash escapes
 * the next character, except between single quotes. Without expansion. Undefined for an unclosed quote or no word.
 * Source: git, split_cmdline() of alias.c.
 */
export function splitCommand(text: string): readonly [program: string, ...args: string[]] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '\\' && quote !== "'") {
      at += 1;
      if (at === text.length) return undefined;
      word = (word ?? '') + text.charAt(at);
    } else if (character === quote) quote = undefined;
    else if (quote === undefined && (character === '"' || character === "'")) {
      quote = character;
      word ??= '';
    } else if (quote === undefined && /\s/.test(character)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else word = (word ?? '') + character;
  }
  if (quote !== undefined) return undefined;
  const [program, ...args] = word === undefined ? words : [...words, word];
  return program === undefined ? undefined : [program, ...args];
}
