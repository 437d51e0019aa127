import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressCodec } from '../../../reconciler/kernel/kinds/address.ts';
import { fdbCodec } from '../../../reconciler/kernel/kinds/fdb.ts';
import { neighbourCodec } from '../../../reconciler/kernel/kinds/neighbour.ts';
import { routeCodec } from '../../../reconciler/kernel/kinds/route-codec.ts';
import { hexBytes, hexOf } from '../../../reconciler/kernel/netlink/attribute.ts';
import { BodyReader, knownTypes } from '../../../reconciler/kernel/netlink/reader.ts';
import { BodyWriter } from '../../../reconciler/kernel/netlink/writer.ts';
import type { RestAttributes } from '../../../reconciler/model/kinds/kind.ts';

/** Attributes of types that no kernel has. */
const anyRest = fc.array(
  fc
    .record({
      type: fc.integer({ min: 40, max: 300 }),
      isNested: fc.boolean(),
      bytes: fc.uint8Array({ maxLength: 40 }),
    })
    .map(({ type, isNested, bytes }) => `${type}${isNested ? 'n' : ''} ${hexOf(bytes)}`),
  { minLength: 1, maxLength: 6 },
);

/** The attributes read back from each kind of message after writing these. */
const READ_BACK: Readonly<Record<string, (rest: RestAttributes) => RestAttributes | undefined>> = {
  route: (rest) => {
    const fact = {
      family: 4,
      to: '10.9.0.0/16',
      table: 254,
      metric: 7,
      index: 3,
      mtuBytes: 1400,
      rest,
    } as const;
    return routeCodec.parse(BodyReader.of(routeCodec.encode(fact)))?.rest;
  },
  address: (rest) => {
    const fact = { index: 3, address: '10.9.0.1/16', metric: 7, rest };
    return addressCodec.parse(BodyReader.of(addressCodec.encode(fact)))?.rest;
  },
  neighbour: (rest) => {
    const fact = { index: 3, address: 'fd00::7', mac: '02:00:00:00:00:07', protocol: 118, rest };
    return neighbourCodec.parse(BodyReader.of(neighbourCodec.encode(fact)))?.rest;
  },
  // The kernel reports the bridge, and is not told it.
  fdb: (rest) => {
    const fact = { index: 3, mac: '02:00:00:00:00:07', rest: ['9 04000000', ...rest] };
    return fdbCodec.parse(BodyReader.of(fdbCodec.encode(fact)))?.rest;
  },
};

describe('a message with unknown attributes', () => {
  it.each(Object.entries(READ_BACK))('parses to the encoded value: %s', (_kind, readBack) => {
    fc.assert(
      fc.property(anyRest, (rest) => {
        expect(readBack(rest)).toEqual(rest);
      }),
    );
    expect(readBack([])).toBeUndefined();
  });

  it('keeps the metrics of a route in place', () => {
    const rest = ['8.8 50050000', '8.16 72656e6f00', '11 07000500'];
    const body = BodyReader.of(
      routeCodec.encode({ family: 4, to: 'default', table: 254, metric: 0, index: 3, mtuBytes: 1400, rest }),
    );
    const metrics = body.attribute(12, 8);
    expect([2, 8].map((type) => metrics?.attribute(0, type)?.at32(0))).toEqual([1400, 1360]);
    expect(metrics?.attribute(0, 16)?.toText()).toBe('reno');
    expect(routeCodec.parse(body)).toMatchObject({ mtuBytes: 1400, rest });
  });

  it('refers to a nexthop object only, without its interface', () => {
    const fact = { family: 4, to: 'default', table: 254, metric: 0, index: 3, nextHopId: 7 } as const;
    const body = BodyReader.of(routeCodec.encode(fact));
    expect([body.attribute(12, 30)?.at32(0), body.attribute(12, 4)]).toEqual([7, undefined]);
  });

  it('is truncated at a malformed attribute', () => {
    const body = new BodyWriter()
      .bytes(77, new Uint8Array([1, 2, 3]))
      .put16(40)
      .put16(78)
      .finish();
    expect(BodyReader.of(body).rest(0, knownTypes())).toEqual(['77 010203']);
    expect(hexBytes('')).toEqual(new Uint8Array());
  });
});
