/** Rules as kube-proxy writes them beside network policies: policies see the pod behind a Service. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { addressOf } from '../mode-nodes.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode, WEB_TO_DB } from './policy-node.ts';
import { startProber } from './probes.ts';

const SERVICE = '10.0.0.10';

/** A Service of port 8080 with one endpoint, in both ways that kube-proxy writes it; hairpin packets are masqueraded. */
const PROXIES: Readonly<Record<string, (endpoint: string) => readonly (readonly string[])[]>> = {
  iptables: (endpoint) => [
    ['iptables', '-t', 'nat', '-N', 'KUBE-SERVICES'],
    ['iptables', '-t', 'nat', '-N', 'KUBE-SVC-DB'],
    ['iptables', '-t', 'nat', '-N', 'KUBE-SEP-DB'],
    ['iptables', '-t', 'nat', '-A', 'PREROUTING', '-j', 'KUBE-SERVICES'],
    [
      'iptables',
      '-t',
      'nat',
      '-A',
      'KUBE-SERVICES',
      '-d',
      SERVICE,
      '-p',
      'tcp',
      '--dport',
      '8080',
      '-j',
      'KUBE-SVC-DB',
    ],
    ['iptables', '-t', 'nat', '-A', 'KUBE-SVC-DB', '-j', 'KUBE-SEP-DB'],
    ['iptables', '-t', 'nat', '-A', 'KUBE-SEP-DB', '-s', endpoint, '-j', 'MARK', '--or-mark', '0x4000'],
    [
      'iptables',
      '-t',
      'nat',
      '-A',
      'KUBE-SEP-DB',
      '-p',
      'tcp',
      '-j',
      'DNAT',
      '--to-destination',
      `${endpoint}:80`,
    ],
    [
      'iptables',
      '-t',
      'nat',
      '-A',
      'POSTROUTING',
      '-m',
      'mark',
      '--mark',
      '0x4000/0x4000',
      '-j',
      'MASQUERADE',
    ],
  ],
  nftables: (endpoint) => [
    [
      'nft',
      `table ip kube-proxy {
        map service-ips { type ipv4_addr . inet_proto . inet_service : verdict; elements = { ${SERVICE} . tcp . 8080 : goto service-db } }
        chain nat-prerouting { type nat hook prerouting priority dstnat; ip daddr . meta l4proto . th dport vmap @service-ips; }
        chain service-db { ip saddr ${endpoint} meta mark set meta mark or 0x4000; meta l4proto tcp dnat to ${endpoint}:80; }
        chain nat-postrouting { type nat hook postrouting priority srcnat; meta mark and 0x4000 != 0 masquerade; }
      }`,
    ],
  ],
};

describe.skipIf(!hasLiveNodes)('network policies beside kube-proxy', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0).toReversed()) end();
  });

  const cases = Object.keys(PROXIES).flatMap((proxy) =>
    Object.keys(DATA_PATHS)
      .filter((path): path is DataPath => path in DATA_PATHS)
      .map((path) => [proxy, path] as const),
  );

  it.each(cases)('in mode %s see pods, %s', async (proxy, path) => {
    const node = nodeOf(path);
    const prober = startProber([80]);
    ends.push(prober.end);
    const db = node.add('shop', 'db', { labels: { app: 'db' } });
    const web = node.add('shop', 'web', { labels: { app: 'web' } });
    const other = node.add('shop', 'other', { labels: { app: 'other' } });
    for (const command of PROXIES[proxy]?.(addressOf(db.netns)) ?? []) node.netns.mustExec([...command]);
    const tries = [
      { from: web, isOpen: true },
      { from: other, isOpen: false },
      // Through its own Service.
      { from: db, isOpen: true },
    ].map(({ from, isOpen }) => ({
      from: from.netns.path,
      address: SERVICE,
      protocol: 'TCP' as const,
      port: 8080,
      isOpen,
    }));
    expect(await prober.wrong([db.netns.path], tries)).toEqual([]);
    expect(node.vnet('policy', 'explain', 'shop/other', 'shop/db', '80').stdout).toContain('denied');
  });

  /** The kernel of the tests has neither IPVS nor dummy interfaces: their signs are made. */
  it.each(['routed', 'bridge, br_netfilter on'] as const)(
    'in mode IPVS are refused by doctor, with the reason, %s',
    (path) => {
      const node = nodeOf(path);
      const verdict = (): readonly [level: string, message: string] => {
        const all: readonly { readonly id: string; readonly level: string; readonly message: string }[] =
          JSON.parse(node.vnet('doctor', '-o', 'json').stdout);
        const found = all.find(({ id }) => id === 'ipvs');
        return [found?.level ?? '', found?.message ?? ''];
      };
      expect(verdict()[0]).toBe('ok');
      // The table of services that IPVS has, without any.
      const table = join(node.root, 'proc/net/ip_vs');
      mkdirSync(dirname(table), { recursive: true });
      const head = 'IP Virtual Server version 1.2.1 (size=4096)\nProt LocalAddress:Port Scheduler Flags\n';
      writeFileSync(table, head);
      expect(verdict()[0]).toBe('ok');
      writeFileSync(
        table,
        `${head}TCP  0A00000A:1F90 rr\n  -> 0AF00101:0050      Masq    1      0          0\n`,
      );
      expect(verdict()).toEqual(['problem', expect.stringContaining('(services in /proc/net/ip_vs)')]);
      writeFileSync(table, head);
      node.netns.mustExec(['ip', 'link', 'add', 'kube-ipvs0', 'type', 'bridge']);
      expect(verdict()).toEqual(['problem', expect.stringContaining('(interface kube-ipvs0)')]);
      expect(verdict()[1]).toMatch(/bypass the network policies.*pod addresses are checked/);
      // Another dummy interface is no sign.
      node.netns.mustExec(['ip', 'link', 'set', 'kube-ipvs0', 'name', 'nodelocaldns']);
      expect(verdict()[0]).toBe('ok');
    },
  );

  function nodeOf(path: DataPath): PolicyNode {
    const node = makePolicyNode(path, WEB_TO_DB);
    ends.push(node.remove);
    return node;
  }
});
