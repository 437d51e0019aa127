/** Packets that a pod makes by hand: no policy of ports, addresses or connections can be passed with them. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { linkLocalOf } from '../../../reconciler/model/addresses/address.ts';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import type { Netns } from '../../support/netns.ts';
import { datagram, ethernet, ipv6, udp } from '../frames.ts';
import { heardLinkOf, liesHeard } from '../hear-frames.ts';
import { addressOf } from '../mode-nodes.ts';
import { attacksIn4, attacksIn6, errorAbout, type Sent, sourceRouted } from './attack-packets.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode } from './policy-node.ts';

/** Nothing but UDP to port 9 passes, in both directions. */
const HEAD = `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  shop/guarded:
    podSelector: { matchLabels: { app: guarded } }
    policyTypes: [Ingress, Egress]
    ingress: [{ ports: [{ protocol: UDP, port: 9 }] }]
    egress: [{ ports: [{ protocol: UDP, port: 9 }] }]
`;

const [IP, IP6] = [0x0800, 0x86dd];

/** The MAC of the pods' gateway where there is no bridge. */
const GATEWAY_MAC = 'aa:aa:aa:aa:aa:aa';

const BRIDGES: Readonly<Record<string, string>> = { routed: 'cbr0', bridge: 'azure0' };

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

/** Sends a datagram and ends. */
const SENDER = `const [from, to, address] = process.argv.slice(1);
const socket = require('dgram').createSocket('udp6');
socket.bind(Number(from), () => socket.send('x', Number(to), address, () => socket.close()));`;

describe.skipIf(!hasLiveNodes).each(PATHS)('raw packets, %s', (path) => {
  let node: PolicyNode;
  let pods: { readonly guarded: Netns; readonly free: Netns; readonly other: Netns };
  const bridge = BRIDGES[DATA_PATHS[path].mode];

  beforeAll(() => {
    node = makePolicyNode(path, HEAD, true);
    const labelled = (app: string): Netns => node.add('shop', app, { labels: { app } }).netns;
    pods = {
      guarded: labelled('guarded'),
      free: labelled('free'),
      other: node.add('office', 'other').netns,
    };
  });
  afterAll(() => node.remove());

  /** The stations by which packets reach the other pod: itself, and the node. */
  const stations = (to: Netns): readonly string[] =>
    bridge === undefined ? [GATEWAY_MAC] : [heardLinkOf(to).mac, heardLinkOf(node.netns, bridge).mac];

  /** Resolves to the names of the packets that are received. */
  const heard = async (
    [from, to]: readonly [Netns, Netns],
    type: number,
    packets: Readonly<Record<string, Buffer>>,
    by: readonly string[] = stations(to),
  ): Promise<readonly string[]> => {
    const { mac } = heardLinkOf(from);
    const [station = ''] = stations(to);
    const own = [addressOf(from), addressOf(to)] as const;
    const marker = (text: string): Buffer => ethernet(station, mac, [IP], udp(...own, text));
    const frames = by.flatMap((at, index) =>
      Object.entries(packets).map(([name, packet]) => [
        index === 0 ? name : `${name}, by the node`,
        ethernet(at, mac, [type], packet),
      ]),
    );
    return liesHeard(from, Object.fromEntries(frames), { place: to, device: 'eth0', marker });
  };

  describe.each([
    ['from', (): readonly [Netns, Netns] => [pods.guarded, pods.other]],
    ['to', (): readonly [Netns, Netns] => [pods.other, pods.guarded]],
  ] as const)('%s an isolated pod', (_, pair) => {
    it('pass by no header of IPv4', async () => {
      const [from, to] = pair();
      const attack = { from: addressOf(from), to: addressOf(to) };
      expect(await heard([from, to], IP, attacksIn4(attack))).toEqual([]);
    });

    it('pass by no source route', async () => {
      const [from, to] = pair();
      const node4 = DATA_PATHS[path].mode === 'routed' ? '10.241.0.4' : '10.240.0.4';
      const packet = sourceRouted({ from: addressOf(from), to: addressOf(to) }, node4);
      expect(await heard([from, to], IP, { packet }, stations(to).slice(-1))).toEqual([]);
    });

    it('pass by no header of IPv6', async () => {
      const [from, to] = pair();
      const attack = { from: addressOf(from, 6), to: addressOf(to, 6) };
      expect(await heard([from, to], IP6, attacksIn6(attack))).toEqual([]);
    });

    it('pass by no link-local address', async () => {
      const [from, to] = pair();
      const [own, global] = [from, to].map((pod) => addressOf(pod, 6));
      const [local, peer] = [from, to].map((pod) => linkLocalOf(heardLinkOf(pod).mac));
      const to10 = (source = '', target = ''): Buffer =>
        ipv6(source, target, [17, 64], datagram(10, 'frame-lie'));
      const packets = {
        'from one to another': to10(local, peer),
        'from one': to10(local, global),
        'to one': to10(own, peer),
      };
      expect(await heard([from, to], IP6, packets)).toEqual([]);
    });
  });

  /** Returns a datagram from the pod that the node has tracked, to a port without a listener. */
  const sent = (from: Netns, to: Netns, family: 4 | 6): Sent => {
    const [address, target] = [addressOf(from, family), addressOf(to, family)];
    const ports = [5000, 9] as const;
    const peer = family === 4 ? `::ffff:${target}` : target;
    from.mustExec([process.execPath, '-e', SENDER, ...ports.map(String), peer]);
    return { from: address, to: target, ports };
  };

  it.each([4, 6] as const)('of errors about the packets of others do not pass, IPv%i', async (family) => {
    const { guarded, free, other } = pods;
    const lie = errorAbout(addressOf(guarded, family), sent(other, free, family));
    const type = family === 4 ? IP : IP6;
    expect(await heard([guarded, other], type, { 'an error about another': lie })).toEqual([]);
    // An error about a packet to itself.
    const own = errorAbout(addressOf(guarded, family), sent(other, guarded, family));
    expect(await heard([guarded, other], type, { own })).toContain('own');
  });
});
