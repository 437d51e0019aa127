import { spawn } from 'node:child_process';

/** Keys to type once the terminal shows a new occurrence of the text. */
export type Typed = readonly [shown: string, keys: string];

/** The final contents of a terminal. */
export type Session = { readonly code: number | null; readonly shown: string };

/**
 * Resolves to the output of the command on a separate terminal (script(1)) after its end.
 * Errors: rejects with the output if it does not end.
 */
export function typeInto(
  argv: readonly string[],
  env: NodeJS.ProcessEnv,
  script: readonly Typed[],
): Promise<Session> {
  const command = argv.map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qefc', command, '/dev/null'], { env: { ...env, SHELL: '/bin/sh' } });
  let shown = '';
  let seen = 0;
  const left = [...script];
  const look = (chunk: Buffer): void => {
    shown += chunk.toString();
    const [text, keys] = left[0] ?? [];
    const at = text === undefined ? -1 : shown.indexOf(text, seen);
    if (text === undefined || keys === undefined || at < 0) return;
    seen = at + text.length;
    left.shift();
    child.stdin.write(keys);
  };
  child.stdout.on('data', look);
  child.stderr.on('data', look);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`waited in vain for ${JSON.stringify(left[0]?.[0])}:\n${shown}`));
    }, LONGEST_MS);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve({ code, shown });
    });
  });
}

const LONGEST_MS = 300_000;
