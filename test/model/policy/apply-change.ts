/** Applies a change of compiled sets to plain ones. */
import { expect } from 'vitest';
import type { PolicyChange } from '../../../reconciler/model/policy/compiler/changes.ts';
import type { plainSets } from './worlds.ts';

/** Errors: throws for an element that is missing before, or there already. */
export function applyChange(
  sets: ReturnType<typeof plainSets>,
  { added, removed, sets: parts }: PolicyChange,
): void {
  for (const set of parts.removed) sets.delete(set);
  for (const [set, key] of removed) expect(sets.get(set)?.delete(key), `${set} ${key}`).toBe(true);
  for (const [set, key, value] of added) {
    const elements = sets.get(set) ?? new Map<string, string>();
    expect(elements.has(key), `${set} ${key}`).toBe(false);
    sets.set(set, elements.set(key, value));
  }
}

export function withoutEmpty(sets: ReturnType<typeof plainSets>): unknown {
  return new Map([...sets].filter(([, elements]) => elements.size > 0));
}
