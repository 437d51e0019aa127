/**
 * Rollouts over a simulated fleet: agents and a controller in one process, a fake API server, virtual time. Nothing is timed: the
 * figures are counts and virtual seconds, the same on each machine.
 *
 *   npx tsx bench/cluster.ts [NODES]
 */
import { openFleet, rollOut, type Fleet, seeded } from '../test/cluster/controller/fleet.ts';
import { addRevision } from '../test/cluster/fake/vnet-cluster.ts';

const count = Number(process.argv[2] ?? '5000');
const MTU = { networks: { azure: { bridge: { mtu: 1400 } } } };

/** Requests since the last call, by second. */
function meter({ cluster, clock }: Fleet) {
  const seconds = new Map<number, { writes: number; lists: number; watches: number }>();
  const handle = cluster.handle.bind(cluster);
  cluster.handle = (request) => {
    const second = Math.floor(clock.nowMs() / 1000);
    const now = seconds.get(second) ?? { writes: 0, lists: 0, watches: 0 };
    if (request.method !== 'GET') now.writes += 1;
    else if (request.query.get('watch') === '1') now.watches += 1;
    else now.lists += 1;
    seconds.set(second, now);
    // Only counted, not kept.
    const answer = handle(request);
    cluster.requests.length = 0;
    return answer;
  };
  return (kind: 'writes' | 'lists' | 'watches') => {
    const values = [...seconds.values()].map((second) => second[kind]);
    const total = values.reduce((sum, value) => sum + value, 0);
    return { total, most: Math.max(0, ...values), reset: () => seconds.clear() };
  };
}

async function ended(fleet: Fleet, limitSeconds: number): Promise<{ seconds: number; phase: string }> {
  for (let second = 0; second < limitSeconds; second += 5) {
    const { phase = '' } = await fleet.statusOf('r');
    if (phase === 'Complete' || phase === 'Halted') return { seconds: second, phase };
    await fleet.clock.advance(5000);
  }
  return { seconds: limitSeconds, phase: 'unfinished' };
}

async function scenario(
  name: string,
  spec: object,
  prepare?: Parameters<typeof openFleet>[0]['prepare'],
): Promise<void> {
  const fleet = await openFleet({ count, pollMs: 60_000, ...(prepare === undefined ? {} : { prepare }) });
  // The NodeNetworks of all nodes, and their first statuses.
  await fleet.clock.advance(count * 60 + 120_000);
  const measure = meter(fleet);
  await addRevision(fleet.admin, 'mtu', MTU);
  await rollOut(fleet, 'r', { revision: 'mtu', confirmWithinSeconds: 120, soakSeconds: 60, ...spec });
  const { seconds, phase } = await ended(fleet, 14_400);
  const writes = measure('writes');
  const nodes = (await fleet.statusOf('r')).nodes ?? {};
  console.log(`${name}: ${phase} after ${seconds} s; ${JSON.stringify(nodes)}`);
  console.log(
    `  writes ${writes.total} (${(writes.total / Math.max(seconds, 1)).toFixed(1)}/s, most in a second ${writes.most})`,
  );
  writes.reset();
  await fleet.clock.advance(3_600_000);
  const idle = ['writes', 'lists', 'watches'].map((kind) => measure(kind as 'writes').total);
  console.log(
    `  an idle hour: ${idle[0]} writes, ${idle[1]} lists, ${idle[2]} watches (${((idle[2] ?? 0) / 3600).toFixed(1)}/s)`,
  );
  if (name === 'all in order') await herd(fleet, measure);
  await fleet.close();
}

/** The API server is away for a minute, with all connections. */
async function herd(fleet: Fleet, measure: ReturnType<typeof meter>): Promise<void> {
  measure('writes').reset();
  fleet.network.isDown = true;
  fleet.cluster.endWatches();
  await fleet.clock.advance(60_000);
  fleet.network.isDown = false;
  await fleet.clock.advance(120_000);
  const [lists, watches, writes] = (['lists', 'watches', 'writes'] as const).map((kind) => measure(kind));
  console.log(
    `  back after a minute away: ${watches?.total} watches (most in a second ${watches?.most}), ${lists?.total} lists, ${writes?.total} writes`,
  );
}

const chance = seeded(3);
await scenario('all in order', {});
await scenario('3 % of the nodes fail, 5 % may', { maxFailures: Math.ceil(count * 0.05) }, (node) => {
  if (chance() < 0.03) node.behaviour = 'cut-off';
});
await scenario('3 % of the nodes fail, none may', {}, (node) => {
  if (chance() < 0.03) node.behaviour = 'cut-off';
});
