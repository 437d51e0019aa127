import { describe, expect, it } from 'vitest';
import { BodyReader } from '../../../reconciler/kernel/netlink/reader.ts';
import { additionOf, removalOf, replacementOf } from '../../../reconciler/kernel/kinds/on-link.ts';
import { routeCodec, type RouteFact } from '../../../reconciler/kernel/kinds/route-codec.ts';
import { capturedBodies, describeCaptured, describeRequest } from '../captured.ts';

const RTM_NEWROUTE = 24;
const HEADER_BYTES = 12;
const NESTING = { '/8': 0 };
const index = capturedBodies('route-add', RTM_NEWROUTE)[0]?.attribute(HEADER_BYTES, 4)?.at32(0) ?? 0;

const ROUTE: RouteFact = {
  family: 4,
  to: '10.9.0.0/16',
  table: 1000,
  metric: 100,
  index,
  via: '10.240.0.1',
  source: '10.240.0.4',
  protocol: 118,
  onLink: true,
  mtuBytes: 1400,
};

describe('a route', () => {
  it('is added as ip-route adds it', () => {
    expect(describeRequest(additionOf(routeCodec, ROUTE), HEADER_BYTES, NESTING)).toEqual(
      describeCaptured('route-add', HEADER_BYTES, NESTING),
    );
  });

  it('of IPv6 is replaced as ip-route replaces it', () => {
    const route: RouteFact = {
      family: 6,
      to: 'default',
      table: 254,
      metric: 1024,
      index,
      via: 'fe80::1',
      protocol: 118,
    };
    // ip omits the attribute for main, and writes the prefix of the default route.
    const ours = describeRequest(replacementOf(routeCodec, route), HEADER_BYTES).filter(
      (line) => !line.startsWith('/15 '),
    );
    const theirs = describeCaptured('route-replace6', HEADER_BYTES).filter((line) => !line.startsWith('/1 '));
    expect(ours).toEqual(theirs);
  });

  it('is deleted by link, table, metric, protocol and gateway', () => {
    const lines = describeRequest(removalOf(routeCodec, ROUTE), HEADER_BYTES, NESTING);
    for (const line of describeCaptured('route-del', HEADER_BYTES).slice(1)) expect(lines).toContain(line);
    expect(lines.some((line) => line.startsWith('/8'))).toBe(false);
  });

  it('parses to the encoded value', () => {
    for (const more of [
      {},
      { via: 'fd00::1' },
      { via: undefined, onLink: undefined, scope: 253 },
      { table: 254 },
    ]) {
      const route = { ...ROUTE, ...more };
      expect(routeCodec.parse(BodyReader.of(routeCodec.encode(route)))).toMatchObject(
        Object.fromEntries(Object.entries(route).filter(([, value]) => value !== undefined)),
      );
    }
  });
});

function read(name: string): string[] {
  return capturedBodies(name, RTM_NEWROUTE).flatMap((body) => {
    const route = routeCodec.parse(body);
    return route === undefined
      ? []
      : [`${route.to} via ${route.via} table ${route.table} proto ${route.protocol}`];
  });
}

describe('a route that is in no State', () => {
  const made: readonly Partial<RouteFact>[] = [
    { table: 255, type: 'local' },
    { table: 255, type: 'broadcast' },
    { to: 'fe80::/64', family: 6 },
    { to: 'ff00::/8', family: 6, type: 'multicast' },
  ];
  it.each(made)('is omitted if the kernel made it, and kept if foreign: %o', (more) => {
    const { source: _source, via: _via, ...rest } = ROUTE;
    const parsed = (protocol: number): RouteFact | undefined =>
      routeCodec.parse(BodyReader.of(routeCodec.encode({ ...rest, ...more, protocol })));
    expect(parsed(2)).toBeUndefined();
    expect(parsed(3)).toMatchObject(more);
  });
});

describe("routes in a kernel's dump", () => {
  it("are read in all types, without the kernel's own in table local", () => {
    expect(read('route-list').toSorted()).toEqual([
      '10.240.0.0/16 via undefined table 254 proto 2',
      '10.66.0.0/16 via undefined table 254 proto 3',
      '10.67.0.0/16 via undefined table 254 proto 3',
      '10.68.0.0/16 via fe80::9 table 254 proto 3',
      '10.9.0.0/16 via 10.240.0.1 table 1000 proto 118',
      'default via 10.240.0.1 table 254 proto 118',
    ]);
  });

  it('of IPv6 are read without link-local and multicast prefixes', () => {
    expect(read('route-list6').toSorted()).toEqual([
      'default via fe80::1 table 254 proto 118',
      'fd00::/64 via undefined table 254 proto 2',
    ]);
  });
});
