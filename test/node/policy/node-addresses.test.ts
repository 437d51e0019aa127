/** An isolated pod and all addresses of its node: those of other interfaces are the node's, those behind them are judged, and loopback is out of reach. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';
import { datagram, ethernet, ipv4, ipv6 } from '../frames.ts';
import { heardLinkOf, sendFrames } from '../hear-frames.ts';
import { addressOf } from '../mode-nodes.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode } from './policy-node.ts';

/** Nothing passes, in neither direction. */
const HEAD = `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  shop/guarded: { podSelector: { matchLabels: { app: guarded } }, policyTypes: [Ingress, Egress] }
`;

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

/** The port of the datagrams, and that of the last one, which arrives. */
const [PORT, LAST] = [10, 11];

const [IP, IP6] = [0x0800, 0x86dd];

/** The MAC of the pods' gateway where there is no bridge. */
const GATEWAY_MAC = 'aa:aa:aa:aa:aa:aa';

const BRIDGES: Readonly<Record<string, string>> = { routed: 'cbr0', bridge: 'azure0' };

/** Addresses of the node on interfaces that vnet has nothing to do with, and of hosts behind these. */
const OTHERS = {
  'a second NIC': '192.0.2.4',
  'a second NIC, IPv6': 'fd00:99::4',
  'a bridge of another program': '172.17.0.1',
  'a bridge of another program, IPv6': 'fd00:17::1',
} as const;
const BEHIND = {
  'a host behind the second NIC': '192.0.2.9',
  'a host behind the second NIC, IPv6': 'fd00:99::9',
  'a container behind the bridge': '172.17.0.2',
  'a container behind the bridge, IPv6': 'fd00:17::2',
} as const;
const LOOPBACK = {
  loopback: '127.0.0.1',
  'another address of loopback': '127.200.0.1',
  'loopback, IPv6': '::1',
} as const;

function familyOf(address: string): 'ip' | 'ip6' {
  return address.includes(':') ? 'ip6' : 'ip';
}

/** Counts the datagrams for each address that reach a socket of the namespace. */
function countDatagrams(netns: Netns, targets: Readonly<Record<string, string>>): void {
  const rules = Object.entries(targets).map(
    ([name, to]) => `${familyOf(to)} daddr ${to} udp dport ${PORT} counter comment "${name}"`,
  );
  const last = `udp dport ${LAST} counter comment "last"`;
  const chain = `chain in { type filter hook input priority 400; ${[...rules, last].join('; ')}; }`;
  netns.mustExec(['nft', '-f', '-'], {
    input: `table inet heard {}\ndelete table inet heard\ntable inet heard {\n${chain}\n}\n`,
  });
}

function heardIn(netns: Netns): readonly string[] {
  const { stdout } = netns.mustExec(['nft', 'list', 'table', 'inet', 'heard']);
  const counted = Array.from(stdout.matchAll(/packets (\d+) bytes \d+ comment "([^"]+)"/g));
  return counted.flatMap(([, packets, name = '']) => (packets === '0' ? [] : [name]));
}

function packet(from: string, to: string, port: number): Buffer {
  const payload = datagram(port, 'frame-lie');
  return to.includes(':') ? ipv6(from, to, [17, 64], payload) : ipv4({ from, to, protocol: 17 }, payload);
}

describe.skipIf(!hasLiveNodes).each(PATHS)('the addresses of a node, %s', (path) => {
  let node: PolicyNode;
  let pods: { readonly guarded: Netns; readonly free: Netns };
  let far: Netns;
  let container: Netns;
  const { mode } = DATA_PATHS[path];
  const bridge = BRIDGES[mode];

  beforeAll(() => {
    node = makePolicyNode(path, HEAD, true);
    const labelled = (app: string): Netns => node.add('shop', app, { labels: { app } }).netns;
    pods = { guarded: labelled('guarded'), free: labelled('free') };
    [far, container] = [makeNetns(uniqueName('polfar')), makeNetns(uniqueName('polbox'))];
    const setUp = [
      'ip link set lo up',
      'ip link add docker0 type bridge',
      `ip link add eth1 type veth peer name eth0 netns ${far.name}`,
      `ip link add box type veth peer name eth0 netns ${container.name}`,
      'ip link set box master docker0',
      'for link in eth1 docker0 box; do ip link set $link up; done',
      'ip addr add 192.0.2.4/24 dev eth1; ip addr add fd00:99::4/64 dev eth1 nodad',
      'ip addr add 172.17.0.1/16 dev docker0; ip addr add fd00:17::1/64 dev docker0 nodad',
      'sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1',
    ];
    node.netns.mustExec(['sh', '-ec', setUp.join('\n')]);
    const join = (netns: Netns, subnet: string, subnet6: string, [own, router]: readonly [number, number]) =>
      netns.mustExec([
        'sh',
        '-ec',
        `ip link set eth0 up; ip addr add ${subnet}.${own}/24 dev eth0; ip addr add ${subnet6}::${own}/64 dev eth0 nodad
        ip route add default via ${subnet}.${router}; ip -6 route add default via ${subnet6}::${router}`,
      ]);
    join(far, '192.0.2', 'fd00:99', [9, 4]);
    join(container, '172.17.0', 'fd00:17', [2, 1]);
  });
  afterAll(() => {
    node.remove();
    for (const netns of [far, container]) netns.remove();
  });

  const stationIn = (pod: Netns): string =>
    bridge === undefined ? GATEWAY_MAC : heardLinkOf(node.netns, bridge).mac || heardLinkOf(pod).mac;

  /** Resolves to the names of the targets whose datagrams reach a socket of the place. */
  const reached = async (
    from: Netns,
    targets: Readonly<Record<string, string>>,
    { places, source }: { readonly places: readonly Netns[]; readonly source?: string },
  ): Promise<readonly string[]> => {
    for (const place of new Set([...places, node.netns])) countDatagrams(place, targets);
    const { mac } = heardLinkOf(from);
    const frame = (to: string, port: number, by?: string): Buffer => {
      const own = by ?? addressOf(from, to.includes(':') ? 6 : 4);
      return ethernet(stationIn(from), mac, [to.includes(':') ? IP6 : IP], packet(own, to, port));
    };
    const node4 = mode === 'routed' ? '10.241.0.4' : '10.240.0.4';
    const frames = Object.values(targets).map((to) => frame(to, PORT, source));
    // Twice: neighbours of the first are asked for meanwhile.
    for (let turn = 0; turn < 2; turn += 1) {
      sendFrames(from, 'eth0', [...frames, frame(node4, LAST)]);
      while (!heardIn(node.netns).includes('last')) await sleep(10);
      await sleep(200);
    }
    return places.flatMap(heardIn).filter((name) => name !== 'last');
  };

  it('are the own node of an isolated pod on all interfaces', async () => {
    const node4 = mode === 'routed' ? '10.241.0.4' : '10.240.0.4';
    const targets = { ...OTHERS, uplink: node4 };
    expect(await reached(pods.guarded, targets, { places: [node.netns] })).toEqual(Object.keys(targets));
  });

  it('do not lead to hosts behind these interfaces', async () => {
    const places = [far, container];
    expect(await reached(pods.guarded, BEHIND, { places })).toEqual([]);
    expect(await reached(pods.free, BEHIND, { places })).toEqual(Object.keys(BEHIND));
  });

  it('of loopback are out of reach', async () => {
    const places = [node.netns];
    expect(await reached(pods.guarded, LOOPBACK, { places })).toEqual([]);
    // As kube-proxy sets it for node ports; its own rules refuse such packets.
    const route = (value: number): unknown =>
      node.netns.mustExec(['sysctl', '-qw', `net.ipv4.conf.all.route_localnet=${value}`]);
    route(1);
    expect(await reached(pods.guarded, LOOPBACK, { places })).toEqual([
      'loopback',
      'another address of loopback',
    ]);
    route(0);
  });

  it('are no source of a pod', async () => {
    for (const source of ['127.0.0.1', '192.0.2.4', '172.17.0.1']) {
      const targets = { uplink: mode === 'routed' ? '10.241.0.4' : '10.240.0.4', ...BEHIND };
      const v4 = Object.fromEntries(Object.entries(targets).filter(([, to]) => !to.includes(':')));
      const places = [node.netns, far, container];
      expect([source, await reached(pods.guarded, v4, { places, source })]).toEqual([source, []]);
    }
  });
});
