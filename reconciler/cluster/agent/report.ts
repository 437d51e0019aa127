/** When the agent writes its status: rarely, so that 5000 nodes do not load the API server. Pure. */
import { sameValue } from '../../document/edit.ts';
import type { ApiClock } from '../api/transport.ts';
import type { NodeNetworkStatus } from '../custom-resources.ts';

/** The shortest time between two writes, unless a condition or revision turned. Units: milliseconds. */
const REPORT_MS = 10_000;

/** The same while only the use of addresses changes: pods come and go all the time. Units: milliseconds. */
const USE_MS = 60_000;

/**
 * The number of the cluster's policies and their lag change on all nodes at the same time: each reports that at random within this time, on average
 * 17 writes a second of 5000 nodes. Units: milliseconds.
 */
const SHARED_MS = 300_000;

/** The last write. Shape: `status` as the server has it. Units: milliseconds. */
export type LastReport = { readonly status: NodeNetworkStatus; readonly atMs: number };

/** Returns reportDelayMs by the clock: it chooses the time of a change that all nodes see. */
export function createReportDelay(
  clock: ApiClock,
): (last: LastReport | undefined, status: NodeNetworkStatus) => number | undefined {
  let dueMs: number | undefined;
  return (last, status) => {
    const nowMs = clock.nowMs();
    const isShared = last !== undefined && !sameValue(partsOf(last.status).shared, partsOf(status).shared);
    dueMs = isShared ? (dueMs ?? nowMs + clock.chance() * SHARED_MS) : undefined;
    return reportDelayMs(last, status, { nowMs, sharedAtMs: dueMs ?? nowMs });
  };
}

/**
 * Returns the wait before the status is written: 0 for now, undefined if there is nothing to write.
 * Shape: `sharedAtMs` is the time of a report that only has values of all nodes.
 * Law: equal values are never written.
 */
export function reportDelayMs(
  last: LastReport | undefined,
  status: NodeNetworkStatus,
  { nowMs, sharedAtMs }: { readonly nowMs: number; readonly sharedAtMs: number },
): number | undefined {
  if (last === undefined) return 0;
  if (sameValue(last.status, status)) return undefined;
  if (isTurned(last.status, status)) return 0;
  const [before, after] = [partsOf(last.status), partsOf(status)];
  const dueMs = { rest: last.atMs + REPORT_MS, use: last.atMs + USE_MS, shared: sharedAtMs };
  const changed = PARTS.filter((part) => !sameValue(before[part], after[part]));
  return Math.max(0, Math.min(...changed.map((part) => dueMs[part])) - nowMs);
}

function isTurned(before: NodeNetworkStatus, after: NodeNetworkStatus): boolean {
  if (!sameValue(before.revision, after.revision)) return true;
  return !sameValue(turns(before), turns(after));
}

function turns({ conditions = [] }: NodeNetworkStatus): unknown {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

const PARTS = ['rest', 'use', 'shared'] as const;

function partsOf({ addresses, pools, policy, ...rest }: NodeNetworkStatus) {
  const { policies, lagSeconds, ...own } = policy ?? {};
  return { rest: { ...rest, policy: own }, use: { addresses, pools }, shared: { policies, lagSeconds } };
}
