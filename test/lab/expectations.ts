/** What both stories, on the real and on the simulated kernel, expect and read. */
import { type Outcome, renderOutcome } from '../support/exec.ts';
import type { Story } from './story.ts';

/** The pods that start on each node. */
export const PODS: readonly [readonly string[], readonly string[]] = [
  ['web', 'api', 'cache'],
  ['orders', 'mail', 'search'],
];

/** The parts of a plan, printed by `vnet reconcile --dry-run -o json`, that the story reads. */
export type PlanJson = { readonly steps: readonly { readonly key: string }[] };

/** Returns true for a plan. */
export function isPlan(value: unknown): value is PlanJson {
  return typeof value === 'object' && value !== null && 'steps' in value && Array.isArray(value.steps);
}

/** Returns true for a list, such as `vnet get endpoints -o json` prints. */
export function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

/** Returns the JSON that the command printed. Errors: throws with the command's output when it printed none. */
export function parseOutput<T>(outcome: Outcome, accept: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(outcome.stdout);
    if (accept(value)) return value;
  } catch {
    // Said below, with everything the command printed.
  }
  throw new Error(`not the JSON that was expected from ${renderOutcome(outcome)}`);
}

/** Notes that the plan has a step for everything that was broken, and for nothing else. */
export function checkSame(story: Story, planned: readonly string[], broken: ReadonlySet<string>): void {
  const extra = planned.filter((key) => !broken.has(key));
  const missed = [...broken].filter((key) => !planned.includes(key));
  story.check('objects broken, and steps that repair them', broken.size, planned.length - extra.length);
  story.check('steps for unbroken objects', 'none', extra.join(', ') || 'none');
  story.check('broken objects missing from the plan', 'none', missed.join(', ') || 'none');
}
