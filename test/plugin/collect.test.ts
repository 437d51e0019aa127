import { describe, expect, it } from 'vitest';
import { failure } from '../../reconciler/model/result.ts';
import { idOf, netnsOf } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';
import { DELEGATED_CONF as CONF, fakeIpam } from './fake-ipam.ts';

const GC = { ...AZURE_CONF, cniVersion: '1.1.0' };
const listed = (...pods: number[]) =>
  pods.map((pod) => ({ containerID: idOf(pod).split('/')[1], ifname: 'eth0' }));

async function threePods() {
  const ipam = fakeIpam();
  const node = createCaller({ programs: ipam.programs });
  for (const pod of [0, 1, 2]) await node.call('ADD', { pod });
  node.at.now = new Date('2026-11-21T12:00:30.000Z');
  await node.call('ADD', { pod: 3 });
  return { node, ipam };
}

describe('GC', () => {
  it('removes unlisted attachments, except those of the last ten seconds', async () => {
    const { node } = await threePods();
    const conf = { ...GC, 'cni.dev/valid-attachments': listed(1) };
    expect((await node.call('GC', { conf })).exitCode).toBe(0);
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(1), idOf(3)]);
    expect([...node.kernelObjects().keys()].filter((key) => key.startsWith('link azv'))).toHaveLength(2);
  });

  it('accepts the list under its other key, and removes all old ones for an empty list', async () => {
    const { node } = await threePods();
    await node.call('GC', { conf: { ...GC, 'cni.dev/attachments': [] } });
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(3)]);
  });

  it('does nothing without a list', async () => {
    const { node } = await threePods();
    expect((await node.call('GC', { conf: GC })).exitCode).toBe(0);
    expect(Object.keys(node.document().endpoints ?? {})).toHaveLength(4);
  });

  it('leaves other networks and bare leases alone', async () => {
    const { node } = await threePods();
    const ipam = { role: 'azure-vnet-ipam', pod: 4 } as const;
    await node.call('ADD', ipam);
    node.at.now = new Date('2026-11-21T13:00:00.000Z');
    await node.call('GC', { conf: { ...GC, name: 'other', 'cni.dev/valid-attachments': [] } });
    expect(Object.keys(node.document().endpoints ?? {})).toHaveLength(5);
    await node.call('GC', { conf: { ...GC, 'cni.dev/valid-attachments': [] } });
    expect(Object.keys(node.document().endpoints ?? {})).toEqual([idOf(4)]);
    expect(node.document().endpoints?.[idOf(4)]?.netns).toBe(netnsOf(4));
  });

  it('has the delegated plugin release each address, by its own container ID', async () => {
    const ipam = fakeIpam();
    const node = createCaller({ programs: ipam.programs });
    await node.call('ADD', { pod: 6, conf: CONF });
    node.at.now = new Date('2026-11-21T13:00:00.000Z');
    const conf = { ...CONF, cniVersion: '1.1.0', 'cni.dev/valid-attachments': [] };
    expect((await node.call('GC', { conf, env: { CNI_CONTAINERID: undefined } })).exitCode).toBe(0);
    expect(ipam.calls.map(({ verb, containerId }) => `${verb} ${containerId}`)).toEqual([
      `ADD ${idOf(6).split('/')[1]}`,
      `DEL ${idOf(6).split('/')[1]}`,
      'GC ',
    ]);
  });

  it('continues when one attachment cannot be removed, and reports it', async () => {
    const { node } = await threePods();
    node.kernel.failNext(({ verb }) => verb === 'delete', failure('permission', 'delete', 'not permitted'));
    const { json } = await node.call('GC', { conf: { ...GC, 'cni.dev/valid-attachments': [] } });
    expect(json).toMatchObject({ code: 100 });
    const left = Object.entries(node.document().endpoints ?? {});
    expect(left.map(([id, { leaving }]) => [id, leaving !== undefined])).toEqual([
      [idOf(0), true],
      [idOf(3), false],
    ]);
  });
});
