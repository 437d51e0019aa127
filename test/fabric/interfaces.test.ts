import { describe, expect, it } from 'vitest';
import { parseInterfaces } from '../../reconciler/fabric/interfaces.ts';
import { AKS_ANSWER } from './endpoint-server.ts';

const subnet = (inner: string) =>
  `<Interfaces><Interface MacAddress="000D3A51C490" IsPrimary="true">${inner}</Interface></Interfaces>`;

describe('parseInterfaces', () => {
  it('reads the answer of an AKS node', () => {
    const result = parseInterfaces(AKS_ANSWER);
    if (!result.ok) throw new Error(result.error.message);
    const [only, ...others] = result.value.interfaces;
    expect(others).toEqual([]);
    expect(only).toMatchObject({ mac: '00:0d:3a:51:c4:90', isPrimary: true, subnet: '10.240.0.0/16' });
    expect(only?.addresses).toHaveLength(31);
    expect(only?.addresses[0]).toEqual({ address: '10.240.0.35', isPrimary: true });
    expect(only?.addresses.at(-1)).toEqual({ address: '10.240.0.65', isPrimary: false });
  });

  it('reads several interfaces and subnets, of both families, in any spelling of MACs and booleans', () => {
    const xml = `\uFEFF<?xml version="1.0"?>
      <Interfaces>
        <Interface MacAddress="00-0d-3a-51-C4-91" IsPrimary="False">
          <IPSubnet Prefix="10.1.0.0/24"><IPAddress Address="10.1.0.4" IsPrimary="True"/></IPSubnet>
          <IPSubnet Prefix="fd00::/64"><IPAddress Address="fd00::4" IsPrimary="false"/></IPSubnet>
          <IPSubnet Prefix="10.2.0.9/24"></IPSubnet>
        </Interface>
      </Interfaces>`;
    expect(parseInterfaces(xml)).toEqual({
      ok: true,
      value: {
        interfaces: [
          {
            mac: '00:0d:3a:51:c4:91',
            isPrimary: false,
            family: 4,
            subnet: '10.1.0.0/24',
            addresses: [{ address: '10.1.0.4', isPrimary: true }],
          },
          {
            mac: '00:0d:3a:51:c4:91',
            isPrimary: false,
            family: 6,
            subnet: 'fd00::/64',
            addresses: [{ address: 'fd00::4', isPrimary: false }],
          },
          { mac: '00:0d:3a:51:c4:91', isPrimary: false, family: 4, subnet: '10.2.0.0/24', addresses: [] },
        ],
        passedOver: [],
      },
    });
  });

  it.each(['<Interfaces/>', '<Interfaces></Interfaces>', '<Interfaces>\n</Interfaces>'])(
    'reads %j as no interface',
    (xml) => {
      expect(parseInterfaces(xml)).toEqual({ ok: true, value: { interfaces: [], passedOver: [] } });
    },
  );

  it.each([
    ['', 'empty'],
    ['  \n', 'empty'],
    ['not xml at all', 'not XML'],
    ['<Interfaces><Interface>', 'not XML'],
    [AKS_ANSWER.slice(0, 700), 'not XML'],
    ['<html><body>Bad gateway</body></html>', 'no <Interfaces>'],
    ['{"Interfaces":[]}', 'not XML'],
  ])('refuses %j as a whole, with a remedy', (xml, words) => {
    expect(parseInterfaces(xml)).toMatchObject({
      ok: false,
      error: {
        code: 'invalid',
        message: expect.stringContaining(words),
        hint: expect.stringContaining('URL'),
      },
    });
  });

  const good = '<IPAddress Address="10.240.0.36" IsPrimary="false"/>';
  const inSubnet = (inner: string, prefix = '10.240.0.0/16') =>
    subnet(`<IPSubnet Prefix="${prefix}">${inner}${good}</IPSubnet>`);

  it.each<[string, string, readonly string[]]>([
    ['an address that is missing', inSubnet('<IPAddress/>'), ['"" is not an IPv4 address of 10.240.0.0/16']],
    ['an address elsewhere', inSubnet('<IPAddress Address="10.9.0.1"/>'), ['"10.9.0.1" is not']],
    ['IPv6 among IPv4', inSubnet('<IPAddress Address="fd00::4"/>'), ['"fd00::4" is not']],
    ['text', inSubnet('<IPAddress Address="10.240.0.x"/>'), ['"10.240.0.x" is not']],
    [
      'a whole subnet as an address',
      inSubnet('<IPAddress Address="10.240.0.0/16"/>'),
      ['"10.240.0.0/16" is not'],
    ],
    [
      'a subnet without length',
      subnet(`<IPSubnet Prefix="10.240.0.0"/><IPSubnet Prefix="10.240.0.0/16">${good}</IPSubnet>`),
      ['subnet "10.240.0.0" is not a prefix'],
    ],
    [
      'an interface without a MAC',
      inSubnet('').replace(
        '<Interface ',
        `<Interface MacAddress="0D3A"><IPSubnet Prefix="10.1.0.0/24">${good}</IPSubnet></Interface><Interface `,
      ),
      ['interface "0D3A": not a MAC address'],
    ],
    [
      'spaces in a prefix and an address',
      inSubnet('', ' 10.240.0.0 /16 ').replace('10.240.0.36', ' 10.240.0.36\n'),
      [],
    ],
    ['an address with the length of its subnet', inSubnet('').replace('10.240.0.36', '10.240.0.36/16'), []],
  ])('skips %s, reports it, and accepts the other entries', (_what, xml, lines) => {
    expect(parseInterfaces(xml)).toEqual({
      ok: true,
      value: {
        interfaces: [
          {
            mac: '00:0d:3a:51:c4:90',
            isPrimary: true,
            family: 4,
            subnet: '10.240.0.0/16',
            addresses: [{ address: '10.240.0.36', isPrimary: false }],
          },
        ],
        passedOver: lines.map((line) => expect.stringContaining(line)),
      },
    });
  });

  it('does not expand entities', () => {
    const bomb = `<!DOCTYPE x [<!ENTITY a "10.240.0.36">]>${subnet('<IPSubnet Prefix="10.240.0.0/16"><IPAddress Address="&a;"/></IPSubnet>')}`;
    expect(parseInterfaces(bomb)).toMatchObject({
      ok: true,
      value: { interfaces: [{ addresses: [] }], passedOver: [expect.stringContaining('"&a;"')] },
    });
  });
});
