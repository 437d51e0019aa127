import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PluginConf } from '../../reconciler/cni/conflist.ts';
import { createMemoryCache } from '../../reconciler/cni/result-cache.ts';
import { must } from '../support/must.ts';
import type { Netns } from '../support/netns.ts';
import {
  answers,
  attachmentOf,
  azureConf,
  fetchFrom,
  makeNodes,
  type Nodes,
  serve,
  whyNoPlugins,
} from './chain.ts';
import { isSkipped } from '../support/skip.ts';

const PLUGINS = ['portmap', 'bandwidth', 'tuning', 'firewall', 'sbr', 'loopback'];
const PORTMAP = { type: 'portmap', capabilities: { portMappings: true }, snat: true };
const BANDWIDTH = { type: 'bandwidth', capabilities: { bandwidth: true } };
const TUNING = { type: 'tuning', sysctl: { 'net.ipv4.conf.all.log_martians': '1' }, mtu: 1400 };
const FIREWALL = { type: 'firewall', backend: 'iptables' };
const PORT = 8080;
const HOST_PORT = 18_080;
const MAPPED = {
  portMappings: [{ hostPort: HOST_PORT, containerPort: PORT, protocol: 'tcp' }],
  bandwidth: {
    ingressRate: 8_000_000,
    ingressBurst: 8_000_000,
    egressRate: 8_000_000,
    egressBurst: 8_000_000,
  },
};

const MODES = [
  { mode: 'bridge', gateway: '10.240.0.1', shared: ['azure0'] },
  { mode: 'transparent', gateway: '169.254.1.1', shared: [] },
];
const isSkippedHere = isSkipped('chained plugins', whyNoPlugins(...PLUGINS));

describe.skipIf(isSkippedHere).each(MODES)('behind azure-vnet in mode $mode', ({ mode, gateway, shared }) => {
  let nodes: Nodes;
  let far: { readonly pod: Netns; readonly address: string };
  const servers: ChildProcess[] = [];
  const first = () => nodes.nodes[0];
  const isConverged = (): boolean => first().vnet('reconcile', '--dry-run').code === 0;
  const inNode = (...argv: string[]): string => first().node.netns.mustExec(argv).stdout;

  beforeAll(async () => {
    nodes = makeNodes(mode);
    const pod = nodes.nodes[1].addPod();
    const result = must(await nodes.nodes[1].runtime().add(attachmentOf(pod)));
    far = { pod, address: result.ips?.[0]?.address.split('/')[0] ?? '' };
  });
  afterAll(() => {
    for (const server of servers) server.kill();
    nodes.remove();
  });

  /**
   * The life of a pod behind these plugins: add, check, reconcile, check, use, and deletion without a trace.
   */
  async function live(
    chained: readonly PluginConf[],
    use: (pod: Netns, address: string) => void | Promise<void>,
  ): Promise<void> {
    const plugins = [azureConf(first().node.nic, mode), ...chained];
    const cache = createMemoryCache();
    const runtime = first().runtimeOf(plugins, cache);
    // portmap 1.1.1 looks for IPv6 rules that it never made, and fails.
    const checked = first().runtimeOf(
      plugins.filter(({ type }) => type !== 'portmap'),
      cache,
    );
    const pod = first().addPod();
    const attachment = attachmentOf(pod, { capabilities: MAPPED });
    const result = must(await runtime.add(attachment));
    const address = result.ips?.[0]?.address.split('/')[0] ?? '';
    must(await checked.check(attachment));
    expect([answers(pod, far.address, address), answers(far.pod, address)]).toEqual([true, true]);
    await use(pod, address);
    expect(isConverged()).toBe(true);
    expect(first().vnet('reconcile').code).toBe(0);
    must(await checked.check(attachment));
    await use(pod, address);
    must(await runtime.del(attachment));
    // As containerd does at every pod's end; sbr 1.1.1 fails without a namespace.
    must(
      await first()
        .runtime()
        .del({ ...attachment, netns: '' }),
    );
    expect(Object.keys(first().document()?.endpoints ?? {})).toEqual([]);
    expect(isConverged()).toBe(true);
  }

  it('portmap makes a pod reachable by the node’s port: from another node, its pods, and itself', async () => {
    await live([PORTMAP], async (pod) => {
      servers.push(await serve(pod, PORT));
      const { primary } = first().node.nic;
      const from = [nodes.nodes[1].node.netns, far.pod, pod, first().node.netns];
      expect(from.map((space) => fetchFrom(space, primary, HOST_PORT))).toEqual(
        Array.from(from, () => 'served'),
      );
      servers.pop()?.kill();
    });
    expect(inNode('iptables-save', '-t', 'nat')).not.toContain(String(HOST_PORT));
  });

  it('bandwidth limits both directions with its tbf, which stay', async () => {
    await live([BANDWIDTH], () => {
      expect(inNode('tc', 'qdisc', 'show').match(/qdisc tbf/g)).toHaveLength(2);
    });
    expect(inNode('tc', 'qdisc', 'show')).not.toContain('tbf');
  });

  it('tuning has its sysctl and MTU', async () => {
    await live([TUNING], (pod) => {
      expect(pod.mustExec(['sysctl', '-n', 'net.ipv4.conf.all.log_martians']).stdout.trim()).toBe('1');
      expect(pod.mustExec(['ip', 'link', 'show', 'eth0']).stdout).toContain('mtu 1400');
    });
  });

  it('firewall lets its pod through', async () => {
    await live([FIREWALL], (_pod, address) => {
      expect(inNode('iptables-save', '-t', 'filter')).toContain(`${address}/32`);
    });
    expect(inNode('iptables-save', '-t', 'filter')).not.toContain('10.240.0.3');
  });

  it('sbr moves the routes of its interface into a table, and they stay there', async () => {
    await live([{ type: 'sbr' }], (pod, address) => {
      expect(pod.mustExec(['ip', 'rule']).stdout).toContain(`from ${address} lookup 100`);
      const table = pod.mustExec(['ip', 'route', 'show', 'table', '100']).stdout;
      expect(table).toContain(`default via ${gateway}`);
      expect(pod.mustExec(['ip', 'route', 'show', 'table', 'main']).stdout).not.toContain('default');
    });
  });

  it('all of them work together', async () => {
    await live([PORTMAP, BANDWIDTH, FIREWALL, TUNING], async (pod) => {
      servers.push(await serve(pod, PORT));
      expect(fetchFrom(far.pod, first().node.nic.primary, HOST_PORT)).toBe('served');
      servers.pop()?.kill();
    });
  });

  it('passes on the result of plugins before azure-vnet, extended', async () => {
    const runtime = first().runtimeOf([{ type: 'loopback' }, azureConf(first().node.nic, mode), TUNING]);
    const pod = first().addPod();
    const attachment = attachmentOf(pod, { capabilities: MAPPED });
    const result = must(await runtime.add(attachment));
    expect(result.interfaces?.map(({ name }) => name)).toEqual([
      'lo',
      ...shared,
      expect.stringMatching(/^azv/),
      'eth0',
    ]);
    expect(result.ips?.map((ip) => [ip.address, ip.interface])).toEqual([
      ['127.0.0.1/8', 0],
      ['::1/128', 0],
      [expect.stringMatching(/^10\.240\./), 2 + shared.length],
    ]);
    must(await runtime.check(attachment));
    must(await runtime.del(attachment));
  });
});
