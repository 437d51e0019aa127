/** A network of a second NIC, in another subnet, beside one of the NIC with the default route: the fabric drops packets of the wrong NIC. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, type Fabric, GATEWAY6, type Nic, OUTSIDES } from '../lab/fabric.ts';
import { reaches, staysSilent } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { ipBatch, makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { modeConf } from './mode-cases.ts';
import { addressOf } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

const FAMILIES = [4, 6] as const;
const HOSTS = [5, 6, 7, 8];

/** The second NIC of the first node. */
const SECOND: Nic = {
  node: 'second1',
  mac: '00:0d:3a:51:c4:a0',
  primary: '10.241.0.4',
  secondaries: HOSTS.map((host) => `10.241.0.${host}`),
  ipv6: {
    primary: 'fd00:241::4',
    secondaries: HOSTS.map((host) => `fd00:241::${host}`),
    podCidr: 'fd00:245::/64',
  },
};

const CONF = {
  name: 'storage',
  mode: 'transparent',
  master: 'eth1',
  ipsToRouteViaHost: undefined,
  ipam: {
    type: 'azure-vnet-ipam',
    subnet: '10.241.0.0/16',
    addresses: SECOND.secondaries,
    ipv6: { subnet: 'fd00:241::/64', gateway: GATEWAY6, addresses: SECOND.ipv6?.secondaries },
  },
};

/** A way of packets: its name, the namespace that they come from, and their destination. */
type Way = readonly [name: string, from: Netns, to: string];

/** Plugs the NIC as eth1, with a worse default route, as Azure's DHCP gives it. The fabric knows the owner of each source address. */
function plugSecond({ netns, plug }: Fabric, node: Netns): void {
  const passage = makeNetns(uniqueName('passage'));
  plug(SECOND, passage);
  passage.mustExec(['ip', 'link', 'set', 'eth0', 'name', 'eth1', 'netns', node.name]);
  passage.remove();
  netns.mustExec(['ip', 'addr', 'add', '10.241.0.1/32', 'dev', 'lo']);
  ipBatch(node, [
    'link set eth1 up',
    `addr add ${SECOND.primary}/16 dev eth1 metric 200`,
    'route add default via 10.241.0.1 dev eth1 proto dhcp metric 200',
    `addr add ${SECOND.ipv6?.primary}/128 dev eth1 nodad`,
    `route add default via ${GATEWAY6} dev eth1 proto ra metric 200`,
  ]);
  const drops = [
    ['node1', 'ip saddr 10.241.0.0/16'],
    ['node1', 'ip6 saddr fd00:241::/64'],
    ['second1', 'ip saddr 10.240.0.0/16'],
    ['second1', 'ip6 saddr fd00:240::/64'],
  ].map(([chain, packets]) => `add rule netdev fabric ${chain} ${packets} counter drop`);
  netns.mustExec(['nft', '-f', '-'], { input: `${drops.join('\n')}\n` });
}

describe.skipIf(!hasLiveNodes)('a network of a second NIC', () => {
  const { fabric, here, there, pod, far, run, dryRun, expectRepaired } = useTwoNodes(
    modeConf({ mode: 'transparent' }),
    DUAL_NICS,
  );
  const own: Netns[] = [];
  const [first, second] = [(): Netns => own[0] ?? far(), (): Netns => own[1] ?? far()];
  const ways = (family: 4 | 6): readonly Way[] => {
    const node = (nic: Nic): string => (family === 4 ? nic.primary : (nic.ipv6?.primary ?? ''));
    return [
      ['to a pod of the network', first(), addressOf(second(), family)],
      ['to a pod of the other network', first(), addressOf(pod(0), family)],
      ['from a pod of the other network', pod(0), addressOf(first(), family)],
      ['to the node', first(), node(here().nic)],
      ['from the node', here().netns(), addressOf(first(), family)],
      ['from the other network to another node', pod(0), addressOf(far(), family)],
    ];
  };
  /** The ways that leave the node. */
  const longWays = (family: 4 | 6): readonly Way[] => [
    ['to a pod of another node', first(), addressOf(far(), family)],
    ['from a pod of another node', far(), addressOf(first(), family)],
    ['to another node', first(), family === 4 ? there().nic.primary : (there().nic.ipv6?.primary ?? '')],
    ['to the outside', first(), OUTSIDES[family]],
  ];
  const silent = (): readonly string[] =>
    FAMILIES.flatMap((family) =>
      [...ways(family), ...longWays(family)].flatMap(([name, from, to]) =>
        reaches(from, to) ? [] : [`${name}, IPv${family}`],
      ),
    );

  beforeAll(() => {
    plugSecond(fabric(), here().netns());
    for (const _ of [1, 2]) {
      const one = makeNetns(uniqueName('pod'));
      own.push(one);
      const { code, stdout, stderr } = here().call('ADD', one, CONF);
      if (code !== 0) throw new Error(`ADD: ${stdout}${stderr}`);
    }
    return () => own.forEach((one) => one.remove());
  });

  it('is written with source routing, and its packets leave by its NIC', () => {
    const { azure, storage } = here().document().networks;
    expect(storage).toMatchObject({ uplink: { name: 'eth1' }, sourceRouting: { table: 119 } });
    expect(azure).not.toHaveProperty('sourceRouting');
    expect([silent(), dryRun()]).toEqual([[], '']);
  });

  it('has its packets with strict filters of reverse paths', () => {
    run('sysctl -qw net.ipv4.conf.all.rp_filter=1');
    expect(silent()).toEqual([]);
    run('sysctl -qw net.ipv4.conf.all.rp_filter=0');
  });

  it('repairs each rule and route', () => {
    const priorities = [1191, 1192].flatMap((priority) => [
      `-4 rule del pref ${priority}`,
      `-6 rule del pref ${priority}`,
    ]);
    const routes = [
      '-4 rule del pref 1190',
      '-4 route flush table 119',
      '-6 route flush table 119',
      `-6 neigh del ${GATEWAY6} dev eth1`,
    ];
    for (const broken of [...priorities, ...routes]) {
      run(`ip ${broken}`);
      expectRepaired(broken);
    }
    expect(silent()).toEqual([]);
  });

  it('loses what it sends to other nodes without source routing, which vnet doctor names', async () => {
    const problems = (): readonly string[] => {
      const found: readonly { readonly id: string; readonly level: string }[] = JSON.parse(
        here().vnet('doctor', '-o', 'json').stdout,
      );
      return found.flatMap(({ id, level }) => (id === 'source-routing' ? [level] : []));
    };
    expect(problems()).toEqual(['ok']);
    here().edit(/ {4}sourceRouting:\n {6}table: 119\n/, '');
    expect(here().vnet('reconcile', '--max-disruption', 'flow-reset').code).toBe(0);
    expect(run('ip rule; ip -6 rule')).not.toContain('119');
    const lost = FAMILIES.flatMap((family) => longWays(family)).map(async ([name, from, to]) => [
      name,
      await staysSilent(from, to),
    ]);
    for (const [name, isSilent] of await Promise.all(lost)) expect([name, isSilent]).toEqual([name, true]);
    expect(problems()).toEqual(['problem']);
    here().edit(/( {2}storage:\n {4}mode: transparent\n)/, '$1    sourceRouting: {}\n');
    expect(here().vnet('reconcile', '--max-disruption', 'flow-reset').code).toBe(0);
    expect([silent(), problems(), dryRun()]).toEqual([[], ['ok'], '']);
  });
});
