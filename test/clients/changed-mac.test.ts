import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { must } from '../support/must.ts';
import { mustExec } from '../support/exec.ts';
import { type Netns } from '../support/netns.ts';
import { answers, attachmentOf, makeNodes, type Nodes, whyNoPlugins } from './chain.ts';
import { isSkipped } from '../support/skip.ts';

const MAC = '02:00:5e:10:00:01';
const TUNING = { type: 'tuning', mac: MAC, mtu: 1400, sysctl: { 'net.ipv6.conf.all.disable_ipv6': '1' } };

function shown(pod: Netns): { readonly address: string; readonly mtu: number } {
  return JSON.parse(pod.mustExec(['ip', '-j', 'link', 'show', 'eth0']).stdout)[0];
}

describe.skipIf(isSkipped('a MAC changed by another program', whyNoPlugins('tuning')))(
  'a pod whose MAC is changed',
  () => {
    let nodes: Nodes;
    let far: { readonly pod: Netns; readonly address: string };
    let near: { readonly pod: Netns; readonly address: string };
    const add = async (index: 0 | 1) => {
      const where = nodes.nodes[index];
      const pod = where.addPod();
      const result = must(await where.runtime().add(attachmentOf(pod)));
      return { pod, address: result.ips?.[0]?.address.split('/')[0] ?? '' };
    };
    const ownMacs = (): string =>
      nodes.nodes[0].node.netns.mustExec(['nft', 'list', 'map', 'bridge', 'vnet', 'own_macs']).stdout;
    const isConverged = (): boolean => nodes.nodes[0].vnet('reconcile', '--dry-run').code === 0;

    beforeAll(async () => {
      nodes = makeNodes();
      near = await add(0);
      far = await add(1);
    });
    afterAll(() => nodes.remove());

    it('by tuning is reached at once, before it sends anything, and keeps its MAC and MTU', async () => {
      const [first] = nodes.nodes;
      const runtime = first.runtime([TUNING]);
      const pod = first.addPod();
      const attachment = attachmentOf(pod);
      const result = must(await runtime.add(attachment));
      const address = result.ips?.[0]?.address.split('/')[0] ?? '';
      expect(shown(pod)).toMatchObject({ address: MAC, mtu: 1400 });
      must(await runtime.check(attachment));
      const from = [first.node.netns, near.pod, far.pod];
      expect(from.map((space) => answers(space, address))).toEqual([true, true, true]);
      expect(ownMacs()).toContain(MAC);
      expect(isConverged()).toBe(true);
      must(await runtime.check(attachment));
      must(await runtime.del(attachment));
      expect(ownMacs()).not.toContain(MAC);
      expect(isConverged()).toBe(true);
    });

    it('by hand is reached under each MAC, and under its first one again', () => {
      const { pod, address } = near;
      const original = shown(pod).address;
      for (const mac of [MAC, '02:00:5e:10:00:02', original]) {
        pod.mustExec(['ip', 'link', 'set', 'eth0', 'address', mac]);
        const from = [nodes.nodes[0].node.netns, far.pod];
        expect([mac, ...from.map((space) => answers(space, address))]).toEqual([mac, true, true]);
        expect(isConverged()).toBe(true);
      }
      expect(ownMacs()).not.toContain('02:00:5e');
    });

    it('is found by reconcile without an announcement, as is one whose table was lost', () => {
      const { pod, address } = near;
      const original = shown(pod).address;
      const [first] = nodes.nodes;
      pod.mustExec(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_notify=0', 'net.ipv6.conf.all.disable_ipv6=1']);
      pod.mustExec(['ip', 'link', 'set', 'eth0', 'address', MAC]);
      expect(answers(far.pod, address)).toBe(false);
      expect(first.vnet('reconcile').code).toBe(0);
      expect(answers(far.pod, address)).toBe(true);
      first.node.netns.mustExec(['nft', 'delete', 'table', 'bridge', 'vnet']);
      expect(first.vnet('reconcile').code).toBe(0);
      expect(ownMacs()).toContain(MAC);
      expect([answers(far.pod, address), isConverged()]).toEqual([true, true]);
      expect(shown(pod).address).toBe(MAC);
      pod.mustExec(['ip', 'link', 'set', 'eth0', 'address', original]);
      expect(first.vnet('reconcile').code).toBe(0);
      expect([answers(far.pod, address), ownMacs().includes(MAC)]).toEqual([true, false]);
    });

    it('can neither take another pod’s MAC from it, nor send from an address that is not its own', async () => {
      const [first] = nodes.nodes;
      const thief = await add(0);
      thief.pod.mustExec(['ip', 'link', 'set', 'eth0', 'address', shown(near.pod).address]);
      expect(answers(thief.pod, far.address)).toBe(true);
      const from = [first.node.netns, far.pod, thief.pod];
      expect(from.map((space) => answers(space, near.address))).toEqual([true, true, true]);
      expect(answers(near.pod, far.address)).toBe(true);
      thief.pod.mustExec(['ip', 'addr', 'add', '10.240.0.60/16', 'dev', 'eth0']);
      expect(thief.pod.execNow(['ping', '-c1', '-W1', '-I', '10.240.0.60', far.address]).code).not.toBe(0);
      const fdb = mustExec(['bridge', '-n', first.node.netns.name, 'fdb', 'show', 'br', 'azure0']).stdout;
      const holders = fdb.split('\n').filter((line) => line.startsWith(shown(near.pod).address));
      expect(new Set(holders.map((line) => line.split(' ')[2])).size).toBe(1);
      expect(nodes.fabric.foreignFrames(first.node.nic)).toBe(0);
    });
  },
);
