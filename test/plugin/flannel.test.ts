/**
 * The configuration that flannel's plugin writes for its delegate, and kubenet for its bridge: key for key what
 * flannel-io/cni-plugin (flannel_linux.go) and kubenet (kubenet_linux.go) generate, with the type azure-vnet.
 */
import { describe, expect, it } from 'vitest';
import { decodeNetconf } from '../../plugin/protocol/netconf.ts';
import { createCaller } from './caller.ts';
import { fakeIpam } from './fake-ipam.ts';

/** The ranges and routes of host-local, as flannel derives them from FLANNEL_SUBNET and FLANNEL_NETWORK. */
const IPAM = {
  ranges: [[{ subnet: '10.244.1.0/24' }]],
  routes: [{ dst: '10.244.0.0/16' }],
  type: 'host-local',
};

/** The delegate `{"type": "azure-vnet", "hairpinMode": true, "isDefaultGateway": true}` of kube-flannel, with FLANNEL_IPMASQ=true. */
const FLANNEL = {
  cniVersion: '0.3.1',
  hairpinMode: true,
  ipMasq: false,
  ipam: IPAM,
  isDefaultGateway: true,
  mtu: 1450,
  name: 'cbr0',
  type: 'azure-vnet',
};

const KUBENET = {
  cniVersion: '0.1.0',
  name: 'kubenet',
  type: 'azure-vnet',
  bridge: 'cbr0',
  mtu: 1500,
  addIf: 'eth0',
  isGateway: true,
  ipMasq: false,
  hairpinMode: false,
  ipam: { type: 'host-local', ranges: [[{ subnet: '10.244.3.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] },
};

/** A node without a document, whose IPAM plugins fail the test when called. */
function emptyNode() {
  const ipam = fakeIpam();
  const node = createCaller({ document: undefined, programs: ipam.programs, pool: undefined });
  return { ...node, asked: () => ipam.verbs() };
}

describe("flannel's delegate azure-vnet", () => {
  it('gets a routed network, whose pool are the ranges of host-local', async () => {
    const node = emptyNode();
    const { json } = await node.call('ADD', { conf: FLANNEL });
    expect(json.msg).toBeUndefined();
    expect(node.document().networks).toEqual({
      cbr0: {
        mode: 'routed',
        bridge: { name: 'cbr0', mac: '0a:58:0a:f4:01:01', mtu: 1450, hairpin: true },
        pools: {
          ipv4: {
            source: 'static',
            subnet: '10.244.1.0/24',
            gateway: '10.244.1.1',
            addresses: ['10.244.1.0/24'],
          },
        },
      },
    });
    expect(json.ips).toEqual([
      { version: '4', address: '10.244.1.2/24', gateway: '10.244.1.1', interface: 2 },
    ]);
    expect(json.routes).toEqual([
      { dst: '0.0.0.0/0', gw: '10.244.1.1' },
      { dst: '10.244.0.0/16', gw: '10.244.1.1' },
    ]);
    expect(json.interfaces[0]).toMatchObject({ name: 'cbr0', mac: '0a:58:0a:f4:01:01' });
    expect(node.queries()).toBe(0);
  });

  it('asks host-local neither on ADD, nor on CHECK, nor on DEL', async () => {
    const node = emptyNode();
    const added = await node.call('ADD', { conf: FLANNEL });
    const conf = { ...FLANNEL, cniVersion: '0.4.0', prevResult: { ...added.json, cniVersion: '0.4.0' } };
    expect(await node.call('CHECK', { conf })).toMatchObject({ exitCode: 0 });
    expect(await node.call('DEL', { conf: FLANNEL })).toMatchObject({ exitCode: 0 });
    expect(node.asked()).toEqual([]);
    expect(node.document().endpoints).toEqual({});
  });

  it('has a pool of each family with the ranges and routes of a dual-stack cluster', async () => {
    const node = emptyNode();
    // Source: flannel-io/cni-plugin: FLANNEL_IPV6_SUBNET is a second set of ranges, FLANNEL_IPV6_NETWORK a second route.
    const ipam = {
      ...IPAM,
      ranges: [...IPAM.ranges, [{ subnet: 'fd00:244:0:1::/64' }]],
      routes: [...IPAM.routes, { dst: 'fd00:244::/56' }],
    };
    const conf = { ...FLANNEL, cniVersion: '1.0.0', ipMasq: true, ipam };
    const { json } = await node.call('ADD', { conf });
    expect(json.ips).toMatchObject([
      { address: '10.244.1.2/24', gateway: '10.244.1.1' },
      { address: 'fd00:244:0:1::2/64', gateway: 'fd00:244:0:1::1' },
    ]);
    expect(json.routes).toEqual([
      { dst: '0.0.0.0/0', gw: '10.244.1.1' },
      { dst: '::/0', gw: 'fd00:244:0:1::1' },
      { dst: '10.244.0.0/16', gw: '10.244.1.1' },
      { dst: 'fd00:244::/56', gw: 'fd00:244:0:1::1' },
    ]);
    expect(node.document().networks['cbr0']).toMatchObject({
      masquerade: { direct: expect.arrayContaining(['fd00:244::/56', 'ff00::/8', '10.244.0.0/16']) },
      pools: { ipv6: { subnet: 'fd00:244:0:1::/64', addresses: ['fd00:244:0:1::/64'] } },
    });
    const other = { ...ipam, ranges: [...IPAM.ranges, [{ subnet: 'fd00:244:0:2::/64' }]] };
    const refused = await node.call('ADD', { conf: { ...conf, ipam: other }, pod: 1 });
    expect(refused.json).toMatchObject({ code: 7, msg: expect.stringContaining('fd00:244:0:2::/64') });
  });

  it('refuses new pods when the node has got other ranges than its network, and keeps serving the old ones', async () => {
    const node = emptyNode();
    const added = await node.call('ADD', { conf: FLANNEL });
    const conf = { ...FLANNEL, ipam: { ...IPAM, ranges: [[{ subnet: '10.244.2.0/24' }]] } };
    const { json } = await node.call('ADD', { conf, pod: 1 });
    expect(json).toMatchObject({
      code: 7,
      msg: 'the ranges of host-local are 10.244.2.0/24, but the pool of network cbr0 is 10.244.1.0/24',
    });
    expect((await node.call('ADD', { conf })).json).toEqual(added.json);
    expect(await node.call('DEL', { conf })).toMatchObject({ exitCode: 0 });
  });

  it('masquerades where flannel leaves that to its delegate, except within the cluster', async () => {
    const node = emptyNode();
    await node.call('ADD', { conf: { ...FLANNEL, ipMasq: true } });
    expect(node.document().networks['cbr0']).toMatchObject({
      masquerade: { enabled: true, direct: ['10.244.1.0/24', '10.244.0.0/16', '224.0.0.0/4'] },
    });
  });

  it('is the same for the configuration of kubenet', async () => {
    const node = emptyNode();
    const { json } = await node.call('ADD', { conf: KUBENET });
    expect(json).toMatchObject({ ip4: { ip: '10.244.3.2/24', gateway: '10.244.3.1' } });
    expect(node.document().networks['kubenet']).toMatchObject({
      mode: 'routed',
      bridge: { name: 'cbr0', mtu: 1500, hairpin: false },
    });
  });

  it('takes the MTU of the uplink without one, and refuses a bridge that is not its own', async () => {
    const { mtu: _mtu, ...conf } = FLANNEL;
    const node = emptyNode();
    await node.call('ADD', { conf });
    expect(node.document().networks['cbr0']).toMatchObject({ bridge: { mtu: 1500 } });
    const other = emptyNode();
    other.kernel.addDevice(
      { kind: 'link', netns: '', name: 'cbr0', type: 'device', mac: '02:00:00:00:00:01' },
      [],
    );
    const refused = await other.call('ADD', { conf });
    expect(refused.json).toMatchObject({
      code: 105,
      msg: expect.stringContaining('interface cbr0'),
    });
    expect(other.document().networks).not.toHaveProperty('cbr0');
  });

  it.each([
    [
      {
        ...IPAM,
        ranges: [[{ subnet: '10.244.1.0/24', rangeStart: '10.244.1.10', rangeEnd: '10.244.1.19' }]],
      },
      ['10.244.1.10-10.244.1.19'],
    ],
    [
      { ...IPAM, ranges: [[{ subnet: '10.244.1.0/24', rangeStart: '10.244.1.200' }]] },
      ['10.244.1.200-10.244.1.254'],
    ],
    [
      { ...IPAM, ranges: [[{ subnet: '10.244.1.0/24', rangeEnd: '10.244.1.9', gateway: '10.244.1.4' }]] },
      ['10.244.1.1-10.244.1.3', '10.244.1.5-10.244.1.9'],
    ],
    [{ type: 'host-local', subnet: '10.244.1.0/24' }, ['10.244.1.0/24']],
    [{ type: 'host-local', subnet: '10.244.1.9/24', ranges: [] }, ['10.244.1.0/24']],
  ])('has the addresses of the ranges %j', async (ipam, addresses) => {
    const node = emptyNode();
    expect((await node.call('ADD', { conf: { ...FLANNEL, ipam } })).json.msg).toBeUndefined();
    expect(node.document().networks['cbr0']?.pools.ipv4?.addresses).toEqual(addresses);
  });

  it.each([
    [{ ...IPAM, ranges: [[{ subnet: 'fd00:244::/64' }], [{ subnet: 'fd00:245::/64' }]] }, 'fd00:245::/64'],
    [{ ...IPAM, ranges: [[{ subnet: 'all' }]] }, 'subnet "all" is not a prefix'],
    [{ ...IPAM, ranges: [[{ subnet: '10.244.1.0/24' }, { subnet: '10.245.1.0/24' }]] }, '10.245.1.0/24'],
    [{ ...IPAM, ranges: [[{ subnet: '10.244.1.0/24', rangeStart: '10.244.2.1' }]] }, '10.244.2.1'],
    [{ ...IPAM, ranges: [] }, 'no ranges'],
    [{ ...IPAM, ranges: 'all' }, 'ipam.ranges must be a list'],
  ])('refuses the ranges %j', async (ipam, text) => {
    const node = emptyNode();
    const { json } = await node.call('ADD', { conf: { ...FLANNEL, ipam } });
    expect([json.code, `${json.msg} ${json.details}`]).toEqual([7, expect.stringContaining(text)]);
  });

  it.each([{ mtu: '1450' }, { ipMasq: 'no' }, { hairpinMode: 1 }])('refuses %j', async (wrong) => {
    const { json } = await emptyNode().call('ADD', { conf: { ...FLANNEL, ...wrong } });
    expect(json).toMatchObject({ code: 7, details: expect.stringContaining(Object.keys(wrong)[0] ?? '') });
  });

  it('is recognised by keys of the plugin bridge, where no mode is named', () => {
    const modeOf = (conf: object): unknown => {
      const decoded = decodeNetconf({ name: 'n', type: 'azure-vnet', ...conf });
      return decoded.ok ? [decoded.value.mode, decoded.value.ipam.type] : decoded.error;
    };
    const ipam = { type: 'host-local', subnet: '10.9.0.0/24' };
    expect(modeOf({ ipMasq: false, ipam })).toEqual(['routed', 'azure-vnet-ipam']);
    expect(modeOf({ isGateway: true })).toEqual(['routed', 'azure-vnet-ipam']);
    expect(modeOf({ mode: 'routed', ipam })).toEqual(['routed', 'azure-vnet-ipam']);
    expect(modeOf({ mode: 'bridge', ipMasq: true, ipam })).toEqual(['bridge', 'host-local']);
    expect(modeOf({ ipam })).toEqual(['bridge', 'host-local']);
  });
});
