/** NodeLocal DNSCache: its address is the node's, its packets are not tracked, and a pod that may send nothing reaches it. */
import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import type { Netns } from '../../support/netns.ts';
import { addressOf } from '../mode-nodes.ts';
import { LOCAL_DNS, LOCAL_DNS6 } from '../mode-cases.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode } from './policy-node.ts';

const HEAD = `policy: { enforce: true }
networkPolicies:
  shop/silent: { podSelector: { matchLabels: { app: silent } }, policyTypes: [Ingress, Egress] }
`;

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

/** As the cache sets it up; the kernel of the tests has no dummy interfaces. */
const CACHE = `ip link add nodelocaldns type bridge
ip link set nodelocaldns up
ip addr add ${LOCAL_DNS}/32 dev nodelocaldns
ip addr add ${LOCAL_DNS6}/128 dev nodelocaldns nodad
for tool in "iptables ${LOCAL_DNS}" "ip6tables ${LOCAL_DNS6}"; do
  set -- $tool
  $1 -w -t raw -A PREROUTING -d $2 -p udp --dport 53 -j NOTRACK
  $1 -w -t raw -A OUTPUT -s $2 -p udp --sport 53 -j NOTRACK
done`;

const SERVER = `const dgram = require('dgram');
let left = process.argv.length - 1;
for (const address of process.argv.slice(1)) {
  const s = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  s.on('message', (_, { port, address: to }) => s.send('answer', port, to));
  s.bind(53, address, () => { left -= 1; if (left === 0) console.log('ready'); });
}`;

/** Asks each address until it answers; those that should not are asked for a moment. Arguments: milliseconds, addresses. */
const CLIENT = `const dgram = require('dgram');
const [time, ...addresses] = process.argv.slice(1);
const left = new Set(addresses);
const end = () => { console.log(addresses.filter((one) => !left.has(one)).join()); process.exit(0); };
for (const address of addresses) {
  const s = dgram.createSocket(address.includes(':') ? 'udp6' : 'udp4');
  const ask = () => s.send('question', 53, address, () => undefined);
  s.on('message', () => { left.delete(address); if (left.size === 0) end(); });
  s.bind(0, () => { ask(); setInterval(ask, 50); });
}
setTimeout(end, Number(time));`;

describe.skipIf(!hasLiveNodes)('NodeLocal DNSCache beside network policies', () => {
  const ends: (() => void)[] = [];
  afterEach(() => {
    for (const end of ends.splice(0).toReversed()) end();
  });

  const serve = async (place: Netns, ...addresses: readonly string[]): Promise<void> => {
    const argv = [`--net=${place.path}`, '--', process.execPath, '-e', SERVER, ...addresses];
    const child = spawn('nsenter', argv, { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(() => void child.kill('SIGKILL'));
    for await (const line of createInterface(child.stdout)) if (line === 'ready') return;
  };
  const answering = (from: Netns, ms: number, ...addresses: readonly string[]): string =>
    from.mustExec([process.execPath, '-e', CLIENT, String(ms), ...addresses]).stdout.trim();

  it.each(PATHS)('answers a pod that may send nothing, %s', async (path) => {
    const node = nodeOf(path);
    node.netns.mustExec(['sh', '-ec', CACHE]);
    await serve(node.netns, LOCAL_DNS, LOCAL_DNS6);
    const silent = node.add('shop', 'silent', { labels: { app: 'silent' } }).netns;
    const other = node.add('office', 'other', { labels: { app: 'other' } }).netns;
    // The gateway of the virtual network, to which a bridge's pods send.
    const gateway = 'ip -6 neigh replace fd00:240::1 lladdr 12:34:56:78:9a:bc dev eth0';
    if (DATA_PATHS[path].mode === 'bridge')
      for (const pod of [silent, other]) pod.mustExec(gateway.split(' '));
    const pods = [addressOf(other), addressOf(other, 6)];
    await serve(other, ...pods);
    for (const pod of [silent, other])
      expect(answering(pod, 60_000, LOCAL_DNS, LOCAL_DNS6)).toBe([LOCAL_DNS, LOCAL_DNS6].join());
    // None of them was tracked.
    for (const tool of ['iptables', 'ip6tables']) {
      const listed = node.netns.mustExec([tool, '-w', '-t', 'raw', '-nvxL']).stdout;
      const packets = Array.from(listed.matchAll(/^ *(\d+) .*NOTRACK|^ *(\d+) +\d+ +CT /gm), ([, a, b]) =>
        Number(a ?? b),
      );
      expect(packets.length).toBe(2);
      for (const count of packets) expect(count).toBeGreaterThan(1);
    }
    expect(answering(silent, 300, ...pods)).toBe('');
  });

  function nodeOf(path: DataPath): PolicyNode {
    const node = makePolicyNode(path, HEAD, true);
    ends.push(node.remove);
    if (DATA_PATHS[path].mode === 'bridge') {
      const document = join(node.root, 'var/lib/vnet/vnet.yaml');
      const text = readFileSync(document, 'utf8');
      const addresses = `    routeViaHost: [${LOCAL_DNS}, "${LOCAL_DNS6}"]\n`;
      writeFileSync(document, text.replace('    mode: bridge\n', `    mode: bridge\n${addresses}`));
    }
    return node;
  }
});
