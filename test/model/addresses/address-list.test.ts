import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Address, isInRange } from '../../../reconciler/model/addresses/address.ts';
import {
  compare,
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

const COUNT = 40;
/** Small sets of either family; IPv4 sets reach the end of the address space. */
const anyBase = fc.constantFrom<Address>(
  0x0af00000,
  2 ** 32 - 1 - COUNT,
  0n,
  0xfd00n << 112n,
  (1n << 128n) - 42n,
);
const at = (base: Address, offset: number): Address =>
  typeof base === 'number' ? base + offset : base + BigInt(offset);
const offsets = fc.uniqueArray(fc.integer({ min: 0, max: COUNT }), { maxLength: COUNT });
const anySets = fc.tuple(anyBase, offsets, offsets).map(([base, one, other]) => ({
  base,
  one: one.map((offset) => at(base, offset)),
  other: other.map((offset) => at(base, offset)),
}));

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

  it.each([
    '10.0.0.9-10.0.0.1',
    '10.0.0.1-2',
    'x',
    '10.0.0.0/33',
    '1.1.1.1-1.1.1.2-1.1.1.3',
    '1.1.1.1-fd00::1',
    'fd00::9-fd00::1',
  ])('stops at %s, which cannot have passed validation', (text) => {
    expect(() => expandRanges([text])).toThrow('used before validation');
  });

  it('counts what no one could list', () => {
    expect(countAddresses(expandRanges(['fd00::/64']))).toBe(2 ** 64);
    expect(formatAddresses(subtractAddresses(expandRanges(['fd00::/64']), expandRanges(['fd00::'])))).toEqual(
      ['fd00::1-fd00::ffff:ffff:ffff:ffff'],
    );
  });

  it('law: is the set of its addresses', () => {
    fc.assert(
      fc.property(anySets, ({ base, one }) => {
        const list = listAddresses(one);
        const all = Array.from({ length: COUNT + 1 }, (_, offset) => at(base, offset));
        const spelled = list.flatMap(({ first, last }) =>
          all.filter((value) => isInRange(value, { first, last })),
        );
        expect(spelled).toEqual(one.toSorted(compare));
        expect(countAddresses(list)).toBe(one.length);
        expect(mergeRanges(list)).toEqual(list);
        expect(expandRanges(formatAddresses(list))).toEqual(list);
        for (const value of all) {
          expect(containsAddress(list, value)).toBe(one.includes(value));
          // The same number in the other family is another address.
          const other = typeof value === 'number' ? BigInt(value) : Number(value);
          expect(containsAddress(list, other)).toBe(false);
        }
      }),
    );
  });

  it('law: subtracts and intersects as sets do', () => {
    fc.assert(
      fc.property(anySets, ({ one, other }) => {
        const [left, right] = [listAddresses(one), listAddresses(other)];
        const difference = subtractAddresses(left, right);
        const common = intersectAddresses(left, right);
        expect(difference).toEqual(listAddresses(one.filter((address) => !other.includes(address))));
        expect(common).toEqual(listAddresses(one.filter((address) => other.includes(address))));
      }),
    );
  });
});
