/** An optional probe before an address is given: another machine that answers keeps its address. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  LIVE_CONF,
  type LiveNode,
  makeLiveNode,
  TRANSPARENT_CONF,
  hasLiveNodes,
} from '../plugin/live-node.ts';

const IPAM = {
  ...LIVE_CONF.ipam,
  addresses: ['10.240.0.36-10.240.0.41'],
  ipv6: { subnet: 'fd00::/64', gateway: 'fd00::1', addresses: ['fd00::36-fd00::41'] },
};
const probing = (conf: object): object => ({ ...conf, ipam: IPAM, probe: { timeoutMs: 150 } });

describe.skipIf(!hasLiveNodes)('a probe', () => {
  let node: LiveNode;
  const open = (conf: object): void => {
    node = makeLiveNode(conf);
    for (const name of ['all', 'default', 'nic'])
      node.fabric.mustExec(['sysctl', '-qw', `net.ipv6.conf.${name}.accept_dad=0`]);
  };
  beforeEach(() => open(probing(LIVE_CONF)));
  afterEach(() => node.remove());

  const onFabric = (...addresses: readonly string[]): void => {
    for (const address of addresses) node.fabric.mustExec(['ip', 'addr', 'add', address, 'dev', 'nic']);
  };
  const add = async (): Promise<readonly string[]> => {
    const { code, stdout } = await node.call({ verb: 'ADD', pod: node.addPod() });
    const answer = JSON.parse(stdout);
    expect([code, answer.msg]).toEqual([0, undefined]);
    return answer.ips.map(({ address }: { address: string }) => address.split('/')[0]);
  };

  it.each([
    ['bridge', LIVE_CONF],
    ['transparent', TRANSPARENT_CONF],
  ])(
    'passes over the addresses of other machines, of both families, and says so: %s',
    async (_mode, conf) => {
      node.remove();
      open(probing(conf));
      onFabric('10.240.0.36/16', '10.240.0.38/16');
      expect(await add()).toEqual(['10.240.0.37', 'fd00::36']);
      expect(await add()).toEqual(['10.240.0.39', 'fd00::37']);
      onFabric('fd00::38/64');
      expect(await add()).toEqual(['10.240.0.40', 'fd00::39']);
      const [ipv4, ipv6] = JSON.parse(node.vnet('status', '-o', 'json').stdout).pools;
      expect([ipv4.counts.answered, ipv6.counts.answered, ipv4.answered]).toEqual([
        2,
        1,
        ['10.240.0.36', '10.240.0.38'],
      ]);
      expect(node.vnet('status').stdout).toMatch(/10\.240\.0\.36 of pool azure is in use by another machine/);
      expect(node.vnet('get', 'pool').stdout).toMatch(/10\.240\.0\.38 +answered/);
      expect(node.vnet('doctor').stdout).toContain('is in use by another machine');
      expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(3);
      // An exhausted pool says how many are in use elsewhere.
      await add();
      const full = await node.call({ verb: 'ADD', pod: node.addPod() });
      expect(JSON.parse(full.stdout).msg).toContain('2 skipped, since other machines have them');
    },
  );

  it('hears the answers to concurrent calls', async () => {
    onFabric('10.240.0.36/16', '10.240.0.38/16');
    const added = await Promise.all([add(), add(), add(), add()]);
    const addresses = added.flatMap(([ipv4 = '']) => ipv4);
    expect(addresses.toSorted()).toEqual(['10.240.0.37', '10.240.0.39', '10.240.0.40', '10.240.0.41']);
  });

  it('believes no network that answers for every address', async () => {
    onFabric('10.240.0.36/16');
    node.fabric.mustExec(['ip', 'link', 'set', 'nic', 'address', '12:34:56:78:9a:bc']);
    expect((await add())[0]).toBe('10.240.0.36');
    expect(node.vnet('doctor').stdout).toContain('the virtual network answers every probe');
  });

  it('is not sent without its section, nor a second time for the same attachment', async () => {
    node.remove();
    open({ ...LIVE_CONF, ipam: IPAM });
    onFabric('10.240.0.36/16');
    expect((await add())[0]).toBe('10.240.0.36');
    expect(node.document()?.networks['azure']).not.toHaveProperty('probe');
  });

  it('ends where every address is in use', async () => {
    onFabric(...[36, 37, 38, 39, 40, 41].map((last) => `10.240.0.${last}/16`));
    const refused = await node.call({ verb: 'ADD', pod: node.addPod() });
    expect(JSON.parse(refused.stdout)).toMatchObject({
      code: 101,
      msg: expect.stringContaining('6 skipped, since other machines have them'),
    });
    expect(node.document()?.endpoints ?? {}).toEqual({});
  });

  it.each([{ timeoutMs: 0 }, { timeoutMs: 'soon' }, {}])('refuses a wrong section: %j', async (probe) => {
    const conf = { ...LIVE_CONF, ipam: IPAM, probe };
    const refused = await node.call({ verb: 'ADD', pod: node.addPod(), conf });
    expect(JSON.parse(refused.stdout)).toMatchObject({ code: 7 });
    expect(node.document()).toBeUndefined();
  });
});
