import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createSys } from '#sys';
import { createMonitor } from '../../../reconciler/kernel/monitor/monitor.ts';
import type { Monitor, Notice } from '../../../reconciler/model/ports/monitor.ts';
import { keyOf } from '../../../reconciler/model/state.ts';
import { mustExec } from '../../support/exec.ts';
import { hasNamespaces } from '../../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../../support/netns.ts';

const LONGEST_MS = 300_000;

describe.skipIf(!hasNamespaces)('the monitor on a real kernel', () => {
  let monitor: Monitor;
  let pod: Netns;
  let wakes = 0;
  let made = 0;
  let bridge = '';
  let veth = '';
  const heard: Notice[] = [];
  let isLost = false;

  beforeEach(() => {
    // A namespace ends with a delay: until then, the veth of the previous test exists.
    made += 1;
    [bridge, veth] = [`mon${process.pid % 10_000}-${made}`, `azv${process.pid % 10_000}-${made}`];
    pod = makeNetns(uniqueName('pod'));
    run(`ip link add ${bridge} up type bridge`);
    run(`ip addr add 10.77.0.1/16 dev ${bridge}`);
    run(`ip link add ${veth} alias vnet:x up type veth peer name eth0 netns ${pod.name}`);
    run(`ip link set ${veth} master ${bridge}`);
    pod.mustExec('ip addr add 10.77.0.5/16 dev eth0'.split(' '));
    pod.mustExec('ip link set eth0 up'.split(' '));
    pod.mustExec('ip route add default via 10.77.0.1'.split(' '));
    const opened = createMonitor(createSys())(() => {
      wakes += 1;
    });
    if (!opened.ok) throw new Error(JSON.stringify(opened.error));
    monitor = opened.value;
    const attended = monitor.attend({
      destinations: [{ family: 4, to: '10.78.0.0/16' }],
      podDestinations: [{ family: 4, to: 'default' }],
      hasIpv6: false,
    });
    if (!attended.ok) throw new Error(JSON.stringify(attended.error));
    monitor.drain();
    heard.length = 0;
    isLost = false;
  });
  afterEach(() => {
    monitor.close();
    run(`ip link del ${bridge}`);
    pod.remove();
  });

  const run = (line: string): void => void mustExec(line.split(' '));
  const listen = (): readonly string[] => {
    const { notices, isLost: lost } = monitor.drain();
    isLost ||= lost;
    heard.push(...notices);
    return heard.map(({ verb, object }) => `${verb} ${keyOf(object)}`);
  };
  const until = async (wanted: string): Promise<void> => {
    const deadline = Date.now() + LONGEST_MS;
    while (!listen().includes(wanted)) {
      if (Date.now() > deadline) throw new Error(`heard only ${listen().join(', ')}`);
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };

  it('hears the last of many changes of a veth, each of another link, and each deletion', () => {
    for (const mtu of [1401, 1402, 1403]) run(`ip link set ${veth} mtu ${mtu}`);
    for (const mtu of [1401, 1402]) run(`ip link set ${bridge} mtu ${mtu}`);
    run(`ip link del ${veth}`);
    run(`ip link add ${veth} mtu 1404 type veth peer name eth0 netns ${pod.name}`);
    listen();
    const linksOf = (name: string): readonly unknown[] =>
      heard.flatMap(({ verb, object }) =>
        object.kind === 'link' && object.name === name && object.mtuBytes !== undefined
          ? [`${verb} ${object.mtuBytes}`]
          : [],
      );
    const [vethChanges, bridgeChanges] = [linksOf(veth), linksOf(bridge)];
    expect(vethChanges.filter((change) => change === 'set 1401' || change === 'set 1402')).toEqual([]);
    expect(vethChanges.at(-1)).toBe('set 1404');
    expect(vethChanges).toContain('gone 1403');
    expect(bridgeChanges).toEqual(expect.arrayContaining(['set 1401', 'set 1402']));
  });

  it('is woken by a signal, and names the program that deleted a neighbour', async () => {
    run(`ip neigh add 10.77.0.5 lladdr 0a:00:00:00:00:05 dev ${bridge} nud permanent proto 118`);
    await until(`set neighbour 10.77.0.5 dev ${bridge}`);
    const before = wakes;
    run(`ip neigh del 10.77.0.5 dev ${bridge}`);
    await until(`gone neighbour 10.77.0.5 dev ${bridge}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(wakes).toBeGreaterThan(before);
    expect(heard.some(({ verb, portId }) => verb === 'gone' && portId > 0)).toBe(true);
  });

  it('receives that a neighbour of ours is no longer permanent, and nothing of others', async () => {
    run(`ip neigh add 10.77.0.6 lladdr 0a:00:00:00:00:06 dev ${bridge} nud reachable`);
    run(`ip neigh del 10.77.0.6 dev ${bridge}`);
    run(`ip neigh add 10.77.0.5 lladdr 0a:00:00:00:00:05 dev ${bridge} nud permanent proto 118`);
    run(`ip neigh change 10.77.0.5 lladdr 0a:00:00:00:00:06 dev ${bridge} nud stale`);
    await until(`gone neighbour 10.77.0.5 dev ${bridge}`);
    expect(listen().filter((text) => text.includes('10.77.0.6'))).toEqual([]);
  });

  it('receives forwarding entries, except those that a bridge learns', async () => {
    // A port learns entries only when it forwards, some time after its set-up.
    const port = ['bridge', '-d', 'link', 'show', 'dev', veth];
    while (!mustExec(port).stdout.includes('state forwarding')) {
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    run(`bridge fdb add 0a:00:00:00:00:07 dev ${veth} master dynamic`);
    run(`bridge fdb add 0a:00:00:00:00:05 dev ${veth} master static`);
    run(`bridge fdb del 0a:00:00:00:00:05 dev ${veth} master`);
    await until(`gone fdb 0a:00:00:00:00:05 dev ${veth}`);
    expect(listen()).not.toContain(`set fdb 0a:00:00:00:00:07 dev ${veth}`);
  });

  it('receives only our routes, and their replacements', async () => {
    run(`ip route add 10.79.0.0/16 via 10.77.0.9 dev ${bridge} proto bgp`);
    run(`ip route add 10.78.1.0/24 via 10.77.0.9 dev ${bridge} proto bgp`);
    run(`ip route add 10.80.0.0/16 via 10.77.0.9 dev ${bridge} proto 118`);
    run(`ip route add 10.78.0.0/16 via 10.77.0.9 dev ${bridge} proto 118`);
    run(`ip route replace 10.78.0.0/16 via 10.77.0.8 dev ${bridge} proto bgp`);
    run(`ip route del 10.78.0.0/16`);
    await until('gone route 10.78.0.0/16');
    const routes = listen().filter((text) => text.includes('route'));
    expect(routes).toEqual([
      'set route 10.80.0.0/16',
      'set route 10.78.0.0/16',
      'set route 10.78.0.0/16',
      'gone route 10.78.0.0/16',
    ]);
  });

  it("receives a link's change of name, bridge and hairpin flag, and its end", async () => {
    run(`bridge link set dev ${veth} hairpin on`);
    listen();
    run(`ip link set ${veth} nomaster`);
    listen();
    run(`ip link set ${veth} name ${veth}x`);
    await until(`set link ${veth}x`);
    expect(listen()).toContain(`gone link ${veth}`);
    const told = heard.flatMap(({ object, fields }) =>
      object.kind === 'link' ? [{ ...object, fields }] : [],
    );
    expect(told).toContainEqual(expect.objectContaining({ port: { hairpin: true }, fields: ['port'] }));
    expect(told).toContainEqual(expect.objectContaining({ name: veth, master: '' }));
    run(`ip link del ${veth}x`);
    await until(`gone link ${veth}x`);
  });

  it('receives losses in pods: a route, an address, the link itself', async () => {
    pod.mustExec('ip route add 10.81.0.0/16 via 10.77.0.1'.split(' '));
    pod.mustExec('ip route del 10.81.0.0/16'.split(' '));
    pod.mustExec('ip route del default'.split(' '));
    await until('gone route default netns *');
    pod.mustExec('ip addr del 10.77.0.5/16 dev eth0'.split(' '));
    await until('gone address 10.77.0.5/16 dev  netns *');
    pod.mustExec('ip link set eth0 down'.split(' '));
    await until(`touched link ${veth} netns *`);
    pod.mustExec('ip link set eth0 up'.split(' '));
    await until(`set link ${veth} netns *`);
    expect(listen().filter((text) => text.includes('10.81'))).toEqual([]);
  });

  it('receives our table and its elements, with the name of the process, and no other table', async () => {
    run('nft add table bridge other');
    run('nft add table inet vnet');
    run('nft add table bridge vnet');
    mustExec(['nft', 'add map bridge vnet pods { type ipv4_addr : ether_addr; }']);
    mustExec(['nft', 'add element bridge vnet pods { 10.77.0.5 : 0a:00:00:00:00:05 }']);
    mustExec(['nft', 'flush ruleset']);
    await until('gone nft-table bridge vnet');
    expect(listen()).toContain('set nft-element pods 10.77.0.5');
    // Up to a second after a bridge got its first port, the kernel reports its carrier, without a process.
    const ofNft = heard.filter(({ object }) => object.kind !== 'link');
    expect(ofNft.map(({ process: by }) => [by?.name, (by?.pid ?? 0) > 0])).toEqual(
      ofNft.map(() => ['nft', true]),
    );
    expect(
      ofNft.every(({ object }) => object.kind === 'nft-element' || keyOf(object).endsWith(' vnet')),
    ).toBe(true);
  });

  it('reports that the kernel lost notifications', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => {
      const [third, fourth] = [Math.floor(index / 250), (index % 250) + 1];
      return `route add 100.64.${third}.${fourth}/32 via 10.77.0.9 dev ${bridge} proto 118`;
    });
    mustExec(['ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
    listen();
    expect(isLost).toBe(true);
    run(`ip neigh add 10.77.0.5 lladdr 0a:00:00:00:00:05 dev ${bridge} nud permanent proto 118`);
    await until(`set neighbour 10.77.0.5 dev ${bridge}`);
  });
});
