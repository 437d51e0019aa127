/** Input of a verb: a file, stdin, an answer at the terminal. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { decodeUtf8 } from '../../document/text/utf8.ts';
import { fail, ok, type Result, thrownMessage } from '../../model/result.ts';

/** Returns the text of the file; `-` is stdin. Errors: `not-found`; `invalid`: not UTF-8. */
export function readInput(file: string): Result<string> {
  try {
    const text = decodeUtf8(readFileSync(file === '-' ? 0 : file));
    const hint = 'Save the file as UTF-8.';
    return text === undefined ? fail('invalid', `read ${file}`, 'it is not UTF-8 text', { hint }) : ok(text);
  } catch (error) {
    return fail('not-found', `read ${file}`, thrownMessage(error), { hint: 'Name a readable file.' });
  }
}

/** Returns true if stdin and stderr are terminals, so that a question can be asked. */
export function canAsk(): boolean {
  return process.stdin.isTTY && process.stderr.isTTY;
}

/** Resolves to true when the answer to the question is yes. */
export async function askYesNo(question: string): Promise<boolean> {
  return /^y(es)?$/i.test((await readAnswer(`${question} [y/N]`)) ?? '');
}

/**
 * Resolves to the chosen letter of `letters`; to the first for any other answer; undefined at end of input
 * (Ctrl-D) or Ctrl-C.
 */
export async function askChoice(question: string, letters: string): Promise<string | undefined> {
  const answer = await readAnswer(question);
  if (answer === undefined) return undefined;
  const letter = answer.toLowerCase().charAt(0);
  return letter !== '' && letters.includes(letter) ? letter : letters.charAt(0);
}

/** readline never settles a closed question: without this, the caller would wait forever. */
async function readAnswer(question: string): Promise<string | undefined> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const closed = new Promise<undefined>((resolve) => {
    terminal.once('close', () => resolve(undefined));
  });
  try {
    const answer = await Promise.race([terminal.question(`${question} `), closed]);
    // The cursor is still behind the prompt.
    if (answer === undefined) process.stderr.write('\n');
    return answer?.trim();
  } finally {
    terminal.close();
  }
}
