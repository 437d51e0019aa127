import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { renderAzurePools, renderAzureState } from '../../reconciler/azure/render.ts';
import { parseAzurePools, parseAzureState } from '../../reconciler/azure/state.ts';
import { must } from '../support/must.ts';
import { documentOf, endpointOf, idOf } from '../support/node.ts';
import { POOL_FILE, sampleState, STATE_FILE } from './azure-node.ts';

const TEXT = readFileSync(STATE_FILE, 'utf8');

describe('azure-vnet.json', () => {
  it('is read: uplink, network, and every endpoint from pod to host veth', () => {
    const [uplink, ...others] = sampleState().uplinks;
    expect(others).toEqual([]);
    expect(uplink).toMatchObject({
      name: 'eth0',
      mac: '00:0d:3a:51:c4:90',
      bridge: 'azure0',
      addresses: ['10.240.2.35/16'],
      networks: [
        { id: 'azure', mode: 'bridge', subnets: [{ prefix: '10.240.0.0/16', gateway: '10.240.0.1' }] },
      ],
    });
    expect(uplink?.networks[0]?.endpoints[0]).toEqual({
      id: '01203d81-eth0',
      containerId: '01203d81044ee05287b7330c9cde7b2b9e0575614986852659f7979473397298',
      ifName: 'eth0',
      hostVeth: 'azve6970db21fc',
      mac: '5e:bd:ed:9e:69:9e',
      addresses: ['10.240.2.195/16'],
      gateways: ['10.240.0.1'],
      dns: { nameservers: ['168.63.129.16'], domain: '' },
      routes: [{ to: 'default', via: '10.240.0.1' }],
      netns: '/var/run/netns/pod-01203d81044e',
      pod: 'default/p-01203d81',
      isTenant: false,
    });
  });

  it("takes the interface from the endpoint's ID, and eth0 if the ID is empty", () => {
    const named = (from: string, to: string): string | undefined =>
      must(parseAzureState(TEXT.replace(from, to), 'f')).uplinks[0]?.networks[0]?.endpoints[0]?.ifName;
    expect(named('"Id": "01203d81-eth0"', '"Id": "01203d81-net1"')).toBe('net1');
    expect(named('"Id": "01203d81-eth0"', '"Id": ""')).toBe('eth0');
  });

  it.each([
    ['torn', TEXT.slice(0, 2000), 'not JSON'],
    ['empty', '', 'not JSON'],
    ['of IPAM', readFileSync(POOL_FILE, 'utf8'), 'it has no "Network"'],
    [
      'wrong in two places',
      TEXT.replace('"Xr3tnmme"', '"eA=="').replace('"//8AAA=="', '"/wD/AA=="'),
      'MacAddress',
    ],
  ])('is refused when it is %s, with every place', (_name, text, message) => {
    const read = parseAzureState(text, '/var/run/azure-vnet.json');
    expect(read).toMatchObject({
      ok: false,
      error: { code: 'invalid', message: expect.stringContaining(message), hint: expect.any(String) },
    });
  });

  it('names both places of two', () => {
    const text = TEXT.replace('"Xr3tnmme"', '"eA=="').replace('"//8AAA=="', '"/wD/AA=="');
    const read = parseAzureState(text, 'f');
    expect(read).toMatchObject({
      ok: false,
      error: { code: 'invalid', message: expect.stringMatching(/Mask .*MacAddress /) },
    });
  });
});

describe("a document as azure-vnet's files", () => {
  it('has every endpoint as azure-vnet would write it, and the holder of every address', () => {
    const lease = { addresses: ['10.240.0.60/16'] as const, added: '2026-11-21T10:00:00.000Z' };
    const document = documentOf([0, 1]);
    const source = {
      document: { ...document, endpoints: { ...document.endpoints, 'azure/lease00000/eth0': lease } },
      time: new Date('2026-11-21T12:00:00.000Z'),
    };
    const state = must(parseAzureState(renderAzureState(source), 'state'));
    const [network] = state.uplinks[0]?.networks ?? [];
    const { hostVeth, mac, netns } = endpointOf(1);
    expect(network?.endpoints[1]).toMatchObject({
      hostVeth,
      mac,
      netns,
      pod: 'default/web-1',
      ifName: 'eth0',
    });
    expect(network?.endpoints.map(({ addresses }) => addresses)).toEqual([
      ['10.240.0.36/16'],
      ['10.240.0.37/16'],
    ]);
    const [pool] = must(parseAzurePools(renderAzurePools(source), 'pools'));
    expect(pool).toMatchObject({ subnet: '10.240.0.0/16', gateway: '10.240.0.1' });
    const used = pool?.addresses.filter(({ isInUse }) => isInUse);
    expect(used?.map(({ address, holder }) => [address, holder])).toEqual([
      ['10.240.0.36', idOf(0).split('/')[1]],
      ['10.240.0.37', idOf(1).split('/')[1]],
      ['10.240.0.60', 'lease00000'],
    ]);
    expect(pool?.addresses).toHaveLength(30);
  });

  it('omits a network whose uplink is released', () => {
    const document = documentOf([]);
    const [network] = Object.values(document.networks);
    if (network?.mode !== 'bridge') throw new Error('the sample network has a bridge');
    const released = { ...network, uplink: { ...network.uplink, released: true } };
    const source = { document: { ...document, networks: { azure: released } }, time: new Date(0) };
    expect(must(parseAzureState(renderAzureState(source), 'state')).uplinks).toEqual([]);
  });
});
