import { describe, expect, it } from 'vitest';
import { failure } from '../../reconciler/model/result.ts';
import { bridged } from '../support/node.ts';
import { AZURE_CONF, createCaller } from './caller.ts';

describe('a network whose takeover never succeeded', () => {
  it('leaves no trace: the corrected configuration has its effect', async () => {
    const node = createCaller({ document: undefined });
    const before = node.kernel.dump();
    node.kernel.failNext(
      (change) => change.verb === 'update' && change.fields.includes('master'),
      failure('busy', 'enslave', 'device or resource busy'),
    );
    const refused = await node.call('ADD', { conf: { ...AZURE_CONF, bridge: 'azure7' } });
    expect([refused.exitCode, node.document().networks, node.document().endpoints ?? {}]).toEqual([
      1,
      {},
      {},
    ]);
    expect(JSON.parse(node.kernel.dump()).objects).toEqual(JSON.parse(before).objects);
    expect(await node.call('ADD')).toMatchObject({ exitCode: 0 });
    expect(bridged(node.document().networks['azure'])?.bridge.name).toBe('azure0');
  });

  it('stays when it was made before the pod failed', async () => {
    const node = createCaller({ document: undefined });
    node.kernel.failNext(
      (change) => change.verb === 'create' && change.want.kind === 'link' && change.want.type === 'veth',
      failure('io', 'create', 'no'),
    );
    expect((await node.call('ADD')).exitCode).toBe(1);
    expect(Object.keys(node.document().networks)).toEqual(['azure']);
    expect(await node.call('ADD')).toMatchObject({ exitCode: 0 });
  });
});
