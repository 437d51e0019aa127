import { describe, expect, it } from 'vitest';
import { count } from '../../reconciler/model/words.ts';
import { readSources, type Source } from '../support/sources.ts';

/** Returns the places with a number followed by a fixed plural. */
function fixedPlurals(sources: readonly Pick<Source, 'path' | 'text'>[]): readonly string[] {
  return sources.flatMap(({ path, text }) =>
    (text.match(/\$\{[\w.]*(?:length|size)\} [a-z]+s\b/g) ?? []).map((found) => `${path}: ${found}`),
  );
}

/** Places where the number is never one. */
const ALWAYS_MANY = ['explain/run-explain.ts', 'help/run-man.ts', 'protocol/address-requests.ts'];

describe('a number with its noun', () => {
  it('has the noun in the singular for one', () => {
    expect([0, 1, 2].map((number) => count(number, 'pod'))).toEqual(['0 pods', '1 pod', '2 pods']);
  });

  it('is nowhere a plural for any number', () => {
    const sources = readSources(['reconciler/cli', 'reconciler/loop', 'reconciler/daemon', 'plugin/verbs']);
    const found = fixedPlurals(sources).filter((place) => !ALWAYS_MANY.some((path) => place.includes(path)));
    expect(found).toEqual([]);
    expect(fixedPlurals([{ path: 'x.ts', text: 'say(`${pods.length} pods`)' }])).toHaveLength(1);
  });
});
