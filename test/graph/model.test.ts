import { describe, expect, it } from 'vitest';
import { countStates } from '../../reconciler/graph/model.ts';
import { leaseOf, sampleGraph } from './sample.ts';

describe('the contents of the picture', () => {
  it('has the uplink, the bridge with its addresses and routes, and every pod from port to address', () => {
    const { graph } = sampleGraph({ pods: 2 });
    expect(graph).toMatchObject({ node: 'node-1', generation: 7 });
    expect(graph.segments).toHaveLength(1);
    expect(graph.segments[0]).toMatchObject({
      name: 'azure',
      mode: 'bridge',
      pool: '10.240.0.0/16 via 10.240.0.1',
      uplink: { name: 'eth0', standing: 'ready', facts: ['00:0d:3a:51:c4:90', 'mtu 1500'] },
      bridge: { name: 'azure0', standing: 'ready' },
      foreign: [],
    });
    expect(graph.segments[0]?.bridge?.facts).toContain('default via 10.240.0.1');
    expect(graph.segments[0]?.attachments.map(({ pod, addresses }) => [pod, addresses])).toEqual([
      ['kube-system/coredns-1eef', ['10.240.0.37/16']],
      ['shop/web-0', ['10.240.0.36/16']],
    ]);
  });

  it('distinguishes drift and pending changes, with want and have of each', () => {
    const { graph, plan } = sampleGraph({ pods: 4, broken: [1], pending: [2] });
    expect(countStates(graph)).toEqual([
      ['ready', 2],
      ['pending', 1],
      ['drifted', 1],
    ]);
    const drifted = graph.segments[0]?.attachments.find(({ standing }) => standing === 'drifted');
    expect(drifted?.differences[0]).toEqual({
      object: 'neighbour 10.240.0.37 dev azure0',
      field: 'lladdr',
      want: drifted?.mac,
      have: 'absent',
    });
    const drawn = graph.segments.flatMap(({ attachments, uplink, bridge }) =>
      [...attachments, uplink, bridge].flatMap((item) => item?.differences.map(({ object }) => object) ?? []),
    );
    expect(new Set(drawn)).toEqual(new Set(plan.steps.map(({ key }) => key)));
  });

  it('shows leases, leaving and dead endpoints, and foreign objects', () => {
    const { graph } = sampleGraph({
      pods: 1,
      foreign: true,
      endpoints: {
        'azure/lease000/eth0': leaseOf('db/postgres', '10.240.0.60/16'),
        'azure/leaving0/eth0': {
          ...leaseOf('a/leaving', '10.240.0.61/16'),
          leaving: '2026-11-21T11:00:00.000Z',
        },
        'azure/dead0000/eth0': {
          ...leaseOf('a/dead', '10.240.0.62/16'),
          netns: '/run/netns/nowhere',
          hostVeth: 'azvdead',
          mac: '0a:00:00:00:00:62',
        },
      },
    });
    expect(countStates(graph)).toEqual([
      ['ready', 1],
      ['lease', 1],
      ['leaving', 1],
      ['dead', 1],
    ]);
    expect(graph.segments[0]?.foreign.map(({ name }) => name)).toContain('tap0');
  });

  it('shows differences of uplink and network in their boxes', () => {
    const { graph } = sampleGraph({ pods: 0 });
    expect(graph.segments[0]?.bridge?.standing).toBe('ready');
    expect(graph.segments[0]?.attachments).toEqual([]);
  });
});
