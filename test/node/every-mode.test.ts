/**
 * What every mode does, in both families, on a real kernel and a fabric without multicast: the rows of docs/modes.md.
 */
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { DUAL_NICS, GATEWAY, GATEWAY6, type Nic } from '../lab/fabric.ts';
import { answers, reaches } from '../lab/ping.ts';
import { BIN, containerOf, hasLiveNodes } from '../plugin/live-node.ts';
import { longOr } from '../support/long.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';
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
const DNS = '169.254.20.10';
const BYTES = 500_000;

/** The table of the mode and the bridge of its pods, if they are ports of one. */
type Case = { readonly mode: string; readonly table: 'bridge' | 'inet'; readonly bridge?: string };

const CASES: readonly Case[] = [
  { mode: 'bridge', table: 'bridge', bridge: 'azure0' },
  { mode: 'tunnel', table: 'bridge', bridge: 'azure0' },
  { mode: 'transparent', table: 'inet' },
  { mode: 'transparent-tunnel', table: 'inet' },
  { mode: 'routed', table: 'bridge', bridge: 'cbr0' },
];

function confOf({ mode, bridge }: Case): (nic: Nic) => object {
  return ({ secondaries, podCidr = '', ipv6 }) => {
    const { secondaries: own, podCidr: cidr } = ipv6 ?? { secondaries: [], podCidr: '' };
    const isRouted = mode === 'routed';
    const six = isRouted
      ? { subnet: cidr, addresses: [cidr] }
      : { subnet: 'fd00:240::/64', gateway: GATEWAY6, addresses: own };
    const four = isRouted
      ? { subnet: podCidr, addresses: [podCidr] }
      : { subnet: '10.240.0.0/16', addresses: secondaries };
    const links = bridge === undefined ? {} : { bridge };
    const ipam = { type: 'azure-vnet-ipam', ...four, ipv6: six };
    return { mode, ...links, ipsToRouteViaHost: mode === 'routed' ? undefined : [DNS], ipam };
  };
}

/** What kube-proxy makes of a Service with this backend: hairpin packets get the address of the node. */
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

describe.skipIf(!hasLiveNodes).each(CASES)('mode $mode', (given) => {
  const { fabric, here, there, pod, far, run, dryRun } = useTwoNodes(
    confOf(given),
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
  }, 300_000);

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

  it('reaches the node-local DNS through the node: IPv4', async () => {
    run(
      `ip link add nodelocaldns type bridge; ip link set nodelocaldns up; ip addr add ${DNS}/32 dev nodelocaldns`,
    );
    for (const one of [pod(0), pod(1)]) expect(await answers(one, DNS)).toBe(true);
    run('ip link del nodelocaldns');
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

  it.each(FAMILIES)('is repaired by the loop, and by the next one after a kill -9: IPv%i', async (family) => {
    const node = { netns: here().netns(), root: here().root, name: here().nic.node };
    const address = addressOf(pod(0), family);
    const flag = family === 4 ? '-4' : '-6';
    const breakAll = (): void => {
      run(`nft delete table ${given.table} vnet`);
      run(`ip ${flag} neigh flush nud permanent to ${address}`);
      pod(0).mustExec(['ip', flag, 'route', 'del', 'default']);
      if (given.table === 'inet') run(`ip ${flag} route del ${address}`);
    };
    const isWhole = async (): Promise<boolean> =>
      dryRun() === '' && (await answers(pod(0), addressOf(far(), family)));
    const untilWhole = async (watch: LiveWatch): Promise<void> => {
      const end = Date.now() + 30_000;
      while (!(await isWhole()) && Date.now() < end) await pause(20);
      expect([dryRun(), await answers(pod(0), addressOf(far(), family)), watch.stderr()]).toEqual([
        '',
        true,
        '',
      ]);
    };
    const first = await startWatch(node);
    breakAll();
    await untilWhole(first);
    expect(await first.end('SIGKILL')).toBe('SIGKILL');
    breakAll();
    expect(dryRun()).not.toBe('');
    const second = await startWatch(node);
    await untilWhole(second);
    expect(await second.end('SIGTERM')).toBe(0);
  });

  it('is whole after one reconcile when an ADD is killed at any moment: both families', async () => {
    for (const delayMs of KILLS_MS.slice(0, longOr(2, KILLS_MS.length))) {
      const killed = makeNetns(uniqueName('pod'));
      await killAdd(here(), confOf(given)(here().nic), killed, delayMs);
      expect([delayMs, here().vnet('reconcile').code]).toEqual([delayMs, 0]);
      expect([delayMs, dryRun()]).toEqual([delayMs, '']);
      expect([delayMs, here().call('ADD', killed).code]).toEqual([delayMs, 0]);
      for (const family of FAMILIES)
        expect([delayMs, reaches(killed, addressOf(far(), family))]).toEqual([delayMs, true]);
      expect(here().call('DEL', killed).code).toBe(0);
      killed.remove();
    }
    for (const family of FAMILIES) expect(await answers(pod(1), addressOf(far(), family))).toBe(true);
  });

  it('is there again after a reboot, for new pods: both families', async () => {
    here().reboot();
    expect(here().vnet('reconcile').code).toBe(0);
    expect(here().document().endpoints ?? {}).toEqual({});
    const fresh = here().addPod();
    for (const family of FAMILIES) {
      expect(reaches(fresh, addressOf(far(), family))).toBe(true);
      expect(await answers(far(), addressOf(fresh, family))).toBe(true);
    }
    expect(dryRun()).toBe('');
  });
});

/** Moments of a kill after the start of an ADD, the usual ones first. */
const KILLS_MS = [60, 20, 100, 40, 5, 10, 15, 30, 50, 70, 80, 90, 120, 150];

/** Ensures that the ADD, in a process of its own, was killed after the time or has ended. */
async function killAdd(node: ModeNode, conf: object, pod: Netns, delayMs: number): Promise<void> {
  const child = spawn('nsenter', [`--net=${node.netns().path}`, '--', join(BIN, 'azure-vnet')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {
      ...process.env,
      VNET_ROOT: node.root,
      VNET_NODE: node.nic.node,
      VNET_DIRECT: '1',
      CNI_COMMAND: 'ADD',
      CNI_CONTAINERID: containerOf(pod),
      CNI_NETNS: pod.path,
      CNI_IFNAME: 'eth0',
      CNI_PATH: BIN,
      CNI_ARGS: `IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=${pod.name}`,
    },
  });
  const ended = new Promise((resolve) => child.once('close', resolve));
  child.stdin.on('error', () => undefined);
  child.stdin.end(
    JSON.stringify({ cniVersion: '1.0.0', name: 'azure', type: 'azure-vnet', master: 'eth0', ...conf }),
  );
  await pause(delayMs);
  child.kill('SIGKILL');
  await ended;
}
