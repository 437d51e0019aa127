/** Modes transparent and routed with IPv6 on a real kernel, and a fabric without multicast and neighbour discovery. */
import { describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import { isLong } from '../support/long.ts';
import type { Netns } from '../support/netns.ts';
import { ethernet, icmp6, udp6 } from './frames.ts';
import { heardLinkOf, liesHeard } from './hear-frames.ts';
import { OUTSIDE6, recordSources6, sourcesAt } from './sources.ts';
import { ipamOf } from './mode-cases.ts';
import { addressOf } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

const [IP6, VLAN] = [0x86dd, 0x8100];

type Case = {
  readonly name: string;
  readonly conf: (nic: Nic) => object;
  /** The addresses in the answer to the first ADD, and the gateway of IPv6. */
  readonly addresses: readonly string[];
  readonly gateway: string;
  /** true: packets between pods of a node pass the fabric. */
  readonly byFabric?: true;
  /** Commands that break the path of the first pod. */
  readonly breaks: (veth: string, address: string) => readonly string[];
};

function pools(mode: string, isDual: boolean): Case['conf'] {
  return (nic) => ({ mode, ipam: ipamOf(mode, isDual, nic) });
}

const transparentBreaks: Case['breaks'] = (veth, address) => [
  `ip -6 route del ${address}/128 dev ${veth}`,
  `ip -6 neigh del ${address} dev ${veth}`,
  `ip link set ${veth} down`,
  'sysctl -qw net.ipv6.conf.all.forwarding=0',
  'nft delete table inet vnet',
  `nft delete element inet vnet routed_ports { "${veth}" }`,
];

const routedBreaks: Case['breaks'] = (veth, address) => [
  `ip -6 neigh del ${address} dev cbr0`,
  `ip link set ${veth} nomaster`,
  'ip -6 addr del fd00:244::1/64 dev cbr0',
  'ip link set cbr0 down',
  'sysctl -qw net.ipv6.conf.all.forwarding=0',
  'sysctl -qw net.ipv6.conf.cbr0.accept_ra=1',
  'nft delete table bridge vnet',
];

const CASES: readonly Case[] = [
  {
    name: 'transparent, both families',
    conf: pools('transparent', true),
    addresses: ['10.240.0.36/32', 'fd00:240::36/128'],
    gateway: GATEWAY6,
    breaks: transparentBreaks,
  },
  {
    name: 'transparent, IPv6 alone',
    conf: pools('transparent', false),
    addresses: ['fd00:240::36/128'],
    gateway: GATEWAY6,
    breaks: transparentBreaks,
  },
  {
    name: 'routed, both families',
    conf: pools('routed', true),
    addresses: ['10.244.0.2/24', 'fd00:244::2/64'],
    gateway: 'fd00:244::1',
    breaks: routedBreaks,
  },
  {
    name: 'routed, IPv6 alone',
    conf: pools('routed', false),
    addresses: ['fd00:244::2/64'],
    gateway: 'fd00:244::1',
    breaks: routedBreaks,
  },
];

// In the short form, one mode shows what a pod without IPv4 has.
const SOME = CASES.filter(({ name }) => isLong || name !== 'routed, IPv6 alone');

describe.skipIf(!hasLiveNodes).each(SOME)('mode $name', (given) => {
  const { conf, addresses, gateway, breaks } = given;
  const { fabric, here, there, pod, far, run, dryRun, expectRepaired } = useTwoNodes(conf, DUAL_NICS);
  const six = (place: Netns): string => addressOf(place, 6);

  it('carries packets on the node, to its own and other nodes, with the source that they have', async () => {
    for (const from of [pod(0), pod(1), far()]) expect(reaches(from, six(pod(0)))).toBe(true);
    const nodes = [here(), there()].map(({ nic }) => nic.ipv6?.primary ?? '');
    for (const target of [six(pod(1)), six(far()), ...nodes])
      expect([target, await answers(pod(0), target)]).toEqual([target, true]);
    expect(await answers(far(), six(pod(0)))).toBe(true);
    expect(await answers(here().netns(), six(pod(0)))).toBe(true);
    expect(await answers(there().netns(), six(pod(0)))).toBe(true);
    const returned = fabric().returnedPackets6(here().nic);
    const ping = `ping -n -q -c 3 -i 0.05 -W 10 ${six(pod(1))}`;
    expect(pod(0).mustExec(ping.split(' ')).stdout).toContain(' 3 received');
    expect(fabric().returnedPackets6(here().nic) - returned).toBe(given.byFabric === true ? 6 : 0);
    expect(fabric().foreignFrames(here().nic)).toBe(0);
    if (addresses.length > 1) expect(await answers(pod(0), addressOf(far()))).toBe(true);
  });

  it('has nothing to do afterwards, CHECK passes, and ADD again answers the same, ready at once', () => {
    expect(dryRun()).toBe('');
    const again = here().call('ADD', pod(0));
    expect(again.code).toBe(0);
    const prevResult: { readonly ips: readonly { address: string; gateway: string }[] } = JSON.parse(
      again.stdout,
    );
    expect(here().call('CHECK', pod(0), { prevResult })).toMatchObject({ code: 0, stdout: '' });
    expect(prevResult.ips.map(({ address }) => address)).toEqual(addresses);
    expect(prevResult.ips.at(-1)).toMatchObject({ gateway });
    expect(prevResult).toMatchObject({ routes: expect.arrayContaining([{ dst: '::/0', gw: gateway }]) });
    const fresh = here().addPod();
    const shown = fresh.mustExec('ip -6 -o addr show dev eth0 scope global'.split(' ')).stdout;
    expect(shown).not.toContain('tentative');
    expect(here().call('DEL', fresh).code).toBe(0);
  });

  it('keeps the default route of the node from router advertisements, and one that another program receives', () => {
    expect(run('cat /proc/sys/net/ipv6/conf/eth0/accept_ra').trim()).toBe('2');
    run('sysctl -qw net.ipv6.conf.eth0.accept_ra=1');
    expect(dryRun()).toContain('accept_ra');
    expect(here().vnet('reconcile').code).toBe(0);
    run('sysctl -qw net.ipv6.conf.eth0.accept_ra=0');
    expect(dryRun()).toBe('');
    run('sysctl -qw net.ipv6.conf.eth0.accept_ra=2');
  });

  it('repairs any object deleted from a pod or its path', async () => {
    const [{ hostVeth = '' } = {}] = Object.values(here().document().endpoints ?? {});
    const address = six(pod(0));
    const commands = breaks(hostVeth, address).map((command) => [here().netns(), command] as const);
    const inPod: (readonly [Netns, string])[] = [[pod(0), 'ip -6 route del default']];
    if (gateway === GATEWAY6) inPod.push([pod(0), `ip -6 neigh del ${GATEWAY6} dev eth0`]);
    const deletions = [...commands, ...inPod];
    // One family repeats what both do: in the short form, one round repairs everything.
    const isTogether = addresses.length === 1 && !isLong;
    for (const batch of isTogether ? [deletions] : deletions.map((deletion) => [deletion])) {
      const text = batch.map(([, command]) => command).join('; ');
      // Of several, one may take the object of a later one along.
      for (const [place, command] of batch) place.execNow(['sh', '-c', command]);
      expectRepaired(text);
      expect([text, reaches(pod(0), six(far()))]).toEqual([text, true]);
    }
    expect(await answers(pod(0), six(far()))).toBe(true);
  });

  it('passes no packet of a foreign source, no advertisement, and no claim to the address of another', async () => {
    const [own, target] = [six(pod(0)), six(pod(1))];
    const { mac } = heardLinkOf(pod(0));
    const isRouted = gateway !== GATEWAY6;
    const nodeMac = isRouted ? heardLinkOf(pod(1)).mac : 'aa:aa:aa:aa:aa:aa';
    const local = 'fe80::9';
    const foreign = [
      target,
      six(far()),
      'fd00:240::35',
      'fd00:240::ff',
      'fd00:244::ff',
      '2001:db8::1',
      '::1',
      local,
    ];
    const lies: Readonly<Record<string, Buffer>> = {
      ...Object.fromEntries(
        foreign.map((from) => [from, ethernet(nodeMac, mac, [IP6], udp6(from, target, 'frame-lie'))]),
      ),
      'a tag of VLAN 0': ethernet(nodeMac, mac, [VLAN, 0, IP6], udp6(target, target, 'frame-lie')),
      advertisement: ethernet(
        '33:33:00:00:00:01',
        mac,
        [IP6],
        icmp6({ from: local, to: 'ff02::1', type: 134 }, 'frame-lie'),
      ),
      ...Object.fromEntries(
        [gateway, target].map((claimed) => [
          `claim to ${claimed}`,
          ethernet(
            isRouted ? nodeMac : '33:33:00:00:00:01',
            mac,
            [IP6],
            icmp6({ from: own, to: isRouted ? target : 'ff02::1', type: 136, target: claimed }, 'frame-lie'),
          ),
        ]),
      ),
    };
    const marker = (text: string): Buffer => ethernet(nodeMac, mac, [IP6], udp6(own, target, text));
    expect(await liesHeard(pod(0), lies, { place: pod(1), device: 'eth0', marker })).toEqual([]);
    expect(await answers(pod(1), six(far()))).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('lets no pod be a router for the node (CVE-2020-10749)', async () => {
    const { mac } = heardLinkOf(pod(0));
    const advertisement = icmp6({ from: 'fe80::9', to: 'ff02::1', type: 134 }, '');
    const frame = ethernet('33:33:00:00:00:01', mac, [IP6], advertisement);
    const marker = (text: string): Buffer =>
      ethernet(heardLinkOf(pod(1)).mac, mac, [IP6], udp6(six(pod(0)), six(pod(1)), text));
    const before = run('cat /proc/net/snmp6 | grep Icmp6InRouterAdv');
    const via = gateway === GATEWAY6 ? 'aa:aa:aa:aa:aa:aa' : heardLinkOf(pod(1)).mac;
    const end = (text: string): Buffer => {
      const honest = marker(text);
      Buffer.from(via.replaceAll(':', ''), 'hex').copy(honest);
      return honest;
    };
    await liesHeard(pod(0), { advertisement: frame }, { place: pod(1), device: 'eth0', marker: end });
    expect(run('cat /proc/net/snmp6 | grep Icmp6InRouterAdv')).toBe(before);
    expect(run('ip -6 route show default')).not.toContain('fe80::9 ');
  });

  it('gives packets beyond direct the address of the node, and no others', () => {
    const { netns: outside } = fabric();
    recordSources6(outside);
    const seen = (set?: string): readonly string[] => sourcesAt(outside, set, 'ip6');
    expect([reaches(pod(0), OUTSIDE6), seen()]).toEqual([true, [six(pod(0))]]);
    const direct = '[fd00:240::/64, "fd00:244::/56", 10.240.0.0/16, 10.244.0.0/16]';
    here().edit('    pools:\n', `    masquerade: { enabled: true, direct: ${direct} }\n    pools:\n`);
    expect(here().vnet('reconcile')).toMatchObject({ code: 0 });
    expect([reaches(pod(0), OUTSIDE6), seen()]).toEqual([true, [here().nic.ipv6?.primary]]);
    seen('forwarded');
    expect([reaches(pod(0), six(far())), seen('forwarded')]).toEqual([true, [six(pod(0))]]);
    expect(dryRun()).toBe('');
  });

  it('takes an address to its next pod, leaves nothing of the one before, and is there after a reboot', async () => {
    const gone = here().addPod();
    const address = six(gone);
    expect(here().call('DEL', gone)).toMatchObject({ code: 0, stdout: '' });
    const listed = ['ip -6 route', 'ip -6 neigh', 'ip link', 'nft list ruleset'].map(run).join('');
    expect(listed).not.toContain(`${address} `);
    expect(listed).not.toContain(`${address}/`);
    expect(dryRun()).toBe('');
    here().reboot();
    expect(here().vnet('reconcile').code).toBe(0);
    expect(here().document().endpoints ?? {}).toEqual({});
    const fresh = here().addPod();
    expect(reaches(fresh, six(far()))).toBe(true);
    expect(await answers(far(), six(fresh))).toBe(true);
    expect(dryRun()).toBe('');
  });
});
