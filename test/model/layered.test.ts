import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { layer, type Lookup, onDemand } from '../../reconciler/model/layered.ts';

const KEYS = ['a', 'b', 'c', 'd'];
const changesOf = fc.array(fc.tuple(fc.constantFrom(...KEYS), fc.option(fc.nat(9), { nil: undefined })));

describe('a layered lookup', () => {
  it('answers as a changed copy would, and leaves the lower layer unchanged', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...KEYS), fc.nat(9)), fc.array(changesOf), (given, all) => {
        const copy = new Map(Object.entries(given));
        const base = new Map(copy);
        let layered: Lookup<string, number> = base;
        for (const changes of all) {
          const below = layered;
          const before = KEYS.map((key) => below.get(key));
          layered = layer(below, changes);
          expect(KEYS.map((key) => below.get(key))).toEqual(before);
          for (const [key, value] of changes) {
            if (value === undefined) copy.delete(key);
            else copy.set(key, value);
          }
        }
        for (const key of KEYS) {
          expect([layered.has(key), layered.get(key)]).toEqual([copy.has(key), copy.get(key)]);
        }
      }),
    );
  });
});

describe('a lookup on demand', () => {
  it('is made at its first use, once, and answers as the one that was made', () => {
    let made = 0;
    const lookup = onDemand(() => {
      made += 1;
      return new Map([['a', 1]]);
    });
    expect(made).toBe(0);
    expect([lookup.get('a'), lookup.has('a'), lookup.get('b'), lookup.has('b')]).toEqual([
      1,
      true,
      undefined,
      false,
    ]);
    expect(made).toBe(1);
  });
});
