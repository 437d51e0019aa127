/** Frames that no well-behaved pod sends: none may reach another pod or the node. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { arp, ethernet, udp, word } from './frames.ts';
import { END, hearFrames, heardLinkOf, liesHeard } from './hear-frames.ts';

const [IP, IP6, ARP, VLAN, QINQ] = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8];
const [OWN, FOREIGN, VICTIM, GATEWAY] = ['10.240.0.36', '10.240.0.99', '10.240.0.37', '10.240.0.1'];
const EVERYONE = 'ff:ff:ff:ff:ff:ff';
const FOREIGN_MAC = '0a:00:00:00:00:99';

describe.skipIf(!hasLiveNodes)('raw frames of a pod', () => {
  let node: LiveNode;
  let liar: Netns;
  let victim: Netns;
  let macs: { readonly own: string; readonly victim: string };

  beforeAll(async () => {
    node = makeLiveNode();
    [liar, victim] = [node.addPod(), node.addPod()];
    for (const pod of [liar, victim]) await node.call({ verb: 'ADD', pod });
    macs = { own: heardLinkOf(liar).mac, victim: heardLinkOf(victim).mac };
  });
  afterAll(() => node.remove());

  /** Returns an honest frame, which reaches everyone on the bridge. */
  const marker = (text: string): Buffer =>
    ethernet(EVERYONE, macs.own, [IP], udp(OWN, '255.255.255.255', text));

  /** Every spoofed frame to the victim, to all, and to the gateway's entry of the victim. */
  function lies(): Readonly<Record<string, Buffer>> {
    const { own, victim: to } = macs;
    const packet = udp(FOREIGN, VICTIM, 'frame-lie');
    const honest = udp(OWN, VICTIM, 'frame-lie');
    const claim = { operation: 2, mac: own, ip: GATEWAY, targetMac: to, targetIp: VICTIM } as const;
    const six = Buffer.concat([
      Buffer.from('6000000000093b40', 'hex'),
      Buffer.alloc(32, 1),
      Buffer.from('frame-lie'),
    ]);
    const tagged = (...types: readonly number[]): Buffer => ethernet(to, own, types, packet);
    const withForm = (...form: [number, number, number, number]): Buffer =>
      ethernet(to, own, [ARP], arp({ ...claim, form }, 'frame-lie'));
    return {
      'IPv4 of another address': ethernet(to, own, [IP], packet),
      'IPv4 of another address to everyone': ethernet(EVERYONE, own, [IP], packet),
      'another MAC and address': ethernet(to, FOREIGN_MAC, [IP], packet),
      'a tag of VLAN 0': tagged(VLAN, 0, IP),
      'a tag of VLAN 0 with its own address': ethernet(to, own, [VLAN, 0, IP], honest),
      'a tag with a priority alone': tagged(VLAN, 0xe000, IP),
      'a tag of VLAN 7': tagged(VLAN, 7, IP),
      'two tags': tagged(QINQ, 0, VLAN, 0, IP),
      'two tags of one kind': tagged(VLAN, 0, VLAN, 0, IP),
      'an 802.1ad tag': tagged(QINQ, 0, IP),
      'an old QinQ tag': tagged(0x9100, 0, IP),
      IPv6: ethernet(to, own, [IP6], six),
      'IPv6 behind a tag': ethernet(to, own, [VLAN, 0, IP6], six),
      'ARP for the gateway': ethernet(to, own, [ARP], arp(claim, 'frame-lie')),
      'ARP for the gateway behind a tag': ethernet(to, own, [VLAN, 0, ARP], arp(claim, 'frame-lie')),
      'ARP for the gateway to everyone': ethernet(EVERYONE, own, [ARP], arp(claim, 'frame-lie')),
      "ARP with another's MAC": ethernet(
        to,
        own,
        [ARP],
        arp({ ...claim, ip: OWN, mac: FOREIGN_MAC }, 'frame-lie'),
      ),
      'ARP of other hardware': withForm(6, IP, 6, 4),
      'ARP of another protocol': withForm(1, IP6, 6, 4),
      'ARP of longer hardware addresses': withForm(1, IP, 8, 4),
      'ARP of longer addresses': withForm(1, IP, 6, 16),
      LLDP: ethernet('01:80:c2:00:00:0e', own, [0x88cc], Buffer.from('frame-lie')),
      'LLDP to everyone': ethernet(EVERYONE, own, [0x88cc], Buffer.from('frame-lie')),
      '802.3 with LLC': ethernet(
        to,
        own,
        [46],
        Buffer.concat([Buffer.of(0x42, 0x42, 3), Buffer.from('frame-lie'), Buffer.alloc(34)]),
      ),
      MPLS: ethernet(to, own, [0x8847], Buffer.concat([Buffer.of(0, 0, 0x11, 0x40), packet])),
      PPPoE: ethernet(
        to,
        own,
        [0x8864],
        Buffer.concat([Buffer.of(0x11, 0, 0, 1), word(packet.length + 2), word(0x21), packet]),
      ),
      MACsec: ethernet(to, own, [0x88e5], Buffer.concat([Buffer.alloc(6), Buffer.from('frame-lie')])),
      'an EtherType of no protocol': ethernet(to, own, [0x88b5], honest),
    };
  }

  it('that are forged do not reach another pod', async () => {
    expect(await liesHeard(liar, lies(), { place: victim, device: 'eth0', marker })).toEqual([]);
  });

  it('that are forged do not reach the node', async () => {
    expect(
      await hearFrames(liar, [...Object.values(lies()), marker(END)], {
        place: node.netns,
        device: 'azure0',
      }),
    ).toEqual(['frame-end']);
    for (const place of [victim, node.netns]) {
      expect(place.mustExec(`ip neigh show ${GATEWAY}`.split(' ')).stdout).not.toContain(macs.own);
    }
  });

  it('that are valid reach the other pod', async () => {
    const answer = {
      operation: 2,
      mac: macs.own,
      ip: OWN,
      targetMac: macs.victim,
      targetIp: VICTIM,
    } as const;
    const honest = [
      ethernet(macs.victim, macs.own, [IP], udp(OWN, VICTIM, 'frame-ip')),
      ethernet(macs.victim, macs.own, [ARP], arp(answer, 'frame-arp')),
      ethernet(EVERYONE, macs.own, [ARP], arp({ ...answer, operation: 1 }, 'frame-ask')),
    ];
    expect(await hearFrames(liar, [...honest, marker(END)], { place: victim, device: 'eth0' })).toEqual([
      'frame-ip',
      'frame-arp',
      'frame-ask',
      'frame-end',
    ]);
  });
});
