import { describe, expect, it } from 'vitest';
import { leaseFromDelegate } from '../../plugin/verbs/delegate.ts';
import { failure } from '../../reconciler/model/result.ts';
import { documentOf, idOf } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';
import { type Answers, DELEGATED_CONF as CONF, fakeIpam } from './fake-ipam.ts';

describe('azure-vnet with another IPAM plugin', () => {
  it('hands it the complete configuration and our environment, and takes its lease', async () => {
    const ipam = fakeIpam();
    const node = createCaller({ document: undefined, programs: ipam.programs, pool: undefined });
    node.kernel.addDevice(
      { kind: 'link', netns: '', name: 'eth1', type: 'device', mac: '00:0d:3a:00:00:01' },
      [{ kind: 'address', netns: '', dev: 'eth1', address: '10.9.0.200/24', scope: 0 }],
    );
    const { json } = await node.call('ADD', { conf: CONF });
    expect(json.msg).toBeUndefined();
    expect(ipam.calls[0]).toMatchObject({ verb: 'ADD', file: '/opt/cni/bin/host-local' });
    expect(JSON.parse(ipam.calls[0]?.stdin ?? '')).toEqual(CONF);
    expect(json.ips).toEqual([{ address: '10.9.0.2/24', gateway: '10.9.0.1', interface: 2 }]);
    expect(json.routes).toEqual([
      { dst: '0.0.0.0/0', gw: '10.9.0.1' },
      { dst: '10.8.0.0/16', gw: '10.9.0.7' },
    ]);
    expect(json.dns).toEqual({ nameservers: ['192.0.2.3'] });
    expect(node.document().endpoints?.[idOf(0)]).toMatchObject({ ipam: 'host-local' });
    expect(node.document().networks['azure']).toMatchObject({
      uplink: { name: 'eth1' },
      pools: { ipv4: { source: 'static', subnet: '10.9.0.0/24', gateway: '10.9.0.1', addresses: [] } },
    });
    expect(node.queries()).toBe(0);
  });

  it('does not ask it a second time for the same attachment', async () => {
    const ipam = fakeIpam();
    const node = createCaller({ programs: ipam.programs });
    const first = await node.call('ADD', { conf: CONF });
    expect(await node.call('ADD', { conf: CONF })).toEqual(first);
    expect(ipam.verbs()).toEqual(['ADD']);
  });

  it("answers with the configuration's dns where it has one", async () => {
    const node = createCaller({ programs: fakeIpam().programs });
    const dns = { nameservers: ['10.0.0.10'] };
    expect((await node.call('ADD', { conf: { ...CONF, dns } })).json.dns).toEqual(dns);
  });

  it('sends a route without gateway by the first one of its family', () => {
    const ips = [
      { address: '10.9.0.2/24', gateway: '10.9.0.1' },
      { address: 'fd00::2/64', gateway: 'fd00::1' },
    ];
    const routes = [{ dst: '::/0' }, { dst: '10.8.0.0/16' }, { dst: '0.0.0.0/0', gw: '10.9.0.9' }];
    expect(leaseFromDelegate('host-local', { interfaces: [], ips, routes, dns: {} })).toEqual({
      ok: true,
      value: {
        ipam: 'host-local',
        addresses: ['10.9.0.2/24', 'fd00::2/64'],
        gateway: '10.9.0.1',
        ipv6Gateway: 'fd00::1',
        routes: [
          { to: 'default', via: 'fd00::1' },
          { to: '10.8.0.0/16', via: '10.9.0.1' },
          { to: 'default', via: '10.9.0.9' },
        ],
      },
    });
  });

  it('sends it DEL when a later part of ADD fails', async () => {
    const ipam = fakeIpam();
    const node = createCaller({ programs: ipam.programs });
    await node.call('ADD', { pod: 1 });
    const before = node.kernelObjects();
    node.kernel.failNext(({ verb }) => verb === 'create', failure('permission', 'add veth', 'not permitted'));
    const { json } = await node.call('ADD', { conf: CONF });
    expect(json).toMatchObject({ code: 100 });
    expect(ipam.verbs()).toEqual(['ADD', 'DEL']);
    expect(node.kernelObjects()).toEqual(before);
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(1)]);
  });

  it('gives the address back only when the interface is gone', async () => {
    const ipam = fakeIpam();
    const node = createCaller({ programs: ipam.programs });
    await node.call('ADD', { conf: CONF });
    const refusal = failure('permission', 'delete', 'not permitted');
    node.kernel.failNext(({ verb }) => verb === 'delete', refusal);
    expect((await node.call('DEL', { conf: CONF })).json).toMatchObject({ code: 100 });
    expect(ipam.verbs()).toEqual(['ADD']);
    expect((await node.call('DEL', { conf: CONF })).exitCode).toBe(0);
    expect(ipam.verbs()).toEqual(['ADD', 'DEL']);
    expect(node.document().endpoints).toEqual({});
    expect(node.document().released).toBeUndefined();
  });

  it('is asked to DEL even when nothing is known of the attachment', async () => {
    const ipam = fakeIpam();
    expect((await createCaller({ programs: ipam.programs }).call('DEL', { conf: CONF })).exitCode).toBe(0);
    expect(ipam.verbs()).toEqual(['DEL']);
  });

  it('keeps the endpoint leaving while the IPAM plugin can not take the address back', async () => {
    const ipam = fakeIpam({ DEL: { exitCode: 1, stdout: { code: 11, msg: 'store is locked' } } });
    const node = createCaller({ programs: ipam.programs });
    await node.call('ADD', { conf: CONF });
    const { json } = await node.call('DEL', { conf: CONF });
    expect(json).toMatchObject({ code: 11, msg: 'IPAM plugin host-local: store is locked' });
    expect(node.document().endpoints?.[idOf(0)]?.leaving).toBeDefined();
  });

  it('is asked at CHECK, after our own comparison', async () => {
    const ipam = fakeIpam({ CHECK: { exitCode: 1, stdout: { code: 1000, msg: 'no reservation' } } });
    const node = createCaller({ programs: ipam.programs });
    await node.call('ADD', { conf: CONF });
    const { json } = await node.call('CHECK', { conf: CONF });
    expect(json).toMatchObject({ code: 1000, msg: 'IPAM plugin host-local: no reservation' });
  });

  const BROKEN: readonly (readonly [string, object, Answers, string])[] = [
    ['is not in CNI_PATH', { ipam: { type: 'nowhere' } }, {}, '/opt/cni/bin'],
    ['has a path for a name', { ipam: { type: '../sh' } }, {}, '../sh'],
    ['prints no JSON', CONF, { ADD: { stdout: 'oops' } }, 'oops'],
    ['fails and says nothing', CONF, { ADD: { exitCode: 2, stdout: '' } }, 'host-local'],
    ['cannot be run', CONF, { ADD: { error: 'ENOEXEC' } }, 'ENOEXEC'],
    ['gives no address', CONF, { ADD: { stdout: { cniVersion: '1.0.0' } } }, 'host-local'],
    ['gives nonsense', CONF, { ADD: { stdout: { ips: [{ address: 'x' }] } } }, 'host-local'],
  ];
  it.each(BROKEN)('says 106 when it %s', async (_name, conf, answers, named) => {
    const node = createCaller({ programs: fakeIpam(answers).programs });
    const { json } = await node.call('ADD', { conf: { ...AZURE_CONF, ...conf } });
    expect(json).toMatchObject({ code: 106 });
    expect(`${json.msg} ${json.details}`).toContain(named);
    expect(node.document()).toEqual(documentOf([]));
  });
});
