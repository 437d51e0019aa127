/** The fields of the Node of Kubernetes, and the events of uplinks and contention. */
import { describe, expect, it } from 'vitest';
import type { NodeFieldOptions } from '../../../reconciler/cluster/agent/node-fields.ts';
import { EVENTS, NODES } from '../../../reconciler/cluster/api/resources.ts';
import { must } from '../../support/must.ts';
import { NAME, openAgent } from './open-agent.ts';

const BOTH = { setsNetworkUnavailable: true, resource: 'vnet.azure/pod-addresses' };
const KUBELET = {
  conditions: [{ type: 'Ready', status: 'True' }],
  capacity: { cpu: '2', pods: '110' },
};

async function openWithNode(nodeFields: NodeFieldOptions = BOTH) {
  const opened = await openAgent({ nodeFields });
  const { admin, clock, cluster } = opened;
  const kubelet = { manager: 'kubelet', subresource: 'status' } as const;
  must(await admin.apply(NODES, { metadata: { name: NAME } }, { manager: 'kubelet' }));
  must(await admin.apply(NODES, { metadata: { name: NAME }, status: KUBELET }, kubelet));
  const node = async (): Promise<unknown> => must(await admin.get(NODES, { name: NAME }))['status'];
  const writes = (): number =>
    cluster.requests.filter(
      ({ method, path, token }) => method !== 'GET' && token === 'agent' && path.includes('/nodes/'),
    ).length;
  await clock.advance(300_000);
  return { ...opened, status: node, nodeWrites: writes };
}

const condition = (status: string, reason: string): object =>
  expect.objectContaining({ type: 'NetworkUnavailable', status, reason });

describe('the Node of Kubernetes', () => {
  it('has the condition and the number of pod addresses, beside the fields of kubelet, by one write each', async () => {
    const { clock, node, status, nodeWrites } = await openWithNode();
    const [ready] = KUBELET.conditions;
    expect(await status()).toEqual({
      conditions: [ready, condition('False', 'VnetReady')],
      capacity: { ...KUBELET.capacity, 'vnet.azure/pod-addresses': '30' },
    });
    const before = nodeWrites();
    await clock.advance(3_600_000);
    expect(nodeWrites()).toBe(before);
    node.conditions = [{ type: 'Ready', status: false }];
    await clock.advance(2000);
    expect(await status()).toMatchObject({ conditions: [ready, condition('True', 'VnetNotReady')] });
    expect(nodeWrites()).toBe(before + 1);
  });

  it('stays as it was while the readiness is unknown, and is written once by an agent that starts again', async () => {
    const { clock, node, status, nodeWrites, start, stop } = await openWithNode();
    const [before, count] = [await status(), nodeWrites()];
    node.conditions = [];
    await clock.advance(60_000);
    expect(await status()).toEqual(before);
    node.conditions = [{ type: 'Ready', status: true }];
    await stop();
    await start();
    await clock.advance(60_000);
    expect([await status(), nodeWrites()]).toEqual([before, count]);
  });

  it('is left alone without the options, and tried again after a refusal', async () => {
    const alone = await openWithNode({ setsNetworkUnavailable: false, resource: undefined });
    expect([await alone.status(), alone.nodeWrites()]).toEqual([KUBELET, 0]);
    const { clock, cluster, logged, node, status } = await openWithNode();
    cluster.fault = ({ token, path }) => (token === 'agent' && path.includes('/nodes/') ? 403 : undefined);
    node.conditions = [{ type: 'Ready', status: false }];
    await clock.advance(2000);
    expect(logged.join('\n')).toContain('403');
    cluster.fault = () => undefined;
    await clock.advance(60_000);
    expect(await status()).toMatchObject({ conditions: [{}, condition('True', 'VnetNotReady')] });
  });
});

describe('events', () => {
  it('tell a takeover, a release, and a fight with another program', async () => {
    const { clock, node, admin } = await openAgent();
    await clock.advance(20_000);
    node.uplinks = [{ name: 'eth0', network: 'azure' }];
    await clock.advance(20_000);
    node.conditions = [...node.conditions, { type: 'Contended', status: true }];
    await clock.advance(20_000);
    node.uplinks = [];
    await clock.advance(20_000);
    const { items } = must(await admin.list(EVENTS));
    expect(items.map(({ reason, type }) => `${String(type)} ${String(reason)}`)).toEqual([
      'Normal UplinkTakenOver',
      'Warning Contended',
      'Normal UplinkReleased',
    ]);
    expect(items[0]?.['note']).toBe('eth0 is in the bridge of network azure, with its addresses and routes');
  });
});
