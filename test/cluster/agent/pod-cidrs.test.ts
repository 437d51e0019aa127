/** Pools and peers from the podCIDRs of Nodes: the pure part, and an agent that keeps them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  podCidrFields,
  toNodeCidrs,
  type NodeCidrs,
} from '../../../reconciler/cluster/agent/pod-cidrs/node-cidrs.ts';
import { NODES } from '../../../reconciler/cluster/api/resources.ts';
import { must } from '../../support/must.ts';
import { NAME, openAgent } from './open-agent.ts';

const POOL = {
  source: 'static',
  subnet: '10.244.9.0/24',
  gateway: '10.244.9.1',
  addresses: ['10.244.9.0/24'],
};
const poolOf = (cidr: string, gateway: string): object => ({
  source: 'static',
  subnet: cidr,
  gateway,
  addresses: [cidr],
});
const routed = (podCidrs: object, more: object = {}): { networks: { kubenet: object; azure: object } } => ({
  networks: {
    azure: { mode: 'bridge' },
    kubenet: { mode: 'routed', podCidrs, pools: { ipv4: POOL }, ...more },
  },
});
const node = (podCidrs: readonly string[], ...internal: readonly string[]): NodeCidrs => ({
  podCidrs,
  internal,
});
const nodes = (others: Readonly<Record<string, NodeCidrs>> = {}, own = node(['10.244.0.0/24'])) =>
  new Map([[NAME, own], ...Object.entries(others)]);
const kubenetOf = (fields: object | undefined): unknown => {
  const { networks } = fields as ReturnType<typeof routed>;
  return networks.kubenet;
};

describe('pools and peers', () => {
  const others = {
    'node-3': node(['10.244.3.0/24', 'fd00:244:0:3::/64'], '10.240.0.37', 'fd00:240::37'),
    'node-2': node(['10.244.2.0/24'], '10.240.0.36'),
    'node-4': node([], '10.240.0.38'),
    'node-5': node(['10.244.5.0/24']),
  };

  it('are those of the Nodes; routes are the virtual network’s', () => {
    const next = podCidrFields(routed({ from: 'cluster' }), nodes(others), NAME);
    expect(kubenetOf(next)).toEqual({
      mode: 'routed',
      podCidrs: { from: 'cluster' },
      pools: { ipv4: poolOf('10.244.0.0/24', '10.244.0.1') },
      peers: [{ to: '10.244.2.0/24' }, { to: '10.244.3.0/24' }, { to: '10.244.5.0/24' }],
    });
  });

  it('have both families, and routes by InternalIP where the document names an interface', () => {
    const own = node(['10.244.0.0/24', 'fd00:244::/64']);
    const next = podCidrFields(routed({ from: 'cluster', dev: 'eth0' }), nodes(others, own), NAME);
    expect(kubenetOf(next)).toMatchObject({
      pools: { ipv4: { subnet: '10.244.0.0/24' }, ipv6: poolOf('fd00:244::/64', 'fd00:244::1') },
      peers: [
        { to: '10.244.2.0/24', via: '10.240.0.36', dev: 'eth0' },
        { to: '10.244.3.0/24', via: '10.240.0.37', dev: 'eth0' },
        { to: 'fd00:244:0:3::/64', via: 'fd00:240::37', dev: 'eth0' },
      ],
    });
  });

  it.each([
    [
      'the node is not in the list',
      routed({ from: 'cluster' }),
      new Map([['node-2', node(['10.244.2.0/24'])]]),
    ],
    ['no network asks for them', { networks: { azure: { mode: 'bridge' } } }, nodes(others)],
    [
      'the pool has the prefix, with fewer addresses',
      routed({ from: 'cluster' }, { peers: [] }),
      nodes({}, node(['10.244.9.0/24'])),
    ],
    ['the Node has no podCIDR', routed({ from: 'cluster' }, { peers: [] }), nodes({}, node([]))],
  ])('stay where %s', (_why, fields, given) => {
    expect(podCidrFields(fields, given, NAME)).toBeUndefined();
  });

  it('law: applied to its own result, nothing changes', () => {
    const cidr = fc.integer({ min: 0, max: 255 }).map((third) => `10.244.${third}.0/24`);
    const one = fc.record({
      podCidrs: fc.uniqueArray(cidr, { maxLength: 1 }),
      internal: fc.constantFrom([], ['10.240.0.9']),
    });
    const all = fc.dictionary(fc.constantFrom(NAME, 'a', 'b', 'c'), one);
    fc.assert(
      fc.property(
        all,
        fc.constantFrom({ from: 'cluster' }, { from: 'cluster', dev: 'eth0' }),
        (given, podCidrs) => {
          const map = new Map(Object.entries(given));
          const next = podCidrFields(routed(podCidrs), map, NAME);
          expect(next === undefined || podCidrFields(next, map, NAME) === undefined).toBe(true);
        },
      ),
    );
  });

  it('are read from a Node as kubelet and controllers write it', () => {
    const status = {
      addresses: [
        { type: 'Hostname', address: 'node-2' },
        { type: 'InternalIP', address: '10.240.0.36' },
      ],
    };
    const [spec, old] = [{ podCIDRs: ['10.244.2.0/24', 'bad'] }, { podCIDR: '10.244.2.0/24' }];
    for (const given of [spec, old])
      expect(toNodeCidrs({ metadata: { name: 'node-2' }, spec: given, status })).toEqual(
        node(['10.244.2.0/24'], '10.240.0.36'),
      );
    expect(toNodeCidrs({ metadata: { name: 'node-2' } })).toEqual(node([]));
  });
});

describe('an agent', () => {
  async function openWithCidrs() {
    const opened = await openAgent();
    const { admin, clock, node: local } = opened;
    const add = async (name: string, podCIDR: string): Promise<void> =>
      void must(await admin.create(NODES, { metadata: { name }, spec: { podCIDRs: [podCIDR] } }));
    await add(NAME, '10.244.0.0/24');
    await add('node-2', '10.244.2.0/24');
    local.edit(routed({ from: 'cluster' }));
    await clock.advance(5000);
    const peers = (): unknown => kubenetOf(local.fields);
    return { ...opened, add, peers };
  }

  it('writes the document once for several changes, and follows Nodes that come and go', async () => {
    const { clock, admin, node: local, add, peers } = await openWithCidrs();
    expect(peers()).toMatchObject({
      pools: { ipv4: { subnet: '10.244.0.0/24' } },
      peers: [{ to: '10.244.2.0/24' }],
    });
    const before = local.generation;
    for (const number of [3, 4, 5]) await add(`node-${number}`, `10.244.${number}.0/24`);
    await clock.advance(20_000);
    expect([local.generation, peers()]).toMatchObject([before + 1, { peers: [{}, {}, {}, {}] }]);
    must(await admin.delete(NODES, { name: 'node-2' }));
    await clock.advance(20_000);
    expect(peers()).toMatchObject({ peers: [{ to: '10.244.3.0/24' }, {}, {}] });
    await clock.advance(3_600_000);
    expect(local.generation).toBe(before + 2);
  });

  it('removes nothing while the Nodes cannot be read, and tries a refused change again', async () => {
    const { clock, cluster, network, node: local, add, peers, logged } = await openWithCidrs();
    const before = peers();
    network.isDown = true;
    cluster.endWatches();
    await clock.advance(3_600_000);
    expect(peers()).toEqual(before);
    network.isDown = false;
    local.behaviour = 'refuses';
    await add('node-3', '10.244.3.0/24');
    await clock.advance(120_000);
    expect([peers(), logged.join('\n')]).toEqual([
      before,
      expect.stringContaining('pods would be interrupted'),
    ]);
    local.behaviour = 'fine';
    await clock.advance(600_000);
    expect(peers()).toMatchObject({ peers: [{}, { to: '10.244.3.0/24' }] });
  });
});
