import { describe, expect, it } from 'vitest';
import { chooseRequest, readAddressRequests } from '../../plugin/protocol/address-requests.ts';
import type { JsonObject } from '../../plugin/protocol/json.ts';
import { documentOf, idOf, NETWORK } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';

const ANNOTATIONS = 'io.kubernetes.cri.pod-annotations';
const NOTHING = { ips: [] };

function chosen(
  raw: JsonObject,
  args: { ips: string[]; mac?: string } = NOTHING,
  ifName = 'eth0',
  fixed?: string,
) {
  const wrong: string[] = [];
  const wishes = readAddressRequests(raw, wrong);
  expect(wrong).toEqual([]);
  return chooseRequest(wishes, args, { ifName, fixed });
}

describe('requests of a pod', () => {
  const runtime = { ips: ['10.240.0.40'], mac: '0A:00:00:00:00:40' };
  const annotations = { 'vnet.azure/ip': '10.240.0.41', 'vnet.azure/mac': '0a:00:00:00:00:41', other: 'x' };
  const cni = { ips: ['10.240.0.42'], mac: '0a:00:00:00:00:42' };
  const args = { ips: ['10.240.0.43'], mac: '0a:00:00:00:00:43' };
  it.each([
    ['runtimeConfig', { runtimeConfig: { ...runtime, [ANNOTATIONS]: annotations }, args: { cni } }, '40'],
    ['the annotations of the pod', { runtimeConfig: { [ANNOTATIONS]: annotations }, args: { cni } }, '41'],
    ['args.cni', { args: { cni } }, '42'],
    ['CNI_ARGS', {}, '43'],
  ])('is taken from %s before what comes after', (_source, raw, last) => {
    const value = { wanted: [`10.240.0.${last}`], mac: `0a:00:00:00:00:${last}` };
    expect(chosen(raw, args, 'eth0', '10.240.0.44')).toEqual({ ok: true, value });
  });

  it('is last of all ipam.ipAddress, and else nothing', () => {
    expect(chosen({}, NOTHING, 'eth0', '10.240.0.44')).toEqual({
      ok: true,
      value: { wanted: ['10.240.0.44'] },
    });
    expect(chosen({})).toEqual({ ok: true, value: {} });
  });

  it('is per interface in annotations: eth0 has the plain names', () => {
    const both = { ...annotations, 'vnet.azure/ip.net1': '10.240.0.50' };
    const raw = { runtimeConfig: { [ANNOTATIONS]: both } };
    expect(chosen(raw, NOTHING, 'net1')).toEqual({ ok: true, value: { wanted: ['10.240.0.50'] } });
    expect(chosen(raw, NOTHING, 'net2')).toEqual({ ok: true, value: {} });
  });

  it('is one address of each family at most', () => {
    const ips = ['10.240.0.40/16', 'fd00::1'];
    expect(chosen({ runtimeConfig: { ips } })).toEqual({ ok: true, value: { wanted: ips } });
  });

  it.each([['10.240.0.40', '10.240.0.41'], ['fd00::1', 'fd00::2'], ['10.240.0'], ['']])(
    'cannot be %j',
    (...ips) => {
      expect(chosen({ runtimeConfig: { ips } })).toMatchObject({ ok: false, error: { code: 7 } });
    },
  );

  it.each(['01:00:5e:00:00:01', '0a:00:00:00:00', 'x'])('cannot be the MAC %j', (mac) => {
    expect(chosen({ args: { cni: { mac } } })).toMatchObject({ ok: false, error: { code: 7 } });
  });

  it('is named with its place when it is of the wrong type', () => {
    const wrong: string[] = [];
    readAddressRequests(
      { runtimeConfig: { [ANNOTATIONS]: { 'vnet.azure/ip': 3 } }, args: { cni: { ips: 'x' } } },
      wrong,
    );
    expect(wrong).toEqual([
      `${ANNOTATIONS}.vnet.azure/ip must be a string`,
      'args.cni.ips must be a list of strings',
    ]);
  });
});

describe('an ADD that asks', () => {
  const withRuntime = (runtimeConfig: object): object => ({ ...AZURE_CONF, runtimeConfig });

  it('by annotations of its pod gets that address and MAC', async () => {
    const annotations = { 'vnet.azure/ip': '10.240.0.60', 'vnet.azure/mac': '0a:00:00:00:00:60' };
    const { json } = await createCaller().call('ADD', { conf: withRuntime({ [ANNOTATIONS]: annotations }) });
    expect([json.ips[0]?.address, json.interfaces[2]?.mac]).toEqual(['10.240.0.60/16', '0a:00:00:00:00:60']);
  });

  it.each([
    [{ ingressRate: 1_000_000, ingressBurst: 8000 }, { ingress: { rate: 1_000_000, burst: 8000 } }],
    [
      { IngressRate: 0, EgressRate: 5, EgressBurst: 4_294_967_295 },
      { egress: { rate: 5, burst: 4_294_967_295 } },
    ],
    [{ egressRate: 8, egressBurst: 2 ** 64 }, { egress: { burst: Number.MAX_SAFE_INTEGER } }],
  ])('for bandwidth has it in the document: %j', async (bandwidth, expected) => {
    const node = createCaller();
    expect((await node.call('ADD', { conf: withRuntime({ bandwidth }) })).exitCode).toBe(0);
    expect(Object.values(node.document().endpoints ?? {})).toMatchObject([{ bandwidth: expected }]);
    expect((await node.call('CHECK', { conf: withRuntime({ bandwidth }) })).exitCode).toBe(0);
    expect((await node.call('DEL', { conf: withRuntime({ bandwidth }) })).exitCode).toBe(0);
  });

  it.each([
    [{ ingressRate: 1_000_000 }, 'ingressRate needs ingressBurst'],
    [{ egressBurst: 1_000_000 }, 'egressBurst needs egressRate'],
    [{ egressRate: '1M', egressBurst: 1.5 }, 'egressRate must be a whole number'],
  ])('for a bandwidth that is no limit is refused with code 7: %j', async (bandwidth, reason) => {
    const node = createCaller();
    const { json } = await node.call('ADD', { conf: withRuntime({ bandwidth }) });
    expect(json).toMatchObject({ code: 7, msg: expect.stringContaining(reason) });
    expect(node.document().endpoints).toEqual({});
  });

  it('for no bandwidth, for port mappings, aliases and a cgroup path is served: others see to them', async () => {
    const asked = {
      bandwidth: { IngressRate: 0, EgressRate: 0 },
      portMappings: [{ HostPort: 8080, ContainerPort: 80, Protocol: 'tcp', HostIP: '' }],
      aliases: { azure: ['web'] },
      cgroupPath: '/kubepods/x',
    };
    expect((await createCaller().call('ADD', { conf: withRuntime(asked) })).exitCode).toBe(0);
  });

  it.each([
    [{ dns: { Servers: ['10.0.0.10'], Searches: ['svc.local'], Options: ['ndots:5'] } }, '10.0.0.10'],
    [{ dns: { servers: ['10.0.0.11'] } }, '10.0.0.11'],
    [{ dns: { Servers: [], Searches: [], Options: [] } }, '10.0.0.12'],
  ])('by the capability dns has it in the result before the configuration’s: %j', async (runtime, server) => {
    const conf = { ...withRuntime(runtime), dns: { nameservers: ['10.0.0.12'] } };
    const { json } = await createCaller().call('ADD', { conf });
    expect(json.dns).toMatchObject({ nameservers: [server] });
    if (server === '10.0.0.10')
      expect(json.dns).toMatchObject({ search: ['svc.local'], options: ['ndots:5'] });
  });

  it('with CNI_ARGS that are not known is refused, unless it says IgnoreUnknown', async () => {
    const node = createCaller();
    const refused = await node.call('ADD', { env: { CNI_ARGS: 'COLOUR=red;IP=10.240.0.40' } });
    expect(refused.json).toMatchObject({ code: 4, msg: expect.stringContaining('COLOUR') });
    const served = await node.call('ADD', {
      env: { CNI_ARGS: 'COLOUR=red;IgnoreUnknown=true;IP=10.240.0.40' },
    });
    expect(served.json.ips[0]?.address).toBe('10.240.0.40/16');
  });

  it.each([
    ['0a:00:00:00:00:60', 'reserved for default/web-5 eth0'],
    ['00:0D:3A:51:C4:90', 'the MAC of the uplink eth0'],
    ['0a:00:00:00:00:61', `in use by endpoint ${idOf(1)}`],
  ])('for a MAC in use names the holder: %s', async (mac, whose) => {
    const reservation = {
      pod: 'default/web-5',
      addresses: ['10.240.0.60'] as const,
      mac: '0A:00:00:00:00:60',
    };
    const node = createCaller({ document: documentOf([], { ...NETWORK, reservations: [reservation] }) });
    await node.call('ADD', { pod: 1, env: { CNI_ARGS: 'IgnoreUnknown=1;MAC=0a:00:00:00:00:61' } });
    const { json } = await node.call('ADD', { env: { CNI_ARGS: `IgnoreUnknown=1;MAC=${mac}` } });
    expect(json).toMatchObject({ code: 102, msg: `MAC ${mac.toLowerCase()} is ${whose}` });
  });
});
