import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CniResult, EMPTY_RESULT, ipamResult, renderResult } from '../../plugin/protocol/result.ts';
import { mergeResults, parseResult } from '../../plugin/protocol/parse-result.ts';
import type { JsonObject } from '../../plugin/protocol/json.ts';
import { CNI_VERSIONS, type CniVersion } from '../../plugin/protocol/versions.ts';

/** A result with all fields. */
const FULL: CniResult = {
  interfaces: [
    { name: 'azure0', mac: '00:0d:3a:51:c4:90', mtu: 1500 },
    {
      name: 'eth0',
      mac: '0a:00:00:00:00:01',
      mtu: 1500,
      sandbox: '/run/netns/a',
      socketPath: '/s',
      pciID: '8086:9a01',
    },
  ],
  ips: [
    { address: '1.2.3.30/24', gateway: '1.2.3.1', interface: 0 },
    { address: 'abcd:1234:ffff::cdde/64', gateway: 'abcd:1234:ffff::1', interface: 1 },
    { address: '1.2.4.30/24' },
  ],
  routes: [
    { dst: '15.5.6.0/24', gw: '15.5.6.8', mtu: 1400, advmss: 1360, priority: 5, table: 0, scope: 253 },
    { dst: '1111:dddd::/80', gw: '1111:dddd::aaaa' },
    { dst: '0.0.0.0/0' },
  ],
  dns: { nameservers: ['1.2.3.4', '1::cafe'], domain: 'acompany.com', search: ['b.com'], options: ['foo'] },
};

function rendered(result: CniResult, version: CniVersion) {
  const json = renderResult(result, version);
  if (!json.ok) throw new Error(json.error.msg);
  return json.value;
}

function parsedAs(json: JsonObject, fallback: CniVersion): CniResult {
  const parsed = parseResult(json, fallback);
  if (!parsed.ok) throw new Error(parsed.error.details);
  return parsed.value;
}

const LISTS = {
  ips: FULL.ips,
  routes: FULL.routes,
  dns: FULL.dns,
};

const NUMBERED = {
  interfaces: [
    { name: 'azure0', mac: '00:0d:3a:51:c4:90' },
    { name: 'eth0', mac: '0a:00:00:00:00:01', sandbox: '/run/netns/a' },
  ],
  ips: FULL.ips.map((ip, index) => ({ version: index === 1 ? '6' : '4', ...ip })),
  routes: FULL.routes,
  dns: FULL.dns,
};

const FAMILIES = {
  ip4: {
    ip: '1.2.3.30/24',
    gateway: '1.2.3.1',
    routes: [{ dst: '15.5.6.0/24', gw: '15.5.6.8' }, { dst: '0.0.0.0/0' }],
  },
  ip6: {
    ip: 'abcd:1234:ffff::cdde/64',
    gateway: 'abcd:1234:ffff::1',
    routes: [{ dst: '1111:dddd::/80', gw: '1111:dddd::aaaa' }],
  },
  dns: FULL.dns,
};

describe('a result', () => {
  it.each(['1.1.0', '1.0.0'] as const)('correctly encodes as %s', (version) => {
    expect(rendered(FULL, version)).toEqual({ cniVersion: version, interfaces: FULL.interfaces, ...LISTS });
  });

  it.each(['0.3.0', '0.3.1', '0.4.0'] as const)('correctly encodes as %s', (version) => {
    expect(rendered(FULL, version)).toEqual({ cniVersion: version, ...NUMBERED });
  });

  it.each(['0.1.0', '0.2.0'] as const)(
    'correctly encodes as %s: the first address of each family',
    (version) => {
      expect(rendered(FULL, version)).toEqual({ cniVersion: version, ...FAMILIES });
    },
  );

  it('correctly round-trips a 0.2.0 result with route gateways', () => {
    const parsed = parsedAs({ cniVersion: '0.2.0', ...FAMILIES }, '1.0.0');
    expect(parsed.interfaces).toEqual([]);
    expect(rendered(parsed, '0.2.0')).toEqual({ cniVersion: '0.2.0', ...FAMILIES });
  });

  it.each(['0.1.0', '0.2.0'] as const)('fails when downconverting to %s without an address', (version) => {
    const json = renderResult({ ...FULL, ips: [] }, version);
    expect(json).toMatchObject({ error: { code: 6, msg: 'cannot convert: no valid IP addresses' } });
  });

  it('correctly marshals and unmarshals interface index 0', () => {
    const ips = [{ address: '1.2.3.30/24', interface: 0 }];
    const json = rendered({ ...EMPTY_RESULT, ips }, '1.0.0');
    expect(json).toEqual({ cniVersion: '1.0.0', ips });
    expect(parseResult(json, '1.0.0')).toEqual({ ok: true, value: { ...EMPTY_RESULT, ips } });
  });

  it('correctly marshals a missing interface index, and takes -1 as one', () => {
    const parsed = parseResult({ ips: [{ address: '1.2.3.30/24', interface: -1 }] }, '0.3.1');
    expect(parsed).toEqual({ ok: true, value: { ...EMPTY_RESULT, ips: [{ address: '1.2.3.30/24' }] } });
  });

  it('leaves empty lists and an empty dns out', () => {
    const dns = { nameservers: [], domain: '', search: [] };
    expect(rendered({ ...EMPTY_RESULT, dns }, '1.1.0')).toEqual({ cniVersion: '1.1.0' });
  });

  it('is read with keys in any case, as Go writes them', () => {
    const json = {
      CNIVersion: '0.4.0',
      Interfaces: [{ Name: 'eth0', Sandbox: '/x' }],
      IPs: [{ Address: '10.0.0.2/8' }],
    };
    expect(parseResult(json, '1.0.0')).toEqual({
      ok: true,
      value: {
        ...EMPTY_RESULT,
        interfaces: [{ name: 'eth0', sandbox: '/x' }],
        ips: [{ address: '10.0.0.2/8' }],
      },
    });
  });

  it('is of the version of the configuration when it names none', () => {
    expect(parseResult({ ip4: { ip: '10.0.0.2/8' } }, '0.2.0')).toMatchObject({
      value: { ips: [{ address: '10.0.0.2/8' }] },
    });
    expect(parseResult({ cniVersion: '7.0.0' }, '0.2.0')).toMatchObject({ error: { code: 6 } });
  });

  it('names everything that is wrong in it', () => {
    const parsed = parseResult(
      { ips: [{ address: '10.0.0.2' }], routes: [{ dst: 'x' }], interfaces: 3, dns: [] },
      '1.0.0',
    );
    if (parsed.ok) throw new Error('it was accepted');
    expect(parsed.error.details?.split('\n')).toHaveLength(4);
  });

  it('keeps what each version can say (law)', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CNI_VERSIONS),
        fc.subarray([...FULL.ips]),
        fc.subarray([...FULL.routes]),
        (version, ips, routes) => {
          const result = { ...FULL, ips, routes };
          const json = renderResult(result, version);
          fc.pre(json.ok);
          const parsed = parsedAs(json.value, '0.3.0');
          expect(renderResult(parsed, version)).toEqual(json);
          expect(version === '1.1.0' ? parsed : result).toEqual(result);
        },
      ),
    );
  });
});

describe('merging after a chain', () => {
  it('moves the indexes of our addresses past its interfaces', () => {
    const merged = mergeResults(FULL, { ...FULL, dns: {} });
    expect(merged.interfaces).toHaveLength(4);
    expect(merged.ips.map((ip) => ip.interface)).toEqual([0, 1, undefined, 2, 3, undefined]);
    expect(merged.dns).toEqual(FULL.dns);
  });

  it('changes nothing with the empty result on either side (law)', () => {
    expect(mergeResults(FULL, EMPTY_RESULT)).toEqual(FULL);
    expect(mergeResults(EMPTY_RESULT, FULL)).toEqual(FULL);
  });
});

describe('the result of an IPAM plugin', () => {
  it('has neither interfaces nor indexes into them', () => {
    expect(ipamResult(FULL).interfaces).toEqual([]);
    expect(ipamResult(FULL).ips.some((ip) => 'interface' in ip)).toBe(false);
    expect(ipamResult(FULL).routes).toEqual(FULL.routes);
  });
});
