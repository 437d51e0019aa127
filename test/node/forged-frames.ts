/** Frames that a pod forges to pass for another machine. */
import { arp, EVERYONE, ethernet, udp, word } from './frames.ts';

const [IP, IP6, ARP, VLAN, QINQ] = [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8];
const FOREIGN_MAC = '0a:00:00:00:00:99';

/** A liar and its victim on one bridge. Shape: `own` and `victim` are their MACs, `address` and `target` their addresses. */
export type Forgery = {
  readonly own: string;
  readonly victim: string;
  readonly address: string;
  readonly target: string;
  readonly foreign: string;
  readonly gateway: string;
};

/** Returns every spoofed frame to the victim, to all, and to the gateway's entry of the victim, by name. */
export function forgedFrames({
  own,
  victim: to,
  address,
  target,
  foreign,
  gateway,
}: Forgery): Readonly<Record<string, Buffer>> {
  const packet = udp(foreign, target, 'frame-lie');
  const honest = udp(address, target, 'frame-lie');
  const claim = { operation: 2, mac: own, ip: gateway, targetMac: to, targetIp: target } as const;
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
      arp({ ...claim, ip: address, mac: FOREIGN_MAC }, 'frame-lie'),
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
