/** An address that is used again: packets of connections of its former pod are no replies for the next one, where that is isolated. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { addressOf } from '../mode-nodes.ts';
import {
  DATA_PATHS,
  type DataPath,
  makePolicyNode,
  type PolicyNode,
  type PolicyTestPod,
} from './policy-node.ts';

const HEAD = `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  shop/guarded: { podSelector: { matchLabels: { app: guarded } }, policyTypes: [Ingress] }
  shop/silent: { podSelector: { matchLabels: { app: silent } }, policyTypes: [Egress] }
`;

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

/** A pod that no policy isolates; on a bridge its frames pass the IP layer, since its namespace has policies. */
const FREE = { labels: { app: 'free' } };

const PACKETS = 5;
const ALL = [PACKETS, PACKETS];
const NONE = [0, 0];

/** Arguments: the port to send from, that to send to, and addresses. */
const SENDER = `const [from, to, ...addresses] = process.argv.slice(1);
const socket = require('dgram').createSocket('udp6');
let left = ${PACKETS} * addresses.length;
const sent = () => { left -= 1; if (left === 0) socket.close(); };
socket.bind(Number(from), () => {
  for (const address of addresses) for (let n = 0; n < ${PACKETS}; n += 1) socket.send('x', Number(to), address, sent);
});`;

/** A pod and a port of it. */
type Place = readonly [PolicyTestPod, number];

function send([from, port]: Place, [to, at]: Place): void {
  // In a bridge, the next pod has another MAC.
  from.netns.mustExec(['ip', 'neigh', 'flush', 'all']);
  const addresses = [`::ffff:${addressOf(to.netns)}`, addressOf(to.netns, 6)];
  const ports = [port, at].map(String);
  from.netns.mustExec([process.execPath, '-e', SENDER, ...ports, ...addresses]);
}

function countPackets([{ netns }, at]: Place, port: number): void {
  const rules = ['ipv4', 'ipv6'].map(
    (family) => `meta nfproto ${family} udp sport ${port} udp dport ${at} counter`,
  );
  const chain = `chain in { type filter hook prerouting priority -400; ${rules.join('; ')}; }`;
  const table = `table inet heard {}\ndelete table inet heard\ntable inet heard {\n${chain}\n}\n`;
  netns.mustExec(['nft', '-f', '-'], { input: table });
}

function packetsIn(text: string): readonly number[] {
  return Array.from(text.matchAll(/packets (\d+)/g), ([, count]) => Number(count));
}

function deniedBy({ netns }: PolicyNode): number {
  const { stdout } = netns.mustExec(['nft', 'list', 'counters', 'table', 'inet', 'vnet_policy']);
  return packetsIn(stdout).reduce((sum, count) => sum + count, 0);
}

describe.skipIf(!hasLiveNodes).each(PATHS)('an address that is used again, %s', (path) => {
  let node: PolicyNode;
  let peer: PolicyTestPod;
  beforeAll(() => {
    node = makePolicyNode(path, HEAD, true);
    peer = node.add('office', 'peer');
  });
  afterAll(() => node.remove());

  /** Resolves to the numbers of packets that arrive, of IPv4 and of IPv6, once each has arrived or was denied. */
  const arriving = async (from: Place, to: Place): Promise<readonly number[]> => {
    countPackets(to, from[1]);
    const before = deniedBy(node);
    send(from, to);
    for (;;) {
      const { stdout } = to[0].netns.mustExec(['nft', 'list', 'table', 'inet', 'heard']);
      const heard = packetsIn(stdout);
      const seen = heard.reduce((sum, count) => sum + count, deniedBy(node) - before);
      if (seen >= 2 * PACKETS) return heard;
      await sleep(20);
    }
  };

  /** Returns the next pod with the addresses of one whose life ends now. */
  const replaced = (former: PolicyTestPod, name: string, app: string): PolicyTestPod => {
    const ip = [addressOf(former.netns), addressOf(former.netns, 6)];
    node.del(former);
    const next = node.add('shop', name, { ip, labels: { app } });
    expect([addressOf(next.netns), addressOf(next.netns, 6)]).toEqual(ip);
    return next;
  };

  it('has no replies to connections that its former pod began', async () => {
    const running: Place = [node.add('shop', 'running', { labels: { app: 'guarded' } }), 6000];
    const former: Place = [node.add('shop', 'former', FREE), 6000];
    const server: Place = [peer, 5000];
    for (const pod of [running, former]) {
      expect(await arriving(pod, server)).toEqual(ALL);
      expect(await arriving(server, pod)).toEqual(ALL);
    }
    const next: Place = [replaced(former[0], 'guarded', 'guarded'), 6000];
    expect(await arriving(server, next)).toEqual(NONE);
    // Connections of others stay, and it may begin its own.
    expect(await arriving(server, running)).toEqual(ALL);
    expect(await arriving(next, server)).toEqual(ALL);
    expect(await arriving(server, next)).toEqual(ALL);
    // Neither a round nor another ADD ends those of a running pod.
    expect(node.vnet('reconcile').code).toBe(0);
    expect(await arriving(server, next)).toEqual(ALL);
    const labels = [{ key: 'app', value: 'guarded' }];
    expect(node.call('ADD', next[0], { args: { cni: { labels } } }).code).toBe(0);
    expect(await arriving(server, next)).toEqual(ALL);
  });

  it('answers no connections that its former pod answered', async () => {
    const former: Place = [node.add('shop', 'server', FREE), 7000];
    const client: Place = [peer, 5000];
    expect(await arriving(client, former)).toEqual(ALL);
    expect(await arriving(former, client)).toEqual(ALL);
    const next: Place = [replaced(former[0], 'silent', 'silent'), 7000];
    expect(await arriving(next, client)).toEqual(NONE);
    expect(await arriving(client, next)).toEqual(ALL);
    expect(await arriving(next, client)).toEqual(ALL);
  });
});
