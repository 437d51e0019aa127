import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { python } from '../support/python.ts';

const GATEWAY = 'fd00:240::1';
/** An address behind the gateway. */
const BEYOND = 'fd00:99::1';
const IPV6 = { subnet: 'fd00:240::/64', gateway: GATEWAY, addresses: ['fd00:240::100-fd00:240::1ff'] };
const DUAL = { ...LIVE_CONF, ipam: { ...LIVE_CONF.ipam, ipv6: IPV6 } };
const ONLY = { ...LIVE_CONF, ipam: { type: 'azure-vnet-ipam', ...IPV6 } };
/** The router of Azure's virtual networks. */
const ROUTER = 'fe80::1234:5678:9abc';
/** Its MAC, as on Azure. */
const ROUTER_MAC = '12:34:56:78:9a:bc';
const AZURE = { ...LIVE_CONF, ipam: { ...LIVE_CONF.ipam, ipv6: { ...IPV6, gateway: ROUTER } } };

/** Sends router advertisements to all nodes (ff02::1), with a checksum from the kernel. Source: RFC 4861 4.2. */
const ADVERTISE = `
import socket, struct
s = socket.socket(socket.AF_INET6, socket.SOCK_RAW, 58)
s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
ra = struct.pack('!BBHBBHII', 134, 0, 0, 64, 0, 1800, 0, 0)
for _ in range(3): s.sendto(ra, ('ff02::1%eth0', 0, 0, socket.if_nametoindex('eth0')))
`;

type Family = {
  readonly name: string;
  readonly conf: object;
  readonly addresses: readonly string[];
  readonly gateway: string;
};

const BOTH = ['10.240.0.36/16', 'fd00:240::100/64'];
const FAMILIES: readonly Family[] = [
  { name: 'a dual-stack pool', conf: DUAL, addresses: BOTH, gateway: GATEWAY },
  { name: 'an IPv6 pool alone', conf: ONLY, addresses: ['fd00:240::100/64'], gateway: GATEWAY },
  {
    name: 'a link-local router, as on Azure',
    conf: AZURE,
    addresses: ['10.240.0.36/16', 'fd00:240::100/128'],
    gateway: ROUTER,
  },
];

describe.skipIf(!hasLiveNodes).each(FAMILIES)('bridge mode with $name', ({ conf, addresses, gateway }) => {
  let node: LiveNode;
  let one: Netns;
  let other: Netns;
  let answer: { readonly ips: readonly { readonly address: string; readonly gateway: string }[] };

  beforeAll(async () => {
    node = makeLiveNode(conf);
    node.netns.mustExec('ip -6 addr add fd00:240::35/64 dev eth0 nodad'.split(' '));
    node.fabric.mustExec(`ip -6 addr add ${GATEWAY}/64 dev nic nodad`.split(' '));
    if (gateway === ROUTER) {
      node.fabric.mustExec(`ip link set nic address ${ROUTER_MAC}`.split(' '));
      node.fabric.mustExec(`ip -6 addr add ${ROUTER}/64 dev nic nodad`.split(' '));
    }
    node.fabric.mustExec(`ip -6 addr add ${BEYOND}/128 dev lo nodad`.split(' '));
    [one, other] = [node.addPod(), node.addPod()];
    const added = await node.call({ verb: 'ADD', pod: one });
    if (added.code !== 0) throw new Error(added.stdout);
    answer = JSON.parse(added.stdout);
    const second = await node.call({ verb: 'ADD', pod: other });
    if (second.code !== 0) throw new Error(second.stdout);
  });
  afterAll(() => node.remove());

  const pings = (from: Netns, to: string, ...more: readonly string[]): boolean =>
    from.execNow(['ping', '-6', '-c1', '-W2', ...more, to]).code === 0;
  const macOf = (place: Netns): string =>
    /link\/ether (\S+)/.exec(place.mustExec('ip -o link show eth0'.split(' ')).stdout)?.[1] ?? 'none';
  const counter = (pod: Netns, name: string): number =>
    Number(new RegExp(`^${name}\\s+(\\d+)$`, 'm').exec(pod.mustExec(['cat', '/proc/net/snmp6']).stdout)?.[1]);

  it('answers with an address of each family and its gateway, ready at once', () => {
    expect(answer.ips.map(({ address }) => address)).toEqual(addresses);
    expect(answer.ips.at(-1)?.gateway).toBe(gateway);
    const shown = one.mustExec('ip -6 -o addr show dev eth0 scope global'.split(' ')).stdout;
    expect(shown).toContain(addresses.at(-1));
    expect(shown).not.toContain('tentative');
    expect(one.mustExec('ip -6 route show default'.split(' ')).stdout).toContain(`via ${gateway} `);
    expect(node.reconcile('--dry-run').code).toBe(0);
  });

  it('carries packets to the other pod, to the gateway and back, and from both to the pod', () => {
    expect(pings(one, 'fd00:240::101')).toBe(true);
    expect(pings(one, GATEWAY)).toBe(true);
    expect(pings(one, BEYOND)).toBe(true);
    // The fabric asks for the pod by neighbour discovery.
    node.fabric.mustExec('ip -6 neigh flush dev nic'.split(' '));
    expect(pings(node.fabric, 'fd00:240::101')).toBe(true);
    expect(pings(node.netns, 'fd00:240::100')).toBe(true);
  });

  it('sends all frames from the MAC of the NIC', () => {
    const mac = macOf(node.netns);
    node.fabric.mustExec(['nft', 'add table netdev seen']);
    node.fabric.mustExec([
      'nft',
      'add chain netdev seen in { type filter hook ingress device nic priority 0; }',
    ]);
    node.fabric.mustExec(['nft', `add rule netdev seen in ether saddr != ${mac} counter`]);
    expect(pings(other, GATEWAY)).toBe(true);
    expect(node.fabric.mustExec(['nft', 'list table netdev seen']).stdout).toContain('counter packets 0 ');
  });

  it('lets a pod send from its own addresses only', () => {
    one.mustExec('ip -6 addr add fd00:240::199/128 dev eth0 nodad'.split(' '));
    const before = counter(other, 'Icmp6InEchos');
    expect(before).toBeGreaterThan(0);
    expect(pings(one, 'fd00:240::101', '-I', 'fd00:240::199')).toBe(false);
    expect(counter(other, 'Icmp6InEchos')).toBe(before);
    expect(pings(one, 'fd00:240::101', '-I', 'fd00:240::100')).toBe(true);
  });

  it('lets no pod answer for an address of another', () => {
    const lladdr = (): string => other.mustExec(`ip -6 neigh show ${GATEWAY} dev eth0`.split(' ')).stdout;
    const mac = macOf(one);
    one.mustExec(`ip -6 addr add ${GATEWAY}/128 dev eth0 nodad`.split(' '));
    other.mustExec('ip -6 neigh flush dev eth0'.split(' '));
    node.fabric.mustExec('ip link set nic down'.split(' '));
    expect(pings(other, GATEWAY)).toBe(false);
    expect(lladdr()).not.toContain(mac);
  });

  it('lets no pod be a router for pods and node (CVE-2020-10749)', () => {
    const before = [other, node.netns].map((place) => counter(place, 'Icmp6InRouterAdvertisements'));
    one.mustExec(python(ADVERTISE));
    expect(pings(other, 'fd00:240::100')).toBe(true);
    expect([other, node.netns].map((place) => counter(place, 'Icmp6InRouterAdvertisements'))).toEqual(before);
    expect(counter(one, 'Icmp6OutRouterAdvertisements') + counter(one, 'Icmp6OutMsgs')).toBeGreaterThan(2);
  });

  it('leaves nothing behind, and quarantines both addresses', async () => {
    expect((await node.call({ verb: 'DEL', pod: one })).code).toBe(0);
    const { released = {}, endpoints = {} } = node.document() ?? {};
    expect(Object.keys(endpoints)).toHaveLength(1);
    expect(Object.keys(released).toSorted()).toEqual(
      addresses.map((address) => `azure/${address.split('/')[0] ?? ''}`).toSorted(),
    );
    const elements = node.netns.mustExec(['nft', 'list table bridge vnet']).stdout;
    expect(elements).not.toContain('fd000240000000000000000000000100');
    expect(elements).toContain('fd000240000000000000000000000101');
  });
});
