/** Comparisons in properties with many cases. */
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';

/** Expects equal values, as toEqual() does. That takes a hundred times longer, and only shows the difference. */
export function expectSame(found: unknown, wanted: unknown): void {
  if (!isDeepStrictEqual(found, wanted)) expect(found).toEqual(wanted);
}
