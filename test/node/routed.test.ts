/** Mode routed on a real kernel and the lab's fabric, whose route table leads to the pod CIDR of each node. */
import { describe, expect, it } from 'vitest';
import { GATEWAY, NICS } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { OUTSIDE, recordSources, sourcesAt } from './sources.ts';
import { addressOf, expectNoTrace, expectRepeatable, expectUplinkUnchanged } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';

/** The masquerade section of the test's documents. */
const MASQUERADE = `    masquerade:
      enabled: true
      direct: [10.244.0.0/16, 10.240.0.0/16]
`;

describe.skipIf(!hasLiveNodes)('mode routed', () => {
  const { fabric, here, there, pod, far, run, dryRun, expectRepaired } = useTwoNodes(
    ({ podCidr = '' }) => ({
      mode: 'routed',
      ipam: { type: 'azure-vnet-ipam', subnet: podCidr, addresses: [podCidr] },
    }),
    NICS,
    ({ netns }) => recordSources(netns),
  );

  const reconciled = (): void => expect(here().vnet('reconcile')).toMatchObject({ code: 0 });

  it('carries packets on the node, to its own and other nodes, and to the gateways', async () => {
    const [own, across] = [addressOf(pod(1)), addressOf(far())];
    expect([own, across]).toEqual(['10.244.0.3', '10.244.1.2']);
    const targets = [
      own,
      across,
      '10.244.0.1',
      '10.244.1.1',
      here().nic.primary,
      there().nic.primary,
      GATEWAY,
    ];
    for (const from of [pod(0), pod(1), far()]) expect(reaches(from, GATEWAY)).toBe(true);
    for (const target of targets) expect([target, await answers(pod(0), target)]).toEqual([target, true]);
    expect(await answers(far(), addressOf(pod(0)))).toBe(true);
    expect(await answers(here().netns(), addressOf(pod(0)))).toBe(true);
    expect(await answers(there().netns(), addressOf(pod(0)))).toBe(true);
    expect(fabric().foreignFrames(here().nic)).toBe(0);
  });

  it('leaves the uplink unchanged, and creates a bridge without it that is not promiscuous', () => {
    const links: readonly {
      readonly ifname: string;
      readonly master?: string;
      readonly address: string;
      readonly promiscuity: number;
    }[] = JSON.parse(run('ip -j -d link'));
    expect(links.filter(({ master }) => master !== undefined).every(({ master }) => master === 'cbr0')).toBe(
      true,
    );
    expect(links.find(({ ifname }) => ifname === 'cbr0')).toMatchObject({
      address: '0a:58:0a:f4:00:01',
      mtu: 1500,
      promiscuity: 0,
      linkinfo: { info_data: { mcast_snooping: 0 } },
    });
    expectUplinkUnchanged(here());
  });

  it('has nothing to do afterwards, CHECK passes, and ADD again answers the same', () => {
    expect(expectRepeatable(here(), pod(0))).toMatchObject({
      ips: [{ address: '10.244.0.2/24', gateway: '10.244.0.1' }],
      routes: [{ dst: '0.0.0.0/0', gw: '10.244.0.1' }],
      interfaces: [{ name: 'cbr0', mac: '0a:58:0a:f4:00:01', mtu: 1500 }, {}, { name: 'eth0', mtu: 1500 }],
    });
  });

  it('lets a pod reach itself through an address that is translated to its own', async () => {
    run('nft add table ip service');
    run(
      "nft 'add chain ip service pre { type nat hook prerouting priority dstnat; } ; add chain ip service post { type nat hook postrouting priority srcnat; }'",
    );
    run(`nft add rule ip service pre ip daddr 10.0.0.10 dnat to ${addressOf(pod(0))}`);
    run('nft add rule ip service post ct status dnat masquerade');
    expect(await answers(pod(0), '10.0.0.10')).toBe(true);
    run('nft delete table ip service');
  });

  it('gives packets to the outside the address of the node, and no others', async () => {
    const seen = (): readonly string[] => sourcesAt(fabric().netns);
    expect(await answers(pod(0), OUTSIDE)).toBe(true);
    expect(seen()).toEqual(['10.244.0.2']);
    here().edit('    pools:\n', `${MASQUERADE}    pools:\n`);
    expect(here().vnet('reconcile', '--dry-run').stdout).toContain('nft-table inet vnet');
    reconciled();
    expect(await answers(pod(0), OUTSIDE)).toBe(true);
    expect(seen()).toEqual([here().nic.primary]);
    sourcesAt(fabric().netns, 'forwarded');
    expect(await answers(pod(0), addressOf(far()))).toBe(true);
    expect(sourcesAt(fabric().netns, 'forwarded')).toEqual(['10.244.0.2']);
    expect(run('nft list chain inet vnet postrouting')).toContain('fully-random');
  });

  it('routes to peers itself where the document says so, and stops when it no longer does', async () => {
    fabric().netns.mustExec(`ip route del 10.244.1.0/24`.split(' '));
    here().edit(
      '    pools:\n',
      `    peers:\n      - { to: 10.244.1.0/24, via: ${there().nic.primary}, dev: eth0 }\n    pools:\n`,
    );
    reconciled();
    expect(run('ip route show 10.244.1.0/24')).toContain(`via ${there().nic.primary} dev eth0 proto 118`);
    expect(here().vnet('get', 'routes').stdout).toContain('10.244.1.0/24');
    run('ip route del 10.244.1.0/24');
    expect(dryRun()).toContain('10.244.1.0/24');
    reconciled();
    expect(run('ip route show 10.244.1.0/24')).toContain('proto 118');
    here().edit(
      `    peers:\n      - { to: 10.244.1.0/24, via: ${there().nic.primary}, dev: eth0 }\n`,
      '    peers:\n      - to: 10.244.1.0/24\n',
    );
    expect(here().vnet('reconcile', '--max-disruption', 'flow-reset')).toMatchObject({ code: 0 });
    expect(run('ip route show 10.244.1.0/24')).toBe('');
    const port = `to-${there().nic.node}`;
    fabric().netns.mustExec(`ip route add 10.244.1.0/24 via ${there().nic.primary} dev ${port}`.split(' '));
    expect(await answers(pod(0), addressOf(far()))).toBe(true);
  });

  it('repairs any object deleted from a pod or its path', async () => {
    const [{ hostVeth = '', mac = '' } = {}] = Object.values(here().document().endpoints ?? {});
    const address = addressOf(pod(0));
    const breaks: readonly (readonly [Netns, string])[] = [
      [here().netns(), `ip neigh del ${address} dev cbr0`],
      [here().netns(), `bridge fdb del ${mac} dev ${hostVeth} master`],
      [here().netns(), `ip link set ${hostVeth} nomaster`],
      [here().netns(), `ip link set ${hostVeth} down`],
      [here().netns(), `bridge link set dev ${hostVeth} hairpin off`],
      [here().netns(), 'ip addr del 10.244.0.1/24 dev cbr0'],
      [here().netns(), 'ip link set cbr0 down'],
      [here().netns(), 'ip link set cbr0 address 02:00:00:00:00:01'],
      [here().netns(), 'ip link del cbr0'],
      [here().netns(), 'sysctl -qw net.ipv4.ip_forward=0'],
      [here().netns(), 'sysctl -qw net.ipv6.conf.cbr0.accept_ra=1'],
      [here().netns(), 'nft delete table bridge vnet'],
      [here().netns(), 'nft delete table inet vnet'],
      [here().netns(), 'nft flush chain inet vnet postrouting'],
      [here().netns(), `nft delete element bridge vnet ports { "${hostVeth}" }`],
      [pod(0), 'ip route del default'],
    ];
    for (const [place, command] of breaks) {
      place.mustExec(['sh', '-c', command]);
      expectRepaired(command);
      expect([command, reaches(pod(0), addressOf(far()))]).toEqual([command, true]);
    }
  });

  it('says so where the FORWARD policy cuts pods off from other nodes, with a remedy that helps', () => {
    run('iptables -P FORWARD DROP');
    expect(isReached(pod(0), addressOf(far()))).toBe(false);
    const { stdout } = here().vnet('doctor');
    expect(stdout).toMatch(/policy drop\) drops packets from pods to other nodes/);
    const remedies = stdout.match(/iptables -t [^;&]+ACCEPT/g) ?? [];
    for (const remedy of remedies) run(remedy);
    expect(isReached(pod(0), addressOf(far()), { pings: MANY })).toBe(true);
    for (const remedy of remedies) run(remedy.replace(' -I ', ' -D '));
    run('iptables -P FORWARD ACCEPT');
  });

  it('lets a pod send from its own address alone, until the document switches that off', async () => {
    pod(0).mustExec('ip addr add 10.244.0.64/24 dev eth0'.split(' '));
    const lie = (pings = 1): boolean =>
      isReached(pod(0), addressOf(pod(1)), { source: '10.244.0.64', pings });
    expect(lie()).toBe(false);
    here().edit('      name: cbr0\n', '      name: cbr0\n      antiSpoofing: false\n');
    reconciled();
    expect(lie(MANY)).toBe(true);
    here().edit('      antiSpoofing: false\n', '');
    reconciled();
    expect(lie()).toBe(false);
    pod(0).mustExec('ip addr del 10.244.0.64/24 dev eth0'.split(' '));
    expect(await answers(pod(0), addressOf(pod(1)))).toBe(true);
  });

  it('leaves nothing of a pod after its DEL', () => expectNoTrace(here()));

  it('is there again after a reboot, for new pods', () => {
    here().reboot();
    reconciled();
    expect(here().document().endpoints ?? {}).toEqual({});
    const fresh = here().addPod();
    expect(reaches(fresh, addressOf(far()))).toBe(true);
    expect(reaches(fresh, OUTSIDE)).toBe(true);
    expect(dryRun()).toBe('');
  });
});

/** Returns true if an echo request, from that source address if given, is answered within a second. */
/** Pings where an answer is expected: a neighbour that did not answer before is unreachable for some seconds. */
const MANY = 20;

/** Pings until the first answer, for a second each. */
function isReached(pod: Netns, target: string, { source = '', pings = 1 } = {}): boolean {
  const from = source === '' ? [] : ['-I', source];
  const ping = ['ping', '-c1', '-W1', ...from, target];
  for (let sent = 0; sent < pings; sent += 1) if (pod.execNow(ping).code === 0) return true;
  return false;
}
