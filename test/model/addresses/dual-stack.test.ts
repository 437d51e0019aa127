import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { endpointRemoval } from '../../../reconciler/loop/round/release.ts';
import { withoutLength } from '../../../reconciler/model/addresses/address.ts';
import { allocateAddresses, type AddressRequest } from '../../../reconciler/model/addresses/allocate.ts';
import { describePools } from '../../../reconciler/model/addresses/pool-summary.ts';
import type {
  AddressesNetwork,
  Endpoint,
  Reservation,
  VnetDocument,
} from '../../../schemas/generated/vnet.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const IPV4 = {
  source: 'static',
  subnet: '10.240.0.0/28',
  gateway: '10.240.0.1',
  addresses: ['10.240.0.0/28'],
} as const;
const IPV6 = {
  source: 'static',
  subnet: 'fd00:240::/64',
  gateway: 'fe80::1',
  addresses: ['fd00:240::/125'],
} as const;

function documentWith(
  more: Partial<AddressesNetwork>,
  endpoints: Record<string, Endpoint> = {},
): VnetDocument {
  return {
    apiVersion: 'vnet.azure/v2',
    kind: 'NodeNetwork',
    metadata: { node: 'node-1', generation: 1 },
    networks: { azure: { mode: 'addresses', pools: { ipv4: IPV4, ipv6: IPV6 }, ...more } },
    endpoints,
    released: {},
  };
}

function ask(document: VnetDocument, more: Partial<AddressRequest> = {}): string {
  const result = allocateAddresses(document, { network: 'azure', now: NOW, ifName: 'eth0', ...more });
  return result.ok ? result.value.addresses.join() : `${result.error.code}: ${result.error.message}`;
}

describe('a pod of a network with both pools', () => {
  it('gets an address of each, without the anycast address of the IPv6 subnet', () => {
    const result = allocateAddresses(documentWith({}), { network: 'azure', now: NOW, ifName: 'eth0' });
    expect(result).toEqual({
      ok: true,
      value: { addresses: ['10.240.0.2/28', 'fd00:240::1/64'], gateways: ['10.240.0.1', 'fe80::1'] },
    });
  });

  it('gets the one it asks for, and any of the other family', () => {
    expect(ask(documentWith({}), { wanted: ['FD00:240::0:5'] })).toBe('10.240.0.2/28,fd00:240::5/64');
    expect(ask(documentWith({}), { wanted: ['fd00:240::5', '10.240.0.9'] })).toBe(
      '10.240.0.9/28,fd00:240::5/64',
    );
    expect(ask(documentWith({}), { wanted: ['fd00:240::'] })).toMatch(/^invalid: .*anycast/);
    const ipv4Only = documentWith({ pools: { ipv4: IPV4 } });
    expect(ask(ipv4Only, { wanted: ['fd00:240::5'] })).toMatch(/^invalid: .*IPv6/);
  });

  it('gets both addresses of its reservation, which no other pod gets', () => {
    const reservations: readonly Reservation[] = [{ pod: 'a/b', addresses: ['fd00:240::1', '10.240.0.7'] }];
    expect(ask(documentWith({ reservations }), { pod: 'a/b' })).toBe('10.240.0.7/28,fd00:240::1/64');
    expect(ask(documentWith({ reservations }), { pod: 'a/c' })).toBe('10.240.0.2/28,fd00:240::2/64');
  });

  it('gets none when one pool is exhausted, which is named', () => {
    const all = Array.from({ length: 7 }, (_, index) => `fd00:240::${index + 1}/64`);
    const endpoints = Object.fromEntries(
      all.map((address, index) => [
        `azure/c${index}/eth0`,
        { addresses: [address] as const, added: NOW.toISOString() },
      ]),
    );
    expect(ask(documentWith({}, endpoints))).toMatch(/^exhausted: .*IPv6.*azure/);
  });

  it('law: no address is given twice, and the counts of each family add up', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (steps) => {
        let document = documentWith({});
        for (const [index, isAdd] of steps.entries()) {
          const { endpoints = {} } = document;
          const [oldest] = Object.entries(endpoints);
          const now = new Date(NOW.getTime() + index * 1000);
          if (isAdd) {
            const given = allocateAddresses(document, { network: 'azure', now, ifName: 'eth0' });
            if (!given.ok) continue;
            const held = Object.values(endpoints).flatMap(({ addresses }) => addresses);
            expect(held.filter((one) => given.value.addresses.includes(one))).toEqual([]);
            const added = { addresses: given.value.addresses, added: NOW.toISOString() };
            document = { ...document, endpoints: { ...endpoints, [`azure/c${index}/eth0`]: added } };
          } else if (oldest !== undefined) {
            const edit = endpointRemoval([oldest], now, document.released);
            const { [oldest[0]]: _gone, ...rest } = endpoints;
            const released = Object.fromEntries(edit.released ?? []);
            document = {
              ...document,
              endpoints: rest,
              released: { ...document.released, ...released } as never,
            };
          }
          for (const { counts } of describePools(document, 'azure', now)) {
            const { total, used, leaving, reserved, quarantined, free } = counts;
            expect(used + leaving + reserved + quarantined + free).toBe(total);
          }
        }
      }),
    );
  });
});

describe('the releases of an IPv6 pool', () => {
  it('are forgotten, the oldest first, before they fill the document', () => {
    const known = Object.fromEntries(
      Array.from({ length: 1024 }, (_, index) => [
        `azure/fd00:240::${index.toString(16)}`,
        new Date(NOW.getTime() - index * 1000).toISOString(),
      ]),
    );
    const endpoint = { addresses: ['10.240.0.2/28', 'FD00:240::ffff/64'] as const, added: NOW.toISOString() };
    const { released = new Map() } = endpointRemoval([['azure/c/eth0', endpoint]], NOW, known);
    const gone = [...released].filter(([, time]) => time === undefined).map(([key]) => key);
    expect(gone).toEqual(['azure/fd00:240::3ff', 'azure/fd00:240::3fe']);
    expect([...released.keys()].slice(0, 2)).toEqual([
      'azure/10.240.0.2',
      `azure/${withoutLength('fd00:240::ffff/64')}`,
    ]);
  });
});
