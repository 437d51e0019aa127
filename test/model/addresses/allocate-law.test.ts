import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeldIndex } from '../../../reconciler/document/store/held-index.ts';
import { formatAddress, parseAddress } from '../../../reconciler/model/addresses/address.ts';
import { allocateAddresses } from '../../../reconciler/model/addresses/allocate.ts';
import { describePools } from '../../../reconciler/model/addresses/pool-summary.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { poolDocument } from './pool-document.ts';
import { longOr } from '../../support/long.ts';

const FIRST = 0x0af00020;
const NOW = new Date('2026-11-21T12:00:00Z');
const SIZE = 16;
const at = (offset: number) => formatAddress(FIRST + offset);
const offsets = fc.uniqueArray(fc.integer({ min: 0, max: SIZE - 1 }), { maxLength: SIZE });

const anyCase = fc.record({
  pool: offsets,
  exclude: offsets,
  held: offsets,
  leaving: offsets,
  reserved: offsets,
  released: fc.array(fc.tuple(fc.nat(SIZE - 1), fc.integer({ min: -90, max: 90 })), { maxLength: SIZE }),
});
type Case = typeof anyCase extends fc.Arbitrary<infer T> ? T : never;

function build({ pool, exclude, held, leaving, reserved, released }: Case): VnetDocument {
  const endpoints: Record<string, Endpoint> = {};
  for (const offset of held) {
    const gone = leaving.includes(offset) ? { leaving: '2026-11-21T11:59:59Z' } : {};
    endpoints[`azure/c${offset}/eth0`] = {
      addresses: [`${at(offset)}/28`],
      added: '2026-11-21T11:00:00Z',
      ...gone,
    };
  }
  const reservations = reserved.map((offset) => ({
    pod: `ns/pod-${offset}`,
    addresses: [at(offset)] as const,
  }));
  const uplink = { name: 'eth0', mac: '00:0d:3a:51:c4:90', addresses: [{ address: `${at(2)}/28` }] };
  const releases = released.map(([offset, seconds]) => [
    `azure/${at(offset)}`,
    new Date(NOW.getTime() + seconds * 1000).toISOString(),
  ]);
  return poolDocument(
    { subnet: `${at(0)}/28`, gateway: at(1), addresses: pool.map(at), exclude: exclude.map(at) },
    { uplink, reservations },
    { endpoints, released: Object.fromEntries(releases) },
  );
}

/**
 * The addresses allowed for a pod without a reservation, by the words of the rule instead of the code's
 * ranges.
 */
function allowed({ pool, exclude, held, reserved }: Case): string[] {
  const taken = new Set([0, 1, 2, SIZE - 1, ...exclude, ...held, ...reserved]);
  return pool.filter((offset) => !taken.has(offset)).map(at);
}

describe('allocation laws', () => {
  it('assigns exactly the free addresses, and reports exhaustion exactly if there is none', () => {
    fc.assert(
      fc.property(anyCase, (value) => {
        const result = allocateAddresses(build(value), { network: 'azure', now: NOW, ifName: 'eth0' });
        const free = allowed(value);
        const got = result.ok ? result.value.addresses[0].replace('/28', '') : result.error.code;
        expect(free.length === 0 ? ['exhausted'] : free).toContain(got);
      }),
      { numRuns: longOr(125, 500) },
    );
  });

  it('assigns the first one never released, else the one released longest ago that is not in quarantine', () => {
    fc.assert(
      fc.property(anyCase, (value) => {
        const document = build(value);
        const releasedMs = (address: string): number =>
          Date.parse(document.released?.[`azure/${address}`] ?? '');
        const rank = (address: string): number[] => {
          const ms = releasedMs(address);
          if (Number.isNaN(ms)) return [0, Number(parseAddress(address))];
          return [Math.abs(NOW.getTime() - ms) < 30_000 ? 2 : 1, ms, Number(parseAddress(address))];
        };
        const inOrder = allowed(value).toSorted((left, right) => {
          const [ours, theirs] = [rank(left), rank(right)];
          const first = ours.findIndex((part, index) => part !== theirs[index]);
          return first < 0 ? 0 : (ours[first] ?? 0) - (theirs[first] ?? 0);
        });
        const request = { network: 'azure', now: NOW, ifName: 'eth0' };
        const result = allocateAddresses(document, request);
        expect(result.ok ? result.value.addresses[0] : undefined).toBe(inOrder[0] && `${inOrder[0]}/28`);
        // Who knows already who holds what gives the same.
        expect(allocateAddresses(document, request, new HeldIndex(document.endpoints))).toEqual(result);
      }),
      { numRuns: longOr(250, 1000) },
    );
  });

  it('gives a wanted address exactly when it is free', () => {
    fc.assert(
      fc.property(anyCase, fc.nat(SIZE - 1), (value, offset) => {
        const request = { network: 'azure', now: NOW, ifName: 'eth0', wanted: [at(offset)] };
        const result = allocateAddresses(build(value), request);
        const got = result.ok ? result.value.addresses[0] : result.error.code;
        const free = allowed(value).includes(at(offset));
        expect(free ? [`${at(offset)}/28`] : ['conflict', 'invalid']).toContain(got);
      }),
      { numRuns: longOr(125, 500) },
    );
  });

  it('describes every address of the pool once, in agreement with allocation', () => {
    fc.assert(
      fc.property(anyCase, (value) => {
        const [pool] = describePools(build(value), 'azure', NOW);
        expect.assert(pool !== undefined);
        const { total, used, leaving, reserved, quarantined, free } = pool.counts;
        expect(used + leaving + reserved + quarantined + free).toBe(total);
        expect(quarantined + free).toBe(allowed(value).length);
      }),
    );
  });

  it('goes through the whole pool before it uses an address again', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 12 }),
        fc.array(fc.nat(100), { minLength: 30, maxLength: 60 }),
        (inUse, gapsSeconds) => {
          const value = { pool: [3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14], exclude: [], leaving: [] };
          let document = build({ ...value, held: [], reserved: [], released: [] });
          let now = NOW;
          const running: string[] = [];
          const given: string[] = [];
          for (const gap of gapsSeconds) {
            now = new Date(now.getTime() + gap * 1000 + 1);
            if (running.length === inUse) {
              document = release(document, running.shift() ?? '', now);
              now = new Date(now.getTime() + 1);
            }
            const result = allocateAddresses(document, { network: 'azure', now, ifName: 'eth0' });
            if (!result.ok) throw new Error(result.error.message);
            const [address] = result.value.addresses;
            const window = given.slice(-(value.pool.length - 1));
            expect(window).not.toContain(address);
            given.push(address);
            running.push(address);
            document = hold(document, address);
          }
        },
      ),
    );
  });
});

function hold(document: VnetDocument, address: string): VnetDocument {
  const added = { addresses: [address] as const, added: '2026-11-21T11:00:00Z' };
  return { ...document, endpoints: { ...document.endpoints, [`azure/${address}/eth0`]: added } };
}

function release(document: VnetDocument, address: string, now: Date): VnetDocument {
  const endpoints = Object.fromEntries(
    Object.entries(document.endpoints ?? {}).filter(([id]) => id !== `azure/${address}/eth0`),
  );
  const key = `azure/${address.replace('/28', '')}`;
  return { ...document, endpoints, released: { ...document.released, [key]: now.toISOString() } };
}
