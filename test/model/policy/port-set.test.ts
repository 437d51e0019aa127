/** Sets of ports, as elements of two sets of the kernel. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  EVERYTHING,
  hasSingles,
  hasWide,
  portKeys,
  type PortSet,
  portsOf,
  splitKeys,
  unionOfPorts,
} from '../../../reconciler/model/policy/compiler/port-set.ts';

const range = fc
  .tuple(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 12 }))
  .map(([first, more]) => ({ first, last: first + more }));
const ports: fc.Arbitrary<PortSet> = fc.oneof(
  fc
    .tuple(fc.constantFrom('TCP' as const, 'UDP' as const), range)
    .map(([protocol, one]) => portsOf(protocol, one)),
  fc.constant(EVERYTHING),
);

/** Every key as the protocols and ports that it matches, as far as they are asked. */
function matches(keys: readonly string[], protocol: number, port: number): number {
  const isIn = (text: string, value: number): boolean => {
    const [first = 0, last = first] = text.split('-').map(Number);
    return value >= first && value <= last;
  };
  return keys.filter((key) => {
    const [protocols = '', numbers = ''] = key.split(' . ');
    return isIn(protocols, protocol) && isIn(numbers, port);
  }).length;
}

describe('ports of a class', () => {
  it('are in exactly one of both sets, and no others are', () => {
    fc.assert(
      fc.property(fc.array(ports, { minLength: 1, maxLength: 5 }), (sets) => {
        const has = { hasPorts: sets.some(hasSingles), hasRanges: sets.some(hasWide) };
        const union = unionOfPorts(sets);
        const { ports: singles, ranges } = splitKeys(union, has);
        expect(has.hasPorts || singles.length === 0).toBe(true);
        expect(has.hasRanges || ranges.length === 0).toBe(true);
        expect(singles.filter((key) => key.includes('-'))).toEqual([]);
        const asked = [1, 6, 17].flatMap((protocol) =>
          [...Array(60).keys()].map((port) => [protocol, port] as const),
        );
        const found = asked.map(([protocol, port]) => matches([...singles, ...ranges], protocol, port));
        expect(found).toEqual(asked.map(([protocol, port]) => matches(portKeys(union), protocol, port)));
      }),
    );
  });

  it('are single ones as long as they are few in a row', () => {
    const narrow = portsOf('TCP', { first: 80, last: 81 });
    const split = splitKeys(narrow, { hasPorts: true, hasRanges: false });
    expect(split).toEqual({ ports: ['6 . 80', '6 . 81'], ranges: [] });
    expect([hasSingles(narrow), hasWide(narrow)]).toEqual([true, false]);
    const wide = portsOf('UDP', { first: 80, last: 180 });
    expect([hasSingles(wide), hasWide(wide)]).toEqual([false, true]);
    const both = splitKeys(unionOfPorts([narrow, wide]), { hasPorts: true, hasRanges: true });
    expect(both).toEqual({ ports: ['6 . 80', '6 . 81'], ranges: ['17 . 80-180'] });
  });
});
