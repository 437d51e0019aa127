import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';

describe.skipIf(!hasLiveNodes)('anti-spoofing', () => {
  let node: LiveNode;
  let liar: Netns;
  let victim: Netns;

  beforeEach(async () => {
    node = makeLiveNode();
    [liar, victim] = [node.addPod(), node.addPod()];
    for (const pod of [liar, victim]) await node.call({ verb: 'ADD', pod });
  });
  afterEach(() => node.remove());

  const pings = (from: Netns, ...args: readonly string[]): boolean =>
    from.execNow(['ping', '-c1', '-W1', ...args]).code === 0;
  /** Waits far longer for the reply than a busy machine needs. */
  const mustPing = (from: Netns, ...args: readonly string[]): void =>
    expect(from.execNow(['ping', '-c1', '-W30', ...args]).code).toBe(0);

  /** Number of received echo requests. Source: /proc/net/snmp, RFC 2011. */
  const echoesAt = (pod: Netns): number => {
    const lines = pod.mustExec(['cat', '/proc/net/snmp']).stdout.split('\n');
    const [names = [], values = []] = lines
      .filter((line) => line.startsWith('Icmp:'))
      .map((line) => line.split(' '));
    return Number(values[names.indexOf('InEchos')]);
  };

  it('lets a pod send from its own address, and from no other, until the document switches it off', () => {
    mustPing(liar, '10.240.0.37');
    liar.mustExec('ip addr add 10.240.0.99/32 dev eth0'.split(' '));
    const before = echoesAt(victim);
    expect(before).toBeGreaterThan(0);
    pings(liar, '-I', '10.240.0.99', '10.240.0.37');
    expect(echoesAt(victim)).toBe(before);

    const path = join(node.root, 'var/lib/vnet/vnet.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('name: azure0\n', 'name: azure0\n      antiSpoofing: false\n'));
    expect(node.reconcile().code).toBe(0);
    pings(liar, '-I', '10.240.0.99', '10.240.0.37');
    expect(echoesAt(victim)).toBeGreaterThan(before);
    mustPing(liar, '10.240.0.37');
  });

  it('drops ARP in which a pod claims the address of another', () => {
    mustPing(node.netns, '10.240.0.37');
    liar.mustExec('ip addr add 10.240.0.1/32 dev eth0'.split(' '));
    // Sends ARP requests for the victim and the node with 10.240.0.1 as sender.
    for (const to of ['10.240.0.37', '10.240.0.35']) {
      liar.execNow(['ip', 'neigh', 'flush', 'dev', 'eth0']);
      pings(liar, '-I', '10.240.0.1', to);
    }
    for (const place of [victim, node.netns]) {
      expect(place.mustExec('ip neigh show 10.240.0.1'.split(' ')).stdout).not.toMatch(/0a:/);
    }
  });

  it('drops IPv6 from a pod, router advertisements too: it has no IPv6 address of the network', () => {
    for (const pod of [liar, victim]) {
      pod.mustExec(`ip -6 addr add fd00::${pod === liar ? 1 : 2}/64 dev eth0 nodad`.split(' '));
    }
    expect(pings(liar, '-6', 'fd00::2')).toBe(false);
    const path = join(node.root, 'var/lib/vnet/vnet.yaml');
    const text = readFileSync(path, 'utf8');
    writeFileSync(path, text.replace('name: azure0\n', 'name: azure0\n      antiSpoofing: false\n'));
    expect(node.reconcile().code).toBe(0);
    liar.mustExec('ip -6 neigh flush dev eth0'.split(' '));
    mustPing(liar, '-6', 'fd00::2');
  });
});
