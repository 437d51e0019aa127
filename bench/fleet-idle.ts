/** What a fleet asks of the API server when nothing changes, and when the server returns. */
import type { Fleet } from '../test/cluster/controller/fleet.ts';
import { addRevision } from '../test/cluster/fake/vnet-cluster.ts';

/** Requests of a second. Shape: `leases` are the writes by which the controller renews its lease; `writes` all others. */
export type Requests = { writes: number; leases: number; lists: number; watches: number };

/** The return of the API server. Shape: `samples` are requests in each second since; `most` in one of them. */
export type ReturnRun = {
  readonly title: string;
  readonly writes: number;
  readonly lists: number;
  readonly watches: number;
  readonly most: number;
  readonly samples: readonly { readonly at: number; readonly requests: number }[];
};

/** An idle hour, and the returns of the server. */
export type IdleRun = {
  readonly nodes: number;
  readonly hour: Readonly<Requests> & { readonly mostWatches: number };
  readonly returns: readonly ReturnRun[];
};

/** Units: milliseconds. */
const [HOUR_MS, AWAY_MS] = [3_600_000, 300_000];
/** Units: seconds. */
const RETURN_SECONDS = 120;

/** Returns the requests of a kind, and the most in one second. */
export function totals(
  seconds: ReadonlyMap<number, Requests>,
  kind: keyof Requests,
): { readonly total: number; readonly most: number } {
  const values = [...seconds.values()].map((second) => second[kind]);
  return { total: values.reduce((sum, value) => sum + value, 0), most: Math.max(0, ...values) };
}

/**
 * Resolves to the requests of an idle hour, and of two minutes after the server was away for five: once it still has the versions that agents
 * know, and once it has forgotten them, as one that starts with an empty cache.
 */
export async function measureIdle(
  fleet: Fleet,
  seconds: Map<number, Requests>,
): Promise<Omit<IdleRun, 'nodes'>> {
  seconds.clear();
  await fleet.clock.advance(HOUR_MS);
  const of = (kind: keyof Requests): number => totals(seconds, kind).total;
  const mostWatches = totals(seconds, 'watches').most;
  const hour = {
    writes: of('writes'),
    leases: of('leases'),
    lists: of('lists'),
    watches: of('watches'),
    mostWatches,
  };
  const kept = await measureReturn(fleet, seconds, 'it has the past');
  await fleet.clock.advance(HOUR_MS / 6);
  await addRevision(fleet.admin, 'unseen', {});
  const forgotten = await measureReturn(fleet, seconds, 'it has forgotten the past', () => {
    fleet.cluster.storage.compact();
  });
  return { hour, returns: [kept, forgotten] };
}

async function measureReturn(
  { clock, network, cluster }: Fleet,
  seconds: Map<number, Requests>,
  title: string,
  atReturn: () => void = () => undefined,
): Promise<ReturnRun> {
  network.isDown = true;
  cluster.endWatches();
  await clock.advance(AWAY_MS);
  seconds.clear();
  atReturn();
  network.isDown = false;
  const start = Math.floor(clock.nowMs() / 1000);
  await clock.advance(RETURN_SECONDS * 1000);
  const samples = Array.from({ length: RETURN_SECONDS }, (_, at) => {
    const { writes = 0, leases = 0, lists = 0, watches = 0 } = seconds.get(start + at) ?? {};
    return { at, requests: writes + leases + lists + watches };
  });
  const of = (kind: keyof Requests): number => totals(seconds, kind).total;
  const most = Math.max(...samples.map(({ requests }) => requests));
  return { title, writes: of('writes'), lists: of('lists'), watches: of('watches'), most, samples };
}
