/** Packets of pods by the policies that isolate them. Pure. */
import type { PoliciesOfChain } from './compiler/compile.ts';
import type { JudgedCounts } from './denial.ts';
import type { Direction } from './rules.ts';

/** The packets of one policy in one direction. Shape: a packet counts for each policy that isolates its pod. */
export type PolicyCount = JudgedCounts & { readonly policy: string; readonly direction: Direction };

const NO_PACKETS: JudgedCounts = { judged: 0, denied: 0 };

/** Returns the packets by policy and direction. Shape: `counts` by the chain of a profile; those of unknown chains are left out. */
export function countsOfPolicies(
  counts: ReadonlyMap<string, JudgedCounts>,
  chains: ReadonlyMap<string, PoliciesOfChain>,
): readonly PolicyCount[] {
  const found = new Map<string, PolicyCount>();
  for (const [chain, { direction, policies }] of chains) {
    const { judged, denied } = counts.get(chain) ?? NO_PACKETS;
    for (const policy of policies) {
      const key = `${policy} ${direction}`;
      const known = found.get(key) ?? { policy, direction, ...NO_PACKETS };
      found.set(key, { ...known, judged: known.judged + judged, denied: known.denied + denied });
    }
  }
  return [...found.values()];
}

/** Returns the packets counted since. Shape: a chain that was created again began at 0. */
export function countedSince(
  now: ReadonlyMap<string, JudgedCounts>,
  before: ReadonlyMap<string, JudgedCounts>,
): ReadonlyMap<string, JudgedCounts> {
  return new Map(
    Array.from(now, ([chain, { judged, denied }]) => {
      const known = before.get(chain) ?? NO_PACKETS;
      const isAnew = judged < known.judged || denied < known.denied;
      const from = isAnew ? NO_PACKETS : known;
      return [chain, { judged: judged - from.judged, denied: denied - from.denied }];
    }),
  );
}
