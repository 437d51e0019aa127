import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasNamespaces } from '../support/namespaces.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';
import { type Fabric, FABRIC_MAC, makeFabric, NICS, portOf } from './fabric.ts';
import { bootNode, type Node } from './node.ts';

/** A pod set up by hand, as azure-vnet would do it. */
type HandMade = { readonly netns: Netns; readonly address: string; readonly mac: string };

const RULES = `
table bridge hand {
  map pods { type ipv4_addr : ether_addr; }
  chain prerouting {
    type filter hook prerouting priority -300;
    iifname "eth0" ether type ip ether daddr set ip daddr map @pods
    iifname "eth0" ether type arp arp operation reply ether daddr set arp daddr ip map @pods
    ether type arp arp operation request ether daddr set arp daddr ip map @pods
  }
  chain postrouting { type filter hook postrouting priority 300; }
}`;

const sourceRules = (mac: string): string => `
add rule bridge hand postrouting oifname "eth0" ether type arp arp saddr ether set ${mac}
add rule bridge hand postrouting oifname "eth0" ether saddr set ${mac}`;

function bridgeNode(node: Node): void {
  const { mac, primary } = node.nic;
  const run = (line: string): void => void node.netns.mustExec(['sh', '-ec', line]);
  run(`ip link add azure0 address ${mac} type bridge && ip link set azure0 up
    ip link set eth0 master azure0 && ip addr flush dev eth0
    ip addr add ${primary}/16 dev azure0 && ip route add default via 10.240.0.1 dev azure0`);
  node.netns.mustExec(['nft', '-f', '-'], { input: RULES });
}

function addPod(node: Node, address: string): HandMade {
  const netns = makeNetns(uniqueName('hand'));
  const number = Number(address.split('.')[3]);
  const mac = `0a:00:00:00:00:${number.toString(16).padStart(2, '0')}`;
  node.netns.mustExec([
    'sh',
    '-ec',
    `ip link add azv${number} type veth peer name eth0 address ${mac} netns ${netns.name}
    ip link set azv${number} master azure0 up
    nft add element bridge hand pods '{ ${address} : ${mac} }'`,
  ]);
  netns.mustExec([
    'sh',
    '-ec',
    `ip addr add ${address}/16 dev eth0; ip link set eth0 up; ip route add default via 10.240.0.1 dev eth0`,
  ]);
  return { netns, address, mac };
}

const reaches = (from: Netns, address: string): boolean =>
  from.execNow(['ping', '-c', '2', '-i', '0.2', '-W', '1', '-q', address]).code === 0;

describe.skipIf(!hasNamespaces)('the fabric', () => {
  const root = mkdtempSync(join(tmpdir(), 'vnet-fabric-'));
  let fabric: Fabric;
  let nodes: readonly [Node, Node];
  let pods: readonly [HandMade, HandMade, HandMade];

  beforeAll(() => {
    fabric = makeFabric(uniqueName('fabric'));
    const boot = (index: 0 | 1): Node =>
      bootNode({ fabric, nic: NICS[index], namespace: uniqueName('node'), root: join(root, `${index}`) });
    nodes = [boot(0), boot(1)];
  });

  afterAll(() => {
    for (const netns of [...(pods ?? []).map((pod) => pod.netns), ...(nodes ?? []).map((node) => node.netns)])
      netns.remove();
    fabric?.remove();
    rmSync(root, { recursive: true, force: true });
  });

  it('connects nodes that DHCP has set up, and is gateway and host endpoint', () => {
    const reached = ['10.240.0.66', '10.240.0.1', '168.63.129.16', '169.254.169.254'].map((address) =>
      reaches(nodes[0].netns, address),
    );
    expect(reached).toEqual([true, true, true, true]);
  });

  it('answers every ARP request with its one MAC, known address or not', () => {
    for (const address of ['10.240.0.67', '10.240.77.7', '10.240.0.1']) {
      nodes[0].netns.execNow(['ping', '-c', '1', '-W', '1', address]);
      const neighbour = nodes[0].netns.mustExec(['ip', 'neigh', 'show', address]).stdout;
      expect(neighbour).toContain(`${address} dev eth0 lladdr ${FABRIC_MAC}`);
    }
  });

  it('drops and counts frames of a foreign source MAC', () => {
    const [, node2] = nodes;
    bridgeNode(node2);
    const pod = addPod(node2, '10.240.0.96');
    const before = fabric.foreignFrames(node2.nic);
    expect(reaches(pod.netns, '10.240.0.1')).toBe(false);
    expect(fabric.foreignFrames(node2.nic)).toBeGreaterThan(before);
    node2.netns.mustExec(['nft', '-f', '-'], { input: sourceRules(node2.nic.mac) });
    expect(reaches(pod.netns, '10.240.0.1')).toBe(true);
    pod.netns.remove();
  });

  it('counts an ARP request that names a foreign MAC only in its payload', () => {
    const [, node2] = nodes;
    node2.netns.mustExec(['nft', 'flush', 'chain', 'bridge', 'hand', 'postrouting']);
    node2.netns.mustExec(['nft', '-f', '-'], { input: sourceRules(node2.nic.mac).split('\n').at(-1) ?? '' });
    const before = fabric.foreignFrames(node2.nic);
    const pod = addPod(node2, '10.240.0.95');
    expect(reaches(pod.netns, '10.240.0.1')).toBe(false);
    expect(fabric.foreignFrames(node2.nic)).toBeGreaterThan(before);
    pod.netns.remove();
  });

  it('carries pods behind the rules of the design, without a single foreign frame', () => {
    const [node1, node2] = nodes;
    bridgeNode(node1);
    node1.netns.mustExec(['nft', '-f', '-'], { input: sourceRules(node1.nic.mac) });
    node2.netns.mustExec(['nft', 'flush', 'chain', 'bridge', 'hand', 'postrouting']);
    node2.netns.mustExec(['nft', '-f', '-'], { input: sourceRules(node2.nic.mac) });
    const before = nodes.map((node) => fabric.foreignFrames(node.nic));
    pods = [addPod(node1, '10.240.0.36'), addPod(node1, '10.240.0.37'), addPod(node2, '10.240.0.67')];
    const [first, second, remote] = pods;
    const pairs: readonly [Netns, string][] = [
      [first.netns, second.address],
      [first.netns, remote.address],
      [remote.netns, second.address],
      [first.netns, '10.240.0.1'],
      [first.netns, node2.nic.primary],
      [node1.netns, first.address],
    ];
    expect(pairs.filter(([from, to]) => !reaches(from, to))).toEqual([]);
    expect(nodes.map((node) => fabric.foreignFrames(node.nic))).toEqual(before);
  });

  it('does not answer for the primary address of the requesting node', () => {
    const [node1] = nodes;
    const [first] = pods;
    expect(reaches(first.netns, node1.nic.primary)).toBe(true);
    const neighbour = first.netns.mustExec(['ip', 'neigh', 'show', node1.nic.primary]).stdout;
    expect(neighbour).toContain(`lladdr ${node1.nic.mac}`);
  });

  it('removes and adds a NIC, as in a reboot', () => {
    const [node1, node2] = nodes;
    fabric.unplug(node1.nic);
    expect(node1.netns.execNow(['ip', 'link', 'show', 'eth0']).code).not.toBe(0);
    expect(fabric.netns.execNow(['ip', 'link', 'show', portOf(node1.nic)]).code).not.toBe(0);
    node1.netns.remove();
    const again = bootNode({ fabric, nic: node1.nic, namespace: uniqueName('node'), root: node1.root });
    nodes = [again, node2];
    expect(reaches(again.netns, node2.nic.primary)).toBe(true);
  });
});
