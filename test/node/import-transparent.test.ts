/** A node of azure-vnet in mode transparent, taken over in place. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseAzureState } from '../../reconciler/azure/state.ts';
import { POOL_FILE, STATE_FILE } from '../azure/azure-node.ts';
import { type Fabric, GATEWAY, makeFabric, type Nic } from '../lab/fabric.ts';
import { startPing } from '../lab/ping.ts';
import { bootNode, type Node } from '../lab/node.ts';
import { BIN, readOwn, hasLiveNodes } from '../plugin/live-node.ts';
import { type Outcome, pendingIn } from '../support/exec.ts';
import { must } from '../support/must.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

/** Source: azure-vnet's defaultHostVethHwAddr, v1.4.22. */
const HOST_MAC = 'aa:aa:aa:aa:aa:aa';

const STATE = transparentState();
const [uplink] = must(parseAzureState(STATE, STATE_FILE)).uplinks;
const records = uplink?.networks[0]?.endpoints ?? [];
const addressOf = (record: { readonly addresses: readonly string[] }): string =>
  record.addresses[0]?.split('/')[0] ?? '';

/** The sample's file as azure-vnet writes it in mode transparent: no bridge. Its pods have names of their own. */
function transparentState(): string {
  const file = JSON.parse(readFileSync(STATE_FILE, 'utf8')) as {
    Network: { ExternalInterfaces: { eth0: { BridgeName: string; Networks: { azure: { Mode: string } } } } };
  };
  const { eth0 } = file.Network.ExternalInterfaces;
  eth0.BridgeName = '';
  eth0.Networks.azure.Mode = 'transparent';
  return JSON.stringify(file).replaceAll('/netns/pod-', `/netns/transparent-${process.pid}-`);
}

describe.skipIf(!hasLiveNodes)('vnet import of a node of azure-vnet in mode transparent', () => {
  let folder: string;
  let fabric: Fabric;
  let node: Node;
  let pods: readonly Netns[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'vnet-import-'));
    writeFileSync(join(folder, 'azure-vnet.json'), STATE);
    fabric = makeFabric(uniqueName('fabric'));
    const nic: Nic = {
      node: 'aks',
      mac: uplink?.mac ?? '',
      primary: '10.240.2.35',
      secondaries: records.map(addressOf),
    };
    node = bootNode({ fabric, nic, namespace: uniqueName('aks'), root: join(folder, 'root') });
    pods = records.map(attach);
  });
  afterEach(() => {
    for (const one of [...pods, node.netns]) one.remove();
    fabric.remove();
    rmSync(folder, { recursive: true });
  });

  /** The traces of one pod of TransparentEndpointClient. Source: network/transparent_endpointclient_linux.go, v1.4.22. */
  function attach(record: (typeof records)[number]): Netns {
    const pod = makeNetns(record.netns.split('/').at(-1) ?? '');
    const { hostVeth, mac, ifName, addresses } = record;
    const inNode = [
      `ip link add ${hostVeth} address ${HOST_MAC} type veth peer name ${hostVeth}2 address ${mac}`,
      `ip link set ${hostVeth} up`,
      `ip link set ${hostVeth}2 netns ${pod.name}`,
      `ip route add ${addressOf(record)}/32 dev ${hostVeth} proto static`,
      `echo 1 > /proc/sys/net/ipv4/conf/${hostVeth}/proxy_arp`,
    ];
    const inPod = [
      `ip link set ${hostVeth}2 name ${ifName}`,
      `ip link set ${ifName} up`,
      `ip addr add ${addresses[0]} dev ${ifName}`,
      `ip route del 10.240.0.0/16 dev ${ifName}`,
      `ip route add 169.254.1.1 dev ${ifName} scope link proto static`,
      `ip route add default via 169.254.1.1 dev ${ifName} proto static`,
      `ip neigh add 169.254.1.1 lladdr ${HOST_MAC} dev ${ifName} nud permanent`,
    ];
    node.netns.mustExec(['sh', '-ec', inNode.join('\n')]);
    pod.mustExec(['sh', '-ec', inPod.join('\n')]);
    return pod;
  }

  const vnet = (...args: readonly string[]): Outcome =>
    node.netns.execNow([join(BIN, 'vnet'), ...args], { env: { VNET_ROOT: node.root, VNET_NODE: 'aks' } });
  const imported = (...args: readonly string[]): Outcome =>
    vnet('import', '--from', join(folder, 'azure-vnet.json'), POOL_FILE, ...args);
  const insideOf = (pod: Netns): string =>
    ['-4 addr show dev eth0', 'link show dev eth0', 'route show', 'neigh show nud permanent']
      .map((line) => pod.mustExec(['ip', ...line.split(' ')]).stdout)
      .join('')
      .replaceAll(/valid_lft.*| proto 118/g, '');

  it('loses no ping, leaves addresses, links and routes of the pods as they are, and has nothing to do afterwards', async () => {
    const [first, second] = pods;
    const [, target] = records;
    if (first === undefined || second === undefined || target === undefined) throw new Error('too few pods');
    const before = pods.map(insideOf);
    // Duplicate address detection may still be running.
    const ofEth0 = (): string =>
      node.netns.mustExec('ip addr show dev eth0'.split(' ')).stdout.replaceAll(' tentative', '');
    const eth0 = ofEth0();
    expect(imported('--dry-run').code).toBe(2);
    expect(pods.map(insideOf)).toEqual(before);
    const pings = [startPing(first, addressOf(target)), startPing(second, GATEWAY)];
    for (const ping of pings) await ping.answered(6);
    expect(imported('--yes')).toMatchObject({ code: 0, stderr: '' });
    for (const ping of pings) {
      await ping.answered(6);
      expect((await ping.stop()).lost).toEqual([]);
    }
    expect(pods.map(insideOf)).toEqual(before);
    expect(ofEth0()).toBe(eth0);
    expect(pendingIn(vnet('reconcile', '--dry-run'))).toBe('');
    const document = readOwn(join(node.root, 'var/lib/vnet/vnet.yaml'));
    expect(document?.networks['azure']).toMatchObject({ mode: 'transparent', uplink: { name: 'eth0' } });
    expect(Object.values(document?.endpoints ?? {})).toHaveLength(records.length);
  });

  it('detaches an imported pod without a trace', () => {
    expect(imported('--yes').code).toBe(0);
    const [record] = records;
    if (record === undefined) throw new Error('the sample has no pod');
    const deleted = node.netns.execNow([join(BIN, 'azure-vnet')], {
      input: JSON.stringify({ cniVersion: '0.3.0', name: 'azure', type: 'azure-vnet', mode: 'transparent' }),
      env: {
        VNET_ROOT: node.root,
        VNET_NODE: 'aks',
        CNI_COMMAND: 'DEL',
        CNI_CONTAINERID: record.containerId,
        CNI_NETNS: record.netns,
        CNI_IFNAME: 'eth0',
        CNI_PATH: BIN,
      },
    });
    expect([deleted.code, deleted.stdout]).toEqual([0, '']);
    const left = ['ip route', 'ip link', 'ip neigh', 'nft list ruleset'].map(
      (command) => node.netns.mustExec(command.split(' ')).stdout,
    );
    expect(left.join('')).not.toContain(addressOf(record));
    expect(left.join('')).not.toContain(record.hostVeth);
  });
});
