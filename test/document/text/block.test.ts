import { describe, expect, it } from 'vitest';
import type { Endpoint } from '../../../schemas/generated/vnet.ts';
import { matchBlock } from '../../../reconciler/document/text/block.ts';
import { renderEndpoint } from '../../../reconciler/document/text/render.ts';

const ID = 'azure/1bd38ad8/eth0';
const STYLE = { indent: 2, eol: '\n' };

const USUAL = {
  pod: 'default/web-0',
  netns: '/var/run/netns/cni-1',
  netnsInode: 4026532001,
  hostVeth: 'azv0123456789a',
  mac: '0a:58:0a:f4:00:01',
} as const;
const ADDED = { added: '2026-11-30T22:00:00.000Z' } as const;

const FORMS: readonly (readonly [
  string,
  Pick<Endpoint, 'addresses' | 'gateway' | 'ipv6Gateway' | 'leaving'>,
])[] = [
  ['bridge', { addresses: ['10.240.0.36/16'], gateway: '10.240.0.1' }],
  ['transparent', { addresses: ['10.240.0.36/32'], gateway: '169.254.1.1' }],
  ['IPv6, alone on its link', { addresses: ['fd00:240::36/128'], gateway: 'fe80::1234:5678:9abc' }],
  ['IPv6 of a subnet', { addresses: ['fd00:244::2/64'], gateway: 'fd00:244::1' }],
  [
    'both families',
    {
      addresses: ['10.240.0.36/16', 'fd00:240::36/128'],
      gateway: '10.240.0.1',
      ipv6Gateway: 'fe80::1234:5678:9abc',
    },
  ],
  ['an endpoint that leaves', { addresses: ['fd00:244::2/64'], leaving: '2026-11-30T22:00:01.000Z' }],
];

describe('the block of an endpoint as CNI writes it', () => {
  it.each(FORMS)('is matched as a whole: %s', (_form, own) => {
    const { leaving, ...rest } = own;
    const endpoint: Endpoint = { ...USUAL, ...rest, ...ADDED, ...(leaving === undefined ? {} : { leaving }) };
    const text = renderEndpoint(ID, endpoint, STYLE);
    expect(matchBlock(text, 0)).toEqual({ id: ID, endpoint, end: text.length });
  });

  it.each([
    [':'],
    ['fd00:244::2:'],
    ['"::2/64"'],
    ['10.240.0.36/16,10.240.0.37/16'],
    ['10.240.0.36/16, 10.240.0.37/16, 10.240.0.38/16'],
  ])('is left to the scanner with the addresses [%s]', (addresses) => {
    const text = renderEndpoint(ID, { ...USUAL, addresses: ['10.240.0.36/16'], ...ADDED }, STYLE);
    expect(matchBlock(text.replace('10.240.0.36/16', addresses), 0)).toBeUndefined();
  });
});
