import { afterEach, describe, expect, it } from 'vitest';
import { NODES } from '../../../reconciler/cluster/api/resources.ts';
import { runAsLeader } from '../../../reconciler/cluster/controller/leader.ts';
import {
  NETWORK_ROLLOUTS,
  NODE_NETWORKS,
  toNodeNetwork,
} from '../../../reconciler/cluster/custom-resources.ts';
import { must } from '../../support/must.ts';
import { addRevision, statusOf } from '../fake/vnet-cluster.ts';
import { type Fleet, openFleet, rollOut, untilPhase } from './fleet.ts';

const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };

let fleet: Fleet;
afterEach(() => fleet.close());

/** The number of nodes that have the revision in their document. */
const changed = (): number =>
  [...fleet.nodes.values()].filter((node) => JSON.stringify(node.fields).includes('1400')).length;

async function grantedNodes(): Promise<readonly string[]> {
  const { items } = must(await fleet.admin.list(NODE_NETWORKS));
  return items
    .map(toNodeNetwork)
    .filter(({ spec }) => spec?.desiredRevision === 'mtu')
    .map(({ metadata }) => metadata.name);
}

async function setReady(name: string, isReady: boolean): Promise<void> {
  const conditions = [{ type: 'Ready', status: isReady ? 'True' : 'Unknown' }];
  const options = { manager: 'kubelet', subresource: 'status', isForced: true } as const;
  must(await fleet.admin.apply(NODES, { metadata: { name }, status: { conditions } }, options));
}

describe('a controller', () => {
  it('gives each node a NodeNetwork that belongs to it, and another one when the node is made again', async () => {
    fleet = await openFleet({ count: 3 });
    await fleet.clock.advance(10_000);
    const node = must(await fleet.admin.get(NODES, { name: 'node-0000' }));
    const first = must(await fleet.admin.get(NODE_NETWORKS, { name: 'node-0000' }));
    expect(first.metadata).toMatchObject({ ownerReferences: [{ kind: 'Node', uid: node.metadata.uid }] });
    must(await fleet.admin.delete(NODES, { name: 'node-0000' }));
    const again = must(await fleet.admin.create(NODES, { metadata: { name: 'node-0000' } }));
    await fleet.clock.advance(30_000);
    const second = must(await fleet.admin.get(NODE_NETWORKS, { name: 'node-0000' }));
    expect(second.metadata.uid).not.toBe(first.metadata.uid);
    expect(second.metadata).toMatchObject({ ownerReferences: [{ uid: again.metadata.uid }] });
  });

  it('moves a revision in steps, each confirmed and soaked, to all nodes', async () => {
    fleet = await openFleet({ count: 20 });
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', { revision: 'mtu', steps: ['1', '50%', '100%'], soakSeconds: 60 });
    await fleet.clock.advance(30_000);
    expect(changed()).toBe(1);
    await fleet.clock.advance(60_000);
    expect(changed()).toBe(10);
    await untilPhase(fleet, 'r', 'Complete');
    expect(changed()).toBe(20);
    expect((await fleet.statusOf('r')).nodes).toMatchObject({ total: 20, confirmed: 20, failed: 0 });
  });

  it('brings a revision to each node once, though each answer and each event takes seconds', async () => {
    fleet = await openFleet({ count: 12 });
    await fleet.clock.advance(60_000);
    fleet.network.latencyMs = 6000;
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', { revision: 'mtu', steps: ['1', '100%'], soakSeconds: 1 });
    await untilPhase(fleet, 'r', 'Complete');
    expect([...fleet.nodes.values()].filter(({ applied }) => applied === 1)).toHaveLength(12);
    const grants = fleet.cluster.requests.filter(
      ({ method, path, token }) => method === 'PATCH' && token === 'controller' && /node-\d+$/.test(path),
    );
    expect(grants).toHaveLength(12);
  });

  it('halts itself at the first failure: no node more gets the revision, also after a restart', async () => {
    fleet = await openFleet({
      count: 20,
      prepare: (node, index) => {
        if (index === 3) node.behaviour = 'cut-off';
      },
    });
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', {
      revision: 'mtu',
      steps: ['1', '50%', '100%'],
      confirmWithinSeconds: 30,
      soakSeconds: 10,
    });
    await untilPhase(fleet, 'r', 'Halted');
    expect((await fleet.statusOf('r')).halted).toEqual({ reason: 'RolledBack', node: 'node-0003' });
    expect([changed(), (await grantedNodes()).length]).toEqual([9, 10]);
    fleet.controller.abort();
    fleet.control();
    await fleet.clock.advance(3_600_000);
    expect([changed(), (await grantedNodes()).length]).toEqual([9, 10]);
    expect((await statusOf(fleet.admin, 'node-0003')).revision?.confirmed).toBeUndefined();
  });

  it('reverts the nodes of the step, or all, where that is asked for', async () => {
    fleet = await openFleet({
      count: 10,
      prepare: (node, index) => {
        if (index === 5) node.behaviour = 'fails';
      },
    });
    await addRevision(fleet.admin, 'old', { networks: { azure: { bridge: { mtu: 1450 } } } });
    await addRevision(fleet.admin, 'mtu', MTU);
    for (const node of fleet.nodes.values()) node.behaviour = 'fine';
    await rollOut(fleet, 'first', { revision: 'old', steps: ['100%'], soakSeconds: 1 });
    await untilPhase(fleet, 'first', 'Complete');
    must(await fleet.admin.delete(NETWORK_ROLLOUTS, { name: 'first' }));
    const broken = fleet.nodes.get('node-0005');
    if (broken !== undefined) broken.behaviour = 'fails';
    await rollOut(fleet, 'r', {
      revision: 'mtu',
      steps: ['3', '100%'],
      soakSeconds: 1,
      onHalt: 'revertStep',
    });
    await untilPhase(fleet, 'r', 'Halted');
    await fleet.clock.advance(60_000);
    expect(await grantedNodes()).toEqual(['node-0000', 'node-0001', 'node-0002']);
    expect(changed()).toBe(3);
    expect((await fleet.statusOf('r')).phase).toBe('Halted');
  });

  it('counts a silent node as failed, but skips one that was not Ready, until it returns', async () => {
    fleet = await openFleet({ count: 5 });
    await setReady('node-0001', false);
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', { revision: 'mtu', steps: ['2', '100%'], soakSeconds: 10 });
    await untilPhase(fleet, 'r', 'Complete');
    expect((await fleet.statusOf('r')).nodes).toMatchObject({ confirmed: 4, skipped: 1, failed: 0 });
    expect(await grantedNodes()).not.toContain('node-0001');
    await setReady('node-0001', true);
    await fleet.clock.advance(60_000);
    expect(changed()).toBe(5);
    await addRevision(fleet.admin, 'next', {});
    fleet.cluster.fault = ({ token, method }) => (token === 'agent' && method === 'PATCH' ? 500 : undefined);
    must(await fleet.admin.delete(NETWORK_ROLLOUTS, { name: 'r' }));
    await rollOut(fleet, 's', { revision: 'next', steps: ['1', '100%'], confirmWithinSeconds: 30 });
    await untilPhase(fleet, 's', 'Halted');
    expect((await fleet.statusOf('s')).halted?.reason).toBe('Silent');
  });

  it('never has two zones at work, nor more nodes than maxUnavailable', async () => {
    fleet = await openFleet({ count: 30, zones: 3 });
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', { revision: 'mtu', steps: ['100%'], maxUnavailable: '4', soakSeconds: 20 });
    const zoneOf = (name: string): number => Math.floor(Number(name.slice(5)) / 10);
    const busy = new Set<string>();
    let most = 0;
    const zones: number[] = [];
    fleet.cluster.storage.listen(({ object }) => {
      const { metadata, spec, status } = toNodeNetwork(object);
      const isBusy = spec?.desiredRevision === 'mtu' && status?.revision?.confirmed !== 'mtu';
      if (isBusy) busy.add(metadata.name);
      else busy.delete(metadata.name);
      most = Math.max(most, busy.size);
      zones.push(new Set([...busy].map(zoneOf)).size);
    }, 'cluster.vnet.azure/nodenetworks');
    await untilPhase(fleet, 'r', 'Complete');
    expect([changed(), most, Math.max(...zones)]).toEqual([30, 4, 1]);
  });

  it('leaves the status of a rollout as it ended when a newer one has its nodes', async () => {
    fleet = await openFleet({ count: 2 });
    await addRevision(fleet.admin, 'mtu', MTU);
    await addRevision(fleet.admin, 'next', {});
    await rollOut(fleet, 'z', { revision: 'mtu', steps: ['100%'], soakSeconds: 1 });
    await untilPhase(fleet, 'z', 'Complete');
    const ended = await fleet.statusOf('z');
    // Of two rollouts of one time, the first by name counts.
    await rollOut(fleet, 'a', { revision: 'next', steps: ['100%'], soakSeconds: 1 });
    await untilPhase(fleet, 'a', 'Complete');
    await fleet.clock.advance(60_000);
    expect(await fleet.statusOf('z')).toEqual(ended);
  });

  it('does nothing more while paused, and goes on', async () => {
    fleet = await openFleet({ count: 4 });
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', { revision: 'mtu', steps: ['1', '100%'], soakSeconds: 1, paused: true });
    await fleet.clock.advance(600_000);
    expect([changed(), (await fleet.statusOf('r')).phase]).toEqual([0, 'Paused']);
    const spec = { revision: 'mtu', steps: ['1', '100%'], soakSeconds: 1, paused: false };
    must(
      await fleet.admin.apply(
        NETWORK_ROLLOUTS,
        { metadata: { name: 'r' }, spec },
        { manager: 'admin', isForced: true },
      ),
    );
    await untilPhase(fleet, 'r', 'Complete');
    expect(changed()).toBe(4);
  });

  it('costs the API server at most 20 writes a second, though a quarter of the nodes roll back', async () => {
    let index = 0;
    fleet = await openFleet({
      count: 200,
      pollMs: 60_000,
      prepare: (node) => {
        if ((index += 1) % 4 === 0) node.behaviour = 'cut-off';
      },
    });
    await fleet.clock.advance(120_000);
    const seconds = new Map<number, number>();
    const handle = fleet.cluster.handle.bind(fleet.cluster);
    fleet.cluster.handle = (request) => {
      const second = Math.floor(fleet.clock.nowMs() / 1000);
      if (request.method !== 'GET') seconds.set(second, (seconds.get(second) ?? 0) + 1);
      return handle(request);
    };
    await addRevision(fleet.admin, 'mtu', MTU);
    await rollOut(fleet, 'r', {
      revision: 'mtu',
      steps: ['100%'],
      // Rolled back while others still get the revision.
      confirmWithinSeconds: 10,
      soakSeconds: 10,
      maxFailures: 60,
    });
    await untilPhase(fleet, 'r', 'Complete');
    expect(changed()).toBe(150);
    const most = Math.max(...seconds.values());
    expect(most).toBeGreaterThan(10);
    expect(most).toBeLessThanOrEqual(20);
  });

  it('writes nothing when nothing changes', async () => {
    fleet = await openFleet({ count: 10 });
    await fleet.clock.advance(120_000);
    const writes = (): number => fleet.cluster.requests.filter(({ method }) => method !== 'GET').length;
    const before = writes();
    await fleet.clock.advance(3_600_000);
    expect(writes()).toBe(before);
  });

  it('is one of several: the lease goes to another when its holder is silent, and two never work at once', async () => {
    fleet = await openFleet({ count: 1 });
    const working = new Set<string>();
    let most = 0;
    const start = (identity: string): AbortController => {
      const stop = new AbortController();
      const ports = fleet.connect(identity);
      const work = async (signal: AbortSignal): Promise<void> => {
        working.add(identity);
        most = Math.max(most, working.size);
        while (!signal.aborted) await ports.clock.sleep(3_600_000, signal);
        working.delete(identity);
      };
      void runAsLeader({ ...ports, identity, time: () => String(ports.clock.nowMs()) }, work, stop.signal);
      return stop;
    };
    const first = start('a');
    await fleet.clock.advance(1000);
    const second = start('b');
    await fleet.clock.advance(600_000);
    expect([...working]).toEqual(['a']);
    fleet.cluster.fault = ({ token }) => (token === 'a' ? 500 : undefined);
    await fleet.clock.advance(60_000);
    expect([...working]).toEqual(['b']);
    fleet.cluster.fault = () => undefined;
    await fleet.clock.advance(600_000);
    expect([...working]).toEqual(['b']);
    second.abort();
    await fleet.clock.advance(20_000);
    expect([[...working], most]).toEqual([['a'], 1]);
    first.abort();
    await fleet.clock.advance(20_000);
  });
});
