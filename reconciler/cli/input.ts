/** What people give to a verb: a file, stdin, an answer. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { err, failure, ok, type Result } from '../model/result.ts';

/** Returns the text of the file; `-` is stdin. Errors: `not-found`. */
export function readInput(file: string): Result<string> {
  try {
    return ok(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return err(failure('not-found', `read ${file}`, message, { hint: 'name a file that can be read' }));
  }
}

/** Returns true when somebody can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Resolves to true when the answer to the question is yes. */
export async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

/** Resolves to the letter that was chosen, one of `letters`; the first of them for any other answer. */
export async function choose(question: string, letters: string): Promise<string> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = (await terminal.question(`${question} `)).trim().toLowerCase().charAt(0);
    return answer !== '' && letters.includes(answer) ? answer : letters.charAt(0);
  } finally {
    terminal.close();
  }
}
