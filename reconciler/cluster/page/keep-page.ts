/** Keeps the contents of the live page up to date: nodes and rollouts by watches, this node while the page is open. */
import { type Failure, renderFailure } from '../../model/result.ts';
import { createReflector, type Reflector } from '../api/reflector.ts';
import type { ApiClock, Transport } from '../api/transport.ts';
import { NETWORK_ROLLOUTS, NODE_NETWORKS, toNodeNetwork, toRollout } from '../custom-resources.ts';
import type { PageFeed } from './feed.ts';
import { nodeRowOf, type NodeRow, type OwnNodeView, rolloutRowOf, type RolloutRow } from './view.ts';
import type { ApiObject } from '../api/objects.ts';

/** Changes that come together are one message; as often this node is read while there is a reader. Units: milliseconds. */
const GATHER_MS = 500;

/** The time between looks at this node. Units: milliseconds. */
const OWN_MS = 2000;

/** The outside of the page. Shape: `own` reads this node. */
export type PagePorts = {
  readonly transport: Transport;
  readonly clock: ApiClock;
  readonly log: (text: string) => void;
  readonly own: () => Promise<OwnNodeView>;
};

/** Resolves when the signal is aborted. */
export async function keepPage(ports: PagePorts, feed: PageFeed, signal: AbortSignal): Promise<void> {
  const { transport, clock, log } = ports;
  const synced = new Set<string>();
  const listener = (what: string) => ({
    synced: () => {
      synced.add(what);
      feed.link(synced.size === 2, '');
    },
    followed: () => feed.link(synced.size === 2, ''),
    failed: (failed: Failure) => {
      log(`page: ${renderFailure(failed)}`);
      feed.link(synced.size === 2, renderFailure(failed));
    },
  });
  const nodes: Reflector<NodeRow> = createReflector(
    { transport, clock },
    { resource: NODE_NETWORKS, keep: (object) => nodeRowOf(toNodeNetwork(object)) },
    {
      ...listener('nodes'),
      changed: ({ kind, key, object }) => feed.node(key, kind === 'delete' ? undefined : object),
    },
  );
  const rollouts: Reflector<RolloutRow> = createReflector(
    { transport, clock },
    { resource: NETWORK_ROLLOUTS, keep: keepRollout },
    {
      ...listener('rollouts'),
      changed: ({ kind, key, object }) => feed.rollout(key, kind === 'delete' ? undefined : object),
    },
  );
  await Promise.all([nodes.run(signal), rollouts.run(signal), tellChanges(ports, feed, signal)]);
}

function keepRollout(object: ApiObject): RolloutRow | undefined {
  const rollout = toRollout(object);
  return rollout === undefined ? undefined : rolloutRowOf(rollout);
}

async function tellChanges({ clock, own }: PagePorts, feed: PageFeed, signal: AbortSignal): Promise<void> {
  let ownAtMs = Number.NEGATIVE_INFINITY;
  while (!signal.aborted) {
    await feed.untilRead(signal);
    feed.flush();
    if (clock.nowMs() - ownAtMs >= OWN_MS) {
      feed.own(await own());
      ownAtMs = clock.nowMs();
    }
    await clock.sleep(GATHER_MS, signal);
  }
}
