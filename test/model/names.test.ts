import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  endpointId,
  endpointMark,
  hostMac,
  hostVethName,
  isMark,
  markWithFormerMac,
  networkMark,
  parseEndpointId,
  parseFormerMac,
  parseMark,
  podMac,
} from '../../reconciler/model/names.ts';
import { sha1Hex } from '../../reconciler/model/sha1.ts';

describe('names', () => {
  it('calls the host veth as azure-vnet 1.0.17 called it in a recorded state file', () => {
    const seed = '1bd38ad8d840dd1f84597d4343b3bd116188cd1e4a797cc31bdc1aa3dc654a5b';
    expect(hostVethName('azure', seed, 'eth0')).toBe('azv5a6822c76a3');
    expect(
      hostVethName('azure', '01203d81044ee05287b7330c9cde7b2b9e0575614986852659f7979473397298', 'eth0'),
    ).toBe('azve6970db21fc');
  });

  it('takes names apart as it put them together', () => {
    expect(parseEndpointId(endpointId('azure', '1b.d3_8-a', 'net1'))).toEqual({
      network: 'azure',
      containerId: '1b.d3_8-a',
      ifName: 'net1',
    });
  });

  it('gives unicast, locally administered MACs that differ by attachment and attempt', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z0-9]{1,64}$/), fc.nat(5), (containerId, attempt) => {
        const mac = podMac('azure', containerId, 'eth0', attempt);
        expect(mac).toMatch(/^0a(:[0-9a-f]{2}){5}$/);
        expect(podMac('azure', containerId, 'eth1', attempt)).not.toBe(mac);
        expect(podMac('azure', containerId, 'eth0', attempt + 1)).not.toBe(mac);
        expect(hostMac(mac)).toMatch(/^fe(:[0-9a-f]{2}){5}$/);
      }),
    );
  });

  it.each([
    ['0A:1B:2C:3D:4E:5F', 'fe:1b:2c:3d:4e:5f'],
    ['fe:1b:2c:3d:4e:5f', 'fa:1b:2c:3d:4e:5f'],
  ])('gives the host end of a pod with %s another MAC, %s', (mac, host) => {
    expect(hostMac(mac)).toBe(host);
  });

  it('keeps the former MAC of a veth behind its mark, where there is room', () => {
    const mark = endpointMark('azure/1/eth0');
    const both = markWithFormerMac(mark, 'aa:aa:aa:aa:aa:aa');
    expect([parseMark(both), parseFormerMac(both)]).toEqual(['azure/1/eth0', 'aa:aa:aa:aa:aa:aa']);
    expect([parseFormerMac(mark), parseFormerMac('eth was up'), parseFormerMac(undefined)]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
    const long = endpointMark(endpointId('azure', 'c'.repeat(240), 'eth0'));
    expect(markWithFormerMac(long, 'aa:aa:aa:aa:aa:aa')).toBe(long);
  });

  it('marks endpoints with aliases that the kernel takes, however long their names are', () => {
    const longest = (tail: string): string =>
      endpointId('n'.repeat(128), `${'c'.repeat(230)}${tail}`, 'eth0');
    for (let length = 90; length < 140; length += 1) {
      const id = endpointId('n'.repeat(100), 'c'.repeat(length), 'net12345678901');
      expect(endpointMark(id).length).toBeLessThanOrEqual(254);
    }
    expect(endpointMark('azure/1/eth0')).toBe('vnet:azure/1/eth0');
    expect(endpointMark(longest('1'))).not.toBe(endpointMark(longest('2')));
    expect(isMark(endpointMark(longest('1')))).toBe(true);
  });

  it('knows its marks', () => {
    expect(isMark(networkMark('azure'))).toBe(true);
    expect(isMark('my vnet:link')).toBe(false);
    expect(isMark(undefined)).toBe(false);
  });
});

describe('sha1', () => {
  it('equals the platform digest for text of every length around the block size', () => {
    for (let length = 0; length < 200; length += 1) {
      const text = 'ü'.repeat(length % 7) + 'x'.repeat(length);
      expect(sha1Hex(text)).toBe(createHash('sha1').update(text).digest('hex'));
    }
  });
});
