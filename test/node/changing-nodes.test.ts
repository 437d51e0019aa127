/** Nodes that change under their pods, in the modes whose uplink stays outside: what administrators, DHCP, drivers and the fabric do. */
import { describe, expect, it } from 'vitest';
import { DUAL_NICS, portOf } from '../lab/fabric.ts';
import { configureByDhcp } from '../lab/node.ts';
import { reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { isLong } from '../support/long.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { ipamOf, MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf } from './mode-nodes.ts';
import { transfer } from './transfer.ts';
import { useTwoNodes } from './two-nodes.ts';

const FAMILIES = [4, 6] as const;
const BYTES = 300_000;

/** Mode transparent-tunnel has all objects of mode transparent. */
const MODES = MODE_CASES.filter(
  ({ mode, takesUplink }) => !takesUplink && (isLong || mode !== 'transparent'),
);

describe.skipIf(!hasLiveNodes).each(MODES)('mode $mode', (given) => {
  const { fabric, here, pod, far, run, dryRun } = useTwoNodes(modeConf(given), DUAL_NICS);
  const [nic] = DUAL_NICS;
  const silentOn = (families: readonly (4 | 6)[] = FAMILIES): readonly string[] =>
    families.flatMap((family) =>
      ways(family).flatMap(([name, from, to]) => (reaches(from, to) ? [] : [`${name}, IPv${family}`])),
    );
  const ways = (family: 4 | 6): readonly (readonly [string, Netns, string])[] => [
    ['pod to pod', pod(0), addressOf(pod(1), family)],
    ['pod to another node', pod(0), addressOf(far(), family)],
    ['another node to pod', far(), addressOf(pod(1), family)],
    ['node to pod', here().netns(), addressOf(pod(0), family)],
  ];
  /** Expects that a pod starts and ends, and that all ways are open, with nothing to repair. */
  const expectWhole = (): void => {
    const fresh = here().addPod();
    for (const family of FAMILIES)
      expect([family, reaches(fresh, addressOf(far(), family))]).toEqual([family, true]);
    expect(here().call('DEL', fresh).code).toBe(0);
    expect([silentOn(), dryRun()]).toEqual([[], '']);
  };
  const reconcile = (): void => {
    const round = here().vnet('reconcile', '--max-disruption', 'flow-reset');
    expect([round.code, round.code === 0 ? '' : round.stdout + round.stderr]).toEqual([0, '']);
  };
  /** Returns the uplink's name in the document; undefined where the mode has none. */
  const uplink = (): string | undefined => /uplink:\n\s+name: (\S+)/.exec(here().text())?.[1];

  it('is not cut off by strict filters of reverse paths and restricted ARP that are set later', () => {
    run('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.default.rp_filter=1');
    run('sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2');
    for (const one of [pod(0), pod(1)])
      one.mustExec('sysctl -qw net.ipv4.conf.all.arp_ignore=1 net.ipv4.conf.all.arp_announce=2'.split(' '));
    expectWhole();
  });

  it('has its packets again as soon as the node has its default route again', () => {
    run('ip route del default; ip -6 route del default');
    configureByDhcp(here().netns(), nic);
    expectWhole();
  });

  it('may have a second NIC with routing rules of its own', () => {
    run(`ip link add eth1 type veth peer name other1; ip link set eth1 up; ip link set other1 up
      ip addr add 10.99.0.4/24 dev eth1
      ip route add default via 10.99.0.1 dev eth1 table 101
      ip rule add from 10.99.0.4 lookup 101 pref 1000; ip rule add to 10.99.0.0/24 lookup 101 pref 1001`);
    expectWhole();
    run('ip rule del pref 1000; ip rule del pref 1001; ip link del eth1');
  });

  it('does not mind a second interface of the MAC of the uplink: accelerated networking', () => {
    run(`ip link add enP1s1 address ${nic.mac} type veth peer name far1; ip link set enP1s1 up`);
    expectWhole();
    run('ip link del enP1s1');
  });

  it('goes on when the uplink was down, and DHCP has configured it again', () => {
    run('ip link set eth0 down');
    reconcileAnyway();
    configureByDhcp(here().netns(), nic);
    reconcile();
    expectWhole();
  });

  it('goes on with another address of the node', () => {
    const other = { ...nic, primary: '10.240.0.34' };
    run(`ip addr del ${nic.primary}/16 dev eth0`);
    fabric().netns.mustExec(`ip route replace ${other.primary} dev ${portOf(nic)}`.split(' '));
    if (nic.podCidr !== undefined)
      fabric().netns.mustExec(
        `ip route replace ${nic.podCidr} via ${other.primary} dev ${portOf(nic)}`.split(' '),
      );
    configureByDhcp(here().netns(), other);
    // The kernel deletes all routes of an interface with its last address.
    reconcile();
    expectWhole();
    run(`ip addr del ${other.primary}/16 dev eth0`);
    if (nic.podCidr !== undefined)
      fabric().netns.mustExec(
        `ip route replace ${nic.podCidr} via ${nic.primary} dev ${portOf(nic)}`.split(' '),
      );
    configureByDhcp(here().netns(), nic);
    reconcile();
    expectWhole();
  });

  it('goes on when the uplink has another name', () => {
    for (const [from, to] of [
      ['eth0', 'enp0s4'],
      ['enp0s4', 'eth0'],
    ] as const) {
      run(`ip link set ${from} down; ip link set ${from} name ${to}`);
      configureByDhcp(here().netns(), nic, to);
      reconcile();
      expect(uplink()).toBe(given.mode === 'routed' ? undefined : to);
      expectWhole();
    }
  });

  it('goes on when the uplink was replaced by another NIC of its MAC', () => {
    fabric().unplug(nic);
    reconcileAnyway();
    fabric().plug(nic, here().netns());
    configureByDhcp(here().netns(), nic);
    reconcile();
    expectWhole();
  });

  it('carries large packets when the MTU of the uplink was lowered', async () => {
    run('ip link set eth0 mtu 1400');
    fabric().netns.mustExec(`ip link set ${portOf(nic)} mtu 1400`.split(' '));
    for (const family of FAMILIES)
      for (const [from, to] of [
        [pod(0), far()],
        [far(), pod(0)],
        [pod(0), pod(1)],
      ] as const) {
        const own = addressOf(to, family);
        expect(await transfer(from, to, { own, bytes: BYTES })).toBe(`${BYTES} ${addressOf(from, family)}`);
      }
    expectWhole();
    run('ip link set eth0 mtu 1500');
    fabric().netns.mustExec(`ip link set ${portOf(nic)} mtu 1500`.split(' '));
  });

  it('does without IPv6 while it is switched off, and has it again', () => {
    run('sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1');
    expect(silentOn([4])).toEqual([]);
    reconcileAnyway();
    expect(silentOn([4])).toEqual([]);
    run('sysctl -qw net.ipv6.conf.all.disable_ipv6=0 net.ipv6.conf.default.disable_ipv6=0');
    configureByDhcp(here().netns(), nic);
    reconcile();
    expectWhole();
  });

  /** A round that lacks the uplink, or IPv6: it does the rest. */
  function reconcileAnyway(): void {
    expect([0, 3]).toContain(here().vnet('reconcile', '--max-disruption', 'flow-reset').code);
  }
});

describe.skipIf(!hasLiveNodes)('a node with networks of two modes, transparent and routed', () => {
  const { here, pod, far, dryRun } = useTwoNodes(modeConf({ mode: 'transparent' }), DUAL_NICS);
  const [nic] = DUAL_NICS;
  const conf = {
    name: 'kube',
    mode: 'routed',
    ipsToRouteViaHost: undefined,
    ipam: ipamOf('routed', true, nic),
  };

  it('connects pods of both, on the node and with other nodes', () => {
    const other = makeNetns(uniqueName('pod'));
    try {
      const added = here().call('ADD', other, conf);
      expect([added.code, added.code === 0 ? '' : added.stdout]).toEqual([0, '']);
      for (const family of FAMILIES)
        for (const [from, to] of [
          [pod(0), other],
          [other, pod(1)],
          [other, far()],
          [far(), other],
          [pod(0), far()],
        ] as const)
          expect([from.name, to.name, family, reaches(from, addressOf(to, family))]).toEqual([
            from.name,
            to.name,
            family,
            true,
          ]);
      expect(dryRun()).toBe('');
      expect(here().call('DEL', other, conf).code).toBe(0);
      expect(dryRun()).toBe('');
    } finally {
      other.remove();
    }
  });
});
