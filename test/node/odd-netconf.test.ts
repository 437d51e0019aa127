/**
 * Invalid network configurations, configurations with keys that vnet ignores, and runtimes that return with
 * another one.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BIN, LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';

const ipam = (more: object): object => ({ ipam: { ...LIVE_CONF.ipam, ...more } });

const FAULTS: readonly (readonly [key: string, conf: object])[] = [
  ['ipam.gateway', ipam({ gateway: '10.241.0.1' })],
  ['ipam.addresses[0]', ipam({ addresses: ['10.9.0.1-10.9.0.5'] })],
  ['ipam.addresses[0]', ipam({ addresses: ['10.240.0.33/28'] })],
  ['ipam.quarantineSeconds', ipam({ quarantineSeconds: 9_999_999 })],
  ['ipam.subnet', ipam({ subnet: '10.240.0.0/40' })],
  ['ipam.gateway', ipam({ subnet: '10.240.0.0/32' })],
  ['master', { master: 'lo' }],
  ['name', { name: 'n'.repeat(200) }],
];

describe.skipIf(!hasLiveNodes)('a network configuration', () => {
  let node: LiveNode;
  beforeEach(() => {
    node = makeLiveNode();
  });
  afterEach(() => node.remove());

  const add = (conf: object): Promise<Outcome> =>
    node.call({ verb: 'ADD', pod: node.addPod(), conf: { ...LIVE_CONF, ...conf } });

  it.each(FAULTS)(
    'with a fault in %s is refused with code 7 and this key, and the next one has its effect',
    async (key, conf) => {
      const refused = await add(conf);
      expect(JSON.parse(refused.stdout)).toMatchObject({ code: 7, msg: expect.stringContaining(key) });
      expect(node.document()).toBe(undefined);
      expect((await add({})).stdout).toContain('10.240.0.36/16');
    },
  );

  it('of version "" is one of 0.1.0', async () => {
    const added = await add({ cniVersion: '' });
    expect([added.code, JSON.parse(added.stdout)]).toEqual([
      0,
      expect.objectContaining({
        cniVersion: '0.1.0',
        ip4: expect.objectContaining({ ip: '10.240.0.36/16' }),
      }),
    ]);
    expect(JSON.parse((await add({ cniVersion: '', mode: 'x' })).stdout)).toMatchObject({
      cniVersion: '0.1.0',
      code: 7,
    });
  });

  it('with keys that only azure-vnet honours is reported on stderr, in status and by doctor', async () => {
    const keys = {
      ipsToRouteViaHost: ['169.254.20.10'],
      enableSnatOnHost: true,
      vlan: 7,
      multiTenancy: false,
    };
    const added = await add({ ...keys, ipam: { ...LIVE_CONF.ipam, mode: 'v4overlay' } });
    expect(added.code).toBe(0);
    for (const key of ['enableSnatOnHost', 'vlan', 'ipam.mode'])
      expect(added.stderr).toContain(`not honoured: ${key} (`);
    expect(added.stderr).not.toContain('multiTenancy');
    expect((await add({})).stderr).toBe('');
    mkdirSync(join(node.root, 'etc/cni/net.d'), { recursive: true });
    const list = { cniVersion: '1.0.0', name: 'azure', plugins: [{ ...LIVE_CONF, ...keys }] };
    writeFileSync(join(node.root, 'etc/cni/net.d/10-azure.conflist'), JSON.stringify(list));
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const vnet = (...args: readonly string[]): string =>
      node.netns.execNow([join(BIN, 'vnet'), ...args], { env }).stdout;
    expect(vnet('status')).toMatch(/10-azure\.conflist: not honoured: enableSnatOnHost .*vlan/);
    expect(JSON.parse(vnet('doctor', '-o', 'json'))).toContainEqual(
      expect.objectContaining({ id: 'cni-keys', level: 'warning' }),
    );
  });
});
