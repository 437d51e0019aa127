import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  compressAddresses,
  containsAddress,
  countAddresses,
  expandRanges,
  formatAddresses,
  intersectAddresses,
  listAddresses,
  mergeRanges,
  subtractAddresses,
} from '../../../reconciler/model/addresses/address-list.ts';

const BASE = 0x0af00000;
const anySet = fc.uniqueArray(fc.integer({ min: BASE, max: BASE + 40 }), { maxLength: 40 });
const sorted = (addresses: Iterable<number>) => [...addresses].toSorted((left, right) => left - right);

describe('a list of addresses', () => {
  it('merges ranges that overlap, touch or lie in each other, and sorts them', () => {
    const texts = ['10.0.0.8-10.0.0.9', '10.0.0.0/30', '10.0.0.4', '10.0.0.2-10.0.0.3', '10.0.0.20'];
    expect(formatAddresses(expandRanges(texts))).toEqual([
      '10.0.0.0-10.0.0.4',
      '10.0.0.8-10.0.0.9',
      '10.0.0.20',
    ]);
  });

  it('compresses addresses in any order to the fewest ranges', () => {
    const addresses = ['10.240.0.38', '10.240.0.36', '10.240.0.37', '10.240.0.40', '10.240.0.36'];
    expect(compressAddresses(addresses)).toEqual(['10.240.0.36-10.240.0.38', '10.240.0.40']);
    expect(compressAddresses([])).toEqual([]);
  });

  it('reaches both ends of the address space', () => {
    const all = expandRanges(['0.0.0.0/0']);
    expect(countAddresses(all)).toBe(2 ** 32);
    const ends = expandRanges(['0.0.0.0', '255.255.255.255']);
    expect(formatAddresses(subtractAddresses(all, ends))).toEqual(['0.0.0.1-255.255.255.254']);
  });

  it.each(['10.0.0.9-10.0.0.1', '10.0.0.1-2', 'x', '10.0.0.0/33', '1.1.1.1-1.1.1.2-1.1.1.3'])(
    'stops at %s, which nobody can have checked',
    (text) => {
      expect(() => expandRanges([text])).toThrow('used before validation');
    },
  );

  it('law: is the set of its addresses', () => {
    fc.assert(
      fc.property(anySet, (addresses) => {
        const list = listAddresses(addresses);
        const spelled = list.flatMap(({ first, last }) =>
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        );
        expect(spelled).toEqual(sorted(addresses));
        expect(countAddresses(list)).toBe(addresses.length);
        expect(mergeRanges(list)).toEqual(list);
        expect(expandRanges(formatAddresses(list))).toEqual(list);
        for (let at = BASE - 1; at <= BASE + 41; at += 1) {
          expect(containsAddress(list, at)).toBe(addresses.includes(at));
        }
      }),
    );
  });

  it('law: subtracts and intersects as sets do', () => {
    fc.assert(
      fc.property(anySet, anySet, (one, other) => {
        const [left, right] = [listAddresses(one), listAddresses(other)];
        const difference = subtractAddresses(left, right);
        const common = intersectAddresses(left, right);
        expect(difference).toEqual(listAddresses(one.filter((address) => !other.includes(address))));
        expect(common).toEqual(listAddresses(one.filter((address) => other.includes(address))));
      }),
    );
  });
});
