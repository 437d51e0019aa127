import { describe, expect, it } from 'vitest';
import { hostMac, hostVethName, podMac } from '../../reconciler/model/names.ts';
import { containerOf, documentOf, idOf, NETWORK, netnsOf } from '../support/node.ts';
import { AZURE_CONF, createCaller, SOURCE_DOWN } from './caller.ts';

/** The IPv6 router of Azure's virtual networks. */
const AZURE_ROUTER = 'fe80::1234:5678:9abc';

describe('the first ADD on a node', () => {
  it('asks the pool source, writes network and endpoint, and takes the uplink over', async () => {
    const node = createCaller({ document: undefined });
    const reply = await node.call('ADD');
    expect(reply.json.msg).toBeUndefined();
    expect(node.queries()).toBe(1);
    const document = node.document();
    expect(document.networks['azure']).toMatchObject({
      bridge: { name: 'azure0' },
      uplink: { name: 'eth0' },
    });
    expect(document.networks['azure']?.pools.ipv4).toMatchObject({ source: 'azure', gateway: '10.240.0.1' });
    expect(Object.keys(document.endpoints ?? {})).toEqual([idOf(0)]);
    const objects = node.kernelObjects();
    expect(objects.get('link eth0')).toContain('"master":"azure0"');
    expect(objects.has(`link ${hostVethName('azure', containerOf(0), 'eth0')}`)).toBe(true);
  });

  it.each([
    ['bridge', ['10.240.0.36/16', 'fd00:240::36/128'], ['10.240.0.1', AZURE_ROUTER]],
    ['transparent', ['10.240.0.36/32', 'fd00:240::36/128'], ['169.254.1.1', 'fe80::1234:5678:9abc']],
  ])('uses the families of the source in mode %s', async (mode, addresses, gateways) => {
    const ipv6 = {
      source: 'azure',
      subnet: 'fd00:240::/64',
      gateway: AZURE_ROUTER,
      addresses: ['fd00:240::36'],
    } as const;
    const node = createCaller({ document: undefined, ipv6 });
    const { json } = await node.call('ADD', { conf: { ...AZURE_CONF, mode } });
    expect(json.ips?.map(({ address }) => address)).toEqual(addresses);
    expect(json.ips?.map(({ gateway }) => gateway)).toEqual(gateways);
  });

  it('answers with bridge, host veth and pod interface, address, default route', async () => {
    const node = createCaller({ document: undefined });
    const { json } = await node.call('ADD');
    const mac = podMac('azure', containerOf(0), 'eth0');
    expect(json).toEqual({
      cniVersion: '1.0.0',
      interfaces: [
        { name: 'azure0', mac: '00:0d:3a:51:c4:90', mtu: 1500 },
        { name: hostVethName('azure', containerOf(0), 'eth0'), mac: hostMac(mac), mtu: 1500 },
        { name: 'eth0', mac, mtu: 1500, sandbox: netnsOf(0) },
      ],
      ips: [{ address: '10.240.0.36/16', gateway: '10.240.0.1', interface: 2 }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
    });
  });

  it('takes a static pool from the configuration without a query', async () => {
    const node = createCaller({ document: undefined });
    const ipam = { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: ['10.240.0.50'] };
    const { json } = await node.call('ADD', { conf: { ...AZURE_CONF, ipam } });
    expect(json.ips).toEqual([{ address: '10.240.0.50/16', gateway: '10.240.0.1', interface: 2 }]);
    expect(node.queries()).toBe(0);
    expect(node.document().networks['azure']?.pools.ipv4?.source).toBe('static');
  });

  it('names the invalid address of a static pool, and writes nothing', async () => {
    const ipam = { type: 'azure-vnet-ipam', subnet: '10.240.0.0/16', addresses: ['10.240.0.36-10.240.0'] };
    const node = createCaller({ document: undefined });
    const { json } = await node.call('ADD', { conf: { ...AZURE_CONF, ipam } });
    expect(json).toMatchObject({ code: 7, msg: 'ipam.addresses: "10.240.0.36-10.240.0" is not IPv4' });
    expect(node.session.store.document()).toBeUndefined();
  });

  it('leaves nothing behind when the pool source is down', async () => {
    const node = createCaller({ document: undefined, pool: SOURCE_DOWN });
    const before = node.kernel.dump();
    const { json, exitCode } = await node.call('ADD');
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ cniVersion: '1.0.0', code: 11 });
    expect(node.session.store.document()).toBeUndefined();
    expect(node.kernel.dump()).toBe(before);
  });

  it('names the uplink problem when no interface has an address of the subnet', async () => {
    const pool = {
      source: 'azure',
      subnet: '10.9.0.0/16',
      gateway: '10.9.0.1',
      addresses: ['10.9.0.4'],
    } as const;
    const node = createCaller({ document: undefined, pool });
    const { json } = await node.call('ADD');
    expect(json).toMatchObject({ code: 105 });
    expect(json.msg).toContain('10.9.0.0/16');
    expect(node.session.store.document()).toBeUndefined();
  });
});

describe('ADD', () => {
  it('forgets when the address was given back, once it is owned again', async () => {
    const node = createCaller();
    await node.call('ADD');
    await node.call('DEL');
    expect(Object.keys(node.document().released ?? {})).toEqual(['azure/10.240.0.36']);
    const { json } = await node.call('ADD', { env: { CNI_ARGS: 'IP=10.240.0.36' } });
    expect(json.ips[0]?.address).toBe('10.240.0.36/16');
    expect(node.document().released ?? {}).toEqual({});
  });

  it('gives the same result again and takes no second address', async () => {
    const node = createCaller();
    const first = await node.call('ADD');
    const writes = node.session.store.writes();
    const second = await node.call('ADD');
    expect(second).toEqual(first);
    expect(node.session.store.writes()).toBe(writes);
  });

  it('recreates a deleted interface, with the same result', async () => {
    const node = createCaller();
    const first = await node.call('ADD');
    const objects = node.kernelObjects();
    const veth = hostVethName('azure', containerOf(0), 'eth0');
    node.kernel.tamper({ verb: 'delete', have: { kind: 'link', netns: '', name: veth, type: 'veth' } });
    expect(await node.call('ADD')).toEqual(first);
    expect(node.kernelObjects()).toEqual(objects);
  });

  it('rebinds the same container in another namespace and keeps its address', async () => {
    const node = createCaller();
    const first = await node.call('ADD');
    const second = await node.call('ADD', { env: { CNI_NETNS: netnsOf(5) } });
    expect(second.json.ips).toEqual(first.json.ips);
    expect(second.json.interfaces[2]?.sandbox).toBe(netnsOf(5));
    expect(node.document().endpoints?.[idOf(0)]).toMatchObject({ netns: netnsOf(5) });
    expect(node.document().endpoints?.[idOf(0)]?.leaving).toBeUndefined();
    const keys = [...node.kernelObjects().keys()];
    expect(keys.filter((key) => key.includes(netnsOf(0)))).toEqual([]);
    expect(keys.filter((key) => key.startsWith(`link eth0 netns ${netnsOf(5)}`))).toHaveLength(1);
  });

  it('changes nothing when the other namespace has an interface of that name already', async () => {
    const node = createCaller();
    await node.call('ADD');
    const want = { kind: 'link', netns: netnsOf(5), name: 'eth0', type: 'bridge' } as const;
    node.kernel.tamper({ verb: 'create', want });
    const [document, kernel] = [node.document(), node.kernel.dump()];
    const { json } = await node.call('ADD', { env: { CNI_NETNS: netnsOf(5) } });
    expect(json).toMatchObject({ code: 100 });
    expect([node.document(), node.kernel.dump()]).toEqual([document, kernel]);
  });

  it('keeps the address of a container that podman starts again after a reboot', async () => {
    const node = createCaller();
    const first = await node.call('ADD');
    node.kernel.reboot();
    node.kernel.addNamespace('/run/netns/after-boot');
    const second = await node.call('ADD', { env: { CNI_NETNS: '/run/netns/after-boot' } });
    expect(second.json.ips).toEqual(first.json.ips);
    expect(node.kernelObjects().get('link eth0')).toContain('"master":"azure0"');
  });

  it('finishes the removal of an endpoint that was leaving, then adds it', async () => {
    const node = createCaller();
    await node.call('ADD');
    const document = node.document();
    const endpoint = document.endpoints?.[idOf(0)];
    if (endpoint === undefined) throw new Error('no endpoint');
    const leaving = { ...endpoint, leaving: '2026-11-21T11:00:00.000Z' };
    node.session.store.replace({ ...document, endpoints: { [idOf(0)]: leaving } });
    const { json } = await node.call('ADD');
    expect(json.ips[0]?.address).toBe('10.240.0.37/16');
    expect(node.document().endpoints?.[idOf(0)]?.leaving).toBeUndefined();
    expect(Object.keys(node.document().released ?? {})).toEqual(['azure/10.240.0.36']);
  });

  it.each(['ADD', 'DEL', 'CHECK'])(
    '%s refuses its own namespace before it touches anything',
    async (verb) => {
      const node = createCaller({ ownNetns: netnsOf(0) });
      const override = { env: { CNI_NETNS_OVERRIDE: 'TRUE' } };
      if (verb !== 'ADD') await node.call('ADD', override);
      const writes = node.session.store.writes();
      expect((await node.call(verb)).json).toMatchObject({ code: 8 });
      expect(node.session.store.writes()).toBe(writes);
      expect((await node.call(verb, override)).exitCode).toBe(0);
    },
  );

  it('refuses a namespace that is not there', async () => {
    const node = createCaller();
    const { json } = await node.call('ADD', { env: { CNI_NETNS: '/run/netns/absent' } });
    expect(json).toMatchObject({ code: 8 });
    expect(json.msg).toContain('/run/netns/absent');
    expect(node.session.store.writes()).toBe(0);
  });

  it('changes nothing when the pod has an interface of that name already', async () => {
    const node = createCaller();
    const foreign = { kind: 'link', netns: netnsOf(0), name: 'eth0', type: 'device' } as const;
    node.kernel.tamper({ verb: 'create', want: { ...foreign, type: 'bridge' } });
    const before = node.kernel.dump();
    const { json } = await node.call('ADD');
    expect(json).toMatchObject({ code: 100 });
    expect(json.msg).toContain('eth0');
    expect(node.kernel.dump()).toBe(before);
    expect(node.session.store.writes()).toBe(0);
  });

  it('keeps two interfaces of one container apart', async () => {
    const node = createCaller();
    const first = await node.call('ADD');
    const second = await node.call('ADD', { env: { CNI_IFNAME: 'net1' } });
    expect(second.json.ips[0]?.address).not.toBe(first.json.ips[0]?.address);
    expect([first.json.routes, second.json.routes]).toEqual([
      [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
      undefined,
    ]);
    await node.call('DEL', { env: { CNI_IFNAME: 'net1' } });
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(0)]);
  });

  it('names the uplink problem when the uplink belongs to another bridge', async () => {
    const node = createCaller({ document: documentOf([]) });
    const bridge = { kind: 'link', netns: '', name: 'br9', type: 'bridge', up: true } as const;
    const eth0 = { kind: 'link', netns: '', name: 'eth0', type: 'device' } as const;
    node.kernel.tamper({ verb: 'create', want: bridge });
    node.kernel.tamper({
      verb: 'update',
      have: eth0,
      want: { ...eth0, master: 'br9' },
      fields: ['master'],
    });
    const { json } = await node.call('ADD');
    expect(json).toMatchObject({ code: 105, msg: expect.stringContaining('br9') });
  });

  it('refuses on a network that was given back with vnet release', async () => {
    const released = { ...NETWORK, uplink: { ...NETWORK.uplink, released: true } };
    const node = createCaller({ document: documentOf([], released) });
    const { json } = await node.call('ADD');
    expect(json).toMatchObject({ code: 105 });
    expect(json.details).toContain('networks.azure.uplink.released');
  });

  it('refuses a document of another node', async () => {
    const other = { ...documentOf([]), metadata: { node: 'node-2', generation: 1 } };
    const node = createCaller({ document: other });
    expect((await node.call('ADD')).json).toMatchObject({ code: 103 });
    expect(node.session.store.writes()).toBe(0);
  });

  it('follows the results of the earlier plugins in the chain', async () => {
    const node = createCaller();
    const prevResult = {
      cniVersion: '1.0.0',
      interfaces: [{ name: 'dummy0' }],
      ips: [{ address: '192.0.2.1/24', interface: 0 }],
      dns: { nameservers: ['192.0.2.53'] },
    };
    const { json } = await node.call('ADD', { conf: { ...AZURE_CONF, prevResult } });
    expect(json.interfaces).toHaveLength(4);
    expect(json.ips.map((ip: { interface: number }) => ip.interface)).toEqual([0, 3]);
    expect(json.dns).toEqual({ nameservers: ['192.0.2.53'] });
  });

  it("prefers the configuration's dns to the network's", async () => {
    const network = { ...NETWORK, dns: { nameservers: ['168.63.129.16'] } };
    const node = createCaller({ document: documentOf([], network) });
    const fromNetwork = await node.call('ADD');
    expect(fromNetwork.json.dns).toEqual({ nameservers: ['168.63.129.16'] });
    const dns = { nameservers: ['10.0.0.10'], search: ['cluster.local'] };
    const fromConf = await node.call('ADD', { pod: 1, conf: { ...AZURE_CONF, dns } });
    expect(fromConf.json.dns).toEqual(dns);
  });
});
