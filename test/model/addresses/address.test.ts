import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Address,
  familyOf,
  familyOfAddress,
  formatAddress,
  ipv6Groups,
  isInRange,
  normaliseAddress,
  normalisePrefix,
  parseAddress,
  parseCidr,
  parsePrefix,
  predecessor,
  successor,
} from '../../../reconciler/model/addresses/address.ts';

const IPV6_MAX = (1n << 128n) - 1n;
const anyIpv4 = fc.integer({ min: 0, max: 2 ** 32 - 1 });
/**
 * Groups that are often zero or all ones, so that runs of zeros, their ends and IPv4-mapped addresses occur.
 */
const anyIpv6 = fc
  .array(fc.constantFrom<bigint>(0n, 0n, 0n, 1n, 0xffffn, 0xab0n), { minLength: 8, maxLength: 8 })
  .map((groups) => groups.reduce<bigint>((value, group) => (value << 16n) | group, 0n));
const anyAddress: fc.Arbitrary<Address> = fc.oneof(anyIpv4, anyIpv6, fc.bigInt({ min: 0n, max: IPV6_MAX }));
/** Two addresses of one family. */
const anyPair = fc.oneof(fc.tuple(anyIpv4, anyIpv4), fc.tuple(anyIpv6, anyIpv6));
const anyPrefix = anyAddress.chain((address) =>
  fc.integer({ min: 0, max: typeof address === 'number' ? 32 : 128 }).map((length) => ({ address, length })),
);

/** Another notation of an IPv6 address: all eight groups, in upper case, padded. */
function longForm(address: Address): string {
  if (typeof address === 'number') return formatAddress(address);
  const hex = address.toString(16).padStart(32, '0').toUpperCase();
  return hex.replaceAll(/....(?=.)/g, '$&:');
}

describe('an address', () => {
  it('law: every print is read as the same address, and printed alike', () => {
    fc.assert(
      fc.property(anyAddress, (address) => {
        expect(parseAddress(formatAddress(address))).toBe(address);
        expect(parseAddress(longForm(address))).toBe(address);
        expect(normaliseAddress(longForm(address))).toBe(formatAddress(address));
        expect(familyOf(formatAddress(address))).toBe(familyOfAddress(address));
      }),
    );
  });

  it('law: it is printed as it would be by itself, whatever was printed before', () => {
    const near = fc.tuple(anyIpv6, fc.array(fc.integer({ min: 0, max: 0x1ffff }), { maxLength: 6 }));
    fc.assert(
      fc.property(near, ([base, steps]) => {
        for (const step of [0, ...steps, 0]) {
          const address = (base + BigInt(step)) & IPV6_MAX;
          // Another address of other groups in between: nothing is known of the former one.
          const printed = formatAddress(address);
          formatAddress(address ^ (1n << 100n));
          expect([address, printed]).toEqual([address, formatAddress(address)]);
          expect(ipv6Groups(printed)).toEqual(ipv6Groups(longForm(address)));
        }
      }),
    );
    expect(['::1', '::2', '::', '::1:0', '::ffff:0.0.0.1', '::ffff:0.0.0.2'].map(normaliseAddress)).toEqual(
      [1n, 2n, 0n, 0x10000n, 0xffff_0000_0001n, 0xffff_0000_0002n].map(formatAddress),
    );
  });

  it('law: the canonical text has the shortest form of RFC 5952', () => {
    fc.assert(
      fc.property(anyIpv6, (address) => {
        const text = formatAddress(address);
        const url = new URL(`http://[${text}]/`).hostname.slice(1, -1);
        // The URL standard prints IPv4-mapped addresses in hexadecimal, RFC 5952 (5) with a dotted quad.
        expect(url).toBe(text.includes('.') ? url : text);
        expect(text.includes('.')).toBe(address >> 32n === 0xffffn);
      }),
    );
  });

  it('law: is ordered as a number, and its successor is the next', () => {
    fc.assert(
      fc.property(anyPair, ([left, right]) => {
        expect(left < right).toBe(BigInt(left) < BigInt(right));
        expect(BigInt(successor(left))).toBe(BigInt(left) + 1n);
        expect(predecessor(successor(left))).toBe(left);
      }),
    );
  });

  it('law: a prefix holds exactly the addresses that share its first bits', () => {
    fc.assert(
      fc.property(anyPrefix, anyAddress, ({ address, length }, other) => {
        const bits = typeof address === 'number' ? 32 : 128;
        const range = parsePrefix(`${formatAddress(address)}/${length}`);
        expect.assert(range !== undefined);
        expect(isInRange(address, range)).toBe(true);
        expect(BigInt(range.last) - BigInt(range.first)).toBe((1n << BigInt(bits - length)) - 1n);
        const shift = BigInt(bits - length);
        const isSame = typeof other === typeof address && BigInt(other) >> shift === BigInt(address) >> shift;
        expect(isInRange(other, range)).toBe(isSame);
        expect(normalisePrefix(`${longForm(address)}/${length}`)).toBe(
          `${formatAddress(range.first)}/${length}`,
        );
      }),
    );
  });

  it.each([
    '10.240.0.256',
    '10.240.0',
    '10.240.0.1.2',
    '',
    'a.b.c.d',
    '10.240.0.-1',
    '010.240.0.1',
    '1::2::3',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4::5:6:7:8',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:',
    ':',
    ':::',
    'fe80::1%eth0',
    '12345::',
    '::10.0.0.256',
    '10.0.0.1::',
    '::1 ',
  ])('%j is none', (text) => {
    expect(parseAddress(text)).toBeUndefined();
  });

  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['0:0:1:0:0:0:0:0', '0:0:1::'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::FFFF:a00:1', '::ffff:10.0.0.1'],
    ['::10.0.0.1', '::a00:1'],
    ['2001:DB8::35/64', '2001:db8::35/64'],
    ['10.240.0.35/16', '10.240.0.35/16'],
  ])('spells %s as %s', (text, canonical) => {
    expect(normaliseAddress(text)).toBe(canonical);
  });

  it.each([
    ['10.240.0.35/16', '10.240.0.0/16'],
    ['10.240.0.35/32', '10.240.0.35/32'],
    ['255.255.255.255/0', '0.0.0.0/0'],
    ['2001:db8:ffff::1/33', '2001:db8:8000::/33'],
    ['default', 'default'],
  ])('removes the host bits from %s: %s', (text, prefix) => {
    expect(normalisePrefix(text)).toBe(prefix);
  });

  it('distinguishes families and prefixes', () => {
    expect([familyOf('10.0.0.1/8'), familyOf('::1'), familyOf('eth0')]).toEqual([4, 6, undefined]);
    expect(parseCidr('10.0.0.1/33')).toBeUndefined();
    expect(parseCidr('10.0.0.1')).toBeUndefined();
    expect(parsePrefix('10.0.0.9/30')).toEqual({ first: 0x0a000008, last: 0x0a00000b });
    expect(parsePrefix('fd00::9/126')).toEqual({ first: (0xfdn << 120n) + 8n, last: (0xfdn << 120n) + 11n });
  });
});
