/** Bridge mode with IPv6 on a real kernel, and a fabric without multicast, whose one neighbour is the link-local gateway. */
import { describe, expect, it } from 'vitest';
import { DUAL_NICS, FABRIC_MAC, GATEWAY, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { ethernet, icmp6, udp6 } from './frames.ts';
import { heardLinkOf, liesHeard } from './hear-frames.ts';
import { ipamOf } from './mode-cases.ts';
import { addressOf, expectRepeatable } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';
import { OUTSIDE6, recordSources6, sourcesAt } from './sources.ts';

const [IP6, VLAN] = [0x86dd, 0x8100];

type Case = {
  readonly name: string;
  readonly mode: string;
  readonly isDual: boolean;
  readonly byFabric: boolean;
};

const CASES: readonly Case[] = [
  { name: 'bridge, both families', mode: 'bridge', isDual: true, byFabric: false },
  { name: 'bridge, IPv6 alone', mode: 'bridge', isDual: false, byFabric: false },
  { name: 'tunnel, both families', mode: 'tunnel', isDual: true, byFabric: true },
  { name: 'tunnel, IPv6 alone', mode: 'tunnel', isDual: false, byFabric: true },
];

function confOf({ mode, isDual }: Case): (nic: Nic) => object {
  return (nic) => ({ mode, bridge: 'azure0', ipam: ipamOf(mode, isDual, nic) });
}

describe.skipIf(!hasLiveNodes).each(CASES)('mode $name', (given) => {
  const { fabric, here, there, pod, far, run, dryRun, expectRepaired } = useTwoNodes(
    confOf(given),
    DUAL_NICS,
  );
  const six = (place: Netns): string => addressOf(place, 6);

  it('carries packets on the node, to its own and other nodes, and from them, with the source that they have', async () => {
    for (const from of [pod(0), pod(1), far()])
      expect([from.name, reaches(from, six(pod(0)))]).toEqual([from.name, true]);
    const returned = (): number => fabric().returnedPackets6(here().nic);
    const others = returned();
    for (const target of [six(far()), ...[here(), there()].map(({ nic }) => nic.ipv6?.primary ?? '')])
      expect([target, await answers(pod(0), target)]).toEqual([target, true]);
    const before = returned();
    const ping = `ping -n -q -c 3 -i 0.05 -W 10 ${six(pod(1))}`;
    expect(pod(0).mustExec(ping.split(' ')).stdout).toContain(' 3 received');
    expect([before - others, returned() - before]).toEqual([0, given.byFabric ? 6 : 0]);
    for (const [from, to] of [
      [far(), pod(0)],
      [here().netns(), pod(0)],
      [there().netns(), pod(0)],
      [here().netns(), far()],
    ] as const)
      expect([from.name, await answers(from, six(to))]).toEqual([from.name, true]);
    recordSources6(fabric().netns);
    expect([reaches(pod(0), OUTSIDE6), sourcesAt(fabric().netns, undefined, 'ip6')]).toEqual([
      true,
      [six(pod(0))],
    ]);
    expect(fabric().foreignFrames(here().nic)).toBe(0);
    const inIpv4 = given.isDual ? [addressOf(pod(1)), addressOf(far()), GATEWAY] : [];
    for (const target of inIpv4) expect([target, await answers(pod(0), target)]).toEqual([target, true]);
  });

  it('has nothing to do afterwards, CHECK passes, and the pod is alone on its link', () => {
    const result = expectRepeatable(here(), pod(0));
    expect(result).toMatchObject({ routes: expect.arrayContaining([{ dst: '::/0', gw: GATEWAY6 }]) });
    expect(JSON.stringify(result)).toContain('"fd00:240::36/128"');
    expect(pod(0).mustExec('ip -6 neigh show dev eth0'.split(' ')).stdout).toContain(
      `${GATEWAY6} lladdr ${FABRIC_MAC} PERMANENT`,
    );
    expect(run('bridge fdb show dev eth0')).toContain(`${FABRIC_MAC} master azure0 static`);
  });

  it('asks the fabric for its gateway where a pod lost its entry', async () => {
    pod(1).mustExec('ip -6 neigh flush dev eth0 nud permanent'.split(' '));
    expect(await answers(pod(1), six(far()))).toBe(true);
    expect(here().vnet('reconcile').code).toBe(0);
    expect(dryRun()).toBe('');
  });

  it('repairs any object deleted from a pod or its path', async () => {
    const [{ hostVeth = '', mac = '' } = {}] = Object.values(here().document().endpoints ?? {});
    const address = six(pod(0));
    const commands: readonly (readonly [Netns, string])[] = [
      [here().netns(), `ip -6 route del ${address}/128`],
      [here().netns(), `ip -6 neigh del ${address} dev azure0`],
      [here().netns(), `ip link set ${hostVeth} nomaster`],
      [here().netns(), `bridge fdb del ${FABRIC_MAC} dev eth0 master`],
      [here().netns(), 'nft delete table bridge vnet'],
      [here().netns(), `bridge fdb del ${mac} dev ${hostVeth} master`],
      [pod(0), 'ip -6 route del default'],
      [pod(0), `ip -6 neigh del ${GATEWAY6} dev eth0`],
    ];
    for (const [place, command] of commands) {
      place.mustExec(['sh', '-c', command]);
      expectRepaired(command);
      expect([command, reaches(pod(0), six(far()))]).toEqual([command, true]);
    }
    expect(await answers(pod(0), six(far()))).toBe(true);
  });

  it('passes no packet of a foreign source, no advertisement, and no claim to the address of another', async () => {
    const [own, target] = [six(pod(0)), six(pod(1))];
    const [{ mac }, to] = [heardLinkOf(pod(0)), heardLinkOf(pod(1)).mac];
    const lie = (payload: Buffer, types = [IP6]): Buffer => ethernet(FABRIC_MAC, mac, types, payload);
    const all = (payload: Buffer): Buffer => ethernet('33:33:00:00:00:01', mac, [IP6], payload);
    const foreign = [target, six(far()), 'fd00:240::35', 'fd00:240::ff', '2001:db8::1', '::1', 'fe80::9'];
    const claims = [GATEWAY6, target].map((claimed): readonly [string, Buffer] => [
      `claim to ${claimed}`,
      all(icmp6({ from: own, to: 'ff02::1', type: 136, target: claimed }, 'frame-lie')),
    ]);
    const lies = {
      ...Object.fromEntries(foreign.map((from) => [from, lie(udp6(from, target, 'frame-lie'))])),
      ...Object.fromEntries(claims),
      'a tag of VLAN 0': lie(udp6(target, target, 'frame-lie'), [VLAN, 0, IP6]),
      advertisement: all(icmp6({ from: 'fe80::9', to: 'ff02::1', type: 134 }, 'frame-lie')),
    };
    const isFar = given.byFabric;
    const marker = (text: string): Buffer =>
      ethernet(isFar ? FABRIC_MAC : to, mac, [IP6], udp6(own, target, text));
    expect(await liesHeard(pod(0), lies, { place: pod(1), device: 'eth0', marker })).toEqual([]);
    expect(await answers(pod(1), six(far()))).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('takes an address to its next pod, leaves nothing of the one before, and is there after a reboot', async () => {
    const gone = here().addPod();
    const address = six(gone);
    expect(here().call('DEL', gone)).toMatchObject({ code: 0, stdout: '' });
    const listed = ['ip -6 route', 'ip -6 neigh', 'ip link', 'nft list ruleset'].map(run).join('');
    expect(listed).not.toContain(`${address} `);
    expect(dryRun()).toBe('');
    here().reboot();
    expect(here().vnet('reconcile').code).toBe(0);
    const fresh = here().addPod();
    expect(reaches(fresh, six(far()))).toBe(true);
    expect(await answers(far(), six(fresh))).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('gives the node back as it was', () => {
    const state = (): string =>
      run(
        'ip -6 addr show dev eth0 scope global | grep inet6; ip -6 route show dev eth0 | grep -v fe80::/64',
      );
    for (const one of here().pods()) expect(here().call('DEL', one).code).toBe(0);
    expect(here().vnet('release', 'azure')).toMatchObject({ code: 0 });
    expect(state()).toContain('fd00:240::35/128');
    expect(state()).toContain(`default via ${GATEWAY6}`);
    expect(reaches(here().netns(), six(far()))).toBe(true);
    expect(dryRun()).toBe('');
  });
});
