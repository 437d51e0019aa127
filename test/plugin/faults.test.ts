import { describe, expect, it } from 'vitest';
import type { Change } from '../../reconciler/model/ports/kernel.ts';
import { failure } from '../../reconciler/model/result.ts';
import { documentOf, idOf } from '../support/node.ts';
import { createCaller } from './caller.ts';

/** Returns a predicate for the nth change, and the number of changes seen. */
function nth(count: number) {
  let seen = 0;
  return { pick: (_change: Change) => seen++ === count, seen: () => seen };
}

/** Number of changes by one ADD on a node with an existing network. */
async function changesOfAdd(): Promise<number> {
  const node = createCaller();
  await node.call('ADD', { pod: 1 });
  const counter = nth(Infinity);
  node.kernel.failNext(counter.pick, failure('io', '', ''));
  await node.call('ADD');
  return counter.seen();
}

describe('a kernel that refuses one change', () => {
  it('makes ADD leave nothing behind, whichever change it is', async () => {
    const total = await changesOfAdd();
    expect(total).toBeGreaterThan(5);
    for (let index = 0; index < total; index += 1) {
      const node = createCaller();
      await node.call('ADD', { pod: 1 });
      const [objects, endpoints] = [node.kernelObjects(), node.document().endpoints];
      const refusal = failure('permission', `change ${index}`, 'operation not permitted');
      node.kernel.failNext(nth(index).pick, refusal);
      const { json } = await node.call('ADD');
      expect(json).toMatchObject({
        code: 100,
        msg: `change ${index}: operation not permitted`,
      });
      expect(node.kernelObjects()).toEqual(objects);
      expect(node.document().endpoints).toEqual(endpoints);
      expect((await node.call('ADD')).exitCode).toBe(0);
    }
  });

  it('releases the address without quarantine if no interface ever had it', async () => {
    const node = createCaller();
    await node.call('ADD', { pod: 1 });
    node.kernel.failNext(nth(0).pick, failure('permission', 'first', 'no'));
    await node.call('ADD');
    expect(node.document().released).toBeUndefined();
  });

  it('makes the first ADD of a node leave the uplink unchanged', async () => {
    const node = createCaller({ document: documentOf([]) });
    const before = node.kernelObjects();
    node.kernel.failNext(({ verb }) => verb === 'update', failure('permission', 'enslave', 'no'));
    expect((await node.call('ADD')).exitCode).toBe(1);
    expect(node.kernelObjects()).toEqual(before);
    expect(node.document().endpoints ?? {}).toEqual({});
  });

  it('keeps an endpoint that was there before when a repeated ADD fails', async () => {
    const node = createCaller();
    await node.call('ADD');
    const veth = [...node.kernelObjects().keys()].find((key) => key.startsWith('link azv'))?.slice(5) ?? '';
    node.kernel.tamper({ verb: 'delete', have: { kind: 'link', netns: '', name: veth, type: 'veth' } });
    node.kernel.failNext(({ verb }) => verb === 'create', failure('busy', 'add veth', 'device busy'));
    expect((await node.call('ADD')).json).toMatchObject({ code: 11 });
    expect(node.document().endpoints?.[idOf(0)]).toBeDefined();
    expect((await node.call('ADD')).exitCode).toBe(0);
  });
});
