/**
 * Real shells with our completion scripts: types lines, and returns the candidates that each shell offers.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SCRIPTS } from '../../../reconciler/cli/completion/scripts.ts';
import { execNow, renderOutcome } from '../../support/exec.ts';
import { findCommand, systemPath } from '../../support/tools.ts';

/** One of the shells. */
export type Shell = keyof typeof SCRIPTS;

/** All of them. */
export const SHELLS: readonly Shell[] = ['bash', 'zsh', 'fish'];

/** The directory of vnet, and the node for completion. */
export type ShellSetting = { readonly bin: string; readonly root: string };

/** Returns why this shell cannot be tested here; undefined if it can. */
export function missingFor(shell: Shell): string | undefined {
  if (findCommand(shell) === undefined) return `${shell} is not installed`;
  return shell === 'bash' && findCommand('script') === undefined ? 'script(1) is not installed' : undefined;
}

/** Returns the candidates at the end of each line, as words. Errors: throws with the shell's output. */
export function offersOf(
  shell: Shell,
  lines: readonly string[],
  { bin, root }: ShellSetting,
): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-shell-'));
  try {
    const script = join(folder, '_vnet');
    writeFileSync(script, SCRIPTS[shell]);
    return RUNNERS[shell]({ script, folder, lines, env: environmentOf({ bin, root }) });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Run = {
  readonly script: string;
  readonly folder: string;
  readonly lines: readonly string[];
  readonly env: NodeJS.ProcessEnv;
};

const RUNNERS: Readonly<Record<Shell, (run: Run) => readonly (readonly string[])[]>> = {
  bash: runBash,
  zsh: ({ script, folder, lines, env }) => {
    const capture = join(import.meta.dirname, 'capture.zsh');
    const argv = ['zsh', '-f', capture, script, join(folder, 'offers'), ...lines];
    return said(argv, env)
      .split('\n')
      .slice(0, -1)
      .map((line) => line.split(' ').filter((word) => word !== ''));
  },
  fish: ({ script, lines, env }) => {
    const program = `source ${script}; for line in $argv; complete -C $line; echo ==; end`;
    const text = said(['fish', '--no-config', '-c', program, ...lines], env);
    return blocksOf(text).map((block) => block.map((line) => line.split('\t')[0] ?? ''));
  },
};

/** Readline splits the line into words, as in interactive use; ^A ^K clears it (^U is the terminal's). */
function runBash({ script, folder, lines, env }: Run): readonly (readonly string[])[] {
  const offers = join(folder, 'offers');
  const probe = `probe() { _vnet "$@"; { printf '%s\\n' "\${COMPREPLY[@]}"; echo ==; } >> ${offers}; }`;
  typeInBash({ script, folder, env, lines: [probe, 'complete -F probe vnet reconcile'] }, [
    ...lines.map((line) => `${line}\t\u0001\u000b`),
    'exit\n',
  ]);
  return blocksOf(readFileSync(offers, 'utf8'));
}

/** Returns the words passed to vnet for each line, which ends in a tab: as completed and parsed by bash. */
export function wordsFromBash(
  lines: readonly string[],
  { bin, root }: ShellSetting,
): readonly (readonly string[])[] {
  const folder = mkdtempSync(join(tmpdir(), 'vnet-shell-'));
  try {
    const [script, words] = [join(folder, '_vnet'), join(folder, 'words')];
    writeFileSync(script, SCRIPTS.bash);
    const env = environmentOf({ bin, root });
    const vnet = `vnet() { if [[ " $* " == *" __complete "* ]]; then command vnet "$@"; else { printf '%s\\n' "$@"; echo ==; } >> ${words}; fi; }`;
    typeInBash({ script, folder, env, lines: [vnet] }, [...lines.map((line) => `${line}\t\n`), 'exit\n']);
    return blocksOf(readFileSync(words, 'utf8'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** `lines` are executed by the shell before anything is typed. */
function typeInBash({ script, folder, lines, env }: Run, typed: readonly string[]): void {
  const start = join(folder, 'rc');
  const setUp = [`source ${script}`, 'PS1=', "bind 'set completion-query-items 0'", ...lines];
  writeFileSync(start, `${setUp.join('\n')}\n`);
  said(['script', '-qec', `bash --noprofile --rcfile ${start} -i`, '/dev/null'], env, typed.join(''));
}

function environmentOf({ bin, root }: ShellSetting): NodeJS.ProcessEnv {
  return { VNET_ROOT: root, PATH: `${bin}:${systemPath()}`, TERM: 'dumb', CNI_COMMAND: undefined };
}

function said(argv: readonly string[], env: NodeJS.ProcessEnv, input?: string): string {
  const done = execNow(argv, { env, ...(input === undefined ? {} : { input }) });
  if (done.code !== 0) throw new Error(renderOutcome(done));
  return done.stdout;
}

/** The text between lines that consist of ==. */
function blocksOf(text: string): readonly (readonly string[])[] {
  return text
    .split(/^==\n/m)
    .slice(0, -1)
    .map((block) => block.split('\n').filter((line) => line !== ''));
}
