import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import { parseEndpointId } from '../../reconciler/model/names.ts';
import { mustExec, type Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import type { Netns } from '../support/netns.ts';
import { BIN, containerOf, LIVE_CONF, type LiveNode, makeLiveNode } from './live-node.ts';

const isBuilt = existsSync(join(BIN, 'azure-vnet'));
const KEY = 'cni.dev/valid-attachments';
const AZURE = { ...LIVE_CONF, cniVersion: '1.1.0' };
const BLUE = {
  ...AZURE,
  name: 'blue',
  bridge: 'blue0',
  master: 'eth1',
  ipam: { type: 'azure-vnet-ipam', subnet: '10.250.0.0/16', addresses: ['10.250.0.36-10.250.0.40'] },
};

describe.skipIf(!hasNamespaces || !isBuilt)('GC on a real kernel', () => {
  let node: LiveNode;
  let pods: { readonly kept: Netns; readonly stale: Netns; readonly other: Netns };

  beforeAll(async () => {
    node = makeLiveNode();
    const link = 'link add eth1 type veth peer name nic1';
    for (const command of [link, 'addr add 10.250.0.4/16 dev eth1', 'link set eth1 up', 'link set nic1 up'])
      node.netns.mustExec(['ip', ...command.split(' ')]);
    pods = { kept: node.addPod(), stale: node.addPod(), other: node.addPod() };
    for (const pod of [pods.kept, pods.stale]) added(await node.call({ verb: 'ADD', pod, conf: AZURE }));
    added(await node.call({ verb: 'ADD', pod: pods.other, conf: BLUE }));
  });
  afterAll(() => node.remove());

  const added = (outcome: Outcome): void => expect(`${outcome.code} ${outcome.stderr}`).toBe('0 ');
  const gc = (more: object, conf: object = AZURE): Promise<Outcome> =>
    node.call({ verb: 'GC', pod: pods.kept, conf: { ...conf, ...more } });
  const listed = (...valid: Netns[]): object[] =>
    valid.map((pod) => ({ containerID: containerOf(pod), ifname: 'eth0' }));
  const holders = (): string[] =>
    Object.keys(node.document()?.endpoints ?? {})
      .map((id) => `${parseEndpointId(id).network} ${parseEndpointId(id).containerId}`)
      .toSorted();
  const named = (...names: [network: string, pod: Netns][]): string[] =>
    names.map(([network, pod]) => `${network} ${containerOf(pod)}`).toSorted();
  const everyone = (): string[] => named(['azure', pods.kept], ['azure', pods.stale], ['blue', pods.other]);
  /** Returns all kernel objects that vnet may have made, as shown by the system's tools. */
  const kernel = (): string => {
    const ip = (...argv: string[]): string => mustExec(['ip', '-n', node.netns.name, ...argv]).stdout;
    const links: readonly { readonly ifname: string; readonly master?: string }[] = JSON.parse(
      ip('-j', 'link', 'show', 'type', 'veth'),
    );
    const fdb = mustExec(['bridge', '-n', node.netns.name, 'fdb', 'show']).stdout.split('\n');
    return [
      ...links.map(({ ifname, master }) => `${ifname} ${master}`),
      ip('neigh', 'show', 'nud', 'permanent'),
      // Without entries learned by the bridge.
      ...fdb.filter((line) => line.includes(' static')),
      node.netns.mustExec(['nft', 'list', 'table', 'bridge', 'vnet']).stdout,
    ].join('\n');
  };

  /** Ages an ADD: the grace time protects those of the last seconds. */
  const backdate = (): void => {
    const file = join(node.root, 'var/lib/vnet/vnet.yaml');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/added: "?20[-0-9T:.]*Z"?/g, 'added: "2020-01-01T00:00:00.000Z"'));
  };

  it('leaves attachments alone that are younger than 10 seconds', async () => {
    added(await gc({ [KEY]: [] }));
    expect(holders()).toEqual(everyone());
  });

  it('does nothing without a list, or with disableGC', async () => {
    backdate();
    const before = kernel();
    added(await gc({}));
    for (const disableGC of [true, 'true']) added(await gc({ [KEY]: [], disableGC }));
    expect(holders()).toEqual(everyone());
    expect(kernel()).toBe(before);
  });

  it('removes unlisted attachments, in this network only, by either key', async () => {
    const lost = node.document()?.endpoints?.[`azure/${containerOf(pods.stale)}/eth0`];
    added(await gc({ 'cni.dev/attachments': listed(pods.kept) }));
    expect(holders()).toEqual(named(['azure', pods.kept], ['blue', pods.other]));
    for (const trace of [lost?.hostVeth, lost?.mac, lost?.addresses[0]?.split('/')[0]])
      expect(kernel()).not.toContain(trace ?? 'the endpoint was not there');
    expect(Object.keys(node.document()?.released ?? {})).toHaveLength(1);
    expect(reaches(pods.kept, '10.240.0.1')).toBe(true);
    expect(node.reconcile('--dry-run').code).toBe(0);
  });

  it('removes leaks that no record knows: veth, neighbour, map and set elements', async () => {
    const inNode = (command: string): Outcome => node.netns.mustExec(command.split(' '));
    inNode('ip link add azvdeadbeef123 type veth peer name unowned');
    inNode('ip link set azvdeadbeef123 alias vnet:azure/dead/eth0');
    inNode('ip neigh add 10.240.0.99 lladdr 0a:00:00:00:00:99 dev azure0 nud permanent protocol 118');
    inNode('nft add element bridge vnet pods { 10.240.0.99 : 0a:00:00:00:00:99 }');
    inNode('nft add element bridge vnet port_ips { azvdeadbeef123 . 10.240.0.99 }');
    inNode('nft add element bridge vnet own_macs { azvdeadbeef123 : 0a:00:00:00:00:98 }');
    inNode('ip neigh add 10.250.0.99 lladdr 0a:00:00:00:00:97 dev blue0 nud permanent protocol 118');
    inNode('ip neigh add 10.240.0.98 lladdr 0a:00:00:00:00:96 dev azure0 nud permanent');
    // The runtime knows this one: its record was lost, its pod may be alive.
    added(await gc({ [KEY]: [...listed(pods.kept), { containerID: 'dead', ifname: 'eth0' }] }));
    expect(kernel()).toContain('azvdeadbeef123');
    expect(kernel()).toContain('10.240.0.99');
    added(await gc({ [KEY]: listed(pods.kept) }));
    for (const trace of ['azvdeadbeef123', '10.240.0.99', '0a:00:00:00:00:98'])
      expect(kernel()).not.toContain(trace);
    // Objects of another network, and a foreign one.
    expect(kernel()).toContain('10.250.0.99');
    expect(kernel()).toContain('10.240.0.98');
    expect(reaches(pods.kept, '10.240.0.1')).toBe(true);
  });

  it('of azure-vnet-ipam removes leases that are not listed, and no attachment', async () => {
    const conf = { cniVersion: '1.1.0', name: 'azure', type: 'bridge', ipam: { type: 'azure-vnet-ipam' } };
    const file = 'azure-vnet-ipam';
    const pod = node.addPod();
    added(await node.call({ verb: 'ADD', pod, conf, file }));
    backdate();
    added(await node.call({ verb: 'GC', pod, conf: { ...conf, [KEY]: listed(pod) }, file }));
    expect(holders()).toHaveLength(3);
    added(await node.call({ verb: 'GC', pod, conf: { ...conf, [KEY]: [] }, file }));
    expect(holders()).toEqual(named(['azure', pods.kept], ['blue', pods.other]));
  });

  it('removes everything of its network for an empty list', async () => {
    added(await gc({ [KEY]: [] }));
    expect(holders()).toEqual(named(['blue', pods.other]));
    added(await gc({ [KEY]: [] }, BLUE));
    expect([holders(), node.veths()]).toEqual([[], []]);
  });
});
