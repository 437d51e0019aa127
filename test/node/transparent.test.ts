/** Mode transparent on a real kernel and the lab's fabric: two nodes and their pods. */
import { describe, expect, it } from 'vitest';
import { GATEWAY } from '../lab/fabric.ts';
import { answers, reaches, staysSilent } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { arp, ethernet, udp } from './frames.ts';
import { END, hearFrames, heardLinkOf, liesHeard } from './hear-frames.ts';
import { addressOf, expectNoTrace, expectRepeatable, expectUplinkUnchanged } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

const [IP, ARP, VLAN] = [0x0800, 0x0806, 0x8100];
const NODE = '10.240.0.35';
/** The MAC of every host veth. */
const NODE_MAC = 'aa:aa:aa:aa:aa:aa';

describe.skipIf(!hasLiveNodes)('mode transparent', () => {
  const { fabric, here, there, pod, far, dryRun } = useTwoNodes({ mode: 'transparent' });

  it('carries packets on the node, to its own and other nodes, and to the gateway, with the source that they have', async () => {
    const targets = [addressOf(pod(1)), addressOf(far()), here().nic.primary, there().nic.primary, GATEWAY];
    for (const target of targets) expect([target, await answers(pod(0), target)]).toEqual([target, true]);
    expect(await answers(far(), addressOf(pod(0)))).toBe(true);
    expect(await answers(here().netns(), addressOf(pod(0)))).toBe(true);
    expect(await answers(there().netns(), addressOf(pod(0)))).toBe(true);
    expect(fabric().foreignFrames(here().nic)).toBe(0);
  });

  it('leaves the uplink unchanged, and creates no bridge', () => {
    const { stdout } = here().netns().mustExec(['ip', '-j', '-d', 'link']);
    const links: readonly { readonly ifname: string; readonly master?: string }[] = JSON.parse(stdout);
    expect(links.filter(({ master }) => master !== undefined)).toEqual([]);
    expectUplinkUnchanged(here());
  });

  it('has nothing to do afterwards, CHECK passes, and ADD again answers the same', () => {
    expect(expectRepeatable(here(), pod(0))).toMatchObject({
      ips: [{ address: `${addressOf(pod(0))}/32`, gateway: '169.254.1.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '169.254.1.1' }],
      interfaces: [
        { mac: 'aa:aa:aa:aa:aa:aa', mtu: 1500 },
        { name: 'eth0', mtu: 1500 },
      ],
    });
  });

  it('repairs any object deleted from a pod or its path', async () => {
    const [{ hostVeth = '' } = {}] = Object.values(here().document().endpoints ?? {});
    const address = addressOf(pod(0));
    const breaks: readonly (readonly [Netns, string])[] = [
      [here().netns(), `ip route del ${address}/32 dev ${hostVeth}`],
      [here().netns(), `ip neigh del ${address} dev ${hostVeth}`],
      [here().netns(), `ip link set ${hostVeth} down`],
      [here().netns(), `ip link set ${hostVeth} address 02:00:00:00:00:01`],
      [here().netns(), 'ip addr del 169.254.1.1/32 dev lo'],
      [here().netns(), 'sysctl -qw net.ipv4.ip_forward=0'],
      [here().netns(), 'nft delete table inet vnet'],
      [here().netns(), `nft delete element inet vnet routed_ports { "${hostVeth}" }`],
      [pod(0), 'ip neigh del 169.254.1.1 dev eth0'],
      [pod(0), 'ip neigh replace 169.254.1.1 lladdr 02:00:00:00:00:01 dev eth0 nud permanent'],
      [pod(0), 'ip route del default'],
    ];
    for (const [place, command] of breaks) {
      place.mustExec(['sh', '-c', command]);
      expect([command, dryRun()]).not.toEqual([command, '']);
      expect([command, here().vnet('reconcile').code]).toEqual([command, 0]);
      expect([command, dryRun()]).toEqual([command, '']);
      expect([command, await answers(pod(0), addressOf(far()))]).toEqual([command, true]);
    }
  });

  it('delivers to a pod that gave itself another MAC', async () => {
    const own = pod(1).mustExec(['cat', '/sys/class/net/eth0/address']).stdout.trim();
    pod(1).mustExec('ip link set eth0 address 0a:00:00:00:00:77'.split(' '));
    expect(here().vnet('reconcile').code).toBe(0);
    expect(await answers(pod(0), addressOf(pod(1)))).toBe(true);
    expect(await answers(pod(1), addressOf(far()))).toBe(true);
    pod(1).mustExec(`ip link set eth0 address ${own}`.split(' '));
    expect(here().vnet('reconcile').code).toBe(0);
    expect(await answers(pod(1), addressOf(far()))).toBe(true);
  });

  it('lets a pod send from its own address alone, until the document switches that off', async () => {
    const address = addressOf(pod(1));
    pod(0).mustExec('ip addr add 10.240.0.64/32 dev eth0'.split(' '));
    const echoes = (): number => echoesAt(pod(1));
    const lie = (): void => void pod(0).execNow(['ping', '-c1', '-W1', '-I', '10.240.0.64', address]);
    const before = echoes();
    lie();
    expect(echoes()).toBe(before);
    here().edit('    pools:\n', '    antiSpoofing: false\n    pools:\n');
    expect(here().vnet('reconcile').code).toBe(0);
    lie();
    expect(echoes()).toBeGreaterThan(before);
    here().edit('    antiSpoofing: false\n', '');
    expect(here().vnet('reconcile').code).toBe(0);
    const after = echoes();
    lie();
    expect(echoes()).toBe(after);
    pod(0).mustExec('ip addr del 10.240.0.64/32 dev eth0'.split(' '));
    expect(await answers(pod(0), address)).toBe(true);
  });

  it.each([
    ['iptables -P FORWARD DROP', 'iptables -P FORWARD ACCEPT'],
    [
      "nft 'add table ip other; add chain ip other x { type filter hook forward priority 0; policy drop; }'",
      'nft delete table ip other',
    ],
  ])('says so where pods are cut off by %s, with a remedy that helps', async (command, undo) => {
    const run = (text: string): unknown => here().netns().mustExec(['sh', '-c', text]);
    const status = (): string => here().vnet('status').stdout;
    expect(status()).not.toContain('Obstructed');
    run(command);
    expect(status()).toContain('Obstructed');
    const addressed = addressOf(pod(1));
    expect(await staysSilent(pod(0), addressed)).toBe(true);
    const { stdout } = here().vnet('doctor');
    expect(stdout).toMatch(/policy drop\) drops packets between pods/);
    const remedies = stdout.match(/iptables -t [^;&]+ACCEPT|nft insert rule [^;&]+accept/g) ?? [];
    expect(remedies.length).toBeGreaterThan(2);
    for (const remedy of remedies) run(remedy);
    expect(await answers(pod(0), addressed)).toBe(true);
    for (const remedy of remedies.filter((text) => text.startsWith('iptables')))
      run(remedy.replace(' -I ', ' -D '));
    run(undo);
    expect(await answers(pod(0), addressed)).toBe(true);
  });

  it('routes no packet with a foreign source address, however it is framed', async () => {
    const [own, target] = [addressOf(pod(0)), addressOf(pod(1))];
    const { mac } = heardLinkOf(pod(0));
    const foreign = [
      '10.240.0.64',
      target,
      NODE,
      GATEWAY,
      addressOf(far()),
      '169.254.1.1',
      '127.0.0.1',
      '8.8.8.8',
    ];
    const packet = udp('10.240.0.64', target, 'frame-lie');
    const lies: Readonly<Record<string, Buffer>> = {
      ...Object.fromEntries(
        foreign.map((source) => [source, ethernet(NODE_MAC, mac, [IP], udp(source, target, 'frame-lie'))]),
      ),
      'another MAC and address': ethernet(NODE_MAC, '0a:00:00:00:00:99', [IP], packet),
      'a tag of VLAN 0': ethernet(NODE_MAC, mac, [VLAN, 0, IP], packet),
      'a tag with a priority': ethernet(NODE_MAC, mac, [VLAN, 0xe000, IP], packet),
      'a tag of VLAN 7': ethernet(NODE_MAC, mac, [VLAN, 7, IP], packet),
      'two tags': ethernet(NODE_MAC, mac, [0x88a8, 0, VLAN, 0, IP], packet),
      'to everyone': ethernet('ff:ff:ff:ff:ff:ff', mac, [IP], udp(own, '255.255.255.255', 'frame-lie')),
    };
    const marker = (text: string): Buffer => ethernet(NODE_MAC, mac, [IP], udp(own, target, text));
    expect(await liesHeard(pod(0), lies, { place: pod(1), device: 'eth0', marker })).toEqual([]);
  });

  it('keeps the way to a pod and to the gateway, whatever ARP another pod sends', async () => {
    const { mac } = heardLinkOf(pod(0));
    const claims = [addressOf(pod(1)), NODE, GATEWAY, '169.254.1.1'].flatMap((ip) =>
      ([1, 2] as const).map((operation) =>
        ethernet(
          'ff:ff:ff:ff:ff:ff',
          mac,
          [ARP],
          arp({ operation, mac, ip, targetMac: NODE_MAC, targetIp: '169.254.1.1' }, 'frame-lie'),
        ),
      ),
    );
    const own = addressOf(pod(0));
    const end = ethernet(NODE_MAC, mac, [IP], udp(own, addressOf(pod(1)), END));
    await hearFrames(pod(0), [...claims, end], { place: pod(1), device: 'eth0' });
    const uplink = here().netns().mustExec('ip neigh show dev eth0'.split(' ')).stdout;
    expect(uplink).not.toContain(mac);
    expect(await answers(far(), addressOf(pod(1)))).toBe(true);
    expect(await answers(pod(1), GATEWAY)).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('leaves nothing of a pod after its DEL', () => expectNoTrace(here()));

  it('is there again after a reboot, for new pods', () => {
    here().reboot();
    expect(here().vnet('reconcile').code).toBe(0);
    expect(here().document().endpoints ?? {}).toEqual({});
    const fresh = here().addPod();
    expect(reaches(fresh, addressOf(far()))).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('is gone with its part of the document, and release says that nothing was taken over', () => {
    for (const one of here().pods()) expect(here().call('DEL', one).code).toBe(0);
    const released = here().vnet('release');
    expect([released.code, released.stderr]).toEqual([66, expect.stringContaining('azure')]);
    here().edit(/\nnetworks:\n(?: {2}.*\n| *#.*\n|\n)+/, '\nnetworks: {}\n');
    expect(here().vnet('reconcile').code).toBe(0);
    expect(here().netns().mustExec(['nft', 'list', 'ruleset']).stdout).not.toContain('vnet');
    expect(here().netns().mustExec('ip addr show dev lo'.split(' ')).stdout).not.toContain('169.254.1.1');
    expect(dryRun()).toBe('');
  });
});

/** Returns the number of echo requests received. Source: /proc/net/snmp, RFC 2011. */
function echoesAt(pod: Netns): number {
  const lines = pod.mustExec(['cat', '/proc/net/snmp']).stdout.split('\n');
  const [names = [], values = []] = lines
    .filter((line) => line.startsWith('Icmp:'))
    .map((line) => line.split(' '));
  return Number(values[names.indexOf('InEchos')]);
}
