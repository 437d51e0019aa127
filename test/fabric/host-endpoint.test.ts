import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { queryHostEndpoint, selectPools } from '../../reconciler/fabric/host-endpoint.ts';
import type { FabricInterface } from '../../reconciler/fabric/interfaces.ts';
import { type EndpointServer, startEndpoint } from './endpoint-server.ts';

const AKS_POOL = {
  mac: '00:0d:3a:51:c4:90',
  subnets: {
    ipv4: { subnet: '10.240.0.0/16', gateway: '10.240.0.1', addresses: ['10.240.0.36-10.240.0.65'] },
  },
  passedOver: [],
};
const heard = (...interfaces: readonly FabricInterface[]) => ({ interfaces, passedOver: [] });

describe('queryHostEndpoint', () => {
  let server: EndpointServer;
  beforeEach(async () => {
    server = await startEndpoint();
  });
  afterEach(async () => {
    await server.close();
    delete process.env['HTTP_PROXY'];
  });

  it('queries the interfaces and returns the secondary addresses of the uplink as ranges', async () => {
    const result = await queryHostEndpoint({ url: `${server.url}/`, uplinkMac: '00:0d:3a:51:c4:90' });
    expect(result).toEqual({ ok: true, value: AKS_POOL });
    expect(server.asked).toEqual(['/machine/plugins?comp=nmagent&type=getinterfaceinfov1']);
  });

  it('keeps a URL with a path unchanged', async () => {
    await queryHostEndpoint({ url: `${server.url}/machine/plugins?comp=nmagent&type=v2` });
    await queryHostEndpoint({ url: `${server.url}/interfaces` });
    expect(server.asked).toEqual(['/machine/plugins?comp=nmagent&type=v2', '/interfaces']);
  });

  it('uses no proxy', async () => {
    process.env['HTTP_PROXY'] = 'http://127.0.0.1:9';
    expect(await queryHostEndpoint({ url: server.url })).toEqual({ ok: true, value: AKS_POOL });
  });

  it.each([
    [200, '', 'invalid', 'empty'],
    [200, '<Interfaces/>', 'not-found', 'no interface'],
    [200, '\u0000\u0001<', 'invalid', 'not XML'],
    [404, '<Interfaces/>', 'io', 'HTTP status 404'],
    [302, '', 'io', 'HTTP status 302'],
    [503, 'later', 'io', 'HTTP status 503'],
  ])('fails with a remedy when the answer is %i %j', async (status, body, code, words) => {
    server.answer = (_request, response) => response.writeHead(status, { location: '/' }).end(body);
    expect(await queryHostEndpoint({ url: server.url })).toMatchObject({
      ok: false,
      error: { code, message: expect.stringContaining(words), hint: expect.stringMatching(/./) },
    });
  });

  it.each([
    ['does not begin', (): void => undefined],
    ['does not end', (write: (text: string) => void): void => write('<Interfaces>')],
  ])('times out if the answer %s', async (_, begin) => {
    server.answer = (_request, response) => begin((text) => response.write(text));
    const result = await queryHostEndpoint({ url: server.url, timeoutMs: 100 });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'timeout', message: expect.stringContaining('100 ms') },
    });
  });

  it('stops at an endless answer', async () => {
    server.answer = (_request, response) => {
      const block = Buffer.alloc(1024 * 1024, 'x');
      for (let count = 0; count < 6; count += 1) response.write(block);
    };
    const result = await queryHostEndpoint({ url: server.url });
    expect(result).toMatchObject({
      ok: false,
      error: { code: 'invalid', message: expect.stringContaining('longer') },
    });
  });

  it('fails when the connection is refused or cut', async () => {
    server.answer = (request) => request.socket.destroy();
    expect(await queryHostEndpoint({ url: server.url })).toMatchObject({ ok: false, error: { code: 'io' } });
    await server.close();
    expect(await queryHostEndpoint({ url: server.url })).toMatchObject({
      ok: false,
      error: { code: 'io', message: expect.stringContaining('ECONNREFUSED') },
    });
  });

  it.each(['', '168.63.129.16', 'file:///etc/passwd', 'http://'])('refuses the URL %j', async (url) => {
    expect(await queryHostEndpoint({ url })).toMatchObject({ ok: false, error: { code: 'invalid' } });
  });
});

const face = (mac: string, isPrimary: boolean, ...last: number[]) => ({
  mac,
  isPrimary,
  family: 4 as const,
  subnet: '10.1.0.0/24',
  addresses: last.map((octet, index) => ({ address: `10.1.0.${octet}`, isPrimary: index === 0 })),
});

describe('selectPools', () => {
  const [eth0, eth1] = [face('00:0d:3a:00:00:01', true, 4, 5), face('00:0d:3a:00:00:02', false, 6, 7, 8)];

  it.each([
    ['the one with the MAC of the uplink', '000D3A000002', eth1.mac, ['10.1.0.7-10.1.0.8']],
    ['the primary one without a MAC', undefined, eth0.mac, ['10.1.0.5']],
    ['the primary one when no MAC matches', '00:0d:3a:00:00:09', eth0.mac, ['10.1.0.5']],
  ])('accepts %s', (_, uplinkMac, mac, addresses) => {
    expect(selectPools(heard(eth1, eth0), uplinkMac)).toEqual({
      ok: true,
      value: {
        mac,
        subnets: { ipv4: { subnet: '10.1.0.0/24', gateway: '10.1.0.1', addresses } },
        passedOver: [],
      },
    });
  });

  it("uses an interface for every MAC if none has the uplink's", () => {
    const any = { ...eth1, mac: '*' };
    expect(selectPools(heard(eth0, any), '00:0d:3a:00:00:09')).toMatchObject({
      ok: true,
      value: { mac: '*' },
    });
    expect(selectPools(heard(eth0, any), eth0.mac)).toMatchObject({ ok: true, value: { mac: eth0.mac } });
  });

  it('omits an address that is primary in another entry, and accepts a whole block', () => {
    const addresses = ['10.1.0.4', '10.1.0.6', '10.1.0.16/28'].map((address) => ({
      address,
      isPrimary: false,
    }));
    expect(selectPools(heard({ ...eth0, addresses }, { ...eth1, isPrimary: false }), eth0.mac)).toMatchObject(
      {
        ok: true,
        value: { subnets: { ipv4: { addresses: ['10.1.0.4', '10.1.0.16-10.1.0.31'] } } },
      },
    );
  });

  it('uses the subnet with secondary addresses', () => {
    const bare = { ...eth0, subnet: '10.2.0.0/24', addresses: [{ address: '10.2.0.4', isPrimary: true }] };
    expect(selectPools(heard(bare, eth0))).toMatchObject({
      ok: true,
      value: { subnets: { ipv4: { subnet: '10.1.0.0/24' } } },
    });
  });

  const v6 = (...last: readonly string[]) => ({
    ...eth0,
    family: 6 as const,
    subnet: 'fd00:1::/64',
    addresses: last.map((end, index) => ({ address: `fd00:1::${end}`, isPrimary: index === 0 })),
  });

  it('returns a subnet of each family, with the router of Azure for IPv6', () => {
    expect(selectPools(heard(v6('4', '10', '11', 'a0/124'), eth0))).toEqual({
      ok: true,
      value: {
        mac: eth0.mac,
        subnets: {
          ipv4: { subnet: '10.1.0.0/24', gateway: '10.1.0.1', addresses: ['10.1.0.5'] },
          ipv6: {
            subnet: 'fd00:1::/64',
            gateway: 'fe80::1234:5678:9abc',
            addresses: ['fd00:1::10-fd00:1::11', 'fd00:1::a0-fd00:1::af'],
          },
        },
        passedOver: [],
      },
    });
  });

  it('returns one family if the other has only primary addresses', () => {
    const [ipv4, ipv6] = [
      selectPools(heard(v6('4'), eth0)),
      selectPools(heard(v6('4', '5'), face(eth0.mac, true, 4))),
    ];
    expect(ipv4).toMatchObject({ ok: true, value: { subnets: { ipv4: { addresses: ['10.1.0.5'] } } } });
    expect(ipv4.ok && Object.keys(ipv4.value.subnets)).toEqual(['ipv4']);
    expect(ipv6.ok && Object.keys(ipv6.value.subnets)).toEqual(['ipv6']);
  });

  it('fails if the interface has only its primary address, and names the remedy', () => {
    expect(selectPools(heard(face('00:0d:3a:00:00:01', true, 4)))).toMatchObject({
      ok: false,
      error: {
        code: 'not-found',
        message: expect.stringContaining('no secondary address'),
        hint: expect.stringContaining('Azure'),
      },
    });
  });
});
