/**
 * Anti-spoofing, masquerade and network policies in the modes whose packets between pods pass the fabric, and forged frames in
 * mode routed: the combinations that the tests of each part leave out.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches, staysSilent } from '../lab/ping.ts';
import { BIN } from '../plugin/live-node.ts';
import { pendingIn } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import { forgedFrames } from './forged-frames.ts';
import { ethernet, icmp6, udp, udp6 } from './frames.ts';
import { heardLinkOf, liesHeard } from './hear-frames.ts';
import { addressOf, makeModeNodes, type ModeNode } from './mode-nodes.ts';
import { OUTSIDE, OUTSIDE6, recordSources, recordSources6, sourcesAt } from './sources.ts';

const isBuilt = existsSync(join(BIN, 'vnet'));
const [IP, IP6, VLAN] = [0x0800, 0x86dd, 0x8100];
const FAMILIES = [4, 6] as const;

/** Shape: `hop` is the MAC that a pod sends to, absent where it is that of the other pod. */
type Case = { readonly mode: string; readonly hop?: string; readonly masquerades: boolean };

const CASES: readonly Case[] = [
  { mode: 'tunnel', masquerades: false },
  { mode: 'transparent-tunnel', hop: 'aa:aa:aa:aa:aa:aa', masquerades: true },
  { mode: 'routed', masquerades: true },
];

function confOf(mode: string): (nic: Nic) => object {
  return ({ secondaries, podCidr = '', ipv6 }) => {
    const { secondaries: own, podCidr: cidr } = ipv6 ?? { secondaries: [], podCidr: '' };
    const isRouted = mode === 'routed';
    const four = isRouted
      ? { subnet: podCidr, addresses: [podCidr] }
      : { subnet: '10.240.0.0/16', addresses: secondaries };
    const six = isRouted
      ? { subnet: cidr, addresses: [cidr] }
      : { subnet: 'fd00:240::/64', gateway: GATEWAY6, addresses: own };
    const bridge = mode === 'tunnel' ? { bridge: 'azure0' } : {};
    return { mode, ...bridge, ipam: { type: 'azure-vnet-ipam', ...four, ipv6: six } };
  };
}

const policiesOf = (web: string, api: string): string => `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  default/api:
    podSelector: { matchLabels: { vnet.azure/pod-name: ${api} } }
    ingress: [{ from: [{ podSelector: { matchLabels: { vnet.azure/pod-name: ${web} } } }] }]
`;

describe.skipIf(!hasNamespaces || !isBuilt).each(CASES)('mode $mode', ({ mode, hop, masquerades }) => {
  let made: ReturnType<typeof makeModeNodes>;
  let [web, api, other, far]: readonly Netns[] = [];
  const pod = (one: Netns | undefined): Netns => one ?? unmade();
  const here = (): ModeNode => made.nodes[0];
  const dryRun = (): string => pendingIn(here().vnet('reconcile', '--dry-run'));

  beforeAll(() => {
    made = makeModeNodes(confOf(mode), DUAL_NICS);
    recordSources(made.fabric.netns);
    recordSources6(made.fabric.netns);
    [web, api, other, far] = [here().addPod(), here().addPod(), here().addPod(), made.nodes[1].addPod()];
    for (const family of FAMILIES)
      for (const from of [web, other, far]) reaches(pod(from), addressOf(pod(api), family));
  });
  afterAll(() => made.remove());

  it('delivers no forged frame to another pod: IPv4', async () => {
    const [address, target] = [addressOf(pod(web)), addressOf(pod(api))];
    const [{ mac: own }, { mac: victim }] = [heardLinkOf(pod(web)), heardLinkOf(pod(api))];
    const { primary } = here().nic;
    const gateway = mode === 'routed' ? '10.244.0.1' : GATEWAY;
    const sources = [target, primary, gateway, addressOf(pod(far)), '127.0.0.1', '8.8.8.8', '169.254.1.1'];
    const to = hop ?? victim;
    const frame = (from: string, types: readonly number[]): Buffer =>
      ethernet(to, own, types, udp(from, target, 'frame-lie'));
    const forged = forgedFrames({ own, victim, address, target, foreign: sources[3] ?? '', gateway });
    const lies = {
      ...Object.fromEntries(sources.map((from) => [from, frame(from, [IP])])),
      'a tag of VLAN 0': frame(sources[3] ?? '', [VLAN, 0, IP]),
      'a tag of VLAN 7': frame(sources[3] ?? '', [VLAN, 7, IP]),
      ...forged,
    };
    const marker = (text: string): Buffer => ethernet(to, own, [IP], udp(address, target, text));
    expect(await liesHeard(pod(web), lies, { place: pod(api), device: 'eth0', marker })).toEqual([]);
    expect(await answers(pod(api), GATEWAY)).toBe(true);
  });

  it('delivers no forged packet, advertisement or claim to another pod: IPv6', async () => {
    const [address, target] = [addressOf(pod(web), 6), addressOf(pod(api), 6)];
    const { mac } = heardLinkOf(pod(web));
    const to = hop ?? heardLinkOf(pod(api)).mac;
    const all = '33:33:00:00:00:01';
    const sources = [target, addressOf(pod(far), 6), 'fd00:240::35', '2001:db8::1', '::1', 'fe80::9'];
    const lies = {
      ...Object.fromEntries(
        sources.map((from) => [from, ethernet(to, mac, [IP6], udp6(from, target, 'frame-lie'))]),
      ),
      'a tag of VLAN 0': ethernet(to, mac, [VLAN, 0, IP6], udp6(target, target, 'frame-lie')),
      advertisement: ethernet(
        all,
        mac,
        [IP6],
        icmp6({ from: 'fe80::9', to: 'ff02::1', type: 134 }, 'frame-lie'),
      ),
      ...Object.fromEntries(
        [GATEWAY6, target].map((claimed) => {
          const claim = icmp6({ from: address, to: 'ff02::1', type: 136, target: claimed }, 'frame-lie');
          return [`claim to ${claimed}`, ethernet(all, mac, [IP6], claim)];
        }),
      ),
    };
    const marker = (text: string): Buffer => ethernet(to, mac, [IP6], udp6(address, target, text));
    expect(await liesHeard(pod(web), lies, { place: pod(api), device: 'eth0', marker })).toEqual([]);
    expect(await answers(pod(api), addressOf(pod(far), 6))).toBe(true);
    expect(dryRun()).toBe('');
  });

  it('lets a pod reach another as its network policy says, on the node and across nodes, in both families', async () => {
    const head = policiesOf(pod(web).name, pod(api).name);
    here().edit('networks:\n', `${head}networks:\n`);
    expect(here().vnet('reconcile')).toMatchObject({ code: 0 });
    for (const family of FAMILIES) {
      const target = addressOf(pod(api), family);
      expect([family, await answers(pod(web), target)]).toEqual([family, true]);
      const silent = await Promise.all([other, far].map((from) => staysSilent(pod(from), target)));
      expect([family, ...silent]).toEqual([family, true, true]);
      expect(await answers(pod(api), addressOf(pod(far), family))).toBe(true);
    }
    here().edit(head, '');
    expect(here().vnet('reconcile')).toMatchObject({ code: 0 });
    for (const family of FAMILIES)
      expect([family, reaches(pod(far), addressOf(pod(api), family))]).toEqual([family, true]);
    expect(dryRun()).toBe('');
  });

  it.each(masquerades ? [mode] : [])(
    'gives packets beyond direct the address of the node, and no others, in both families: %s',
    () => {
      const { netns: fabric } = made.fabric;
      const direct = '[fd00:240::/64, "fd00:244::/56", 10.240.0.0/16, 10.244.0.0/16]';
      here().edit('    pools:\n', `    masquerade: { enabled: true, direct: ${direct} }\n    pools:\n`);
      expect(here().vnet('reconcile')).toMatchObject({ code: 0 });
      const { primary, ipv6 } = here().nic;
      for (const [family, outside, own] of [
        [4, OUTSIDE, primary],
        [6, OUTSIDE6, ipv6?.primary],
      ] as const) {
        const name = family === 4 ? 'ip' : 'ip6';
        sourcesAt(fabric, 'outside', name);
        expect([reaches(pod(web), outside), sourcesAt(fabric, 'outside', name)]).toEqual([true, [own]]);
        sourcesAt(fabric, 'forwarded', name);
        expect([
          reaches(pod(web), addressOf(pod(far), family)),
          sourcesAt(fabric, 'forwarded', name),
        ]).toEqual([true, [addressOf(pod(web), family)]]);
        expect(reaches(pod(web), addressOf(pod(api), family))).toBe(true);
      }
      expect(dryRun()).toBe('');
    },
  );
});

function unmade(): never {
  throw new Error('the pods were not made');
}
