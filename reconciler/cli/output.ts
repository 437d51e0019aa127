/** What a verb prints: answers on stdout, remarks on stderr. */
import pc from 'picocolors';
import { renderIssues } from '../document/text.ts';
import type { Problem } from '../document/store.ts';
import { renderFailure } from '../model/result.ts';
import type { Paint } from '../plan/text.ts';

/** Where a verb writes. A port, so that verbs are tested without a process. */
export type Output = {
  /** Writes to stdout; a line break is added. */
  readonly print: (text: string) => void;
  /** Writes to stderr; a line break is added. */
  readonly warn: (text: string) => void;
  readonly paint: Paint;
};

/** Returns the Output of this process; colour only on a terminal that wants it (NO_COLOR is honoured). */
export function processOutput(): Output {
  const colors = pc.createColors(pc.isColorSupported && process.stdout.isTTY);
  const styles: Readonly<Record<Parameters<Paint>[0], (text: string) => string>> = {
    create: colors.green,
    update: colors.yellow,
    delete: colors.red,
    foreign: colors.gray,
    dim: colors.dim,
  };
  return {
    print: (text) => process.stdout.write(`${text}\n`),
    warn: (text) => process.stderr.write(`${text}\n`),
    paint: (style, text) => styles[style](text),
  };
}

/** Returns a Problem as people read it: a document's issues with excerpt and caret, a failure as one line. */
export function renderProblem(problem: Problem, source: string | undefined): string {
  if (problem.kind === 'failure') return `vnet: ${renderFailure(problem)}`;
  return renderIssues(problem.issues, source ?? '');
}
