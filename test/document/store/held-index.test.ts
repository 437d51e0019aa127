import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyEdit, effectiveEdit } from '../../../reconciler/document/edit.ts';
import { HeldIndex } from '../../../reconciler/document/store/held-index.ts';
import { surveyPools } from '../../../reconciler/model/addresses/pool.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { documentOf } from '../../support/node.ts';

const NOW = new Date('2026-11-21T12:00:00.000Z');
const NETWORKS = ['azure', 'other'];
const MACS = ['0a:00:00:00:00:01', '0A:00:00:00:00:02', '0a:00:00:00:00:03'];

const addressAt = (last: number): string => `10.240.0.${40 + last}/16`;

const endpoint: fc.Arbitrary<Endpoint> = fc
  .record({
    addresses: fc.uniqueArray(fc.nat({ max: 5 }), { minLength: 1, maxLength: 2 }),
    mac: fc.constantFrom(undefined, ...MACS),
    pod: fc.constantFrom(undefined, 'default/web-0'),
    leaving: fc.boolean(),
    isForeign: fc.boolean(),
  })
  .map(
    ({ addresses: [first = 0, ...rest], mac, pod, leaving, isForeign }): Endpoint => ({
      addresses: [addressAt(first), ...rest.map(addressAt)],
      added: NOW.toISOString(),
      ...(mac === undefined ? {} : { mac }),
      ...(pod === undefined ? {} : { pod }),
      ...(leaving ? { leaving: NOW.toISOString() } : {}),
      ...(isForeign ? { ipam: 'host-local' } : {}),
    }),
  );

const change = fc.record({
  id: fc
    .tuple(fc.constantFrom(...NETWORKS), fc.nat({ max: 6 }))
    .map(([name, index]) => `${name}/c${index}/eth0`),
  value: fc.option(endpoint, { nil: undefined }),
});

/** No other endpoint holds the claimed values, as in every valid document. */
function isFree(
  { endpoints = {} }: VnetDocument,
  { id, value }: { id: string; value: Endpoint | undefined },
): boolean {
  return Object.entries(endpoints).every(
    ([other, { addresses }]) =>
      other === id || !addresses.some((address) => value?.addresses.includes(address)),
  );
}

describe('holdings', () => {
  it('equal a full count after any changes', () => {
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        let document: VnetDocument = { ...documentOf([]), endpoints: {} };
        const holdings = new HeldIndex();
        for (const one of changes) {
          const edit = effectiveEdit(document, { endpoints: new Map([[one.id, one.value]]) });
          if (edit === undefined || !isFree(document, one)) continue;
          holdings.change(document.endpoints, edit);
          document = applyEdit(document, edit);
          const anew = new HeldIndex(document.endpoints);
          for (const name of NETWORKS) expect(holdings.holders(name)).toEqual(anew.holders(name));
          expect(holdings.holders('azure')).toEqual(surveyPools(document, 'azure', NOW)[0]?.holders);
          const macs = Object.values(document.endpoints ?? {}).map(({ mac }) => mac?.toLowerCase());
          for (const mac of MACS.map((text) => text.toLowerCase()))
            expect(holdings.hasMac(mac)).toBe(macs.includes(mac));
        }
      }),
    );
  });
});
