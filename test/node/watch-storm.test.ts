import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

/** CPU time. Units: hundredths of a second. Source: utime and stime of proc_pid_stat(5). */
function cpuOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ');
  return Number(fields[11]) + Number(fields[12]);
}

describe.skipIf(!hasLiveNodes)('vnet watch in a storm', () => {
  let node: LiveNode;
  let watch: LiveWatch;
  let pods: Netns[];

  beforeEach(async () => {
    node = makeLiveNode();
    pods = [node.addPod(), node.addPod(), node.addPod()];
    for (const pod of pods) await node.call({ verb: 'ADD', pod });
    watch = await startWatch(node);
    await new Promise((resolve) => setTimeout(resolve, 1500));
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const batch = (program: string, lines: readonly string[]): Promise<unknown> =>
    node.netns.exec([program, '-force', '-batch', '-'], {
      input: `${lines.join('\n')}\n`,
    });

  it('is not woken by 100 000 changes of foreign routes, nor by changing neighbours', async () => {
    const before = [cpuOf(watch.pid), watch.status()?.time];
    const routes = Array.from(
      { length: 50_000 },
      (_, index) => `100.${Math.floor(index / 65_536)}.${Math.floor(index / 256) % 256}.${index % 256}/32`,
    );
    await batch(
      'ip',
      routes.map((to) => `route add ${to} via 10.240.0.1 dev azure0 proto bgp`),
    );
    await batch(
      'ip',
      routes.map((to) => `route del ${to} via 10.240.0.1 dev azure0 proto bgp`),
    );
    const neighbours = Array.from(
      { length: 2000 },
      (_, index) => `10.240.${100 + Math.floor(index / 200)}.${index % 200}`,
    );
    await batch(
      'ip',
      neighbours.map((to) => `neigh add ${to} lladdr 02:00:00:00:00:01 dev azure0 nud stale`),
    );
    await batch(
      'ip',
      neighbours.map((to) => `neigh del ${to} dev azure0`),
    );
    expect(watch.events.map(({ type }) => type)).toEqual(['Started']);
    expect(watch.status()?.time).toBe(before[1]);
    // A tenth of a second for 100 000 notifications: reading each would take many times as long.
    expect(cpuOf(watch.pid) - Number(before[0])).toBeLessThan(10);
  });

  it('brings the node back after any drift', async () => {
    let seed = 20_261_121;
    const chance = (below: number): number => {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      return Math.floor((seed / 2 ** 31) * below);
    };
    const veths = node.veths();
    const endpoints = Object.values(node.document()?.endpoints ?? {});
    const ways: readonly (() => string)[] = [
      () => `ip link set ${veths[chance(3)] ?? ''} nomaster`,
      () => `ip link set ${veths[chance(3)] ?? ''} down`,
      () => `ip link set ${veths[chance(3)] ?? ''} mtu ${1300 + chance(100)}`,
      () => `ip link del ${veths[chance(3)] ?? ''}`,
      () => `ip neigh del 10.240.0.${36 + chance(3)} dev azure0`,
      () => `ip neigh flush dev azure0 nud permanent`,
      () => `bridge fdb del ${endpoints[chance(3)]?.mac ?? ''} dev ${veths[chance(3)] ?? ''} master`,
      () => `bridge link set dev ${veths[chance(3)] ?? ''} hairpin off`,
      () => 'ip link set azure0 down',
      () => 'ip route del default',
      () => 'ip route flush table main',
      () => 'ip route del 10.240.0.0/16 dev azure0',
      () => 'ip addr flush dev azure0',
      () => 'ip link set eth0 nomaster',
      () => 'nft flush ruleset',
      () => `nft delete element bridge vnet pods { 10.240.0.${36 + chance(3)} }`,
      () => `ip -n ${pods[chance(3)]?.name ?? ''} route del default`,
      () => `ip -n ${pods[chance(3)]?.name ?? ''} route flush table main`,
      () => `ip -n ${pods[chance(3)]?.name ?? ''} link set eth0 down`,
    ];
    for (let sequence = 0; sequence < 6; sequence += 1) {
      const commands = Array.from({ length: 1 + chance(6) }, () => ways[chance(ways.length)]?.() ?? 'true');
      for (const command of commands) node.netns.execNow(command.split(' '));
      await watch.until(
        `waited for everything after ${commands.join('; ')}`,
        () => node.reconcile('--dry-run', '--full').code === 0,
      );
      for (const pod of pods) expect(reaches(pod, '10.240.0.1')).toBe(true);
    }
  });
});
