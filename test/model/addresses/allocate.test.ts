import { describe, expect, it } from 'vitest';
import { allocateAddresses, type AddressRequest } from '../../../reconciler/model/addresses/allocate.ts';
import { explainExhaustion } from '../../../reconciler/model/addresses/pool-summary.ts';
import type { Failure } from '../../../reconciler/model/result.ts';
import type {
  BridgeNetwork,
  Ipv4Pool,
  Endpoint,
  Reservation,
  VnetDocument,
} from '../../../schemas/generated/vnet.ts';
import { poolDocument } from './pool-document.ts';

const NOW = new Date('2026-11-21T12:00:00Z');
const ADDED = '2026-11-21T11:00:00Z';

function documentWith(
  pool: Partial<Ipv4Pool>,
  more: Partial<BridgeNetwork> & Pick<VnetDocument, 'endpoints' | 'released'> = {},
): VnetDocument {
  const { endpoints = {}, released = {}, ...network } = more;
  return poolDocument(pool, network, { endpoints, released });
}

function endpoint(address: string, more: Partial<Endpoint> = {}): Endpoint {
  return { addresses: [`${address}/16`], added: ADDED, ...more };
}

function ask(document: VnetDocument, more: Partial<AddressRequest> = {}): string {
  const result = allocateAddresses(document, { network: 'azure', now: NOW, ifName: 'eth0', ...more });
  return result.ok ? result.value.addresses.join() : `${result.error.code}: ${result.error.message}`;
}

function exhaustion(document: VnetDocument): Failure {
  const request = { network: 'azure', now: NOW, ifName: 'eth0' };
  const result = allocateAddresses(document, request);
  expect.assert(!result.ok);
  return explainExhaustion(document, request, result.error);
}

describe('allocateAddresses', () => {
  it('gives the lowest address that was never used, with the prefix length and gateway of the subnet', () => {
    const document = documentWith({}, { endpoints: { 'azure/a/eth0': endpoint('10.240.0.36') } });
    expect(allocateAddresses(document, { network: 'azure', now: NOW, ifName: 'eth0' })).toEqual({
      ok: true,
      value: { addresses: ['10.240.0.37/16'], gateways: ['10.240.0.1'] },
    });
  });

  it('omits the gateway, the node, both ends of the subnet and excluded addresses', () => {
    const document = documentWith({
      subnet: '10.240.0.32/29',
      gateway: '10.240.0.33',
      addresses: ['10.240.0.32/29'],
      exclude: ['10.240.0.34', '10.240.0.36-10.240.0.37'],
    });
    expect(ask(document)).toBe('10.240.0.38/29');
  });

  it('uses both addresses of a /31', () => {
    const pool = { subnet: '10.9.0.0/31', gateway: '10.9.0.1', addresses: ['10.9.0.0/31'] };
    expect(ask(documentWith(pool))).toBe('10.9.0.0/31');
  });

  it('prefers never used to released, and released longest ago to released lately', () => {
    const released = {
      'azure/10.240.0.36': '2026-11-21T11:30:00Z',
      'azure/10.240.0.37': '2026-11-21T11:10:00.500Z',
      'azure/10.240.0.38': '2026-11-21T11:10:00Z',
    };
    expect(ask(documentWith({}, { released }))).toBe('10.240.0.39/16');
    const endpoints = { 'azure/a/eth0': endpoint('10.240.0.39') };
    expect(ask(documentWith({}, { released, endpoints }))).toBe('10.240.0.38/16');
  });

  it('uses an address in quarantine only when nothing else is free, the oldest first', () => {
    const pool = { addresses: ['10.240.0.36-10.240.0.37'] };
    const released = {
      'azure/10.240.0.36': '2026-11-21T11:59:50Z',
      'azure/10.240.0.37': '2026-11-21T11:59:40Z',
    };
    expect(ask(documentWith({ addresses: ['10.240.0.36-10.240.0.39'] }, { released }))).toBe(
      '10.240.0.38/16',
    );
    expect(ask(documentWith(pool, { released }))).toBe('10.240.0.37/16');
  });

  it('still gives addresses when the clock was set back far behind every release', () => {
    const released = {
      'azure/10.240.0.36': '2030-01-01T00:00:02Z',
      'azure/10.240.0.37': '2030-01-01T00:00:01Z',
      'azure/10.240.0.38': '2026-11-21T12:00:05Z',
    };
    const pool = { addresses: ['10.240.0.36-10.240.0.38'] };
    expect(ask(documentWith(pool, { released }))).toBe('10.240.0.37/16');
  });

  it('keeps to its own network', () => {
    const endpoints = { 'azure2/a/eth0': endpoint('10.240.0.36') };
    expect(ask(documentWith({}, { endpoints }))).toBe('10.240.0.36/16');
    expect(ask(documentWith({}), { network: 'other' })).toMatch(/^not-found: /);
  });
});

describe('a reservation', () => {
  const reservations: readonly Reservation[] = [
    { pod: 'kube-system/dns', addresses: ['10.240.0.36'], mac: '0a:00:00:00:00:36' },
    { pod: 'kube-system/dns', ifName: 'eth1', addresses: ['10.240.0.37'] },
  ];

  it('wins for its pod and interface, with its MAC, even in quarantine', () => {
    const released = { 'azure/10.240.0.36': '2026-11-21T11:59:59Z' };
    const document = documentWith({}, { reservations, released });
    const request = { network: 'azure', now: NOW, pod: 'kube-system/dns', ifName: 'eth0' };
    expect(allocateAddresses(document, request)).toEqual({
      ok: true,
      value: { addresses: ['10.240.0.36/16'], gateways: ['10.240.0.1'], mac: '0a:00:00:00:00:36' },
    });
    expect(ask(document, { pod: 'kube-system/dns', ifName: 'eth1' })).toBe('10.240.0.37/16');
  });

  it('keeps its address from every other pod and interface', () => {
    const document = documentWith({}, { reservations });
    expect(ask(document)).toBe('10.240.0.38/16');
    expect(ask(document, { pod: 'kube-system/dns', ifName: 'eth2' })).toBe('10.240.0.38/16');
    expect(ask(document, { pod: 'a/b', wanted: ['10.240.0.36'] })).toBe(
      'conflict: 10.240.0.36 is reserved for kube-system/dns eth0',
    );
  });

  it('names the endpoint that still holds its address', () => {
    const endpoints = { 'azure/old/eth0': endpoint('10.240.0.36', { pod: 'kube-system/dns' }) };
    expect(ask(documentWith({}, { reservations, endpoints }), { pod: 'kube-system/dns' })).toMatch(
      /^conflict: 10\.240\.0\.36 .*azure\/old\/eth0.*kube-system\/dns/,
    );
  });

  it('is refused outside the pool, and against another wanted address', () => {
    const outside = documentWith({}, { reservations: [{ pod: 'a/b', addresses: ['10.240.0.99'] }] });
    expect(ask(outside, { pod: 'a/b' })).toMatch(/^invalid: 10\.240\.0\.99 /);
    expect(
      ask(documentWith({}, { reservations }), { pod: 'kube-system/dns', wanted: ['10.240.0.39'] }),
    ).toMatch(/^conflict: 10\.240\.0\.39 .*10\.240\.0\.36 .*kube-system\/dns eth0/);
  });

  it('lapses some time after its pod is gone: then others may get it, or its pod if it is free', () => {
    const kept: readonly Reservation[] = [
      { pod: 'kube-system/dns', addresses: ['10.240.0.36'], retainSeconds: 3600 },
    ];
    const releasedAt = (time: string) => ({ 'azure/10.240.0.36': time });
    const within = documentWith({}, { reservations: kept, released: releasedAt('2026-11-21T11:30:00Z') });
    expect(ask(within, { pod: 'x/y', wanted: ['10.240.0.36'] })).toMatch(/^conflict: .*kube-system\/dns/);
    const lapsed = documentWith({}, { reservations: kept, released: releasedAt('2026-11-21T10:59:59Z') });
    expect(ask(lapsed, { pod: 'x/y', wanted: ['10.240.0.36'] })).toBe('10.240.0.36/16');
    expect(ask(lapsed, { pod: 'kube-system/dns' })).toBe('10.240.0.36/16');
    const never = documentWith({}, { reservations: kept });
    expect(ask(never, { pod: 'x/y', wanted: ['10.240.0.36'] })).toMatch(/^conflict: .*kube-system\/dns/);
    const endpoints = { 'azure/c9/eth0': endpoint('10.240.0.36', { pod: 'x/y' }) };
    const taken = documentWith({}, { reservations: kept, endpoints });
    expect(ask(taken, { pod: 'kube-system/dns' })).toBe('10.240.0.37/16');
  });
});

describe('a wanted address', () => {
  it('is given when it is free, with or without prefix length, even in quarantine', () => {
    const released = { 'azure/10.240.0.38': '2026-11-21T11:59:59Z' };
    expect(ask(documentWith({}, { released }), { wanted: ['10.240.0.38'] })).toBe('10.240.0.38/16');
    expect(ask(documentWith({}, { released }), { wanted: ['10.240.0.38/24'] })).toBe('10.240.0.38/16');
  });

  it('is refused with the holder named', () => {
    const endpoints = { 'azure/a/eth0': endpoint('10.240.0.36', { pod: 'x/y', leaving: ADDED }) };
    expect(ask(documentWith({}, { endpoints }), { wanted: ['10.240.0.36'] })).toBe(
      'conflict: 10.240.0.36 is leased to endpoint azure/a/eth0 (pod x/y), which is leaving',
    );
  });

  it.each([
    ['10.240.0.99', 'is not in the pool'],
    ['10.240.0.1', 'is the gateway'],
    ['10.240.0.35', 'is an address of the node (uplink eth0)'],
    ['10.240.255.255', 'is the broadcast address of the subnet'],
    ['10.240.0.37', 'is excluded from the pool'],
    ['fe80::1', 'fe80::1 was requested, but the network has no IPv6 pool'],
    ['10.240.0', 'is not an IP address'],
  ])('is refused when it is %s, which %s', (wanted, reason) => {
    const document = documentWith({ exclude: ['10.240.0.37'] });
    expect(ask(document, { wanted: [wanted] })).toMatch(/^invalid: /);
    expect(ask(document, { wanted: [wanted] })).toContain(reason);
  });
});

describe('an exhausted pool', () => {
  it('is an error with the counts and what to do', () => {
    const document = documentWith(
      {},
      {
        reservations: [{ pod: 'x/y', addresses: ['10.240.0.39'] }],
        endpoints: {
          'azure/a/eth0': endpoint('10.240.0.36'),
          'azure/b/eth0': endpoint('10.240.0.37'),
          'azure/c/eth0': endpoint('10.240.0.38', { leaving: ADDED }),
          'azure/d/eth0': endpoint('10.240.0.70'),
        },
      },
    );
    expect(exhaustion(document)).toMatchObject({
      code: 'exhausted',
      message: expect.stringMatching(/IPv4 .*azure: 4 .*2 .*1 .*1 leaving, 1 /),
      hint: expect.stringContaining('networks.azure.pools.ipv4.addresses'),
    });
  });

  it('is one that is empty', () => {
    const { code, message } = exhaustion(documentWith({ addresses: [], source: 'azure' }));
    expect(`${code}: ${message}`).toMatch(/^exhausted: .*azure: 0 /);
  });
});
