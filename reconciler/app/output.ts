/** The output of a verb: results on stdout, remarks on stderr. */
import { renderIssues } from '../document/check/text.ts';
import type { Problem } from '../document/store/store.ts';
import { renderFailure } from '../model/result.ts';
import type { Environment, Sys } from '../model/ports/sys.ts';
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

/**
 * Returns the Output of this process; coloured only on a terminal that allows it. Avoids process.stdout,
 * which takes longer to load than a small node to read.
 */
export async function processOutput(
  sys: Sys,
  args: readonly string[],
  environment: Environment,
): Promise<Output> {
  const encoder = new TextEncoder();
  const write = (fd: number, text: string): void => void sys.write(fd, encoder.encode(`${text}\n`));
  return {
    print: (text) => write(STDOUT, text),
    warn: (text) => write(STDERR, text),
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
