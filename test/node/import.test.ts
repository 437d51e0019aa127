import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { ebtables, OTHER_NODE, POOL_FILE, STATE_FILE } from '../azure/azure-node.ts';
import { useAzureNode } from '../azure/use-azure-node.ts';
import { readDocument } from '../../reconciler/document/yaml/read.ts';
import { GATEWAY } from '../lab/fabric.ts';
import { answers, type Pinging, startPing } from '../lab/ping.ts';
import { BIN, hasLiveNodes } from '../plugin/live-node.ts';
import type { Outcome } from '../support/exec.ts';
import { isSkipped, whyWithout } from '../support/skip.ts';
import { makeNetns, type Netns, uniqueName } from '../support/netns.ts';

const noEbtables = isSkipped('vnet import', whyWithout('ebtables'));

/** The first plugin of the node's previous conflist. */
const CONF = {
  cniVersion: '0.3.0',
  name: 'azure',
  type: 'azure-vnet',
  mode: 'bridge',
  bridge: 'azure0',
  ipam: { type: 'azure-vnet-ipam' },
};

/** A foreign rule similar to azure-vnet's. */
const FOREIGN =
  'PREROUTING -p IPv4 -i eth0 --ip-dst 172.17.0.9 -j dnat --to-dst 02:00:00:00:00:09 --dnat-target ACCEPT';

describe.skipIf(!hasLiveNodes || noEbtables)('vnet import of a node of Azure CNI', () => {
  const azure = useAzureNode();
  const { vnet, imported, document, podOf } = azure;
  const cni = (verb: string, containerId: string, netns: string): Outcome =>
    azure.node.netns.execNow([join(BIN, 'azure-vnet')], {
      input: JSON.stringify(CONF),
      env: {
        VNET_ROOT: azure.root,
        VNET_NODE: 'aks',
        CNI_COMMAND: verb,
        CNI_CONTAINERID: containerId,
        CNI_NETNS: netns,
        CNI_IFNAME: 'eth0',
        CNI_PATH: BIN,
        CNI_ARGS: 'IgnoreUnknown=1;K8S_POD_NAMESPACE=default;K8S_POD_NAME=new',
      },
    });

  /** Everything in a pod that its processes can observe, and the indexes of both ends. */
  const insideOf = (pod: Netns): string =>
    ['-d link show', 'addr show', 'route show table all', '-6 addr show dev lo']
      .map((line) => pod.mustExec(['ip', ...line.split(' ')]).stdout)
      .join('')
      .replaceAll(/valid_lft.*|minmtu.*|promiscuity.*/g, '');
  /** For a second or two after a link came up, the kernel performs duplicate address detection. */
  const addressesAreSettled = async (): Promise<void> => {
    const isTentative = (pod: Netns) => pod.mustExec(['ip', '-6', 'addr', 'show', 'tentative']).stdout !== '';
    while (azure.node.pods.some(({ netns }) => isTentative(netns))) await pause(20);
  };
  const numbers = (): string =>
    azure.node.netns.mustExec(['ip', '-br', 'link']).stdout.replaceAll(/ +\S+ +[0-9a-f:]{17} .*/g, '');

  /** Resolves once all are answered. */
  const begun = async (pings: readonly Pinging[]): Promise<readonly Pinging[]> => {
    await Promise.all(pings.map((ping) => ping.answered(6)));
    return pings;
  };
  const startPings = (): Promise<readonly Pinging[]> =>
    begun([
      startPing(podOf(0).netns, podOf(1).address),
      startPing(podOf(0).netns, GATEWAY),
      startPing(podOf(1).netns, OTHER_NODE),
      startPing(azure.node.neighbour, podOf(2).address),
    ]);

  /**
   * Between pods and their node: with a bridge MAC other than the uplink's, azure-vnet itself breaks these.
   */
  const startNodePings = (): Promise<readonly Pinging[]> =>
    begun([startPing(podOf(2).netns, azure.node.nic.primary), startPing(azure.node.netns, podOf(1).address)]);

  it('loses no ping, touches no pod, and leaves nothing to do; later pods start and stop', async () => {
    const node = azure.make();
    ebtables(node.netns, FOREIGN);
    await addressesAreSettled();
    const before = { pods: node.pods.map(({ netns }) => insideOf(netns)), numbers: numbers() };
    expect(node.rules()).toHaveLength(10);

    const preview = imported('--dry-run');
    expect([preview.code, preview.stderr]).toEqual([2, '']);
    expect(preview.stdout).toContain('default/p-01203d81 eth0');
    expect(preview.stdout).toContain('0 to delete. Pods interrupted: none.');
    expect([existsSync(join(azure.root, 'var/lib/vnet')), node.rules().length]).toEqual([false, 10]);
    const unasked = imported();
    expect([unasked.code, unasked.stderr]).toEqual([5, expect.stringContaining('--yes')]);

    const pings = [...(await startPings()), ...(await startNodePings())];
    const taken = imported('--yes');
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    expect(counts.map(({ lost }) => lost)).toEqual(pings.map(() => []));
    expect(counts.every(({ sent }) => sent > 5)).toBe(true);

    expect(node.rules().map((rule) => /172\.17\.0\.9/.test(rule))).toEqual([true]);
    expect(node.pods.map(({ netns }) => insideOf(netns))).toEqual(before.pods);
    expect(numbers()).toBe(before.numbers);
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
    expect([imported('--yes').code, imported('--dry-run').code]).toEqual([0, 0]);
    for (const [from, to] of [
      [podOf(0).netns, podOf(2).address],
      [podOf(1).netns, GATEWAY],
      [node.neighbour, podOf(0).address],
    ] as const) {
      expect(await answers(from, to)).toBe(true);
    }
    expect(node.fabric.foreignFrames(node.nic)).toBe(0);

    const gone = podOf(0);
    expect(cni('DEL', gone.record.containerId, gone.record.netns)).toMatchObject({ code: 0 });
    expect(node.netns.execNow(['ip', 'link', 'show', gone.record.hostVeth]).code).not.toBe(0);
    const fresh = makeNetns(uniqueName('pod'));
    const added = cni('ADD', 'newcontainer', fresh.path);
    expect([added.code, added.stderr]).toEqual([0, '']);
    expect([await answers(fresh, podOf(1).address), await answers(fresh, GATEWAY)]).toEqual([true, true]);
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
    fresh.remove();
  });

  it('continues after kill -9 at any point, without losing a ping', async () => {
    const node = azure.make();
    const pings = await startPings();
    const command = [join(BIN, 'vnet'), 'import', '--from', STATE_FILE, POOL_FILE, '--yes'];
    const env = { VNET_ROOT: azure.root, VNET_NODE: 'aks' };
    for (const seconds of [0.05, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2]) {
      node.netns.execNow(['timeout', '-s', 'KILL', String(seconds), ...command], { env });
    }
    const taken = imported('--yes');
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    expect(counts.map(({ lost }) => lost)).toEqual(pings.map(() => []));
    expect([node.rules(), vnet('reconcile', '--dry-run').code]).toEqual([[], 0]);
    expect(Object.keys(document()?.endpoints ?? {})).toHaveLength(3);
  });

  it("records the bridge's sysctls that differ from the defaults: it has them after a reboot, too", () => {
    const node = azure.make();
    node.netns.mustExec(['sysctl', '-qw', 'net.ipv4.conf.azure0.arp_announce=2']);
    node.netns.mustExec(['sysctl', '-qw', 'net.ipv4.conf.eth0.arp_ignore=1']);
    expect(imported('--dry-run').stdout).toContain('ipv4/conf/arp_announce');
    expect(imported('--yes')).toMatchObject({ code: 0, stderr: '' });
    const [network] = Object.values(document()?.networks ?? {});
    expect(network).toMatchObject({ uplink: { settings: [{ name: 'ipv4/conf/arp_announce', value: '2' }] } });
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('proposes a valid document from the node alone, and writes nothing', () => {
    const node = azure.make();
    const live = vnet('import', '--from-live', '--network', 'podnet');
    expect(live).toMatchObject({ code: 0 });
    const read = readDocument(live.stdout, 'proposal');
    expect(read).toMatchObject({ ok: true });
    const endpoints = Object.entries((read.ok && read.value.endpoints) || {});
    expect(endpoints.map(([, { hostVeth }]) => hostVeth ?? '').toSorted()).toEqual(
      node.pods.map(({ record }) => record.hostVeth).toSorted(),
    );
    expect(endpoints.every(([id]) => id.startsWith('podnet/run-netns-pod-'))).toBe(true);
    expect(existsSync(join(azure.root, 'var/lib/vnet'))).toBe(false);
    expect(vnet('export', '--live').stdout).toContain('azure/run-netns-pod-');
    expect(vnet('export').code).toBe(66);
  });

  it('exports azure-vnet.json unchanged in every field that a script would read', () => {
    azure.make();
    expect(imported('--yes').code).toBe(0);
    const comparable = (text: string): string =>
      text.replaceAll(/"TimeStamp": "[^"]*"/g, '"TimeStamp"').replaceAll(/"LinkIndex": \d+/g, '"LinkIndex"');
    const state = vnet('export', '-o', 'azure-vnet').stdout;
    expect(comparable(state)).toBe(`${comparable(readFileSync(STATE_FILE, 'utf8'))}\n`);
    const answer = JSON.parse(vnet('export', '-o', 'cni-result', '--endpoint', podOf(0).address).stdout);
    expect(answer).toMatchObject({
      cniVersion: '1.0.0',
      interfaces: [
        { name: 'azure0' },
        { name: podOf(0).record.hostVeth },
        { name: 'eth0', mac: podOf(0).record.mac },
      ],
      ips: [{ address: `${podOf(0).address}/16`, gateway: GATEWAY, interface: 2 }],
    });
    const pools = vnet('export', '-o', 'azure-vnet-ipam').stdout;
    expect(comparable(pools)).toBe(`${comparable(readFileSync(POOL_FILE, 'utf8'))}\n`);
  });

  it("keeps the bridge's MAC when it is a veth's, though the veths get other ones", async () => {
    const veth = 'azve6970db21fc';
    const node = azure.make({ uplinkMac: '60:45:bd:51:c4:90', hostMacs: { [veth]: '02:00:00:00:00:01' } });
    const macOf = (name: string): string =>
      JSON.parse(node.netns.mustExec(['ip', '-j', 'link', 'show', name]).stdout)[0].address;
    expect(macOf('azure0')).toBe('02:00:00:00:00:01');
    const pings = await startPings();
    const taken = imported('--yes');
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    const counts = await Promise.all(pings.map((ping) => ping.stop()));
    expect(counts.map(({ lost }) => lost)).toEqual(pings.map(() => []));
    expect([macOf('azure0'), macOf(veth).slice(0, 2)]).toEqual(['02:00:00:00:00:01', 'fe']);
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
    node.netns.mustExec('ip link add low address 02:00:00:00:00:00 type veth peer name high'.split(' '));
    node.netns.mustExec(['ip', 'link', 'set', 'low', 'master', 'azure0']);
    expect(macOf('azure0')).toBe('02:00:00:00:00:01');
  });

  it('reports contradictions of the kernel, keeps the address, and leaves an unknown pod on its rules', () => {
    const node = azure.make();
    const [gone, stray] = [podOf(0), podOf(2)];
    node.netns.mustExec(['ip', 'link', 'del', gone.record.hostVeth]);
    stray.netns.mustExec(['ip', 'link', 'set', 'eth0', 'name', 'renamed']);
    const taken = imported('--yes', '-o', 'json');
    expect([taken.code, taken.stderr]).toEqual([0, '']);
    const findings: { sort: string; subject: string; message: string }[] = JSON.parse(taken.stdout).findings;
    expect(findings.map(({ sort }) => sort).toSorted()).toEqual(['lease', 'lease', 'note', 'taken']);
    expect(findings.find(({ message }) => message.includes('is gone'))?.subject).toContain(gone.record.pod);
    const endpoints = Object.values(document()?.endpoints ?? {});
    expect(endpoints.filter(({ hostVeth }) => hostVeth !== undefined)).toHaveLength(1);
    expect(endpoints).toHaveLength(3);
    const left = node.rules();
    expect(left.filter((rule) => rule.includes(`${stray.address} `))).toHaveLength(2);
    expect(left.filter((rule) => rule.includes(`${gone.address} `))).toHaveLength(0);
    expect(left).toHaveLength(5);
    expect(vnet('reconcile', '--dry-run').code).toBe(0);
  });

  it('refuses while azure-vnet holds its lock, and beside an existing document', () => {
    const node = azure.make();
    const run = join(azure.root, 'run/azure-vnet');
    node.netns.mustExec(['mkdir', '-p', run]);
    const held = node.netns.execNow([
      'flock',
      join(run, 'azure-vnet.lock'),
      'env',
      `VNET_ROOT=${azure.root}`,
      join(BIN, 'vnet'),
      'import',
      '--from',
      STATE_FILE,
      '--yes',
    ]);
    expect([held.code, held.stderr]).toEqual([5, expect.stringContaining('azure-vnet')]);
    expect(existsSync(join(azure.root, 'var/lib/vnet/vnet.yaml'))).toBe(false);
    expect(imported('--yes').code).toBe(0);
    const other = vnet('import', '--from', STATE_FILE, '--yes');
    expect([other.code, other.stderr]).toEqual([5, expect.stringContaining('document')]);
  });
});
