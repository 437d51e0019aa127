/** All nodes of a cluster see some changes in the same moment: they must not answer in the same moment. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NETWORK_POLICIES } from '../../../reconciler/cluster/api/resources.ts';
import { must } from '../../support/must.ts';
import type { FakeRequest } from '../fake/types.ts';
import { type Fleet, openFleet } from './fleet.ts';

const NODES = 60;

let fleet: Fleet;
beforeEach(async () => {
  fleet = await openFleet({ count: NODES, isEnforcing: true, pollMs: 2000, quantumMs: 20 });
  await fleet.clock.advance(120_000);
});
afterEach(async () => fleet.close());

/** Counts requests of agents from now on, by second. */
function count(isCounted: (request: FakeRequest) => boolean): {
  readonly total: () => number;
  readonly most: () => number;
} {
  const { cluster, clock } = fleet;
  const seconds = new Map<number, number>();
  const handle = cluster.handle.bind(cluster);
  cluster.handle = (request) => {
    const second = Math.floor(clock.nowMs() / 1000);
    if (request.token === 'agent' && isCounted(request)) seconds.set(second, (seconds.get(second) ?? 0) + 1);
    return handle(request);
  };
  return {
    total: () => [...seconds.values()].reduce((sum, value) => sum + value, 0),
    most: () => Math.max(0, ...seconds.values()),
  };
}

describe('a fleet', () => {
  it('returns over several seconds to a server that ended all watches', async () => {
    const open = fleet.cluster.watchCount();
    const watches = count(({ query }) => query.get('watch') === '1');
    fleet.cluster.endWatches();
    await fleet.clock.advance(10_000);
    expect(fleet.cluster.watchCount()).toBe(open);
    expect(watches.total()).toBe(NODES * 4);
    expect(watches.most()).toBeLessThan(NODES);
  });

  it('does not wait before it renews a watch whose time is over', async () => {
    const open = fleet.cluster.watchCount();
    let least = open;
    for (let second = 0; second < 600; second += 1) {
      await fleet.clock.advance(1000);
      least = Math.min(least, fleet.cluster.watchCount());
    }
    expect(least).toBe(open);
  });

  it('writes over five minutes that the cluster has one policy more', async () => {
    const writes = count(({ method }) => method !== 'GET');
    const spec = { podSelector: {} };
    must(await fleet.admin.create(NETWORK_POLICIES, { metadata: { name: 'one', namespace: 'shop' }, spec }));
    await fleet.clock.advance(310_000);
    expect(writes.total()).toBe(NODES);
    expect(writes.most()).toBeLessThan(NODES / 6);
  });
});
