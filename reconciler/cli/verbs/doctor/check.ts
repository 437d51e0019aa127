/** One check of a node: pure, from facts to a verdict. Types, and the helpers that make verdicts. */
import type { Facts } from './facts.ts';

/** How bad it is. `warning`: may do harm, or can't be told; `problem`: does harm. */
export type Level = 'ok' | 'warning' | 'problem';

/** What a check found. Shape: `remedy` is a command or a file to write; `fixes` only where mending is safe. */
export type Verdict = {
  readonly level: Level;
  readonly message: string;
  readonly remedy?: string;
  readonly fixes?: readonly Fix[];
};

/** One safe thing that --fix does. Each can be undone by what it says when it is done. */
export type Fix =
  | { readonly kind: 'write'; readonly path: string; readonly text: string; readonly reload?: string }
  | { readonly kind: 'mkdir'; readonly path: string }
  | { readonly kind: 'remove'; readonly path: string };

/** One check. Shape: `id` is for programs, `title` for people. */
export type Check = {
  readonly id: string;
  readonly title: string;
  readonly judge: (facts: Facts) => Verdict;
};

/** Returns the verdict that all is well. */
export function fine(message: string): Verdict {
  return { level: 'ok', message };
}

/** Returns a verdict of that level with its remedy. */
export function bad(
  level: Exclude<Level, 'ok'>,
  message: string,
  remedy: string,
  fixes?: readonly Fix[],
): Verdict {
  return { level, message, remedy, ...(fixes === undefined ? {} : { fixes }) };
}
