import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatIpv4 } from '../../../reconciler/model/addresses/address.ts';
import { expandRanges } from '../../../reconciler/model/addresses/address-list.ts';
import { parseRange } from '../../../reconciler/model/addresses/range.ts';

const MAX = 0xffffffff;
const anyAddress = fc.integer({ min: 0, max: MAX });
const anyText = fc.oneof(
  anyAddress.map(formatIpv4),
  fc.tuple(anyAddress, anyAddress).map(([one, other]) => {
    const [first, last] = one < other ? [one, other] : [other, one];
    return `${formatIpv4(first)}-${formatIpv4(last)}`;
  }),
  fc.tuple(anyAddress, fc.integer({ min: 0, max: 32 })).map(([address, length]) => {
    const size = 2 ** (32 - length);
    return `${formatIpv4(Math.floor(address / size) * size)}/${length}`;
  }),
);

describe('parseRange', () => {
  it.each([
    ['10.240.0.36', 0x0af00024, 0x0af00024],
    ['10.240.0.36-10.240.0.65', 0x0af00024, 0x0af00041],
    ['10.240.1.0/28', 0x0af00100, 0x0af0010f],
    ['10.240.1.7/32', 0x0af00107, 0x0af00107],
    ['0.0.0.0/0', 0, MAX],
    ['255.255.255.255', MAX, MAX],
  ])('reads %s', (text, first, last) => {
    expect(parseRange(text)).toEqual({ ok: true, value: { first, last } });
  });

  it.each([
    ['10.240.0.256', 'not an IPv4 address; write four numbers'],
    ['10.240.0', 'not an IPv4 address'],
    ['010.240.0.1', 'not an IPv4 address'],
    ['', 'not an IPv4 address'],
    ['fe80::1', 'not an IPv4 address'],
    ['10.240.0.36-', 'not an IPv4 address'],
    ['10.240.0.9-10.240.0.3', 'write "10.240.0.3-10.240.0.9"'],
    ['10.0.0.1-10.0.0.2-10.0.0.3', 'more than one "-"'],
    ['10.240.1.5/28', 'write "10.240.1.0/28" for the whole prefix or "10.240.1.5" for one address'],
    ['10.240.1.0/33', 'not an IPv4 prefix'],
    ['10.240.1.0/', 'prefix length from 0 to 32'],
    ['10.240.1.0/08', 'prefix length from 0 to 32'],
    ['10.240.1.0/24/8', 'prefix length from 0 to 32'],
    ['x/24', 'not an IPv4 prefix'],
  ])('refuses %j and says what to write', (text, words) => {
    expect(parseRange(text)).toMatchObject({ ok: false, error: expect.stringContaining(words) });
  });

  it('law: what it accepts, the ADD path reads as the same addresses', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(parseRange(text)).toEqual({ ok: true, value: expandRanges([text])[0] });
      }),
    );
  });

  it('law: text that the ADD path cannot read is refused', () => {
    const noise = fc.stringMatching(/^[0-9]{1,3}(\.[0-9]{1,3}){2,4}[-/]?([0-9]{1,3}\.?){0,5}$/);
    fc.assert(
      fc.property(noise, (text) => {
        const accepted = parseRange(text).ok;
        expect(accepted && !canExpand(text)).toBe(false);
      }),
    );
  });
});

function canExpand(text: string): boolean {
  try {
    return expandRanges([text]).length === 1;
  } catch {
    return false;
  }
}
