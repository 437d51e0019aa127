/** One check of a node: a pure function from facts to a verdict. Types, and constructors of verdicts. */
import type { Facts } from './facts.ts';
import { omitUndefined } from '../../../model/objects.ts';

/** Severity. `warning`: may cause harm, or cannot be determined; `problem`: causes harm. */
export type Level = 'ok' | 'warning' | 'problem';

/**
 * The result of a check.
 * Shape: `remedy` is a command or a file to write; `fixes` only if they are safe to apply automatically.
 */
export type Verdict = {
  readonly level: Level;
  readonly message: string;
  readonly remedy?: string;
  readonly fixes?: readonly Fix[];
};

/** A safe change that --fix makes. Its report says how to undo it. */
export type Fix =
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly reload?: string }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string };

/** One check. Shape: `id` for programs, `title` for people. */
export type Check = {
  readonly id: string;
  readonly title: string;
  readonly judge: (facts: Facts) => Verdict;
};

/** Returns a verdict without findings. */
export function passed(message: string): Verdict {
  return { level: 'ok', message };
}

/** Returns a verdict of this level with its remedy. */
export function flagged(
  level: Exclude<Level, 'ok'>,
  message: string,
  remedy: string,
  fixes?: readonly Fix[],
): Verdict {
  return { level, message, remedy, ...omitUndefined({ fixes }) };
}

/** Returns the verdict on a fact that causes harm. */
export function problem(message: string, remedy: string, fixes?: readonly Fix[]): Verdict {
  return flagged('problem', message, remedy, fixes);
}

/** Returns the verdict on a fact that may cause harm, or that cannot be determined. */
export function warning(message: string, remedy: string, fixes?: readonly Fix[]): Verdict {
  return flagged('warning', message, remedy, fixes);
}
