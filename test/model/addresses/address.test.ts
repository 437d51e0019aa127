import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  familyOf,
  formatIpv4,
  formatIpv6,
  normaliseAddress,
  normalisePrefix,
  parseCidr,
  parseIpv4,
  parseIpv6,
  parsePrefixIpv4,
} from '../../../reconciler/model/addresses/address.ts';

describe('address', () => {
  it.each(['10.240.0.256', '10.240.0', '10.240.0.1.2', '', 'a.b.c.d', '10.240.0.-1'])(
    '%j is no IPv4 address',
    (text) => {
      expect(parseIpv4(text)).toBeUndefined();
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(parseIpv4(formatIpv4(value))).toBe(value);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xffff), { minLength: 8, maxLength: 8 }), (groups) => {
        expect(parseIpv6(formatIpv6(groups))).toEqual(groups);
      }),
    );
  });

  it.each([
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['::', '::'],
    ['0:0:1:0:0:0:0:0', '0:0:1::'],
    ['1:0:2:3:4:5:6:7', '1:0:2:3:4:5:6:7'],
    ['::ffff:10.0.0.1', '::ffff:a00:1'],
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
  ])('takes the host bits from %s: %s', (text, prefix) => {
    expect(normalisePrefix(text)).toBe(prefix);
  });

  it('tells families and prefixes', () => {
    expect([familyOf('10.0.0.1/8'), familyOf('::1'), familyOf('eth0')]).toEqual([4, 6, undefined]);
    expect(parseCidr('10.0.0.1/33')).toBeUndefined();
    expect(parseCidr('10.0.0.1')).toBeUndefined();
    expect(parsePrefixIpv4('10.0.0.9/30')).toEqual({ first: 0x0a000008, last: 0x0a00000b });
  });
});
