/** Events of a node, for `kubectl describe node`. Pure. */
import type { ApiObject } from '../api/objects.ts';
import type { ClusterCondition, NodeNetworkStatus } from '../custom-resources.ts';

/** One event. Shape: `reason` is one word for programs, `note` a sentence for people. */
export type NodeEvent = {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly note: string;
};

/** Tokens of the bucket, and the time in which one comes back. Units: milliseconds. */
const [BURST, REFILL_MS] = [10, 30_000];

/** A pool with fewer free addresses than this part of it is low. */
const LOW_PART = 0.1;

/**
 * Returns the events of a change of the status; none for the first status that an agent sees, and none of a confirmed revision: in a
 * rollout, each node's would be a third write beside its spec and its status, which has the same.
 */
export function eventsBetween(
  before: NodeNetworkStatus | undefined,
  after: NodeNetworkStatus,
): readonly NodeEvent[] {
  if (before === undefined) return [];
  const turned = (type: string): ClusterCondition | undefined => {
    const [old, now] = [before, after].map(({ conditions = [] }) =>
      conditions.find((each) => each.type === type),
    );
    return old?.status === now?.status && old?.reason === now?.reason ? undefined : now;
  };
  const converged = turned('Converged');
  const isTold = ['LocallyEdited', 'Contended'].includes(converged?.reason ?? '');
  return [
    ...warning(turned('Applied')),
    ...(isTold ? warning(converged) : []),
    ...moved(before, after, 'UplinkTakenOver', 'is in the bridge of network'),
    ...moved(after, before, 'UplinkReleased', 'left the bridge of network'),
    ...warning(turned('Ready'), 'NetworkNotReady'),
    ...warning(turned('PoolAvailable'), 'PoolExhausted'),
    ...lowPools(after)
      .filter((pool) => !lowPools(before).some((one) => isSamePool(one, pool)))
      .map(lowPool),
  ];
}

/** The uplinks of the second status that the first one lacks. */
function moved(
  { uplinks: without = [] }: NodeNetworkStatus,
  { uplinks = [] }: NodeNetworkStatus,
  reason: string,
  said: string,
): readonly NodeEvent[] {
  return uplinks
    .filter(({ name, network }) => !without.some((one) => one.name === name && one.network === network))
    .map(({ name, network }) => ({
      type: 'Normal',
      reason,
      note: `${name} ${said} ${network}, with its addresses and routes`,
    }));
}

function warning(condition: ClusterCondition | undefined, reason?: string): readonly NodeEvent[] {
  return condition?.status === 'False'
    ? [{ type: 'Warning', reason: reason ?? condition.reason, note: condition.message }]
    : [];
}

type PoolStatus = NonNullable<NodeNetworkStatus['pools']>[number];

function lowPools({ pools = [] }: NodeNetworkStatus): readonly PoolStatus[] {
  return pools.filter(({ free = 0, capacity = 0 }) => free > 0 && free < capacity * LOW_PART);
}

function isSamePool(left: PoolStatus, right: PoolStatus): boolean {
  return left.network === right.network && left.family === right.family;
}

function lowPool({ network, family, free = 0, capacity = 0 }: PoolStatus): NodeEvent {
  const note = `${free} of ${capacity} addresses of network ${network} (${family}) are free: add addresses to the pool, or lower --max-pods of kubelet`;
  return { type: 'Warning', reason: 'PoolLow', note };
}

/** The bucket. Units: milliseconds. */
export type EventBucket = { readonly tokens: number; readonly atMs: number };

/** Returns the events that may be sent, and the bucket after them: a node that changes all the time must not flood the API. */
export function admitEvents(
  bucket: EventBucket | undefined,
  events: readonly NodeEvent[],
  nowMs: number,
): { readonly admitted: readonly NodeEvent[]; readonly bucket: EventBucket } {
  const before = bucket ?? { tokens: BURST, atMs: nowMs };
  const refilled = Math.floor((nowMs - before.atMs) / REFILL_MS);
  const tokens = Math.min(BURST, before.tokens + refilled);
  const admitted = events.slice(0, tokens);
  const atMs = before.atMs + refilled * REFILL_MS;
  return { admitted, bucket: { tokens: tokens - admitted.length, atMs } };
}

/** The node of an event. Shape: `id` makes its name unique; `time` is the time of day. */
export type EventPlace = {
  readonly node: string;
  readonly uid: string | undefined;
  readonly id: string;
  readonly time: string;
};

/** Returns the event as an object of events.k8s.io/v1. Events of cluster-wide objects are in kube-system: servers before 1.22 refuse the namespace default. */
export function eventObject(
  { type, reason, note }: NodeEvent,
  { node, uid, id, time }: EventPlace,
): ApiObject {
  return {
    metadata: { name: `${node}.${id}`, namespace: 'kube-system' },
    eventTime: time.replace(/(\.\d{3})Z$/, '$1000Z'),
    reportingController: 'vnet-agent',
    reportingInstance: node,
    action: reason,
    reason,
    note: note.slice(0, 1024),
    type,
    regarding: { apiVersion: 'v1', kind: 'Node', name: node, ...(uid === undefined ? {} : { uid }) },
  };
}
