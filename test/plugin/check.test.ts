import { describe, expect, it } from 'vitest';
import { hostVethName } from '../../reconciler/model/names.ts';
import { containerOf, documentOf, NETWORK, netnsOf } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';

const VETH = hostVethName('azure', containerOf(0), 'eth0');
const STATUS_CONF = { ...AZURE_CONF, cniVersion: '1.1.0' };

async function added() {
  const node = createCaller();
  const { json } = await node.call('ADD');
  return { node, prevResult: json };
}

describe('CHECK', () => {
  it('succeeds right after ADD and prints nothing', async () => {
    const { node, prevResult } = await added();
    const reply = await node.call('CHECK', { conf: { ...AZURE_CONF, prevResult } });
    expect(reply).toEqual({ exitCode: 0, json: undefined, stderr: '' });
  });

  it('lists missing objects as want and have', async () => {
    const { node } = await added();
    const neighbour = {
      kind: 'neighbour',
      netns: '',
      dev: 'azure0',
      address: '10.240.0.36',
      mac: '',
    } as const;
    node.kernel.tamper({ verb: 'delete', have: neighbour });
    const { json, exitCode } = await node.call('CHECK');
    expect(exitCode).toBe(1);
    expect(json).toMatchObject({ code: 104 });
    expect(json.msg).toMatch(/\b1\b/);
    expect(json.details).toBe('neighbour 10.240.0.36 dev azure0: want present, have absent');
  });

  it('lists a field that differs', async () => {
    const { node } = await added();
    const want = { kind: 'link', netns: '', name: VETH, type: 'veth', master: '' } as const;
    node.kernel.tamper({ verb: 'update', want, have: want, fields: ['master'] });
    const { json } = await node.call('CHECK');
    expect(json.details).toMatch(/link azv\w+: .*master want azure0, have/);
  });

  it('says nothing of what chained plugins change in the pod', async () => {
    const { node } = await added();
    const link = {
      kind: 'link',
      netns: netnsOf(0),
      name: 'eth0',
      type: 'veth',
      mac: '0a:11:22:33:44:55',
    } as const;
    node.kernel.tamper({
      verb: 'update',
      want: { ...link, mtuBytes: 1400 },
      have: link,
      fields: ['mac', 'mtuBytes'],
    });
    expect((await node.call('CHECK')).exitCode).toBe(0);
  });

  it('compares the addresses the runtime remembers', async () => {
    const { node, prevResult } = await added();
    const ips = [{ address: '10.240.0.99/16' }];
    const { json } = await node.call('CHECK', {
      conf: { ...AZURE_CONF, prevResult: { ...prevResult, ips } },
    });
    expect(json.details).toBe('prevResult: want 10.240.0.36/16, have 10.240.0.99/16');
  });

  it('fails for an endpoint that the document does not have', async () => {
    const { json } = await createCaller().call('CHECK');
    expect(json).toMatchObject({ code: 104 });
  });

  it('writes nothing', async () => {
    const { node } = await added();
    const [writes, kernel] = [node.session.store.writes(), node.kernel.dump()];
    await node.call('CHECK');
    expect([node.session.store.writes(), node.kernel.dump()]).toEqual([writes, kernel]);
  });
});

describe('STATUS', () => {
  it('succeeds on a node that has no document yet', async () => {
    expect((await createCaller({ document: undefined }).call('STATUS', { conf: STATUS_CONF })).exitCode).toBe(
      0,
    );
  });

  it('succeeds while addresses are free', async () => {
    expect((await createCaller().call('STATUS', { conf: STATUS_CONF })).exitCode).toBe(0);
  });

  it('succeeds when no address is free, with the counts on stderr: a full node must not be emptied', async () => {
    const pool = { ...NETWORK.pools.ipv4, addresses: ['10.240.0.36'] };
    const node = createCaller({ document: documentOf([0], { ...NETWORK, pools: { ipv4: pool } }) });
    const { exitCode, stderr } = await node.call('STATUS', { conf: STATUS_CONF });
    expect(exitCode).toBe(0);
    expect(stderr).toContain('1 in use');
  });

  it('says 50 when the document is that of another node', async () => {
    const node = createCaller({
      document: { ...documentOf([0]), metadata: { node: 'other', generation: 1 } },
    });
    expect((await node.call('STATUS', { conf: STATUS_CONF })).json).toMatchObject({ code: 50 });
  });

  it('says 51 when the uplink is gone', async () => {
    const network = { ...NETWORK, uplink: { ...NETWORK.uplink, name: 'eth9' } };
    const node = createCaller({ document: documentOf([], network) });
    expect((await node.call('STATUS', { conf: STATUS_CONF })).json).toMatchObject({ code: 51 });
  });
});
