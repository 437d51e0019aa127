/** Nodes of the plugins bridge and host-local, and of kubenet, taken over in place. */
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import type { PluginConf } from '../../reconciler/cni/conflist.ts';
import { createMemoryCache, openResultCache } from '../../reconciler/cni/result-cache.ts';
import { attachmentOf, type ChainNode, makeNodes, type Nodes, whyNoPlugins } from '../clients/chain.ts';
import { startPing } from '../lab/ping.ts';
import { BIN } from '../plugin/live-node.ts';
import { createSys } from '#sys';
import { must } from '../support/must.ts';
import type { Netns } from '../support/netns.ts';
import { isSkipped } from '../support/skip.ts';

const SUBNET = '10.244.0.0/24';
const isSkippedHere = isSkipped(
  'imports of bridge and host-local',
  whyNoPlugins('bridge', 'host-local', 'portmap'),
);

const MASQ_AGENT = [
  'nonMasqueradeCIDRs:',
  '  - 10.244.0.0/16',
  '  - 10.240.0.0/16',
  'masqLinkLocal: true',
  'resyncInterval: 60s',
  '',
];

type Made = {
  readonly node: ChainNode;
  readonly pods: readonly Netns[];
  readonly inode: (...argv: string[]) => string;
};

/**
 * Of those in 100 ms, for a pod whose limit is on the bridge, as with kubenet: its interface gets a queueing discipline, and the
 * kernel drops what a device sends while its root queueing discipline is replaced.
 * Source: qdisc_graft() of net/sched/sch_api.c, dev_deactivate() of sch_generic.c: until the end of an RCU grace period.
 */
const MAX_LOST = 10;

describe.skipIf(isSkippedHere)('vnet import', () => {
  let nodes: Nodes | undefined;
  afterEach(() => {
    nodes?.remove();
    nodes = undefined;
  });

  /** Returns a node with two pods of the plugins, and a lease of a container that is gone. */
  async function nodeOf(network: string, conf: object): Promise<Made> {
    nodes = makeNodes();
    const [node] = nodes.nodes;
    const dataDir = join(node.node.root, 'var/lib/cni/networks');
    const plugin = {
      type: 'bridge',
      isGateway: true,
      ipam: { type: 'host-local', ranges: [[{ subnet: SUBNET }]], routes: [{ dst: '0.0.0.0/0' }], dataDir },
      ...conf,
    };
    const runtime = node.runtimeOf([plugin], createMemoryCache(), network);
    const pods = [node.addPod(), node.addPod()];
    for (const pod of pods) must(await runtime.add(attachmentOf(pod)));
    // The kernel chooses the MACs of these plugins' pods; one in 64 begins as those of vnet's host ends do.
    pods[0]?.mustExec(['ip', 'link', 'set', 'eth0', 'address', 'fe:6b:7a:16:d9:7f']);
    writeFileSync(join(dataDir, network, '10.244.0.77'), 'gone\r\neth0');
    node.node.netns.mustExec(['sysctl', '-qw', 'net.ipv4.ip_forward=1']);
    return { node, pods, inode: (...argv) => node.node.netns.mustExec(argv).stdout };
  }

  const insideOf = (pod: Netns): string =>
    ['-4 addr show dev eth0', 'link show dev eth0', 'route show']
      .map((line) => pod.mustExec(['ip', ...line.split(' ')]).stdout)
      .join('')
      .replaceAll(/valid_lft.*/g, '');

  async function expectUnharmed({ node, pods }: Made, ...args: readonly string[]): Promise<string> {
    const [first, second] = pods;
    if (first === undefined || second === undefined) throw new Error('too few pods');
    const before = pods.map(insideOf);
    const preview = node.vnet('import', ...args, '--dry-run');
    expect(preview).toMatchObject({ code: 2, stderr: '' });
    expect(node.document()).toBeUndefined();
    const pings = [
      startPing(first, '10.244.0.3'),
      startPing(second, '10.244.0.1'),
      startPing(first, node.node.nic.primary),
    ];
    for (const ping of pings) await ping.answered(6);
    expect(node.vnet('import', ...args, '--yes')).toMatchObject({ code: 0, stderr: '' });
    for (const ping of pings) {
      await ping.answered(6);
      const isLimited = Object.values(node.document()?.endpoints ?? {}).some(({ bandwidth }) => bandwidth);
      expect((await ping.stop()).lost.length).toBeLessThanOrEqual(isLimited ? MAX_LOST : 0);
    }
    expect(pods.map(insideOf)).toEqual(before);
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
    expect(node.vnet('import', ...args, '--yes').stdout).toContain('Already imported');
    return preview.stdout;
  }

  it('takes over a node of bridge and host-local: no ping is lost, and pods start and end with vnet from then on', async () => {
    const made = await nodeOf('podnet', { bridge: 'cni0', ipMasq: true, hairpinMode: true });
    const { node, pods } = made;
    const list = join(node.node.root, '10-podnet.conflist');
    const written = { type: 'bridge', bridge: 'cni0', isGateway: true, ipMasq: true, hairpinMode: true };
    const ipam = { type: 'host-local', ranges: [[{ subnet: SUBNET }]] };
    writeFileSync(
      list,
      JSON.stringify({ cniVersion: '1.0.0', name: 'podnet', plugins: [{ ...written, ipam }] }),
    );
    const shown = await expectUnharmed(made, '--from', list);
    expect(shown).toContain('table nat of iptables');
    expect(shown).toMatch(/10\.244\.0\.77.*quarantined/);
    const document = node.document();
    expect(document?.networks['podnet']).toMatchObject({
      mode: 'routed',
      bridge: { name: 'cni0', hairpin: true },
      masquerade: { enabled: true, direct: [SUBNET, '224.0.0.0/4'] },
    });
    expect(Object.keys(document?.released ?? {})).toEqual(['podnet/10.244.0.77']);
    expect(Object.keys(document?.endpoints ?? {})).toEqual(pods.map((pod) => `podnet/id-${pod.name}/eth0`));
    // The same name, now with azure-vnet.
    const azure = { type: 'azure-vnet', mode: 'routed', bridge: 'cni0', ipam } as PluginConf;
    const runtime = node.runtimeOf([azure], createMemoryCache(), 'podnet');
    const third = node.addPod();
    const result = must(await runtime.add(attachmentOf(third)));
    expect(result.ips?.[0]?.address).toBe('10.244.0.4/24');
    const ping = startPing(third, '10.244.0.3');
    await ping.answered(3);
    await ping.stop();
    for (const pod of [...pods, third]) must(await runtime.del(attachmentOf(pod)));
    expect(node.document()?.endpoints).toEqual({});
    expect(made.inode('ip', '-o', 'link', 'show', 'master', 'cni0')).toBe('');
  });

  it('takes over a node of kubenet, with the configuration of ip-masq-agent', async () => {
    const made = await nodeOf('kubenet', { bridge: 'cbr0' });
    const { node } = made;
    const rule =
      '-m comment --comment "kubenet: SNAT for outbound traffic from cluster" -m addrtype ! --dst-type LOCAL ! -d 10.0.0.0/8 -j MASQUERADE';
    made.inode('sh', '-c', `iptables -t nat -A POSTROUTING ${rule}; ip link set cbr0 promisc on`);
    const agent = join(node.node.root, 'ip-masq-agent');
    writeFileSync(agent, MASQ_AGENT.join('\n'));
    const plain = node.vnet('import', '--from-kubenet', '--dry-run', '-o', 'json');
    expect(JSON.parse(plain.stdout).document.networks.kubenet.masquerade.direct).toEqual([
      SUBNET,
      '10.0.0.0/8',
    ]);
    const shown = await expectUnharmed(made, '--from-kubenet', '--ip-masq-agent', agent);
    expect(shown).toContain('cbr0 promisc off');
    expect(shown).toContain('resyncInterval');
    expect(node.document()?.networks['kubenet']).toMatchObject({
      mode: 'routed',
      bridge: { name: 'cbr0' },
      pools: { ipv4: { subnet: SUBNET, gateway: '10.244.0.1', addresses: ['10.244.0.2-10.244.0.254'] } },
      masquerade: { enabled: true, direct: [SUBNET, '10.244.0.0/16', '10.240.0.0/16', 'fe80::/10'] },
    });
  });

  it('takes over the limits of the plugin bandwidth, in both directions and families', async () => {
    nodes = makeNodes();
    const [node] = nodes.nodes;
    const run = (...argv: readonly string[]): string => node.node.netns.mustExec(argv).stdout;
    const dataDir = join(node.node.root, 'var/lib/cni/networks');
    const ranges = [[{ subnet: SUBNET }], [{ subnet: 'fd00:244::/64' }]];
    const plugin = {
      type: 'bridge',
      bridge: 'cbr0',
      isGateway: true,
      ipMasq: true,
      ipam: { type: 'host-local', ranges, dataDir },
    };
    const cache = openResultCache(createSys(), join(node.node.root, 'var/lib/cni'), 'kubenet');
    const limiter = { type: 'bandwidth', capabilities: { bandwidth: true } };
    const runtime = node.runtimeOf([plugin, limiter], cache, 'kubenet');
    const limits = {
      ingressRate: 80_000_000,
      ingressBurst: 800_000,
      egressRate: 40_000_000,
      egressBurst: 400_000,
    };
    const [limited, free] = [node.addPod(), node.addPod()];
    must(await runtime.add(attachmentOf(limited, { capabilities: { bandwidth: limits } })));
    must(await runtime.add(attachmentOf(free)));
    run('sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv6.conf.all.forwarding=1');
    const preview = node.vnet('import', '--from-kubenet', '--dry-run');
    expect(preview.stdout).toContain('its limits stay: 80Mbit received, 40Mbit sent');
    const pings = [startPing(limited, '10.244.0.3'), startPing(free, 'fd00:244::2')];
    for (const ping of pings) await ping.answered(6);
    expect(node.vnet('import', '--from-kubenet', '--yes')).toMatchObject({ code: 0, stderr: '' });
    for (const ping of pings) {
      await ping.answered(6);
      expect((await ping.stop()).lost).toEqual([]);
    }
    const [one, other] = Object.values(node.document()?.endpoints ?? {});
    expect(one).toMatchObject({
      addresses: ['10.244.0.2/24', 'fd00:244::2/64'],
      bandwidth: {
        ingress: { rate: 80_000_000, burst: 800_000 },
        egress: { rate: 40_000_000, burst: 400_000 },
      },
    });
    expect(other).not.toHaveProperty('bandwidth');
    expect(node.document()?.networks['kubenet']).toMatchObject({
      mode: 'routed',
      pools: { ipv6: { subnet: 'fd00:244::/64', gateway: 'fd00:244::1' } },
    });
    // Adopted with the handle that the plugin has given it.
    expect(run('tc', 'qdisc', 'show', 'dev', one?.hostVeth ?? '')).toMatch(/tbf 1: root .*rate 80Mbit/);
    expect(run('tc', 'qdisc', 'show').match(/tbf 7600: .*rate 40Mbit/)).not.toBeNull();
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
    // The runtime ends the pod with the list that it was started with: the ifb of the plugin goes, and ours.
    const azure: PluginConf = { ...plugin, type: 'azure-vnet', mode: 'routed' };
    must(await node.runtimeOf([azure, limiter], cache, 'kubenet').del(attachmentOf(limited)));
    expect(run('tc', 'qdisc', 'show')).not.toContain('tbf');
    expect(run('ip', '-o', 'link', 'show', 'type', 'ifb')).toBe('');
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  });

  it('takes over the limits of kubenet, which are classes of HTB on the bridge', async () => {
    const made = await nodeOf('kubenet', { bridge: 'cbr0' });
    const { node } = made;
    const run = (command: string): string => node.node.netns.mustExec(['sh', '-ec', command]).stdout;
    // As kubenet does: to a pod and from it, each with a class of its own.
    run(`tc qdisc add dev cbr0 root handle 1: htb default 30
      tc class add dev cbr0 parent 1: classid 1:1 htb rate 20000kbit
      tc filter add dev cbr0 protocol ip parent 1:0 prio 1 u32 match ip dst 10.244.0.2/32 flowid 1:1
      tc class add dev cbr0 parent 1: classid 1:2 htb rate 10000kbit
      tc filter add dev cbr0 protocol ip parent 1:0 prio 1 u32 match ip src 10.244.0.2/32 flowid 1:2`);
    const shown = await expectUnharmed(made, '--from-kubenet');
    expect(shown).toContain('its limits stay: 20Mbit received, 10Mbit sent');
    const [one, other] = Object.values(node.document()?.endpoints ?? {});
    expect(one).toMatchObject({
      addresses: ['10.244.0.2/24'],
      bandwidth: {
        ingress: { rate: 20_000_000, burst: 2_000_000 },
        egress: { rate: 10_000_000, burst: 1_000_000 },
      },
    });
    expect(other).not.toHaveProperty('bandwidth');
    expect(run(`tc qdisc show dev ${one?.hostVeth ?? ''}`)).toMatch(/tbf 7600: root .*rate 20Mbit/);
    // The printed command ends those of kubenet, and no other limit.
    run(/after the import: (tc qdisc del dev cbr0 root)/.exec(shown)?.[1] ?? 'false');
    expect(run('tc qdisc show dev cbr0')).not.toContain('htb');
    expect(run('tc qdisc show').match(/tbf 7600: .*rate (10|20)Mbit/g)).toHaveLength(2);
    expect(pendingIn(node.vnet('reconcile', '--dry-run'))).toBe('');
  });

  it('refuses what it cannot take over, and changes nothing', async () => {
    const made = await nodeOf('podnet', { bridge: 'cni0' });
    const { node } = made;
    expect(readdirSync(BIN)).toContain('vnet');
    const list = join(node.node.root, 'list');
    mkdirSync(list, { recursive: true });
    const write = (plugin: object): string => {
      const path = join(list, 'x.conflist');
      writeFileSync(
        path,
        JSON.stringify({
          cniVersion: '1.0.0',
          name: 'podnet',
          plugins: [{ type: 'bridge', bridge: 'cni0', isGateway: true, ...plugin }],
        }),
      );
      return path;
    };
    const local = { type: 'host-local', ranges: [[{ subnet: SUBNET }]] };
    for (const [plugin, reason] of [
      [{ ipam: { type: 'dhcp' } }, 'not host-local'],
      [{ ipam: local, vlan: 7 }, 'VLAN'],
      [{ ipam: local, isGateway: false }, 'isGateway'],
      [{ ipam: local, bridge: 'cni9' }, 'no bridge cni9'],
    ] as const) {
      const answer = node.vnet('import', '--from', write(plugin), '--yes');
      expect([answer.code, answer.stderr]).toEqual([5, expect.stringContaining(reason)]);
    }
    expect(node.vnet('import', '--from-kubenet', '--yes').code).not.toBe(0);
    expect(node.document()).toBeUndefined();
    expect(made.inode('ip', '-d', 'link', 'show', 'cni0')).not.toContain('alias');
  });
});
