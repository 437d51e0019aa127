/** A fleet's requests to the API server when nothing changes, and when the server returns. */
import { NETWORK_POLICIES } from '../reconciler/cluster/api/resources.ts';
import type { MembersChange } from '../reconciler/document/members-lines.ts';
import type { Fleet } from '../test/cluster/controller/fleet.ts';
import { must } from '../test/support/must.ts';

/**
 * Requests of a second. Shape: `leases` are the writes by which the controller renews its lease; `writes` all others; `events` are lines of watches,
 * bookmarks too.
 */
export type Requests = { writes: number; leases: number; lists: number; watches: number; events: number };

/** An absence of the API server. Shape: `isForgetful`: it returns without the versions that agents know. */
type Absence = { readonly title: string; readonly awaySeconds: number; readonly isForgetful: boolean };

/**
 * The return of the API server. Shape: `samples` are requests in each second since; `most` in one of them; `mostWrites` in one second of the six minutes
 * since; `back`: seconds until every watch was open again; `current`: until each node had the policy that was made meanwhile.
 */
export type ReturnRun = Absence & {
  readonly nodes: number;
  readonly writes: number;
  readonly mostWrites: number;
  readonly lists: number;
  readonly watches: number;
  readonly most: number;
  readonly back: number;
  readonly current: number;
  readonly samples: readonly { readonly at: number; readonly requests: number }[];
};

/** An idle time. Shape: `most` of each kind in one second. */
export type IdleRun = {
  readonly nodes: number;
  readonly idleSeconds: number;
  readonly idle: Readonly<Requests>;
  readonly most: Readonly<Requests>;
};

function absencesOf(awaySeconds: number): readonly Absence[] {
  return [
    { title: 'at once, with the past', awaySeconds: 0, isForgetful: false },
    { title: 'after 10 s, without it', awaySeconds: 10, isForgetful: true },
    { title: `after ${awaySeconds} s, with it`, awaySeconds, isForgetful: false },
    { title: `after ${awaySeconds} s, without it`, awaySeconds, isForgetful: true },
  ];
}

/** Between two absences, and the time in which requests other than writes count. Units: seconds. */
const [REST_SECONDS, RETURN_SECONDS] = [240, 120];

const NOTHING: Readonly<Requests> = { writes: 0, leases: 0, lists: 0, watches: 0, events: 0 };

/** Counts requests of agents and controller, by second; those of the administrator have no token. */
export function meterOf({ cluster, clock }: Fleet): Map<number, Requests> {
  const seconds = new Map<number, Requests>();
  const now = (): Requests => {
    const second = Math.floor(clock.nowMs() / 1000);
    const counted = seconds.get(second) ?? { ...NOTHING };
    seconds.set(second, counted);
    return counted;
  };
  const handle = cluster.handle.bind(cluster);
  cluster.handle = (request) => {
    if (request.token === undefined) return handle(request);
    if (request.path.includes('/leases')) now().leases += request.method === 'GET' ? 0 : 1;
    else if (request.method !== 'GET') now().writes += 1;
    else if (request.query.get('watch') === '1') now().watches += 1;
    else now().lists += 1;
    const answer = handle(request);
    // Only counted, not kept.
    cluster.requests.length = 0;
    if ('body' in answer) return answer;
    const stream: typeof answer.stream = (send, end) =>
      answer.stream((line) => {
        now().events += 1;
        send(line);
      }, end);
    return { ...answer, stream };
  };
  return seconds;
}

/** Returns the requests of a kind, and the most in one second. */
export function totals(
  seconds: ReadonlyMap<number, Requests>,
  kind: keyof Requests,
): { readonly total: number; readonly most: number } {
  const values = [...seconds.values()].map((second) => second[kind]);
  return { total: values.reduce((sum, value) => sum + value, 0), most: Math.max(0, ...values) };
}

/** The nodes that have a policy in their file. */
export type Arrivals = {
  readonly kept: (node: string, change: MembersChange) => void;
  readonly nodesWith: (policy: string) => number;
};

/** Returns the record of which node has which policy. */
export function createArrivals(): Arrivals {
  const nodes = new Map<string, Set<string>>();
  return {
    kept: (node, { policies = {} }) => {
      for (const key of Object.keys(policies)) nodes.set(key, (nodes.get(key) ?? new Set()).add(node));
    },
    nodesWith: (policy) => nodes.get(policy)?.size ?? 0,
  };
}

/** A fleet whose requests are counted. */
type Measured = {
  readonly fleet: Fleet;
  readonly seconds: Map<number, Requests>;
  readonly arrivals: Arrivals;
};

/** Resolves to the requests of an idle time. */
export async function measureIdle({ fleet, seconds }: Measured, idleSeconds: number): Promise<IdleRun> {
  seconds.clear();
  await fleet.clock.advance(idleSeconds * 1000);
  const of = (field: 'total' | 'most'): Requests => ({
    writes: totals(seconds, 'writes')[field],
    leases: totals(seconds, 'leases')[field],
    lists: totals(seconds, 'lists')[field],
    watches: totals(seconds, 'watches')[field],
    events: totals(seconds, 'events')[field],
  });
  return { nodes: fleet.nodes.size, idleSeconds, idle: of('total'), most: of('most') };
}

/** Calls `done` with each return of the server: at once, after ten seconds, and after a long time, with and without the past. */
export async function measureReturns(
  measured: Measured,
  awaySeconds: number,
  done: (run: ReturnRun) => void,
): Promise<void> {
  for (const absence of absencesOf(awaySeconds)) done(await measureReturn(measured, absence));
}

async function measureReturn({ fleet, seconds, arrivals }: Measured, absence: Absence): Promise<ReturnRun> {
  const { clock, network, cluster, admin, nodes } = fleet;
  const open = cluster.watchCount();
  seconds.clear();
  const start = Math.floor(clock.nowMs() / 1000) + absence.awaySeconds;
  network.isDown = absence.awaySeconds > 0;
  const name = `made-after-${start}`;
  cluster.endWatches();
  must(
    await admin.create(NETWORK_POLICIES, {
      metadata: { name, namespace: 'shop' },
      spec: { podSelector: {} },
    }),
  );
  await clock.advance(absence.awaySeconds * 1000);
  if (absence.isForgetful) cluster.storage.compact();
  network.isDown = false;
  const at = { back: -1, current: -1 };
  for (let second = 0; second < RETURN_SECONDS; second += 1) {
    await clock.advance(1000);
    if (at.back < 0 && cluster.watchCount() >= open) at.back = second + 1;
    if (at.current < 0 && arrivals.nodesWith(`shop/${name}`) === nodes.size) at.current = second + 1;
  }
  const samples = Array.from({ length: RETURN_SECONDS }, (_, second) => {
    const { writes, leases, lists, watches } = seconds.get(start + second) ?? NOTHING;
    return { at: second, requests: writes + leases + lists + watches };
  });
  const of = (kind: keyof Requests): number => totals(seconds, kind).total;
  const most = Math.max(...samples.map(({ requests }) => requests));
  const counts = { lists: of('lists'), watches: of('watches') };
  // Each node writes that it has one policy more, but not at once.
  await clock.advance(REST_SECONDS * 1000);
  const writes = totals(seconds, 'writes');
  return {
    nodes: nodes.size,
    ...absence,
    ...counts,
    writes: writes.total,
    mostWrites: writes.most,
    most,
    ...at,
    samples,
  };
}
