import { describe, expect, it } from 'vitest';
import { allocateAddresses } from '../../../reconciler/model/addresses/allocate.ts';
import { describePools } from '../../../reconciler/model/addresses/pool-summary.ts';
import type { Endpoint, VnetDocument } from '../../../schemas/generated/vnet.ts';
import { poolDocument } from './pool-document.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ADDED = '2026-11-21T11:00:00Z';

function documentWith(
  addresses: readonly string[],
  more: Pick<VnetDocument, 'endpoints' | 'released'> = {},
): VnetDocument {
  const reservations = [
    { pod: 'a/b', addresses: ['10.240.0.38'] },
    { pod: 'a/c', addresses: ['10.240.0.39'] },
  ] as const;
  return poolDocument({ source: 'azure', addresses, exclude: ['10.240.0.37'] }, { reservations }, more);
}

describe('describePools', () => {
  it('counts and lists every use', () => {
    const endpoints: Record<string, Endpoint> = {
      'azure/e/eth0': { addresses: ['10.240.0.90/16'], added: ADDED },
      'azure/a/eth0': { addresses: ['10.240.0.36/16'], added: ADDED, pod: 'x/y' },
      'azure/b/eth0': { addresses: ['10.240.0.39/16'], added: ADDED, pod: 'a/c' },
      'azure/c/eth0': { addresses: ['10.240.0.40/16'], added: ADDED, leaving: ADDED },
      'azure/d/eth0': { addresses: ['172.16.0.5/16'], added: ADDED, ipam: 'host-local' },
    };
    const released = { 'azure/10.240.0.41': '2026-11-21T11:59:45Z', 'azure/10.240.0.42': ADDED };
    const document = documentWith(['10.240.0.36-10.240.0.45'], { endpoints, released });
    expect(describePools(document, 'azure', NOW)[0]).toEqual({
      network: 'azure',
      family: 4,
      counts: {
        total: 9,
        used: 2,
        leaving: 1,
        reserved: 1,
        quarantined: 1,
        free: 4,
        withdrawn: 1,
        node: 0,
        answered: 0,
      },
      used: [
        { address: '10.240.0.36', endpoint: 'azure/a/eth0', pod: 'x/y' },
        { address: '10.240.0.39', endpoint: 'azure/b/eth0', pod: 'a/c' },
      ],
      leaving: [{ address: '10.240.0.40', endpoint: 'azure/c/eth0' }],
      withdrawn: [{ address: '10.240.0.90', endpoint: 'azure/e/eth0' }],
      reserved: [{ address: '10.240.0.38', pod: 'a/b' }],
      quarantined: ['10.240.0.41'],
      free: ['10.240.0.42-10.240.0.45'],
      node: [],
      answered: [],
    });
    const own = ['10.240.0.43/32', '10.240.0.36/16', '10.240.7.7/16'];
    expect(describePools(document, 'azure', NOW, { own })[0]).toMatchObject({
      counts: { total: 8, used: 2, free: 3, withdrawn: 1, node: 1 },
      free: ['10.240.0.42', '10.240.0.44-10.240.0.45'],
      node: ['10.240.0.43'],
    });
    const answered = ['10.240.0.44', '10.240.0.36', '10.240.7.7'];
    expect(describePools(document, 'azure', NOW, { own, answered })[0]).toMatchObject({
      counts: { total: 7, used: 2, free: 2, withdrawn: 1, node: 1, answered: 1 },
      free: ['10.240.0.42', '10.240.0.45'],
      answered: ['10.240.0.44'],
    });
  });

  it('stops at a network that the document does not have', () => {
    expect(() => describePools(documentWith([]), 'other', NOW)).toThrow('no network "other"');
  });

  it('gives the first free address of a pool of 65 thousand addresses with a thousand endpoints', () => {
    const endpoints = Object.fromEntries(
      Array.from({ length: 1000 }, (_, index): [string, Endpoint] => [
        `azure/${index}/eth0`,
        { addresses: [`10.240.${16 + Math.floor(index / 250)}.${index % 250}/16`], added: ADDED },
      ]),
    );
    const document = documentWith(['10.240.16.0-10.240.255.254'], { endpoints });
    const result = allocateAddresses(document, { network: 'azure', now: NOW, ifName: 'eth0' });
    expect(result).toMatchObject({ ok: true, value: { addresses: ['10.240.16.250/16'] } });
  });
});
