/** When the agent writes its status: rarely, so that 5000 nodes do not load the API server. Pure. */
import { sameValue } from '../../document/edit.ts';
import type { NodeNetworkStatus } from '../custom-resources.ts';

/** The shortest time between two writes, unless a condition or revision turned. Units: milliseconds. */
export const REPORT_MS = 10_000;

/** The same while only the use of addresses changes: pods come and go all the time. Units: milliseconds. */
export const USE_MS = 60_000;

/** The last write. Shape: `status` as the server has it. Units: milliseconds. */
export type LastReport = { readonly status: NodeNetworkStatus; readonly atMs: number };

/**
 * Returns the wait before the status is written: 0 for now, undefined if there is nothing to write.
 * Law: equal values are never written.
 */
export function reportDelayMs(
  last: LastReport | undefined,
  status: NodeNetworkStatus,
  nowMs: number,
): number | undefined {
  if (last === undefined) return 0;
  if (sameValue(last.status, status)) return undefined;
  if (isTurned(last.status, status)) return 0;
  const isUseOnly = sameValue(withoutUse(last.status), withoutUse(status));
  return Math.max(0, last.atMs + (isUseOnly ? USE_MS : REPORT_MS) - nowMs);
}

function isTurned(before: NodeNetworkStatus, after: NodeNetworkStatus): boolean {
  if (!sameValue(before.revision, after.revision)) return true;
  return !sameValue(turns(before), turns(after));
}

function turns({ conditions = [] }: NodeNetworkStatus): unknown {
  return Object.fromEntries(conditions.map(({ type, status, reason }) => [type, `${status} ${reason}`]));
}

function withoutUse({ addresses: _a, pools: _p, ...rest }: NodeNetworkStatus): unknown {
  return rest;
}
