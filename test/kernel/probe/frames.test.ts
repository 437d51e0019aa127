/** Frames of probes, and of answers. */
import { describe, expect, it } from 'vitest';
import { claimIn, probeFrame } from '../../../reconciler/kernel/probe/frames.ts';
import { arp, ethernet, icmp6, udp6 } from '../../node/frames.ts';

const MAC = '02:00:00:00:00:07';
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe('a probe', () => {
  it('for IPv4 is the ARP probe of RFC 5227', () => {
    const form = { operation: 1, mac: MAC, ip: '0.0.0.0', targetMac: '00:00:00:00:00:00' } as const;
    const wanted = ethernet(
      'ff:ff:ff:ff:ff:ff',
      MAC,
      [0x0806],
      arp({ ...form, targetIp: '10.240.0.36' }, ''),
    );
    expect(hex(probeFrame(MAC, '10.240.0.36'))).toBe(hex(wanted));
    expect(claimIn(wanted)).toEqual({ address: '10.240.0.36', mac: MAC });
  });

  it('for IPv6 is the solicitation of RFC 4862, with a valid checksum', () => {
    const [to, target] = ['ff02::1:ff00:136', 'fd00::136'];
    const packet = icmp6({ from: '::', to, type: 135, target }, '');
    const wanted = ethernet('33:33:ff:00:01:36', MAC, [0x86dd], packet);
    expect(hex(probeFrame(MAC, target))).toBe(hex(wanted));
    expect(claimIn(wanted)).toEqual({ address: target, mac: MAC });
  });
});

describe('an answer', () => {
  it('is an ARP message of the address, request or reply, or an advertisement', () => {
    const message = { mac: MAC, ip: '10.240.0.36', targetMac: MAC, targetIp: '10.240.0.1' } as const;
    for (const operation of [1, 2] as const) {
      const frame = ethernet(MAC, MAC, [0x0806], arp({ ...message, operation }, 'padding'));
      expect(claimIn(frame)).toEqual({ address: '10.240.0.36', mac: MAC });
    }
    const packet = icmp6({ from: 'fe80::7', to: 'ff02::1', type: 136, target: 'fd00::136' }, '');
    expect(claimIn(ethernet('33:33:00:00:00:01', MAC, [0x86dd], packet))).toEqual({
      address: 'fd00::136',
      mac: MAC,
    });
  });

  it('is nothing else', () => {
    const others = [
      new Uint8Array(0),
      ethernet(MAC, MAC, [0x0806], Buffer.alloc(10)),
      ethernet(MAC, MAC, [0x0800], Buffer.alloc(60)),
      ethernet(MAC, MAC, [0x86dd], udp6('fd00::1', 'fd00::2', 'text')),
      ethernet(MAC, MAC, [0x86dd], icmp6({ from: 'fe80::7', to: 'ff02::1', type: 134 }, '')),
      ethernet(
        MAC,
        MAC,
        [0x86dd],
        icmp6({ from: 'fe80::7', to: 'ff02::1', type: 135, target: 'fd00::1' }, ''),
      ),
    ];
    for (const frame of others) expect(claimIn(frame)).toBeUndefined();
  });
});
