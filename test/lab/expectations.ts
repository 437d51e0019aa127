/** Expectations and parsers shared by the stories on the real and the simulated kernel. */
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

/**
 * Returns the JSON output of the command.
 * Errors: throws with the command's output if it is not the expected JSON.
 */
export function parseOutput<T>(outcome: Outcome, accept: (value: unknown) => value is T): T {
  try {
    const value: unknown = JSON.parse(outcome.stdout);
    if (accept(value)) return value;
  } catch {
    // Reported below, with the command's whole output.
  }
  throw new Error(`not the JSON that was expected from ${renderOutcome(outcome)}`);
}

/** Checks that the plan has a step for every broken object, and no others. */
export function checkSame(story: Story, planned: readonly string[], broken: ReadonlySet<string>): void {
  const extra = planned.filter((key) => !broken.has(key));
  const missed = [...broken].filter((key) => !planned.includes(key));
  story.check('objects broken, and steps that repair them', broken.size, planned.length - extra.length);
  story.check('steps for unbroken objects', 'none', extra.join(', ') || 'none');
  story.check('broken objects missing from the plan', 'none', missed.join(', ') || 'none');
}
