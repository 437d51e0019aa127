import { describe, expect, it } from 'vitest';
import type { VnetDocument } from '../../schemas/generated/vnet.ts';
import { describeEndpoints } from '../../reconciler/cli/verbs/look/describe.ts';
import { compareNode } from '../../reconciler/cli/verbs/look/compare-node.ts';
import { Metrics } from '../../reconciler/daemon/metrics/collect.ts';
import { describeGraph } from '../../reconciler/graph/model.ts';
import { endpointState } from '../../reconciler/model/addresses/endpoint-state.ts';
import { convergedNode, type LookNode } from '../cli/verbs/look-support.ts';
import { endpointOf, idOf, netnsOf, NETWORK } from '../support/node.ts';

const PODS = [0, 1, 2, 3, 4, 5];

/** A pod in each state: 0 ready, 1 drifted, 2 dead, 3 leaving, 4 a lease, 5 withdrawn. */
function nodeInEveryState(): LookNode {
  const node = convergedNode(PODS);
  const { store, kernel } = node.session;
  const before = store.document() as VnetDocument;
  const { hostVeth: _, ...lease } = endpointOf(4);
  const pool = { ...NETWORK.pools.ipv4, addresses: ['10.240.0.36-10.240.0.40'] };
  store.replace({
    ...before,
    networks: { azure: { ...NETWORK, pools: { ipv4: pool } } },
    endpoints: {
      ...before.endpoints,
      [idOf(3)]: { ...endpointOf(3), leaving: '2026-11-21T11:00:00.000Z' },
      [idOf(4)]: lease,
    },
  });
  node.breakObject(`link ${endpointOf(1).hostVeth ?? ''}`);
  kernel.removeNamespace(netnsOf(2));
  return node;
}

describe('the state of an endpoint', () => {
  it('is one for lists and pictures', () => {
    const seen = compareNode(nodeInEveryState().session);
    if (!seen.ok || seen.value === undefined) throw new Error('the node can be looked at');
    const sight = seen.value;
    const { document, planned, plan, causes = new Map() } = sight;
    const listed = describeEndpoints(document, sight).map(({ id, state }) => [id, state]);
    const graph = describeGraph({ document, observation: planned.observation, plan, causes });
    const drawn = graph.segments.flatMap(({ attachments }) =>
      attachments.map(({ id, standing }) => [id, standing]),
    );
    expect(Object.fromEntries(drawn)).toEqual(Object.fromEntries(listed));
    expect(PODS.map((pod) => new Map(drawn as [string, string][]).get(idOf(pod)))).toEqual([
      'ready',
      'drifted',
      'dead',
      'leaving',
      'lease',
      'withdrawn',
    ]);
  });

  it('is pending if all its missing objects are pending', () => {
    const node = convergedNode([0]);
    const document = node.session.store.document() as VnetDocument;
    const seen = (causes: readonly ('pending' | 'drift' | undefined)[]) =>
      endpointState(document, idOf(0), endpointOf(0), { namespaces: new Map(), causes });
    expect([seen([]), seen(['pending']), seen(['pending', 'drift']), seen([undefined])]).toEqual([
      'ready',
      'pending',
      'drifted',
      'drifted',
    ]);
  });

  it('is counted by metrics, as far as the document determines it', async () => {
    const { session } = nodeInEveryState();
    const metrics = new Metrics({ version: '1', runtime: 'node' }, () => 0);
    metrics.started({ session });
    const document = session.store.document() as VnetDocument;
    const recorded = Object.entries(document.endpoints ?? {}).map(([id, one]) =>
      endpointState(document, id, one),
    );
    const text = await metrics.render();
    for (const state of ['ready', 'withdrawn', 'lease', 'leaving', 'dead'] as const) {
      const count = recorded.filter((one) => one === state).length;
      expect(text).toContain(`vnet_endpoints{network="azure",state="${state}"} ${count}`);
    }
    expect(new Set(recorded)).toEqual(new Set(['ready', 'withdrawn', 'lease', 'leaving']));
  });
});
