import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  type Family,
  formatAddress,
  parsePrefix,
} from '../../../reconciler/model/addresses/address.ts';
import { expandRanges } from '../../../reconciler/model/addresses/address-list.ts';
import { parseRange } from '../../../reconciler/model/addresses/range.ts';

const MAX = 0xffffffff;
const ULA = 0xfd00n << 112n;

type Written = { readonly family: Family; readonly text: string };

function writtenOf<A extends Address>(
  family: Family,
  bits: number,
  anyAddress: fc.Arbitrary<A>,
): fc.Arbitrary<Written> {
  return fc
    .oneof(
      anyAddress.map(formatAddress),
      fc.tuple(anyAddress, anyAddress).map(([one, other]) => {
        const [first, last] = one < other ? [one, other] : [other, one];
        return `${formatAddress(first)}-${formatAddress(last)}`;
      }),
      fc.tuple(anyAddress, fc.integer({ min: 0, max: bits })).map(([address, length]) => {
        const { first } = parsePrefix(`${formatAddress(address)}/${length}`) ?? { first: 0 };
        return `${formatAddress(first)}/${length}`;
      }),
    )
    .map((text) => ({ family, text }));
}

const anyWritten = fc.oneof(
  writtenOf(4, 32, fc.integer({ min: 0, max: MAX })),
  writtenOf(6, 128, fc.bigInt({ min: 0n, max: (1n << 128n) - 1n })),
);

describe('parseRange', () => {
  it.each<readonly [Family, string, Address, Address]>([
    [4, '10.240.0.36', 0x0af00024, 0x0af00024],
    [4, '10.240.0.36-10.240.0.65', 0x0af00024, 0x0af00041],
    [4, '10.240.1.0/28', 0x0af00100, 0x0af0010f],
    [4, '10.240.1.7/32', 0x0af00107, 0x0af00107],
    [4, '0.0.0.0/0', 0, MAX],
    [4, '255.255.255.255', MAX, MAX],
    [6, 'fd00::24', ULA + 0x24n, ULA + 0x24n],
    [6, 'FD00:0::24-fd00::41', ULA + 0x24n, ULA + 0x41n],
    [6, 'fd00::/64', ULA, ULA + 0xffffffffffffffffn],
    [6, '::/0', 0n, (1n << 128n) - 1n],
  ])('reads IPv%i %s', (family, text, first, last) => {
    expect(parseRange(text, family)).toEqual({ ok: true, value: { first, last } });
  });

  it.each<readonly [Family, string, string]>([
    [4, '10.240.0.256', 'not an IPv4 address; write four numbers'],
    [4, '10.240.0', 'not an IPv4 address'],
    [4, '010.240.0.1', 'not an IPv4 address'],
    [4, '', 'not an IPv4 address'],
    [4, 'fe80::1', 'not an IPv4 address'],
    [4, '10.240.0.36-', 'not an IPv4 address'],
    [4, '10.240.0.9-10.240.0.3', 'write "10.240.0.3-10.240.0.9"'],
    [4, '10.0.0.1-10.0.0.2-10.0.0.3', 'more than one "-"'],
    [4, '10.240.1.5/28', 'write "10.240.1.0/28" for the whole prefix or "10.240.1.5" for one address'],
    [4, '10.240.1.0/33', 'prefix length from 0 to 32'],
    [4, '10.240.1.0/', 'prefix length from 0 to 32'],
    [4, '10.240.1.0/08', 'prefix length from 0 to 32'],
    [4, '10.240.1.0/24/8', 'prefix length from 0 to 32'],
    [4, 'x/24', 'not an IPv4 prefix'],
    [6, '10.240.0.36', 'not an IPv6 address; write groups of hexadecimal digits'],
    [6, 'fe80::1%eth0', 'not an IPv6 address'],
    [6, 'fd00::1/64', 'write "fd00::/64" for the whole prefix or "fd00::1" for one address'],
    [6, 'fd00::/129', 'prefix length from 0 to 128'],
    [6, '10.0.0.0/8', 'not an IPv6 prefix; write one such as fd00:240::/64'],
    [6, 'fd00::9-fd00::3', 'write "fd00::3-fd00::9"'],
  ])('refuses, for IPv%i, %j and says what to write', (family, text, words) => {
    expect(parseRange(text, family)).toMatchObject({ ok: false, error: expect.stringContaining(words) });
  });

  it('law: accepted texts have the same addresses on the ADD path', () => {
    fc.assert(
      fc.property(anyWritten, ({ family, text }) => {
        expect(parseRange(text, family)).toEqual({ ok: true, value: expandRanges([text])[0] });
      }),
    );
  });

  it.each<readonly [Family, RegExp]>([
    [4, /^[0-9]{1,3}(\.[0-9]{1,3}){2,4}[-/]?([0-9]{1,3}\.?){0,5}$/],
    [6, /^[0-9a-f:]{0,4}(::?[0-9A-F.]{0,5}){1,8}(\/[0-9]{1,3})?$/],
  ])('law: text that the ADD path cannot read is refused (IPv%i)', (family, noise) => {
    fc.assert(
      fc.property(fc.stringMatching(noise), (text) => {
        const accepted = parseRange(text, family).ok;
        expect(accepted && !canExpand(text)).toBe(false);
      }),
      { numRuns: 2000 },
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
