import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { reaches } from '../lab/ping.ts';
import type { Outcome } from '../support/exec.ts';
import { hasNamespaces } from '../support/namespaces.ts';
import { isSkipped } from '../support/skip.ts';
import { BIN, containerOf, LIVE_CONF, type LiveNode, makeLiveNode, REFERENCE } from './live-node.ts';

const noPlugins = isSkipped(
  'the plugins of containernetworking',
  REFERENCE === undefined ? 'not installed: containernetworking-plugins' : undefined,
);
const isBuilt = existsSync(join(BIN, 'azure-vnet'));

function jsonOf(outcome: Outcome) {
  if (outcome.code !== 0) throw new Error(`${outcome.stdout}${outcome.stderr}`);
  return JSON.parse(outcome.stdout);
}

describe.skipIf(!hasNamespaces || !isBuilt)('the executables on a real kernel', () => {
  let node: LiveNode;
  beforeAll(() => {
    node = makeLiveNode();
  });
  afterAll(() => node.remove());

  it('answer VERSION without reading stdin, and nothing on stderr', async () => {
    const pod = node.addPod();
    const outcome = await node.call({ verb: 'VERSION', pod });
    expect(jsonOf(outcome).supportedVersions).toContain('1.1.0');
    expect(outcome.stderr).toBe('');
  });

  it('attach a pod that reaches node and gateway, CHECK it, and leave nothing after DEL', async () => {
    const pod = node.addPod();
    const added = await node.call({ verb: 'ADD', pod });
    const result = jsonOf(added);
    expect(added.stderr).toBe('');
    expect(result.ips).toHaveLength(1);
    expect(result.interfaces.map((link: { name: string }) => link.name)).toEqual([
      'azure0',
      expect.stringMatching(/^azv[0-9a-f]{11}$/),
      'eth0',
    ]);
    const shown = JSON.parse(pod.mustExec(['ip', '-j', 'addr', 'show', 'eth0']).stdout)[0];
    expect([shown.address, shown.mtu]).toEqual([result.interfaces[2].mac, result.interfaces[2].mtu]);
    const pings = ['10.240.0.35', '10.240.0.1'].map((to) => reaches(pod, to));
    expect(pings).toEqual([true, true]);
    const conf = { ...LIVE_CONF, prevResult: result };
    expect((await node.call({ verb: 'CHECK', pod, conf })).stdout).toBe('');
    expect(jsonOf(await node.call({ verb: 'ADD', pod }))).toEqual(result);
    const gone = await node.call({ verb: 'DEL', pod, conf });
    expect([gone.code, gone.stdout]).toEqual([0, '']);
    expect((await node.call({ verb: 'DEL', pod, env: { CNI_NETNS: '' } })).code).toBe(0);
    expect(node.veths()).toEqual([]);
    expect(node.document()?.endpoints ?? {}).toEqual({});
    expect(pod.execNow(['ip', 'link', 'show', 'eth0']).code).not.toBe(0);
  });

  it('report the differences at CHECK', async () => {
    const pod = node.addPod();
    const { interfaces } = jsonOf(await node.call({ verb: 'ADD', pod }));
    node.netns.mustExec(['ip', 'link', 'set', interfaces[1].name, 'nomaster']);
    const outcome = await node.call({ verb: 'CHECK', pod });
    expect(outcome.code).toBe(1);
    expect(JSON.parse(outcome.stdout)).toMatchObject({
      code: 104,
      details: expect.stringContaining('azure0'),
    });
    await node.call({ verb: 'DEL', pod });
  });

  it('print exactly one JSON object for an error, in the version of the configuration', async () => {
    const pod = node.addPod();
    for (const verb of ['ADD', 'DEL', 'CHECK']) {
      const outcome = await node.call({ verb, pod, env: { CNI_NETNS: node.netns.path } });
      expect(outcome.code).toBe(1);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ cniVersion: '1.0.0', code: 8 });
    }
  });

  it('name the remedy when the host endpoint does not answer, and write no document', async () => {
    const fresh = makeLiveNode();
    try {
      const pod = fresh.addPod();
      const conf = { ...LIVE_CONF, ipam: { type: 'azure-vnet-ipam', url: 'http://127.0.0.1:9/' } };
      const outcome = await fresh.call({ verb: 'ADD', pod, conf });
      expect(outcome.code).toBe(1);
      expect(JSON.parse(outcome.stdout)).toMatchObject({ msg: expect.stringContaining('127.0.0.1:9') });
      expect(fresh.document()).toBeUndefined();
    } finally {
      fresh.remove();
    }
  });

  it.skipIf(noPlugins)('use host-local for the addresses', async () => {
    const pod = node.addPod();
    const dataDir = join(node.root, 'host-local');
    const ipam = {
      type: 'host-local',
      dataDir,
      ranges: [[{ subnet: '10.240.0.0/16', rangeStart: '10.240.9.10', gateway: '10.240.0.1' }]],
      routes: [{ dst: '0.0.0.0/0' }],
    };
    const conf = { ...LIVE_CONF, ipam };
    const result = jsonOf(await node.call({ verb: 'ADD', pod, conf }));
    expect(result.ips).toEqual([{ address: '10.240.9.10/16', gateway: '10.240.0.1', interface: 2 }]);
    expect(existsSync(join(dataDir, 'azure/10.240.9.10'))).toBe(true);
    expect(reaches(pod, '10.240.0.1')).toBe(true);
    const checked = await node.call({ verb: 'CHECK', pod, conf: { ...conf, prevResult: result } });
    expect(`${checked.stdout}${checked.stderr}`).toBe('');
    expect((await node.call({ verb: 'DEL', pod, conf })).code).toBe(0);
    expect(existsSync(join(dataDir, 'azure/10.240.9.10'))).toBe(false);
    expect(node.veths()).toEqual([]);
  });

  it.skipIf(noPlugins)('serve the reference bridge plugin with addresses', async () => {
    const pod = node.addPod();
    const file = join(REFERENCE ?? '', 'bridge');
    const conf = {
      cniVersion: '1.0.0',
      name: 'azure',
      type: 'bridge',
      bridge: 'other0',
      ipam: { type: 'azure-vnet-ipam' },
    };
    const result = jsonOf(await node.call({ verb: 'ADD', pod, conf, file }));
    const id = `azure/${containerOf(pod)}/eth0`;
    expect(node.document()?.endpoints?.[id]).toMatchObject({ addresses: [result.ips[0].address] });
    expect(node.document()?.endpoints?.[id]).not.toHaveProperty('hostVeth');
    expect(
      (await node.call({ verb: 'CHECK', pod, conf: { ...conf, prevResult: result }, file })).stdout,
    ).toBe('');
    expect((await node.call({ verb: 'DEL', pod, conf, file })).code).toBe(0);
    expect(node.document()?.endpoints ?? {}).toEqual({});
  });

  it('lease 100 different addresses to 100 concurrent ADDs, and release them', async () => {
    const pods = Array.from({ length: 100 }, () => node.addPod());
    const added = await Promise.all(pods.map((pod) => node.call({ verb: 'ADD', pod })));
    const addresses = added.map((outcome) => jsonOf(outcome).ips[0].address);
    expect(new Set(addresses).size).toBe(100);
    expect(Object.keys(node.document()?.endpoints ?? {})).toHaveLength(100);
    expect(node.veths()).toHaveLength(100);
    expect(node.reconcile('--dry-run').code).toBe(0);
    const deleted = await Promise.all(pods.map((pod) => node.call({ verb: 'DEL', pod })));
    expect(deleted.filter(({ code }) => code !== 0)).toEqual([]);
    expect(node.document()?.endpoints ?? {}).toEqual({});
    expect(node.veths()).toEqual([]);
    expect(node.reconcile('--dry-run').code).toBe(0);
  });
});
