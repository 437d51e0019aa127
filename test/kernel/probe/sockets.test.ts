/** Sockets of concurrent probes. */
import { describe, expect, it } from 'vitest';
import { ETH_P, type ProbeClaim } from '../../../reconciler/kernel/probe/frames.ts';
import { probeSocketsOn } from '../../../reconciler/kernel/probe/sockets.ts';
import { ERRNO } from '../../../reconciler/model/ports/sys.ts';
import { arp, ethernet } from '../../node/frames.ts';
import { fakeSys } from '../fake-sys.ts';

const MAC = '02:00:00:00:00:07';

function frameOf(ip: string): Uint8Array {
  const message = { operation: 2, mac: MAC, ip, targetMac: MAC, targetIp: '10.240.0.1' } as const;
  return ethernet(MAC, MAC, [0x0806], arp(message, ''));
}

function open() {
  const fake = fakeSys([]);
  const protocols: number[] = [];
  const bound: Uint8Array[] = [];
  const sys = {
    ...fake.sys,
    socket: (domain: number, type: number, protocol: number) => {
      protocols.push(protocol);
      return fake.sys.socket(domain, type, protocol);
    },
    bind: (fd: number, address: Uint8Array) => {
      bound.push(address);
      return fake.sys.bind(fd, address);
    },
  };
  const arrive = (ip: string): void => void fake.script.push(() => frameOf(ip));
  return { ...fake, sys, protocols, bound, arrive };
}

describe('sockets of probes', () => {
  it('hear nothing before they are bound to interface and protocol: the kernel would hold up the caller', () => {
    const { sys, protocols, bound } = open();
    probeSocketsOn(sys, 7).join([ETH_P.arp, ETH_P.ip6], () => undefined);
    expect(protocols).toEqual([0, 0]);
    const types = bound.map((address) => Buffer.from(address).readUInt16BE(2));
    expect(types).toEqual([0x0806, 0x86dd]);
  });

  it('are shared by concurrent probes, and by those that follow', () => {
    const { sys, open: fds } = open();
    const listeners = [0, 1, 2].map(() => (): void => undefined);
    for (const listener of listeners) expect(probeSocketsOn(sys, 7).join([ETH_P.arp], listener)).toBe(0);
    for (const listener of listeners) probeSocketsOn(sys, 7).leave(listener);
    expect(probeSocketsOn(sys, 7).join([ETH_P.arp], () => undefined)).toBe(0);
    expect(fds.size).toBe(1);
    probeSocketsOn(sys, 8).join([ETH_P.arp], () => undefined);
    expect(fds.size).toBe(2);
  });

  it('give each claim to all probes that have begun, and to no later one', () => {
    const { sys, arrive } = open();
    const sockets = probeSocketsOn(sys, 7);
    const heard: string[][] = [[], [], []];
    const join = (at: number): number =>
      sockets.join([ETH_P.arp], ({ address }: ProbeClaim) => heard[at]?.push(address));
    join(0);
    arrive('10.240.0.36');
    join(1);
    arrive('10.240.0.37');
    sockets.read();
    join(2);
    expect(heard).toEqual([['10.240.0.36', '10.240.0.37'], ['10.240.0.37'], []]);
  });

  it('report the error of the kernel', () => {
    const { sys } = open();
    const refusing = { ...sys, bind: () => -ERRNO.EPERM };
    expect(probeSocketsOn(refusing, 7).join([ETH_P.arp], () => undefined)).toBe(-ERRNO.EPERM);
  });
});
