/** A host endpoint that stops answering: pods keep their addresses, the node stays ready, and everything says why no address comes. */
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseSamples } from '../daemon/metrics/exposition.ts';
import { HOST_ENDPOINT } from '../lab/fabric.ts';
import { startWireserver, type Wireserver } from '../lab/wireserver.ts';
import { BIN, LIVE_CONF, type LiveNode, makeLiveNode, hasLiveNodes } from '../plugin/live-node.ts';
import { scrapeSocket } from './live-metrics.ts';
import { startWatch } from './live-watch.ts';

const CONF = { ...LIVE_CONF, cniVersion: '1.1.0', ipam: { type: 'azure-vnet-ipam' } };
const MAC = '00:0d:3a:51:c4:90';

describe.skipIf(!hasLiveNodes)('a host endpoint that stops answering', () => {
  let node: LiveNode;
  let endpoint: Wireserver;

  beforeEach(async () => {
    node = makeLiveNode(CONF);
    node.netns.mustExec(['ip', 'link', 'set', 'eth0', 'address', MAC]);
    node.fabric.mustExec(['ip', 'addr', 'add', `${HOST_ENDPOINT}/32`, 'dev', 'nic']);
    const nic = { node: 'node-1', mac: MAC, primary: '10.240.0.35', secondaries: ['10.240.0.36'] };
    endpoint = await startWireserver(node.fabric, [nic]);
  });
  afterEach(async () => {
    await endpoint.stop();
    node.remove();
  });

  it('is a condition, a metric and a line of STATUS, which succeeds', async () => {
    const [first, second] = [node.addPod(), node.addPod()];
    expect(await node.call({ verb: 'ADD', pod: first })).toMatchObject({ code: 0 });
    const env = { VNET_ROOT: node.root, VNET_NODE: 'node-1' };
    const silence = (): unknown =>
      JSON.parse(
        node.netns.execNow([join(BIN, 'vnet'), 'status', '-o', 'json'], { env }).stdout,
      ).conditions.find(({ type }: { type: string }) => type === 'PoolSourceSilent');
    expect(silence()).toMatchObject({ status: false, reason: 'SourceAnswers' });
    await endpoint.order({ behaviour: 'fail' });
    // A query within ten seconds after the last one is answered by that.
    node.netns.mustExec(['rm', join(node.root, 'run/vnet/pool-azure.json')]);
    expect((await node.call({ verb: 'ADD', pod: second })).code).not.toBe(0);
    expect(silence()).toMatchObject({
      status: true,
      reason: 'HostEndpointSilent',
      message: expect.stringContaining('network azure'),
    });
    const status = await node.call({ verb: 'STATUS', pod: second });
    expect([status.code, status.stdout]).toEqual([0, '']);
    expect(status.stderr).toContain('the pool has the addresses of an earlier answer');

    const socket = join(node.root, 'metrics.sock');
    const watch = await startWatch(node, '--metrics', `unix:${socket}`);
    try {
      await watch.until('waited for the condition', () =>
        (watch.status()?.conditions ?? []).some((one) => one.type === 'PoolSourceSilent' && one.status),
      );
      const now = parseSamples(await scrapeSocket(socket));
      expect(now.get('vnet_pool_source_up{network="azure"}')).toBe(0);
      expect(now.get('vnet_condition{type="PoolSourceSilent"}')).toBe(1);
      expect(now.get('vnet_condition{type="Ready"}')).toBe(1);
    } finally {
      await watch.end('SIGKILL');
    }
  });
});
