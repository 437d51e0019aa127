/**
 * The packets of every mode, in both families, on a real kernel and a fabric without multicast: rows of docs/modes.md.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { ethernet, icmp6, udp6 } from './frames.ts';
import { heardLinkOf, liesHeard } from './hear-frames.ts';
import { LOCAL_DNS, LOCAL_DNS6, MODE_CASES, modeConf } from './mode-cases.ts';
import { addressOf, type ModeNode } from './mode-nodes.ts';
import { useTwoNodes } from './two-nodes.ts';
import { OUTSIDE, OUTSIDE6, recordSources, recordSources6, sourcesAt } from './sources.ts';
import { transfer } from './transfer.ts';

const FAMILIES = [4, 6] as const;
type Family = (typeof FAMILIES)[number];
const SERVICES = { 4: '10.0.0.10', 6: 'fd00:10::10' } as const;
const OUTSIDES = { 4: OUTSIDE, 6: OUTSIDE6 } as const;
const STRANGERS = { 4: '10.240.0.250', 6: 'fd00:240::250' } as const;
const NFT = { 4: 'ip', 6: 'ip6' } as const;
const BYTES = 500_000;

/** The rules of kube-proxy for a Service with this backend: hairpin packets get the address of the node. */
const serviceOf = (family: Family, backend: string): string => `table ${NFT[family]} service {
  chain pre { type nat hook prerouting priority dstnat;
    ${NFT[family]} daddr ${SERVICES[family]} ${NFT[family]} saddr ${backend} meta mark set meta mark | 0x4000
    ${NFT[family]} daddr ${SERVICES[family]} dnat to ${backend}
  }
  chain post { type nat hook postrouting priority srcnat;
    meta mark & 0x4000 == 0x4000 masquerade fully-random
  }
  chain forward { type filter hook forward priority 0; ct state invalid drop; }
}
`;

describe.skipIf(!hasLiveNodes).each(MODE_CASES)('mode $mode', (given) => {
  const { fabric, here, there, pod, far, run, dryRun } = useTwoNodes(
    modeConf(given),
    DUAL_NICS,
    ({ netns }) => {
      recordSources(netns);
      recordSources6(netns);
    },
  );
  const nodeOf = ({ nic }: ModeNode, family: Family): string =>
    family === 4 ? nic.primary : (nic.ipv6?.primary ?? '');
  beforeAll(() => {
    for (const family of FAMILIES)
      for (const one of [pod(0), pod(1), far()]) reaches(one, addressOf(pod(0), family));
  });

  it.each(FAMILIES)(
    'carries packets on the node, across nodes, to the gateway and to nodes, and back: IPv%i',
    async (family) => {
      const paths: readonly (readonly [Netns, string])[] = [
        [pod(0), addressOf(pod(1), family)],
        [pod(0), addressOf(far(), family)],
        [far(), addressOf(pod(1), family)],
        [pod(0), OUTSIDES[family]],
        [pod(0), nodeOf(here(), family)],
        [pod(0), nodeOf(there(), family)],
        [here().netns(), addressOf(pod(0), family)],
        [there().netns(), addressOf(pod(0), family)],
      ];
      for (const [from, to] of paths)
        expect([from.name, to, await answers(from, to)]).toEqual([from.name, to, true]);
      if (family === 4) expect(await answers(pod(0), GATEWAY)).toBe(true);
      expect(fabric().foreignFrames(here().nic)).toBe(0);
    },
  );

  it.each(FAMILIES)(
    'reaches a Service with a backend on the node, on another one, and its own: IPv%i',
    async (family) => {
      // Frames of a bridge pass the translation only with br_netfilter.
      const calls =
        given.bridge === undefined
          ? ''
          : 'net.bridge.bridge-nf-call-iptables=1 net.bridge.bridge-nf-call-ip6tables=1';
      if (calls !== '') run(`sysctl -qw ${calls}`);
      for (const [from, backend] of [
        [pod(0), pod(1)],
        [pod(1), pod(1)],
        [pod(0), far()],
      ] as const) {
        const own = addressOf(backend, family);
        here()
          .netns()
          .mustExec(['nft', '-f', '-'], { input: serviceOf(family, own) });
        const got = await transfer(from, backend, { own, target: SERVICES[family], bytes: BYTES });
        expect([from.name, backend.name, got]).toEqual([
          from.name,
          backend.name,
          expect.stringMatching(`^${BYTES} `),
        ]);
        if (from !== backend) expect(got).toBe(`${BYTES} ${addressOf(from, family)}`);
        run(`nft delete table ${NFT[family]} service`);
      }
      if (calls !== '') run(`sysctl -qw ${calls.replaceAll('=1', '=0')}`);
    },
  );

  it('reaches the node-local DNS through the node, in both families', async () => {
    run(
      `ip link add nodelocaldns type bridge; ip link set nodelocaldns up; ip addr add ${LOCAL_DNS}/32 dev nodelocaldns
       ip addr add ${LOCAL_DNS6}/128 dev nodelocaldns nodad`,
    );
    for (const one of [pod(0), pod(1)])
      for (const address of [LOCAL_DNS, LOCAL_DNS6])
        expect([address, reaches(one, address), await answers(one, address)]).toEqual([address, true, true]);
    run('ip link del nodelocaldns');
  });

  it('has IPv6 addresses ready at once, and no pod is a router for the node or another pod (CVE-2020-10749)', async () => {
    const fresh = here().addPod();
    const tentative = 'ip -6 addr show dev eth0 scope global tentative'.split(' ');
    expect([fresh.mustExec(tentative).stdout, addressOf(fresh, 6)]).toEqual([
      '',
      expect.stringMatching(/^fd00:/),
    ]);
    expect(here().call('DEL', fresh).code).toBe(0);
    const { mac } = heardLinkOf(pod(0));
    const hop = given.table === 'inet' ? 'aa:aa:aa:aa:aa:aa' : heardLinkOf(pod(1)).mac;
    const advertisement = icmp6({ from: 'fe80::9', to: 'ff02::1', type: 134 }, 'frame-lie');
    const lies = { advertisement: ethernet('33:33:00:00:00:01', mac, [0x86dd], advertisement) };
    const [own, target] = [addressOf(pod(0), 6), addressOf(pod(1), 6)];
    const marker = (text: string): Buffer => ethernet(hop, mac, [0x86dd], udp6(own, target, text));
    const received = (): string => run('grep Icmp6InRouterAdv /proc/net/snmp6');
    const before = [received(), run('ip -6 route show default')];
    expect(await liesHeard(pod(0), lies, { place: pod(1), device: 'eth0', marker })).toEqual([]);
    expect([received(), run('ip -6 route show default')]).toEqual(before);
  });

  it.each(FAMILIES)('passes no packet from an address that is not of the pod: IPv%i', async (family) => {
    const seen = (): readonly string[] => sourcesAt(fabric().netns, 'outside', NFT[family]);
    seen();
    const stranger = STRANGERS[family];
    pod(0).mustExec(['ip', 'addr', 'add', stranger, 'dev', 'eth0', ...(family === 6 ? ['nodad'] : [])]);
    for (const source of [stranger, addressOf(pod(1), family)]) {
      pod(0).execNow(['ip', 'addr', 'add', source, 'dev', 'eth0', ...(family === 6 ? ['nodad'] : [])]);
      pod(0).execNow(`ping -n -q -c 3 -i 0.05 -W 1 -I ${source} ${OUTSIDES[family]}`.split(' '));
      pod(0).execNow(['ip', 'addr', 'del', source, 'dev', 'eth0']);
    }
    expect(await answers(pod(0), OUTSIDES[family])).toBe(true);
    expect(seen()).toEqual([addressOf(pod(0), family)]);
    expect(dryRun()).toBe('');
  });
});
