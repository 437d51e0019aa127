/** Frames to a group of stations with a packet to one pod: a bridge floods them, and a receiver takes the packet all the same. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasLiveNodes } from '../../plugin/live-node.ts';
import type { Netns } from '../../support/netns.ts';
import { arp, EVERYONE, ethernet, udp, udp6 } from '../frames.ts';
import { heardLinkOf, liesHeard } from '../hear-frames.ts';
import { addressOf } from '../mode-nodes.ts';
import { DATA_PATHS, type DataPath, makePolicyNode, type PolicyNode } from './policy-node.ts';

const HEAD = `policy: { enforce: true, unknownPods: allow }
networkPolicies:
  shop/deny-all: { podSelector: {}, policyTypes: [Ingress, Egress] }
`;

const [ARP, IP, IP6] = [0x0806, 0x0800, 0x86dd];
const [GROUP, GROUP6] = ['01:00:5e:00:00:fb', '33:33:00:00:00:01'];

const PATHS = Object.keys(DATA_PATHS).filter((path): path is DataPath => path in DATA_PATHS);

describe.skipIf(!hasLiveNodes).each(PATHS.filter((path) => path !== 'transparent'))(
  'frames to a group, %s',
  (path) => {
    let node: PolicyNode;
    let pods: { readonly isolated: Netns; readonly other: Netns };
    beforeAll(() => {
      node = makePolicyNode(path, HEAD, true);
      pods = { isolated: node.add('shop', 'db').netns, other: node.add('office', 'other').netns };
    });
    afterAll(() => node.remove());

    /** Resolves to the names of the frames that are received. */
    const heard = (from: Netns, to: Netns): Promise<readonly string[]> => {
      const { mac } = heardLinkOf(from);
      const packets = ([4, 6] as const).map(
        (family) => [addressOf(from, family), addressOf(to, family)] as const,
      );
      const [[from4, to4] = ['', ''], [from6, to6] = ['', '']] = packets;
      const [ip, ip6] = [udp(from4, to4, 'frame-lie'), udp6(from6, to6, 'frame-lie')];
      const frames = {
        'to the pod': ethernet(heardLinkOf(to).mac, mac, [IP], ip),
        'to everyone': ethernet(EVERYONE, mac, [IP], ip),
        'to a group': ethernet(GROUP, mac, [IP], ip),
        'IPv6 to everyone': ethernet(EVERYONE, mac, [IP6], ip6),
        'IPv6 to a group': ethernet(GROUP6, mac, [IP6], ip6),
      };
      const ask = { operation: 1, mac, ip: from4, targetMac: '00:00:00:00:00:00', targetIp: to4 } as const;
      const marker = (text: string): Buffer => ethernet(EVERYONE, mac, [ARP], arp(ask, text));
      return liesHeard(from, frames, { place: to, device: 'eth0', marker });
    };

    it('do not carry a packet to an isolated pod', async () => {
      expect(await heard(pods.other, pods.isolated)).toEqual([]);
    });

    it('do not carry a packet from an isolated pod to another one', async () => {
      expect(await heard(pods.isolated, pods.other)).toEqual([]);
    });
  },
);
