import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { pendingIn } from '../support/exec.ts';
import { type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import type { Netns } from '../support/netns.ts';
import { type LiveWatch, startWatch } from './live-watch.ts';

describe.skipIf(!hasLiveNodes)('vnet watch', () => {
  let node: LiveNode;
  let pod: Netns;
  let watch: LiveWatch;

  beforeEach(async () => {
    node = makeLiveNode();
    pod = node.addPod();
    await node.call({ verb: 'ADD', pod });
    watch = await startWatch(node);
  });
  afterEach(async () => {
    await watch.end('SIGKILL');
    node.remove();
  });

  const veth = (): string => node.veths()[0] ?? '';
  const mac = (): string => Object.values(node.document()?.endpoints ?? {})[0]?.mac ?? '';
  const repaired = (key: string) => () =>
    watch.events.some((event) => event.type === 'Repaired' && event.key === key);

  it.each<[string, () => string, () => string, string?]>([
    [
      'a neighbour that is deleted',
      () => 'ip neigh del 10.240.0.36 dev azure0',
      () => 'neighbour 10.240.0.36 dev azure0',
    ],
    [
      'a neighbour of another MAC',
      () => 'ip neigh replace 10.240.0.36 lladdr 02:00:00:00:00:01 dev azure0 nud permanent',
      () => 'neighbour 10.240.0.36 dev azure0',
    ],
    [
      'a neighbour that is no longer permanent',
      () => 'ip neigh change 10.240.0.36 lladdr 02:00:00:00:00:01 dev azure0 nud stale',
      () => 'neighbour 10.240.0.36 dev azure0',
    ],
    [
      'a flushed neighbour',
      () => 'ip neigh flush dev azure0 nud permanent',
      () => 'neighbour 10.240.0.36 dev azure0',
    ],
    [
      'a forwarding entry',
      () => `bridge fdb del ${mac()} dev ${veth()} master`,
      () => `fdb ${mac()} dev ${veth()}`,
    ],
    ['a veth taken out of its bridge', () => `ip link set ${veth()} nomaster`, () => `link ${veth()}`],
    ['a veth that is down', () => `ip link set ${veth()} down`, () => `link ${veth()}`],
    ['a veth of another alias', () => `ip link set ${veth()} alias other`, () => `link ${veth()}`],
    ['a veth of another MTU', () => `ip link set ${veth()} mtu 1400`, () => `link ${veth()}`],
    ['a port without hairpin', () => `bridge link set dev ${veth()} hairpin off`, () => `link ${veth()}`],
    ['the bridge down', () => 'ip link set azure0 down', () => 'link azure0'],
    ['the uplink taken out of the bridge', () => 'ip link set eth0 nomaster', () => 'link eth0'],
    [
      'an address of the node',
      () => 'ip addr del 10.240.0.35/16 dev azure0',
      () => 'address 10.240.0.35/16 dev azure0',
    ],
    ['the default route', () => 'ip route del default', () => 'route default'],
    [
      'an element of a map',
      () => 'nft delete element bridge vnet pods { 10.240.0.36 }',
      () => 'nft-element pods 10.240.0.36',
    ],
    ['all rules', () => 'nft flush ruleset', () => 'nft-table bridge vnet'],
    ['the rules of a chain', () => 'nft flush chain bridge vnet prerouting', () => 'nft-table bridge vnet'],
    [
      'a route of a pod',
      () => `ip -n ${pod.name} route del default`,
      () => `route default netns ${pod.path}`,
    ],
    [
      'an address of a pod',
      () => `ip -n ${pod.name} addr del 10.240.0.36/16 dev eth0`,
      () => `address 10.240.0.36/16 dev eth0 netns ${pod.path}`,
    ],
    [
      'the interface of a pod down',
      () => `ip -n ${pod.name} link set eth0 down`,
      () => `link eth0 netns ${pod.path}`,
    ],
    [
      'the prefix route of an address of the node',
      () => 'ip route del 10.240.0.0/16 dev azure0',
      () => 'address 10.240.0.35/16 dev azure0',
    ],
    ['all routes of the node', () => 'ip route flush table main', () => 'address 10.240.0.35/16 dev azure0'],
    [
      'the prefix route of an address of a pod',
      () => `ip -n ${pod.name} route del 10.240.0.0/16 dev eth0`,
      () => `address 10.240.0.36/16 dev eth0 netns ${pod.path}`,
    ],
    [
      'all routes of a pod',
      () => `ip -n ${pod.name} route flush table main`,
      () => `route default netns ${pod.path}`,
    ],
    ['a deleted veth', () => `ip link del ${veth()}`, () => `link ${veth()}`],
  ])('repairs %s', async (_what, command, key) => {
    const [line, wanted] = [command(), key()];
    node.netns.mustExec(line.split(' '));
    await watch.until(`waited for the repair of ${wanted}`, repaired(wanted));
    expect(pendingIn(node.reconcile('--dry-run', '--full'))).toBe('');
  });
});
