import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compare, median, summarise } from '../../bench/statistics.ts';

const samples = fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 });

describe('statistics', () => {
  it.each([
    [[3], 3],
    [[3, 1, 2], 2],
    [[4, 1, 3, 2], 2.5],
  ])('the median of %j is %d', (values, expected) => {
    expect(median(values)).toBe(expected);
  });

  it('names the quartiles and what lies between them', () => {
    expect(summarise([5, 1, 4, 2, 3])).toEqual({ runs: 5, median: 3, min: 1, low: 2, high: 4, spread: 2 });
  });

  it('refuses to summarise nothing', () => {
    expect(() => summarise([])).toThrow('no sample');
  });

  it('keeps min ≤ low ≤ median ≤ high for any values', () => {
    fc.assert(
      fc.property(samples, (values) => {
        const { min, low, median: middle, high } = summarise(values);
        expect([min, low, middle, high]).toEqual([min, low, middle, high].toSorted((a, b) => a - b));
      }),
    );
  });

  it('pairs the values of a round: a load that slows both leaves the paired ratio unchanged', () => {
    const theirs = [10, 10, 10, 10];
    const load = [1, 1, 5, 9];
    const ratio = compare(
      theirs.map((value, index) => value * 0.5 * (load[index] ?? 1)),
      theirs.map((value, index) => value * (load[index] ?? 1)),
    );
    expect(ratio.paired).toBe(0.5);
  });

  it('compares medians where the rounds are not the same number', () => {
    expect(compare([1, 1, 1], [2])).toEqual({ ofMedians: 0.5, paired: 0.5 });
  });
});
