import { describe, expect, it } from 'vitest';
import { containerOf, documentOf, idOf, NETWORK, netnsOf } from '../support/node.ts';
import { runRound } from '../../reconciler/loop/round/round.ts';
import { AZURE_CONF, AZURE_POOL, createCaller } from './caller.ts';

/** The configuration that the reference bridge plugin passes to its IPAM. */
const CONF = { cniVersion: '1.0.0', name: 'azure', type: 'bridge', ipam: { type: 'azure-vnet-ipam' } };
const IPAM = { role: 'azure-vnet-ipam', conf: CONF } as const;

describe('azure-vnet-ipam, called by another main plugin', () => {
  it('gives an address, the default route and dns, and no interfaces', async () => {
    const dns = { nameservers: ['168.63.129.16'] };
    const node = createCaller({ document: documentOf([], { ...NETWORK, dns }) });
    const { json } = await node.call('ADD', IPAM);
    expect(json).toEqual({
      cniVersion: '1.0.0',
      ips: [{ address: '10.240.0.36/16', gateway: '10.240.0.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.240.0.1' }],
      dns: { nameservers: ['168.63.129.16'] },
    });
  });

  it('records a bare lease, from the same addresses as azure-vnet, and touches no link', async () => {
    const node = createCaller();
    await node.call('ADD', { pod: 1 });
    const kernel = node.kernel.dump();
    await node.call('ADD', IPAM);
    expect(node.document().endpoints?.[idOf(0)]).toEqual({
      pod: 'default/web-0',
      netns: netnsOf(0),
      netnsInode: expect.any(Number),
      addresses: ['10.240.0.37/16'],
      gateway: '10.240.0.1',
      added: '2026-11-21T12:00:00.000Z',
    });
    expect(node.kernel.dump()).toBe(kernel);
  });

  it('gives the same address again for the same interface', async () => {
    const node = createCaller();
    const first = await node.call('ADD', IPAM);
    expect(await node.call('ADD', IPAM)).toEqual(first);
  });

  it('does not care that the interface is there already', async () => {
    const node = createCaller();
    const want = { kind: 'link', netns: netnsOf(0), name: 'eth0', type: 'bridge' } as const;
    node.kernel.tamper({ verb: 'create', want });
    expect((await node.call('ADD', IPAM)).exitCode).toBe(0);
  });

  it('quarantines the address on DEL', async () => {
    const node = createCaller();
    await node.call('ADD', IPAM);
    expect((await node.call('DEL', { ...IPAM, env: { CNI_NETNS: '' } })).exitCode).toBe(0);
    expect(node.document().endpoints).toEqual({});
    expect(node.document().released).toEqual({ 'azure/10.240.0.36': '2026-11-21T12:00:00.000Z' });
  });

  it('succeeds at DEL for an unknown attachment', async () => {
    expect((await createCaller({ document: undefined }).call('DEL', IPAM)).exitCode).toBe(0);
  });

  it('never takes an attachment of azure-vnet away', async () => {
    const node = createCaller();
    await node.call('ADD');
    const document = node.document();
    expect((await node.call('DEL', IPAM)).exitCode).toBe(0);
    expect(node.document()).toEqual(document);
    expect((await node.call('ADD', IPAM)).json).toMatchObject({ code: 102 });
  });

  it('checks that there is a lease', async () => {
    const node = createCaller();
    expect((await node.call('CHECK', IPAM)).json).toMatchObject({ code: 104 });
    await node.call('ADD', IPAM);
    expect((await node.call('CHECK', IPAM)).exitCode).toBe(0);
  });

  it('makes a network of mode addresses on a node without a document, and nothing in the kernel', async () => {
    const node = createCaller({ document: undefined });
    // A network of mode addresses has no sysctl to read.
    const objects = (): readonly unknown[] =>
      Array.from(node.kernelObjects()).filter(([key]) => !key.startsWith('sysctl '));
    const before = objects();
    const { json } = await node.call('ADD', IPAM);
    expect(json.ips).toEqual([{ address: '10.240.0.36/16', gateway: '10.240.0.1' }]);
    expect(node.document().networks).toEqual({ azure: { mode: 'addresses', pools: { ipv4: AZURE_POOL } } });
    expect(runRound(node.session, { limit: 'node-outage' })).toMatchObject({
      value: { plan: { steps: [] }, failures: [] },
    });
    expect(objects()).toEqual(before);
    expect((await node.call('DEL', IPAM)).exitCode).toBe(0);
    expect(node.document().endpoints).toEqual({});
  });

  it('says that it has no pool yet, and writes nothing, when the source has no answer', async () => {
    const node = createCaller({ document: undefined, pool: undefined });
    const { json } = await node.call('ADD', IPAM);
    expect(json).toMatchObject({ code: 11, msg: expect.stringContaining('azure') });
    expect(node.session.store.document()).toBeUndefined();
  });

  it('keeps azure-vnet from its network, with what to do', async () => {
    const node = createCaller({ document: undefined });
    await node.call('ADD', IPAM);
    const { json } = await node.call('ADD', { pod: 1 });
    expect(json).toMatchObject({ code: 7, msg: expect.stringContaining('mode addresses') });
    const status = await node.call('STATUS', { conf: { ...AZURE_CONF, cniVersion: '1.1.0' } });
    expect(status.json).toMatchObject({ code: 50, msg: expect.stringContaining('mode addresses') });
  });

  it('keeps the address of a container that comes back in another namespace without a DEL', async () => {
    const node = createCaller({ document: undefined });
    const first = await node.call('ADD', IPAM);
    const again = await node.call('ADD', { ...IPAM, env: { CNI_NETNS: netnsOf(3) } });
    expect(again.json).toEqual(first.json);
    expect(node.document().endpoints?.[idOf(0)]?.netns).toBe(netnsOf(3));
  });

  it('has its lease released when the namespace is gone: seen twice, or of an earlier boot', async () => {
    const node = createCaller({ document: undefined });
    await node.call('ADD', IPAM);
    node.kernel.removeNamespace(netnsOf(0));
    expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({
      value: { missing: [idOf(0)], released: [] },
    });
    node.at.now = new Date(node.at.now.getTime() + 6_000);
    expect(runRound(node.session, { limit: 'hitless' })).toMatchObject({ value: { released: [idOf(0)] } });
    expect(node.document()).toMatchObject({
      endpoints: {},
      released: { 'azure/10.240.0.36': node.at.now.toISOString() },
    });
  });
});

describe('the address of an ADD', () => {
  const reservation = { pod: 'default/web-0', addresses: ['10.240.0.60'] as const, mac: '0a:00:00:00:00:60' };
  const reserved = documentOf([], { ...NETWORK, reservations: [reservation] });

  it('is the reservation of the pod, with its MAC', async () => {
    const { json } = await createCaller({ document: reserved }).call('ADD');
    expect(json.ips[0]?.address).toBe('10.240.0.60/16');
    expect(json.interfaces[2]?.mac).toBe('0a:00:00:00:00:60');
  });

  it('is never the reservation of another pod', async () => {
    const env = { CNI_ARGS: 'IgnoreUnknown=1;IP=10.240.0.60' };
    const { json } = await createCaller({ document: reserved }).call('ADD', { env });
    expect(json).toMatchObject({ code: 102 });
    expect(json.msg).toContain('default/web-0');
  });

  const WISHES = [
    [
      'runtimeConfig.ips before args.cni.ips',
      { runtimeConfig: { ips: ['10.240.0.40/16'] }, args: { cni: { ips: ['10.240.0.41'] } } },
      '10.240.0.40/16',
    ],
    ['args.cni.ips before CNI_ARGS', { args: { cni: { ips: ['10.240.0.41'] } } }, '10.240.0.41/16'],
    ['CNI_ARGS before ipam.ipAddress', { ipam: { ipAddress: '10.240.0.43' } }, '10.240.0.42/16'],
  ] as const;
  it.each(WISHES)('is the requested one: %s', async (_name, more, expected) => {
    const env = { CNI_ARGS: 'IgnoreUnknown=1;IP=10.240.0.42;MAC=0A:00:00:00:00:42' };
    const { json } = await createCaller().call('ADD', {
      env,
      conf: { ...CONF, type: 'azure-vnet', ...more },
    });
    expect(json.ips[0]?.address).toBe(expected);
    expect(json.interfaces[2]?.mac).toBe('0a:00:00:00:00:42');
  });

  it('is refused with the name of its holder when it is taken', async () => {
    const node = createCaller();
    await node.call('ADD', { pod: 1 });
    const env = { CNI_ARGS: 'IgnoreUnknown=1;IP=10.240.0.36' };
    const { json } = await node.call('ADD', { env });
    expect(json).toMatchObject({ code: 102 });
    expect(json.msg).toContain(containerOf(1));
  });

  it('is refused when the MAC is taken', async () => {
    const node = createCaller();
    const env = { CNI_ARGS: 'IgnoreUnknown=1;MAC=0a:00:00:00:00:42' };
    await node.call('ADD', { pod: 1, env });
    const { json } = await node.call('ADD', { env });
    expect(json).toMatchObject({ code: 102 });
    expect(json.msg).toContain(idOf(1));
  });

  it('is missing when the pool is exhausted: counts, and what to do', async () => {
    const pool = { ...NETWORK.pools.ipv4, addresses: ['10.240.0.37'] };
    const node = createCaller({ document: documentOf([1], { ...NETWORK, pools: { ipv4: pool } }) });
    const { json } = await node.call('ADD');
    expect(json).toMatchObject({ code: 101 });
    expect(json.msg).toMatch(/\b1\b.*\b1\b/);
    expect(json.details).toContain('networks.azure.pools.ipv4.addresses');
    expect(node.queries()).toBe(0);
  });

  it('comes from a refreshed pool when the source has more; what people wrote in the pool stays', async () => {
    const pool = { ...AZURE_POOL, addresses: ['10.240.0.37'], quarantineSeconds: 7 };
    const node = createCaller({ document: documentOf([1], { ...NETWORK, pools: { ipv4: pool } }) });
    const { json } = await node.call('ADD');
    expect(json.ips[0]?.address).toBe('10.240.0.36/16');
    expect(node.queries()).toBe(1);
    expect(node.document().networks['azure']?.pools.ipv4).toEqual({ ...AZURE_POOL, quarantineSeconds: 7 });
  });

  it('is still missing when all the source has is held, and the source is asked once', async () => {
    const pool = { ...AZURE_POOL, addresses: ['10.240.0.37'] };
    const node = createCaller({ document: documentOf([1], { ...NETWORK, pools: { ipv4: pool } }), pool });
    expect((await node.call('ADD')).json).toMatchObject({ code: 101 });
    expect(node.queries()).toBe(1);
  });

  it('is still missing when the source has no more', async () => {
    const pool = { ...AZURE_POOL, addresses: ['10.240.0.37'] };
    const node = createCaller({
      document: documentOf([1], { ...NETWORK, pools: { ipv4: pool } }),
      pool: undefined,
    });
    expect((await node.call('ADD')).json).toMatchObject({ code: 101 });
    expect(node.queries()).toBe(1);
  });
});
