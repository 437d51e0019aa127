/** The output of a verb: results on stdout, remarks on stderr. */
import { renderIssues } from '../document/check/text.ts';
import type { Problem } from '../document/store/store.ts';
import { renderFailure } from '../model/result.ts';
import type { Environment, Sys } from '../model/ports/sys.ts';
import { failureOf } from '../os/errno.ts';
import type { Paint } from '../plan/text.ts';

/** Port for the output of a verb, so that tests need no process. */
export type Output = {
  /** Writes to stdout and appends a newline. */
  readonly print: (text: string) => void;
  /** Writes to stderr and appends a newline. */
  readonly warn: (text: string) => void;
  readonly paint: Paint;
};

const [STDOUT, STDERR] = [1, 2];
/** The errno of a write whose reader has ended. Source: errno(3). */
export const EPIPE = 32;

/**
 * Returns false if colours are disabled: by --no-color, a non-empty NO_COLOR, CLICOLOR=0, or a dumb terminal.
 * Pure.
 * Source: no-color.org, bixense.com/clicolors.
 */
export function wantsColor(args: readonly string[], environment: Environment): boolean {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  const { NO_COLOR: noColor = '', CLICOLOR: cliColor, TERM: terminal } = environment;
  return !options.includes('--no-color') && noColor === '' && cliColor !== '0' && terminal !== 'dumb';
}

/** The output of this process. Shape: `isIncomplete` returns true if a part of it was lost, but not to a reader that has closed the pipe. */
export type ProcessOutput = Output & { readonly isIncomplete: () => boolean };

/**
 * Returns the Output of this process; coloured only on a terminal that allows it. Avoids process.stdout,
 * which takes longer to load than a small node to read. The first error of stdout is reported on stderr.
 */
export async function processOutput(
  sys: Sys,
  args: readonly string[],
  environment: Environment,
): Promise<ProcessOutput> {
  const encoder = new TextEncoder();
  const write = (fd: number, text: string): number => sys.write(fd, encoder.encode(`${text}\n`));
  const warn = (text: string): void => void write(STDERR, text);
  let isIncomplete = false;
  return {
    print: (text) => {
      const code = write(STDOUT, text);
      if (code >= 0 || code === -EPIPE || isIncomplete) return;
      isIncomplete = true;
      warn(`vnet: ${renderFailure(failureOf(code, 'write the output'))}`);
    },
    warn,
    isIncomplete: () => isIncomplete,
    paint:
      wantsColor(args, environment) && isDevice(sys, STDOUT) ? await terminalPaint() : (_style, text) => text,
  };
}

/** A terminal is a device, unlike a pipe, a socket or a file. */
function isDevice(sys: Sys, fd: number): boolean {
  const path = sys.readlink(`/proc/self/fd/${fd}`);
  return typeof path === 'string' && path.startsWith('/dev/');
}

async function terminalPaint(): Promise<Paint> {
  const { default: pc } = await import('picocolors');
  const colors = pc.createColors(process.stdout.isTTY);
  const styles: Readonly<Record<Parameters<Paint>[0], (text: string) => string>> = {
    create: colors.green,
    update: colors.yellow,
    delete: colors.red,
    foreign: colors.gray,
    dim: colors.dim,
  };
  return (style, text) => styles[style](text);
}

/** Returns a Problem as text: the issues of a document with excerpt and caret, a failure on one line. */
export function renderProblem(problem: Problem, source: string | undefined): string {
  if (problem.kind === 'failure') return `vnet: ${renderFailure(problem)}`;
  return renderIssues(problem.issues, source ?? '');
}
