import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { staysValid } from '../../../reconciler/document/check/change.ts';
import { checkEndpoints } from '../../../reconciler/document/check/endpoints.ts';
import { applyEdit, effectiveEdit } from '../../../reconciler/document/edit.ts';
import type { BridgeNetwork, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { longOr } from '../../support/long.ts';

function networkOn(uplink: string, mac: string, bridge: string): BridgeNetwork {
  return {
    mode: 'bridge',
    uplink: { name: uplink, mac },
    bridge: { name: bridge },
    pools: {
      ipv4: {
        source: 'static',
        subnet: '10.240.0.0/16',
        gateway: '10.240.0.1',
        addresses: ['10.240.0.0/16'],
      },
    },
  };
}

const UPLINK_MAC = '00:0d:3a:51:c4:90';
const NETWORKS = {
  azure: networkOn('eth0', UPLINK_MAC, 'azure0'),
  other: networkOn('eth1', '00:0d:3a:51:c4:91', 'azure1'),
};
const TIMES = ['2026-11-21T12:00:00Z', '2026-02-30T12:00:00Z'];

const address = fc.constantFrom(
  '10.240.0.36/16',
  '10.240.0.37/16',
  '10.240.0.38/16',
  '10.240.0.36/24',
  '10.240.0.1/16',
  '10.99.0.1/16',
  'fd00::1/64',
  'fd00:0::1/64',
);

/** Few values of each kind, so that collisions, also between different notations, are frequent. */
const endpoint = fc.record(
  {
    pod: fc.constantFrom('default/a', 'default/b'),
    hostVeth: fc.constantFrom('azv1', 'azv2', 'azv3', 'azure0', 'eth1'),
    mac: fc.constantFrom('0a:00:00:00:00:01', '0A:00:00:00:00:01', '0a:00:00:00:00:02', UPLINK_MAC),
    addresses: fc
      .tuple(address, fc.array(address, { maxLength: 1 }))
      .map(([first, more]): [string, ...string[]] => [first, ...more]),
    gateway: fc.constantFrom('10.240.0.1', '1.2'),
    added: fc.constantFrom(...TIMES),
  },
  { requiredKeys: ['addresses', 'added'] },
);

const id = fc.constantFrom(
  'azure/1/eth0',
  'azure/2/eth0',
  'azure/3/eth0',
  'other/1/eth0',
  'other/2/eth0',
  'no/1/eth0',
);
const release = fc.constantFrom('azure/10.240.0.36', 'azure/10.240.0.37', 'other/10.240.0.36');

const document: fc.Arbitrary<VnetDocument> = fc
  .record({
    endpoints: fc.dictionary(id, endpoint, { maxKeys: 4 }),
    released: fc.dictionary(release, fc.constantFrom(...TIMES), { maxKeys: 2 }),
  })
  .map((parts) => ({
    apiVersion: 'vnet.azure/v2' as const,
    kind: 'NodeNetwork' as const,
    metadata: { node: 'node-1', generation: 1 },
    networks: NETWORKS,
    ...parts,
  }))
  .filter((made) => checkEndpoints(made).length === 0);

const gone = { nil: undefined };
const edits = fc.record({
  endpoints: fc
    .dictionary(id, fc.option(endpoint, gone), { maxKeys: 2 })
    .map((some) => new Map(Object.entries(some))),
  released: fc
    .dictionary(release, fc.option(fc.constantFrom(...TIMES), gone), { maxKeys: 2 })
    .map((some) => new Map(Object.entries(some))),
});

describe('the check of a change', () => {
  it('law: says that a valid document stays valid only when the check of all of it finds nothing', () => {
    const seen = { valid: 0, invalid: 0, overcautious: 0 };
    fc.assert(
      fc.property(document, edits, (before, wanted) => {
        const edit = effectiveEdit(before, wanted);
        fc.pre(edit !== undefined);
        const after = applyEdit(before, edit);
        const isValid = checkEndpoints(after).length === 0;
        const isSaid = staysValid(after, edit);
        expect(isSaid && !isValid).toBe(false);
        seen[isValid ? (isSaid ? 'valid' : 'overcautious') : 'invalid'] += 1;
      }),
      { numRuns: longOr(500, 2000) },
    );
    // Otherwise the law would also hold for a check that always refuses.
    expect(seen.valid).toBeGreaterThan(50);
    expect(seen.invalid).toBeGreaterThan(50);
    expect(seen.overcautious).toBeLessThan(seen.valid / 5);
  });
});
