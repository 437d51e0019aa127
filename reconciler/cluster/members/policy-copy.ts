/** How current the node's copy of the cluster's policies is. Pure. */

/**
 * The copy. Shape: `off` on a node that enforces none; `reading` in the first moments of an agent; `policies` is their number; `asOf` is the time at which the last watch ended, undefined
 * before the first complete list.
 */
export type PolicyCopy =
  | { readonly kind: 'off' }
  | { readonly kind: 'reading' }
  | { readonly kind: 'current'; readonly policies: number }
  | { readonly kind: 'behind'; readonly policies: number; readonly asOf: string | undefined };

/** A watch that is opened again within this time was never away. Units: milliseconds. */
const BEHIND_MS = 60_000;

/** One collection. Shape: `since` is when its watch failed; undefined while it is followed. Units: milliseconds. */
export type FollowedCollection = {
  readonly isSynced: boolean;
  readonly since: { readonly ms: number; readonly time: string } | undefined;
};

/** The copy as the agent has it. Units: milliseconds. */
export type CopyFacts = {
  readonly collections: readonly FollowedCollection[];
  readonly policies: number;
  readonly startMs: number;
  readonly nowMs: number;
};

/** Returns the state of the copy. */
export function policyCopyOf({ collections, policies, startMs, nowMs }: CopyFacts): PolicyCopy {
  if (collections.some(({ isSynced }) => !isSynced)) {
    return nowMs - startMs < BEHIND_MS ? { kind: 'reading' } : { kind: 'behind', policies, asOf: undefined };
  }
  const away = collections.flatMap(({ since }) => (since === undefined ? [] : [since]));
  const [first] = away.toSorted((left, right) => left.ms - right.ms);
  if (first === undefined || nowMs - first.ms < BEHIND_MS) return { kind: 'current', policies };
  return { kind: 'behind', policies, asOf: first.time };
}

/**
 * Returns the copy to report by a watch that has been open since `followedMs`: one that is behind is reported only after a minute in which the
 * server answered. At its return, the watches of a node open one after the other; each node would write twice for it.
 */
export function copyToReport(copy: PolicyCopy, followedMs: number | undefined, nowMs: number): PolicyCopy {
  const isJustBack = followedMs === undefined || nowMs - followedMs < BEHIND_MS;
  return copy.kind === 'behind' && isJustBack ? { kind: 'reading' } : copy;
}
