/** Packets between pods of one node by the fabric, where network security groups apply: modes transparent and bridge. */
import { beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches, startPing, staysSilent } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { recordSources, recordSources6, sourcesAt } from './sources.ts';
import { addressOf } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';
import { transfer } from './transfer.ts';

const BYTES = 4_000_000;
const SERVICE = '10.0.0.10';

/** The losses of a stream with an echo request every 10 ms, as in mode-change-live.test.ts. */
const MAX_LOST = 50;

/** The rules of kube-proxy for a Service with this backend: hairpin packets get the address of the node. */
const serviceOf = (backend: string): string => `table ip service {
  chain pre { type nat hook prerouting priority dstnat;
    ip daddr ${SERVICE} ip saddr ${backend} meta mark set meta mark | 0x4000
    ip daddr ${SERVICE} dnat to ${backend}
  }
  chain post { type nat hook postrouting priority srcnat;
    meta mark & 0x4000 == 0x4000 meta mark set meta mark ^ 0x4000 masquerade fully-random
  }
  chain forward { type filter hook forward priority 0; ct state invalid drop; }
}
`;

function confOf(mode: string): (nic: Nic) => object {
  return ({ secondaries, ipv6 }) => ({
    mode,
    ...(mode === 'tunnel' ? { bridge: 'azure0' } : {}),
    ipam: {
      type: 'azure-vnet-ipam',
      subnet: '10.240.0.0/16',
      addresses: secondaries,
      ipv6: { subnet: 'fd00:240::/64', gateway: GATEWAY6, addresses: ipv6?.secondaries },
    },
  });
}

type Case = { readonly mode: string; readonly breaks: readonly string[] };

const CASES: readonly Case[] = [
  {
    mode: 'transparent-tunnel',
    breaks: [
      'ip rule del pref 1180 fwmark 0x100000/0x100000',
      'ip -6 rule del pref 1180 fwmark 0x100000/0x100000',
      'ip route flush table 118',
      'ip -6 route flush table 118',
      'ip -6 neigh del fe80::1234:5678:9abc dev eth0',
      'nft flush chain inet vnet same_node',
      'nft flush set inet vnet fabric_pods',
      'sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.eth0.rp_filter=1',
    ],
  },
  {
    mode: 'tunnel',
    breaks: [
      'bridge fdb del 12:34:56:78:9a:bc dev eth0 master',
      'nft flush chain bridge vnet same_node',
      'nft flush set bridge vnet tunnel_pods',
    ],
  },
];

describe.skipIf(!hasLiveNodes).each(CASES)('mode $mode', ({ mode, breaks }) => {
  const { fabric, here, pod, far, run, dryRun } = useTwoNodes(confOf(mode), DUAL_NICS, ({ netns }) => {
    recordSources(netns);
    recordSources6(netns);
  });
  const seen = (family: 'ip' | 'ip6' = 'ip'): readonly string[] =>
    sourcesAt(fabric().netns, 'forwarded', family);
  beforeAll(() => {
    for (const one of [pod(0), pod(1), far()]) reaches(one, GATEWAY);
    // The addresses of a new NIC are detected for duplicates first.
    reaches(pod(0), addressOf(pod(1), 6));
    reaches(pod(1), addressOf(pod(0), 6));
    for (const family of ['ip', 'ip6'] as const) seen(family);
  });

  it('sends packets between pods of the node through the fabric, in both families and directions', async () => {
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      expect(await answers(pod(from), addressOf(pod(to)))).toBe(true);
      expect(seen()).toEqual([addressOf(pod(from))]);
      expect(await answers(pod(from), addressOf(pod(to), 6))).toBe(true);
      expect(seen('ip6')).toEqual([addressOf(pod(from), 6)]);
    }
    for (const family of [4, 6] as const) {
      const own = addressOf(pod(1), family);
      const got = await transfer(pod(0), pod(1), { own, bytes: BYTES });
      expect(got).toBe(`${BYTES} ${addressOf(pod(0), family)}`);
    }
    expect(fabric().foreignFrames(here().nic)).toBe(0);
  });

  it('leaves all other packets as they are', async () => {
    const { nic } = here();
    for (const target of [nic.primary, GATEWAY, addressOf(pod(0)), nic.ipv6?.primary ?? '']) {
      expect([target, await answers(pod(0), target)]).toEqual([target, true]);
    }
    expect(await answers(here().netns(), addressOf(pod(0)))).toBe(true);
    expect([...seen(), ...seen('ip6')]).toEqual([]);
    expect(await answers(pod(0), addressOf(far()))).toBe(true);
    expect(await answers(far(), addressOf(pod(0)))).toBe(true);
  });

  it('needs no answer of the gateway to solicitations in IPv6', async () => {
    const chain = 'ip6 fabric silent';
    fabric().netns.mustExec(['nft', `add chain ${chain} { type filter hook input priority 0; }`]);
    fabric().netns.mustExec(['nft', `add rule ${chain} icmpv6 type nd-neighbor-solicit drop`]);
    run(`ip -6 neigh flush dev ${mode === 'tunnel' ? 'azure0' : 'eth0'}`);
    for (const [from, to] of [
      [0, 1],
      [1, 0],
    ] as const) {
      expect(await answers(pod(from), addressOf(pod(to), 6))).toBe(true);
      expect(seen('ip6')).toEqual([addressOf(pod(from), 6)]);
    }
    fabric().netns.mustExec(['nft', `delete chain ${chain}`]);
    expect(dryRun()).toBe('');
  });

  it('lets a network security group stop packets between pods of the node', async () => {
    const rule = `ip saddr ${addressOf(pod(0))} ip daddr ${addressOf(pod(1))} drop`;
    fabric().netns.mustExec(['nft', `add chain ip seen nsg { type filter hook forward priority 1; }`]);
    fabric().netns.mustExec(['nft', `add rule ip seen nsg ${rule}`]);
    expect(await staysSilent(pod(0), addressOf(pod(1)))).toBe(true);
    fabric().netns.mustExec(['nft', 'delete chain ip seen nsg']);
    expect(await answers(pod(0), addressOf(pod(1)))).toBe(true);
  });

  it.each([0, 1])(
    'reaches a Service with a backend on the node, with br_netfilter %i, also the own one',
    async (isFiltered) => {
      if (mode === 'tunnel') run(`sysctl -qw net.bridge.bridge-nf-call-iptables=${isFiltered}`);
      const backend = addressOf(pod(1));
      here()
        .netns()
        .mustExec(['nft', '-f', '-'], { input: serviceOf(backend) });
      const request = { own: backend, target: SERVICE, bytes: BYTES };
      // Frames of a bridge pass the translation only with br_netfilter.
      if (mode !== 'tunnel' || isFiltered === 1) {
        expect(await transfer(pod(0), pod(1), request)).toBe(`${BYTES} ${addressOf(pod(0))}`);
        expect(await transfer(pod(1), pod(1), request)).toMatch(new RegExp(`^${BYTES} `));
      }
      expect(await transfer(pod(0), pod(1), { own: backend, bytes: BYTES })).toBe(
        `${BYTES} ${addressOf(pod(0))}`,
      );
      seen();
      expect(await answers(pod(0), backend)).toBe(true);
      expect(seen()).toEqual([addressOf(pod(0))]);
      run('nft delete table ip service');
    },
  );

  it('has nothing to do afterwards, and repairs any part', async () => {
    expect(dryRun()).toBe('');
    for (const command of breaks) {
      run(command);
      expect([command, dryRun()]).not.toEqual([command, '']);
      expect([command, here().vnet('reconcile').code]).toEqual([command, 0]);
      expect([command, dryRun()]).toEqual([command, '']);
      seen();
      expect([command, await answers(pod(0), addressOf(pod(1)))]).toEqual([command, true]);
      expect([command, seen()]).toEqual([command, [addressOf(pod(0))]]);
    }
  });

  it('changes to direct and back under pods, which lose next to nothing', async () => {
    for (const [from, to] of [
      ['fabric', 'direct'],
      ['direct', 'fabric'],
    ]) {
      const streams = [
        [pod(0), addressOf(pod(1))],
        [pod(1), addressOf(pod(0), 6)],
        [pod(0), addressOf(far())],
        [far(), addressOf(pod(1), 6)],
        [here().netns(), addressOf(pod(0))],
      ] as const;
      const pings = streams.map(([one, target]) => startPing(one, target));
      for (const ping of pings) await ping.answered(3);
      here().edit(`sameNode: ${from ?? ''}`, `sameNode: ${to ?? ''}`);
      expect(here().vnet('reconcile', '--max-disruption', 'flow-reset')).toMatchObject({ code: 0 });
      for (const ping of pings) await ping.answered(3);
      const counts = await Promise.all(pings.map((ping) => ping.stop()));
      const lost = counts.map(({ lost: numbers, sent }) => `${numbers.length} of ${sent}`);
      console.log(`${mode} to ${to ?? ''}: lost ${lost.join(', ')}`);
      expect(counts.filter(({ lost: numbers }) => numbers.length > MAX_LOST)).toEqual([]);
    }
  });

  it('sends them directly again where the document says so', async () => {
    here().edit('sameNode: fabric', 'sameNode: direct');
    expect(here().vnet('reconcile', '--max-disruption', 'flow-reset')).toMatchObject({ code: 0 });
    seen();
    seen('ip6');
    expect(await answers(pod(0), addressOf(pod(1)))).toBe(true);
    expect(await answers(pod(0), addressOf(pod(1), 6))).toBe(true);
    expect([...seen(), ...seen('ip6')]).toEqual([]);
    expect(run('cat /proc/sys/net/ipv4/conf/eth0/rp_filter').trim()).toBe('0');
    // In IPv6, the bridge leads frames to the gateway's MAC in any case.
    // Without routes, the table may not exist.
    expect(run('ip route show table 118 || true; ip rule; ip -6 rule')).not.toMatch(/1180|proto 118/);
    expect(dryRun()).toBe('');
  });
});

const onlyIpv6 = ({ ipv6 }: Nic): object => ({
  mode: 'transparent-tunnel',
  ipam: {
    type: 'azure-vnet-ipam',
    subnet: 'fd00:240::/64',
    gateway: GATEWAY6,
    addresses: ipv6?.secondaries ?? [],
  },
});

describe.skipIf(!hasLiveNodes)('mode transparent-tunnel without IPv4', () => {
  const { fabric, here, there, pod, far, dryRun } = useTwoNodes(onlyIpv6, DUAL_NICS);

  it('carries pods with IPv6 addresses only, by the fabric', async () => {
    const [one, two, other] = [pod(0), pod(1), far()].map((place) => addressOf(place, 6));
    if (one === undefined || two === undefined || other === undefined) throw new Error('too few pods');
    for (const from of [pod(1), far()]) expect(reaches(from, one)).toBe(true);
    const returned = fabric().returnedPackets6(here().nic);
    const ping = `ping -n -q -c 3 -i 0.05 -W 10 ${two}`;
    expect(pod(0).mustExec(ping.split(' ')).stdout).toContain(' 3 received');
    expect(fabric().returnedPackets6(here().nic) - returned).toBe(6);
    for (const [from, to] of [
      [pod(0), other],
      [far(), two],
      [pod(0), here().nic.ipv6?.primary ?? ''],
      [pod(0), there().nic.ipv6?.primary ?? ''],
      [here().netns(), one],
    ] as const)
      expect([from.name, to, await answers(from, to)]).toEqual([from.name, to, true]);
    expect(pod(0).mustExec(['ip', '-4', 'addr', 'show', 'dev', 'eth0']).stdout).toBe('');
    expect(fabric().foreignFrames(here().nic)).toBe(0);
    expect(dryRun()).toBe('');
  });
});
