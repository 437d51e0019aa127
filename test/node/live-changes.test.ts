import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startPing } from '../lab/ping.ts';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';

/** In sequence, each on the result of the previous one; hitless changes must lose no packet. */
const HITLESS: readonly (readonly [name: string, from: string, to: string])[] = [
  ['bridge.mtu lowered', 'name: azure0\n', 'name: azure0\n      mtu: 1400\n'],
  ['bridge.mtu raised', 'mtu: 1400\n', 'mtu: 1600\n'],
  ['bridge.hairpin off', 'mtu: 1600\n', 'mtu: 1500\n      hairpin: false\n'],
  ['bridge.antiSpoofing off', 'hairpin: false\n', 'hairpin: true\n      antiSpoofing: false\n'],
  ['bridge.antiSpoofing on', 'antiSpoofing: false\n', 'antiSpoofing: true\n'],
  ['bridge.name', 'name: azure0\n', 'name: br0\n'],
  ['a route more', '    pools:\n', '    routes:\n      - { to: 10.9.0.0/16, via: 10.240.0.1 }\n    pools:\n'],
  ['another metric', 'via: 10.240.0.1 }\n    pools:\n', 'via: 10.240.0.1, metric: 50 }\n    pools:\n'],
  ['arp.pods off', '    pools:\n', '    arp:\n      pods: false\n    pools:\n'],
  [
    'arp.pods on, a neighbour',
    'pods: false\n',
    'pods: true\n      neighbours:\n        - { address: 10.240.0.9, mac: 12:34:56:78:9a:bc }\n',
  ],
  [
    'pools.ipv4.quarantineSeconds',
    '        gateway: 10.240.0.1\n',
    '        gateway: 10.240.0.1\n        quarantineSeconds: 5\n',
  ],
];

describe.skipIf(!hasLiveNodes)('changes of a live node, on the real kernel', () => {
  let node: LiveNode;
  let pods: readonly [Netns, Netns];

  const document = (): string => readFileSync(join(node.root, 'var/lib/vnet/vnet.yaml'), 'utf8');
  const edited = (from: string, to: string): string => {
    const path = join(node.root, 'new.yaml');
    expect(document()).toContain(from);
    writeFileSync(path, document().replace(from, to));
    return path;
  };
  /** Resolves to the pings lost to, from and between the pods during `work`. */
  const lossDuring = async (work: () => void | Promise<void>): Promise<readonly number[]> => {
    const [one, other] = pods;
    const pings = [
      startPing(one, '10.240.0.37'),
      startPing(one, '10.240.0.1'),
      startPing(other, '10.240.0.35'),
      startPing(node.netns, '10.240.0.36'),
    ];
    const someMore = () => Promise.all(pings.map((ping) => ping.answered(11)));
    await someMore();
    await work();
    await someMore();
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    for (const { sent } of counts) expect(sent).toBeGreaterThan(20);
    return counts.map(({ lost }) => lost.length);
  };
  const bridges = (): readonly string[] => {
    const links = JSON.parse(node.netns.mustExec(['ip', '-j', 'link', 'show', 'type', 'bridge']).stdout) as {
      ifindex: number;
      ifname: string;
    }[];
    return links.map(({ ifindex, ifname }) => `${ifindex} ${ifname}`);
  };
  const mtuOf = (space: Netns, dev: string): number => {
    const [link] = JSON.parse(space.mustExec(['ip', '-j', 'link', 'show', 'dev', dev]).stdout) as {
      mtu: number;
    }[];
    return link?.mtu ?? 0;
  };
  const reaches = (size: number): boolean =>
    pods[0].execNow(`ping -q -c 3 -i 0.05 -W 1 -M do -s ${String(size)} 10.240.0.37`.split(' ')).code === 0;

  beforeAll(async () => {
    node = makeLiveNode();
    pods = [node.addPod(), node.addPod()];
    for (const pod of pods) await node.call({ verb: 'ADD', pod });
  });
  afterAll(() => node.remove());

  it.each(HITLESS)(
    '%s: no packet is lost, and the bridge stays the same',
    async (_name, from, to) => {
      const [before = ''] = bridges();
      const file = edited(from, to);
      const loss = await lossDuring(() => {
        const applied = node.vnet('apply', '-f', file);
        expect([applied.code, applied.stderr]).toEqual([0, '']);
      });
      expect(loss).toEqual([0, 0, 0, 0]);
      expect(bridges().map((bridge) => bridge.split(' ')[0])).toEqual([before.split(' ')[0]]);
      expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
    },
    300_000,
  );

  it('a lower MTU is that of the bridge and of new pods; the others keep theirs, and their packets arrive', async () => {
    const applied = node.vnet('apply', '-f', edited('mtu: 1500\n      hairpin', 'mtu: 1400\n      hairpin'));
    expect(applied.code).toBe(0);
    const newer = node.addPod();
    expect((await node.call({ verb: 'ADD', pod: newer })).code).toBe(0);
    expect([mtuOf(node.netns, 'br0'), mtuOf(pods[0], 'eth0'), mtuOf(newer, 'eth0')]).toEqual([
      1400, 1500, 1400,
    ]);
    expect(reaches(1472)).toBe(true);
    expect((await node.call({ verb: 'DEL', pod: newer })).code).toBe(0);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('another MAC needs its flag, is changed in place, and no neighbour is missing afterwards', async () => {
    const [before] = bridges();
    const file = edited('name: br0\n', 'name: br0\n      mac: 02:00:00:00:00:99\n');
    expect(node.vnet('apply', '-f', file).code).toBe(5);
    const [toPod, toFabric] = await lossDuring(() => {
      const applied = node.vnet('apply', '-f', file, '--max-disruption', 'flow-reset', '--yes');
      expect([applied.code, applied.stderr]).toEqual([0, '']);
    });
    expect([toPod, toFabric]).toEqual([0, 0]);
    // Does not wait for half a minute, the lifetime of a pod's neighbour entry.
    expect(await lossDuring(() => undefined)).toEqual([0, 0, 0, 0]);
    expect(bridges()).toEqual([before]);
    const neighbours = node.netns.mustExec(['ip', 'neigh', 'show', 'dev', 'br0', 'nud', 'permanent']).stdout;
    expect(neighbours.match(/10\.240\.0\.(36|37) /g)?.toSorted()).toEqual(['10.240.0.36 ', '10.240.0.37 ']);
  });

  it('an unconfirmed name is rolled back in place, and no packet is lost', async () => {
    const file = edited('name: br0\n', 'name: azure0\n');
    const loss = await lossDuring(async () => {
      expect(node.vnet('apply', '-f', file, '--confirm-within', '8s').code).toBe(0);
      expect(bridges().map((bridge) => bridge.split(' ')[1])).toEqual(['azure0']);
      for (
        let waited = 0;
        waited < 300 && existsSync(join(node.root, 'var/lib/vnet/tentative.json'));
        waited += 1
      )
        await pause(100);
    });
    expect(loss).toEqual([0, 0, 0, 0]);
    expect(bridges().map((bridge) => bridge.split(' ')[1])).toEqual(['br0']);
    expect(node.vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('a pool that loses the address of a pod leaves it to that pod, and gives it to no other', async () => {
    const file = edited('10.240.0.36-10.240.0.250', '10.240.0.37-10.240.0.250');
    const refused = node.vnet('apply', '-f', file);
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining(' 10.240.0.36')]);
    expect(node.vnet('apply', '-f', file, '--withdraw').code).toBe(0);
    expect(await lossDuring(() => undefined)).toEqual([0, 0, 0, 0]);
    const [gone] = pods;
    expect((await node.call({ verb: 'DEL', pod: gone })).code).toBe(0);
    const next = node.addPod();
    const added = await node.call({ verb: 'ADD', pod: next });
    expect([added.code, added.stdout.includes('"10.240.0.36/16"')]).toEqual([0, false]);
  });
});
